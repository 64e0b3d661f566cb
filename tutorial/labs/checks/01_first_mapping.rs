//! Checks of lab 1.

use labs::check;
use orm::prelude::*;

use super::Person;

labs::checks![id_is_the_key_of_the_table, two_people_called_ed_are_two_rows];

fn id_is_the_key_of_the_table() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    let recorder = engine.record();
    engine.create_all(schema![Person])?;
    check::created(
        &recorder,
        &["CREATE TABLE person (\n    id INTEGER NOT NULL,\n    name VARCHAR NOT NULL,\n    PRIMARY KEY (id)\n)"],
    );
    Ok(())
}

fn two_people_called_ed_are_two_rows() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Person])?;
    let recorder = engine.record();
    let mut session = Session::new(&engine);
    session.add(Person { name: "Ed".into(), ..Person::default() });
    session.add(Person { name: "Ed".into(), ..Person::default() });
    session.commit()?;
    check::statements(
        &recorder,
        &["BEGIN", "INSERT INTO person (name) VALUES (?), (?) RETURNING id  ['Ed', 'Ed']", "COMMIT"],
    );
    assert_eq!(session.query::<Person>().count()?, 2, "rows of the table");
    Ok(())
}
