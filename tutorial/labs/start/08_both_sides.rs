//! Lab 8: Both sides.
//!
//! A relationship has two sides: `Book::AUTHOR` is the foreign key, `Author::BOOKS` the collection. `inverse` says that they are one and the same, so that a
//! change of either side is seen on the other at once, long before anything is sent.
//!
//! `write` adds a book, but the book does not know its author. Put it into the author's collection.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Author {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    #[entity(inverse = "author", order_by = "id")]
    pub books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
pub struct Book {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(inverse = "books")]
    pub author: BelongsTo<Author>,
    pub title: String,
}

/// Adds a book of an author, who may not be in the database yet.
pub fn write(session: &mut Session, author: Key<Author>, title: &str) -> orm::Result<Key<Book>> {
    // hole
    Ok(session.add(Book { title: title.into(), ..Book::default() }))
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/08_both_sides.rs"]
pub mod checks;
