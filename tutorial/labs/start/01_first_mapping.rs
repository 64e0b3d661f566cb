//! Lab 1: First mapping.
//!
//! A struct with `#[derive(Entity)]` is a table: each field is a column, each value a row. The primary key tells the rows apart.
//! Here the wrong field is the key: as soon as two people are called Ed, the second one cannot be saved.
//!
//! Give the key to the right field. Save this file, and the runner looks again.

use orm::prelude::*;

// hole
#[derive(Entity, Debug, Default)]
pub struct Person {
    pub id: Auto<i64>,
    #[entity(primary_key)]
    pub name: String,
}
// end of hole

// Do not change: what this lab must do.
#[path = "../checks/01_first_mapping.rs"]
pub mod checks;
