//! A primary key is never NULL.

use orm::{Auto, BelongsTo, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    a: Option<i64>,
    #[entity(primary_key)]
    b: Auto<Option<i32>>,
    #[entity(primary_key)]
    c: BelongsTo<Option<Address>>,
}

#[derive(Entity)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
}

fn main() {}
