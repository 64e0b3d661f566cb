//! Lab 9: A join without ON.
//!
//! `titles` asks for the books of an author by the author's name. The query reads the table of the books alone, so that the database does
//! not know the column `author.name`.
//!
//! Join the two tables. No condition is needed: the relationship knows the foreign key.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Author {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
}

#[derive(Entity, Debug, Default)]
pub struct Book {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub author: BelongsTo<Author>,
    pub title: String,
}

/// Titles of the books of an author, in the order of the alphabet.
pub fn titles(session: &mut Session, author: &str) -> orm::Result<Vec<String>> {
    // hole
    let query = select(Book::TITLE);
    // end of hole
    session.all(query.filter(Author::NAME.eq(author)).order_by(Book::TITLE))
}

// Do not change: what this lab must do.
#[path = "../checks/09_join_without_on.rs"]
pub mod checks;
