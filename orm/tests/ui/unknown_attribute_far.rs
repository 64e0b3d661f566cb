//! An attribute of another library: all that are accepted are listed.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(autoincrement)]
    name: String,
}

fn main() {}
