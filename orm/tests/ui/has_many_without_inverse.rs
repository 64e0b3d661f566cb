//! A collection holds no column.

use orm::{Auto, BelongsTo, Entity, HasMany, HasOne};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    addresses: HasMany<Address>,
    profile: HasOne<Address>,
}

#[derive(Entity)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    email: String,
    user: BelongsTo<User>,
}

fn main() {}
