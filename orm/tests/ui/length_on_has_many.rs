//! An attribute of columns on a collection.

use orm::{Auto, BelongsTo, Entity, HasMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "user", length = 50)]
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
