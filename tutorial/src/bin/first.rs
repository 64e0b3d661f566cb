//! The first program of the book: a row in, a row out, a row changed, with the SQL beside it.

#![allow(clippy::print_stdout, reason = "a program for people")]

// ANCHOR: program
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    fullname: Option<String>,
}

fn main() -> orm::Result<()> {
    let engine = Engine::builder("sqlite://").echo(true).build()?;
    println!("{}", program(&engine)?);
    Ok(())
}

pub(crate) fn program(engine: &Engine) -> orm::Result<String> {
    engine.create_all(schema![User])?;

    let mut session = Session::new(engine);
    let ed = session.add(User { name: "ed".into(), ..User::default() });
    session.commit()?;

    let found = session.query::<User>().filter(User::NAME.eq("ed")).one()?;
    assert_eq!(found, ed);

    session[ed].fullname = Some("Ed Jones".into());
    session.commit()?;
    Ok(format!("{:?}", session[ed]))
}
// ANCHOR_END: program
