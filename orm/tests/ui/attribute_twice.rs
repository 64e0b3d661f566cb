//! The same attribute twice.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(unique, unique)]
    name: String,
}

fn main() {}
