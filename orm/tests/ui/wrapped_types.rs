//! Wrappers in the wrong order.

use orm::{Auto, BelongsTo, Entity, HasMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    a: Option<BelongsTo<User>>,
    b: Option<Auto<i64>>,
    c: Vec<HasMany<User>>,
    d: HasMany<Option<User>>,
}

fn main() {}
