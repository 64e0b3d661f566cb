//! A field whose type no column holds.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    tags: Vec<String>,
}

fn main() {}
