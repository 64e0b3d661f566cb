//! No UPDATE changes a key by itself, and none counts what something else sets.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key, version)]
    id: i64,
}

#[derive(Entity)]
struct Address {
    #[entity(primary_key, onupdate = 7)]
    id: i64,
    #[entity(version, onupdate = 7)]
    counted: i64,
}

#[derive(Entity)]
struct Item {
    #[entity(primary_key)]
    id: i64,
    #[entity(version)]
    counted: Auto<i64>,
}

fn main() {}
