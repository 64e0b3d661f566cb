//! Checks of lab 2.

use labs::check;
use orm::prelude::*;

use super::Person;

labs::checks![the_table_says_so, an_email_is_there_once, a_nickname_may_be_missing];

// Rows are made by SQL, so that these checks compile with every type of field.
fn table() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Person])?;
    Ok(Session::new(&engine))
}

fn the_table_says_so() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    let recorder = engine.record();
    engine.create_all(schema![Person])?;
    check::created(
        &recorder,
        &[
            "CREATE TABLE person (\n    id INTEGER NOT NULL,\n    name VARCHAR(50) NOT NULL,\n    email VARCHAR NOT NULL,\n    \
          nickname VARCHAR,\n    PRIMARY KEY (id),\n    CONSTRAINT uq_person_email UNIQUE (email)\n)",
        ],
    );
    Ok(())
}

fn an_email_is_there_once() -> orm::Result<()> {
    let mut session = table()?;
    let insert = "INSERT INTO person (name, email, nickname) VALUES ('Ed', 'ed@x.org', 'eddie')";
    session.execute(&text(insert))?;
    let refused = session.execute(&text(insert)).expect_err("the second row with this email was not refused");
    assert_eq!(refused.code(), "unique-violation");
    Ok(())
}

fn a_nickname_may_be_missing() -> orm::Result<()> {
    let mut session = table()?;
    session.execute(&text("INSERT INTO person (name, email) VALUES ('Ed', 'ed@x.org')"))?;
    assert_eq!(session.query::<Person>().count()?, 1, "rows of the table");
    Ok(())
}
