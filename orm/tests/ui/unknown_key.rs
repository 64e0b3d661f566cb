//! The key of a keyed collection is a field of its members.

use orm::{Auto, BelongsTo, Entity, HasMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "user", key = "street")]
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
