//! A table needs a primary key.

use orm::Entity;

#[derive(Entity)]
struct User {
    id: i64,
    name: String,
}

fn main() {}
