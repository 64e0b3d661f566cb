//! Lab 25: Twice as fast. Solution.
//!
//! `get` finds the users in the identity map. The order of the names is that of the ids asked for, which one query alone would not keep.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct User {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
}

/// Names of the users with these ids, in the same order. Ids without a user are left out.
pub fn names(session: &mut Session, ids: &[i64]) -> orm::Result<Vec<String>> {
    let mut names = Vec::new();
    // hole
    session.query::<User>().filter(User::ID.in_(ids.to_vec())).all()?;
    for id in ids {
        if let Some(user) = session.get::<User>(*id)? {
            names.push(session[user].name.clone());
        }
    }
    // end of hole
    Ok(names)
}

// Do not change: what this lab must do.
#[path = "../checks/25_twice_as_fast.rs"]
pub mod checks;
