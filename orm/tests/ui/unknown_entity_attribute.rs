//! A misspelled attribute of the struct.

use orm::{Auto, Entity};

#[derive(Entity)]
#[entity(tabel = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
}

fn main() {}
