//! An attribute of relationships on a column.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(cascade = "all")]
    name: String,
}

fn main() {}
