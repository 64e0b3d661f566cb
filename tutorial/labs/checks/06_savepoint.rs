//! Checks of lab 6.

use labs::check;
use orm::prelude::*;

use super::{User, import};

labs::checks![the_others_are_saved, one_savepoint_a_name, other_errors_end_the_import];

fn table() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![User])?;
    Ok(Session::new(&engine))
}

fn the_others_are_saved() -> orm::Result<()> {
    let mut session = table()?;
    assert_eq!(import(&mut session, &["Ed", "Wendy", "Ed", "Mary"])?, 3, "number of new users");
    let names: Vec<String> = session.all(select(User::NAME).order_by(User::ID))?;
    assert_eq!(names, ["Ed", "Wendy", "Mary"]);
    assert_eq!(session.pending::<User>(), [], "users that are still pending");
    Ok(())
}

fn one_savepoint_a_name() -> orm::Result<()> {
    let mut session = table()?;
    let recorder = session.engine().record();
    import(&mut session, &["Ed", "Ed"])?;
    check::kinds(&recorder, "begin savepoint insert release savepoint insert rollback commit");
    Ok(())
}

fn other_errors_end_the_import() -> orm::Result<()> {
    let mut session = table()?;
    session.execute(&text("DROP TABLE user"))?;
    let error = import(&mut session, &["Ed"]).expect_err("the table is missing, and the import said nothing");
    assert_eq!(error.code(), "missing-table");
    Ok(())
}
