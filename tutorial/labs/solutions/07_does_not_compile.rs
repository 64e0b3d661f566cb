//! Lab 7: Does not compile. Solution.
//!
//! The first lines of such a message are the answer, the long list below them is what would have been possible. `ge` is greater or equal.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct User {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    pub age: i32,
}

/// Names of the users who are 18 or older.
pub fn grown_ups(session: &mut Session) -> orm::Result<Vec<String>> {
    // hole
    let grown_up = User::AGE.ge(18);
    // end of hole
    session.all(select(User::NAME).filter(grown_up).order_by(User::NAME))
}

// Do not change: what this lab must do.
#[path = "../checks/07_does_not_compile.rs"]
pub mod checks;
