//! `delete-orphan` goes with `delete`.

use orm::{Auto, BelongsTo, Entity, HasMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "user", cascade = "save-update, delete-orphan")]
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
