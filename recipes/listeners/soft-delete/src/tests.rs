//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Author, Book])?;
    engine.create_all(schema![Author, Book])?;
    let recorder = engine.record();
    let mut session = sessions(engine).build();
    let books = ["Emma", "Persuasion", "Sanditon"].map(|title| Book { title: title.to_owned(), ..Book::default() });
    let jane = session.add(Author { name: "Jane".to_owned(), books: HasMany::of(books), ..Author::default() });
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 4, 0, 0

    delete_last(&mut session, jane)?;
    assert_eq!(sent(&recorder), [1, 0, 1, 0]); // 2, 0, 1, 0

    assert_eq!(titles(&mut session)?, ["Emma", "Persuasion"]);
    assert_eq!(session.count(books_by_author())?, 2);
    assert_eq!(all_titles(&mut session)?, ["Emma", "Persuasion", "Sanditon"]);
    assert_eq!(sent(&recorder), [3, 0, 0, 0]); // 3
    let books = session.rel(jane, Author::BOOKS).load()?;
    assert_eq!(books.len(), 2, "the collection is read again without the deleted book");
    assert_eq!(sent(&recorder), [1, 0, 0, 0]);

    restore(&mut session, "Sanditon")?;
    assert_eq!(session.query::<Book>().count()?, 3);
    assert_eq!(sent(&recorder), [2, 0, 1, 0]); // 2, 0, 1, 0

    session.delete(jane)?;
    session.commit()?;
    assert_eq!(session.query::<Author>().count()?, 0);
    assert_eq!(session.query::<Book>().count()?, 3, "the cascade did not take place");
    Ok(())
}

#[test]
fn deleted_books_are_hidden_and_restored() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
