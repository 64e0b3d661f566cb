//! Lab 2: Nullable, unique, long. Solution.
//!
//! `Option<String>` is a column that may be NULL. `unique` and `length` are promises that the database keeps, whichever program writes.
//! SQLite ignores the length, PostgreSQL and MariaDB refuse a longer text.

use orm::prelude::*;

// hole
#[derive(Entity, Debug, Default)]
pub struct Person {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(length = 50)]
    pub name: String,
    #[entity(unique)]
    pub email: String,
    pub nickname: Option<String>,
}
// end of hole

// Do not change: what this lab must do.
#[path = "../checks/02_nullable_unique_long.rs"]
pub mod checks;
