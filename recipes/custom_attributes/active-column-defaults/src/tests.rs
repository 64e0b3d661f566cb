//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Widget])?;
    engine.create_all(schema![Widget])?;
    let recorder = engine.record();
    let mut session = Session::new(engine);
    let widget = session.add(Widget::default());
    let (radius, timestamp) = read(&mut session, widget)?;
    assert_eq!(radius, 30);
    assert!(timestamp > clock() - TimeDelta::seconds(5));
    assert_eq!(read(&mut session, widget)?, (radius, timestamp), "the clock is read once");
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 1, 0, 0]); // 0, 1, 0, 0

    assert_eq!(first(&mut session)?, Some((radius, timestamp)));
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0
    Ok(())
}

#[test]
fn the_row_has_the_defaults_that_were_read() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}

#[test]
fn a_key_that_the_database_makes_is_no_default() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    let mut session = Session::new(&engine);
    let widget = session.add(Widget::default());
    let refused = session.value_or_default(widget, Widget::ID).unwrap_err().to_string();
    assert!(refused.contains("Widget.id") && refused.contains("session.flush()?"), "{refused}");
    Ok(())
}
