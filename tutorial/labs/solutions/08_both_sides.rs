//! Lab 8: Both sides. Solution.
//!
//! The flush inserts the author first, learns the new id, and writes it into the book's foreign key. No id stands in the program.

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
    session.rel(author, Author::BOOKS).push(Book { title: title.into(), ..Book::default() })
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/08_both_sides.rs"]
pub mod checks;
