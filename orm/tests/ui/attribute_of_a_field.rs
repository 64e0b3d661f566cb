//! An attribute of a field on the struct.

use orm::{Auto, Entity};

#[derive(Entity)]
#[entity(length = 50)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
}

fn main() {}
