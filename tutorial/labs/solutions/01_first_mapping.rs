//! Lab 1: First mapping. Solution.
//!
//! `Auto<i64>` is a value that the database makes: the INSERT leaves the column out, and `RETURNING id` brings the new number.

use orm::prelude::*;

// hole
#[derive(Entity, Debug, Default)]
pub struct Person {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
}
// end of hole

// Do not change: what this lab must do.
#[path = "../checks/01_first_mapping.rs"]
pub mod checks;
