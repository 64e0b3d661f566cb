//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Account, Transfer, AuditLog])?;
    engine.create_all(schema![Account, Transfer, AuditLog])?;
    let recorder = engine.record();
    let mut session = sessions(engine).build();
    let (ann, bob) = open(&mut session)?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 4, 0, 0

    let transfer = pay(&mut session, (ann, bob), 250)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [2, 2, 1, 0]); // 2, 4, 2, 0

    session.load(ann)?;
    session[ann].balance -= 5000;
    session.flush()?;
    session.rollback()?;
    assert_eq!(sent(&recorder), [1, 1, 1, 0]); // 1, 1, 1, 0

    session.delete(transfer)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 1, 0, 1]); // 1, 1, 0, 1

    let lines = log(&mut session)?;
    let lines: Vec<&str> = lines.iter().filter_map(|line| Some(line.split_once(". ")?.1)).collect();
    let expected = [
        "insert Account 1",
        "insert Account 2",
        "insert Transfer 1",
        "update Account 1 (balance: 1000 -> 750)",
        "update Account 2 (balance: 0 -> 250)",
        "delete Transfer 1",
    ];
    assert_eq!(lines, expected);
    Ok(())
}

#[test]
fn every_write_is_logged_once_and_undone_with_its_log() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
