//! Lab 7: Does not compile.
//!
//! Columns know their types: a text that is compared with a column of numbers is an error of the compiler, long before a database sees the query.
//!
//! This file does not compile. Read the message from the top: the first lines say which type does not fit, and where. Then mend the comparison, so that the
//! function finds everybody who is 18 or older.

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
    let grown_up = User::AGE.gt("18");
    // end of hole
    session.all(select(User::NAME).filter(grown_up).order_by(User::NAME))
}

// Do not change: what this lab must do.
#[path = "../checks/07_does_not_compile.rs"]
pub mod checks;
