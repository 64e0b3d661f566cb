//! An entity owns its values.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: &'static str,
}

fn main() {}
