//! Lab 9: A join without ON. Solution.
//!
//! `join_entity::<Author>()` would do the same: it looks for the only foreign key between the two tables. `join_on` takes a condition of your own.

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
    let query = select(Book::TITLE).join(Book::AUTHOR);
    // end of hole
    session.all(query.filter(Author::NAME.eq(author)).order_by(Book::TITLE))
}

// Do not change: what this lab must do.
#[path = "../checks/09_join_without_on.rs"]
pub mod checks;
