//! An attribute without its list.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity]
    name: String,
}

fn main() {}
