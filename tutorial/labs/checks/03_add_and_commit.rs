//! Checks of lab 3.

use labs::check;
use orm::prelude::*;

use super::{User, save};

labs::checks![one_insert_between_begin_and_commit, another_session_sees_the_row];

fn one_insert_between_begin_and_commit() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![User])?;
    let recorder = engine.record();
    let mut session = Session::new(&engine);
    let ed = save(&mut session)?;
    check::statements(&recorder, &["BEGIN", "INSERT INTO user (name) VALUES (?) RETURNING id  ['Ed']", "COMMIT"]);
    assert_eq!(session.load(ed)?.name, "Ed");
    Ok(())
}

fn another_session_sees_the_row() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![User])?;
    let mut session = Session::new(&engine);
    save(&mut session)?;
    drop(session);
    let names: Vec<String> = Session::new(&engine).all(select(User::NAME))?;
    assert_eq!(names, ["Ed"]);
    Ok(())
}
