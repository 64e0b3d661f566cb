//! Checks of lab 8.

use labs::check;
use orm::prelude::*;

use super::{Author, Book, write};

labs::checks![the_foreign_keys_are_filled_in, both_sides_agree_before_anything_is_sent];

fn jane() -> orm::Result<(Session, Key<Author>)> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Author, Book])?;
    let mut session = Session::new(&engine);
    let jane = session.add(Author { name: "Jane".into(), ..Author::default() });
    Ok((session, jane))
}

fn the_foreign_keys_are_filled_in() -> orm::Result<()> {
    let (mut session, jane) = jane()?;
    let recorder = session.engine().record();
    write(&mut session, jane, "Emma")?;
    write(&mut session, jane, "Persuasion")?;
    session.commit()?;
    check::statements(
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO author (name) VALUES (?) RETURNING id  ['Jane']",
            "INSERT INTO book (author_id, title) VALUES (?, ?), (?, ?) RETURNING id  [1, 'Emma', 1, 'Persuasion']",
            "COMMIT",
        ],
    );
    Ok(())
}

fn both_sides_agree_before_anything_is_sent() -> orm::Result<()> {
    let (mut session, jane) = jane()?;
    let recorder = session.engine().record();
    let emma = write(&mut session, jane, "Emma")?;
    assert_eq!(session.rel(emma, Book::AUTHOR).load()?, Some(jane), "the author of the book");
    assert_eq!(session.rel(jane, Author::BOOKS).load()?, [emma], "the books of the author");
    check::nothing(&recorder);
    Ok(())
}
