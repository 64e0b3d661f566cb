//! A skipped field has no column.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(skip, unique)]
    name: String,
}

fn main() {}
