//! Lab 3: Add and commit.
//!
//! A session collects what a program wants to write. `add` makes a value *pending*: the session owns it, the program keeps a key. `commit` sends the
//! INSERT and ends the transaction.
//!
//! Save a user called Ed, and return the key. Two lines do it, and a third returns the key.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct User {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
}

/// Saves a user called Ed, and returns the key.
pub fn save(session: &mut Session) -> orm::Result<Key<User>> {
    // hole
    todo!("lab 3: add a user called Ed, then commit")
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/03_add_and_commit.rs"]
pub mod checks;
