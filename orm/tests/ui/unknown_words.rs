//! Words that are not accepted.

use orm::{Auto, BelongsTo, Entity, HasMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(lazy = "eager")]
    a: BelongsTo<User>,
    #[entity(on_delete = "explode")]
    b: BelongsTo<User>,
    #[entity(inverse = "a", order_by = "name upwards")]
    c: HasMany<User>,
}

fn main() {}
