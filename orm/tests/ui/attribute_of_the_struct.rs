//! An attribute of the struct on a field.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(table = "user_account")]
    name: String,
}

fn main() {}
