//! Checks of lab 25.

use labs::check;
use orm::prelude::*;

use super::{User, names};

labs::checks![half_the_statements_or_fewer, names_come_in_the_order_of_the_ids];

fn users() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![User])?;
    let mut session = Session::new(&engine);
    session.add_all((1..=40).map(|number| User { name: format!("user {number}"), ..User::default() }));
    session.flush()?;
    session.expunge_all();
    Ok(session)
}

fn half_the_statements_or_fewer() -> orm::Result<()> {
    let mut session = users()?;
    let recorder = session.engine().record();
    names(&mut session, &Vec::from_iter(1..=40))?;
    check::at_most(&recorder, orm::StatementKind::Select, 20);
    Ok(())
}

fn names_come_in_the_order_of_the_ids() -> orm::Result<()> {
    assert_eq!(names(&mut users()?, &[3, 1, 99, 2])?, ["user 3", "user 1", "user 2"]);
    Ok(())
}
