//! A primary key is compared and hashed.

use orm::Entity;

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: f64,
}

fn main() {}
