//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![User, Address])?;
    engine.create_all(schema![User, Address])?;
    let recorder = engine.record();
    fixture(engine)?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 15, 0, 0

    let mut session = session(engine);
    let found = users(&mut session)?;
    let expected = [("u1", vec!["u1a1", "u1a2"]), ("u2", vec!["u2a2"]), ("u5", vec!["u5a1"])];
    let expected: Vec<(String, Vec<String>)> = expected
        .into_iter()
        .map(|(name, emails)| (name.to_owned(), emails.into_iter().map(str::to_owned).collect()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2

    assert_eq!(pairs(&mut session)?, [(1, 1), (1, 2), (2, 4), (5, 9)]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1

    let all: Vec<(i64, i64)> = (1..=10).map(|address| ((address + 1) / 2, address)).collect();
    assert_eq!(all_pairs(&mut session)?, all);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1

    assert_eq!(session.count(addresses())?, 5);
    assert_eq!(session.count(addresses().options(execution_option(IncludePrivate)))?, 10);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2

    let address = session.one(addresses().filter(Address::EMAIL.eq("u4a2")))?;
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1
    assert_eq!(name_of(&mut session, address)?, "none");
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1

    session.query::<User>().filter(User::NAME.eq("u4")).options(execution_option(IncludePrivate)).one()?;
    assert_eq!(name_of(&mut session, address)?, "u4");
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1
    Ok(())
}

#[test]
fn private_rows_are_hidden_everywhere() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
