//! Lab 2: Nullable, unique, long.
//!
//! The table should say more about its columns:
//!
//! - a name has at most 50 characters,
//! - no two people have the same email,
//! - a nickname may be missing: it is NULL where nobody gave one.
//!
//! The type of a field says whether its column may be NULL. Attributes, `#[entity(..)]` above the field, say the rest.

use orm::prelude::*;

// hole
#[derive(Entity, Debug, Default)]
pub struct Person {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    pub email: String,
    pub nickname: String,
}
// end of hole

// Do not change: what this lab must do.
#[path = "../checks/02_nullable_unique_long.rs"]
pub mod checks;
