//! Lab 13: Orphans. Solution.
//!
//! `all` lets deletions, merges and the like go on to the books, `delete-orphan` deletes a book that leaves the collection. Without a cascade, a book would have
//! to get another author first.

use orm::prelude::*;

// hole
#[derive(Entity, Debug, Default)]
pub struct Author {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    #[entity(inverse = "author", order_by = "id", cascade = "all, delete-orphan")]
    pub books: HasMany<Book>,
}
// end of hole
#[derive(Entity, Debug, Default)]
pub struct Book {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(inverse = "books")]
    pub author: BelongsTo<Author>,
    pub title: String,
}

// Do not change: what this lab must do.
#[path = "../checks/13_orphans.rs"]
pub mod checks;
