//! Lab 13: Orphans.
//!
//! A book that is taken out of its author's collection belongs to nobody: it is an *orphan*. The foreign key must not be NULL, so the flush refuses to write
//! it.
//!
//! Say in the mapping that orphans are deleted, and that the books of a deleted author are deleted before the author.

use orm::prelude::*;

// hole
#[derive(Entity, Debug, Default)]
pub struct Author {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    #[entity(inverse = "author", order_by = "id")]
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
