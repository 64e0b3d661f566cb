//! Lab 3: Add and commit. Solution.
//!
//! `add` alone sends nothing: BEGIN, INSERT and COMMIT are all sent by `commit`.

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
    let ed = session.add(User { name: "Ed".into(), ..User::default() });
    session.commit()?;
    Ok(ed)
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/03_add_and_commit.rs"]
pub mod checks;
