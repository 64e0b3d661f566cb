//! An entity counts one version.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(version)]
    a: String,
    #[entity(version)]
    b: i64,
}

fn main() {}
