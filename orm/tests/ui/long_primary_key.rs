//! A primary key of too many columns.

use orm::Entity;

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    a: i64,
    #[entity(primary_key)]
    b: i64,
    #[entity(primary_key)]
    c: i64,
    #[entity(primary_key)]
    d: i64,
    #[entity(primary_key)]
    e: i64,
}

fn main() {}
