//! A keyed collection has no duplicates anyway.

use orm::{Auto, BelongsTo, Entity, HasMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "user", set, key = "email")]
    addresses: HasMany<Address>,
}

#[derive(Entity)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    email: String,
    user: BelongsTo<User>,
}

fn main() {}
