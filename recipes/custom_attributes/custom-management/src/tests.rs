//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![A, B])?;
    engine.create_all(schema![A, B])?;
    let recorder = engine.record();
    let mut session = Session::new(engine);
    let a1 = build(&mut session)?;
    assert_eq!(names(&mut session, a1)?, ["b1", "b2"]);
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 3, 0, 0

    let a1 = fetch(&mut session)?;
    let members = session.rel(a1, BS).load()?;
    assert_eq!(session[members[0]].text("name"), "b1");
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    remove_first(&mut session, a1)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 0, 1, 0]); // 0, 0, 1, 0

    let a1 = fetch(&mut session)?;
    assert_eq!(names(&mut session, a1)?, ["b2"]);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0
    let row = session.with_connection(|c| c.query(&text("SELECT t1id FROM table2 WHERE name = 'b1'")))?;
    assert_eq!(row[0].get::<Option<i64>>("t1id")?, None, "the row of b1 is still there");
    Ok(())
}

#[test]
fn a_member_is_removed() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}

/// The map is rolled back as fields would be.
#[test]
fn a_rollback_restores_the_map() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![A, B])?;
    let mut session = Session::new(&engine);
    let a1 = build(&mut session)?;
    session.commit()?;
    session.set(a1, Column::<A, String>::new("table1", "name"), "a9".to_owned())?;
    session.flush()?;
    assert_eq!(session[a1].text("name"), "a9");
    session.rollback()?;
    assert_eq!(session.load(a1)?.text("name"), "a1");
    Ok(())
}
