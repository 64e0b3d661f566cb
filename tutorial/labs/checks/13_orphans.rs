//! Checks of lab 13.

use labs::check;
use orm::prelude::*;

use super::{Author, Book};

labs::checks![a_book_that_is_taken_out_is_deleted, books_are_deleted_before_their_author];

fn jane() -> orm::Result<(Session, Key<Author>, Vec<Key<Book>>)> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Author, Book])?;
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let books = ["Emma", "Persuasion"].map(|title| Book { title: title.into(), ..Book::default() });
    let jane = session.add(Author { name: "Jane".into(), books: HasMany::of(books), ..Author::default() });
    session.commit()?;
    let books = session.rel(jane, Author::BOOKS).load()?;
    Ok((session, jane, books))
}

fn a_book_that_is_taken_out_is_deleted() -> orm::Result<()> {
    let (mut session, jane, books) = jane()?;
    let recorder = session.engine().record();
    session.rel(jane, Author::BOOKS).remove(books[0])?;
    session.commit()?;
    check::statements(&recorder, &["BEGIN", "DELETE FROM book WHERE book.id = ?  [1]", "COMMIT"]);
    assert_eq!(session.all(select(Book::TITLE))?, ["Persuasion"]);
    Ok(())
}

fn books_are_deleted_before_their_author() -> orm::Result<()> {
    let (mut session, jane, _) = jane()?;
    let recorder = session.engine().record();
    session.delete(jane)?;
    session.commit()?;
    check::statements(
        &recorder,
        &[
            "BEGIN",
            "DELETE FROM book WHERE book.id IN (?, ?)  [1, 2]",
            "DELETE FROM author WHERE author.id = ?  [1]",
            "COMMIT",
        ],
    );
    Ok(())
}
