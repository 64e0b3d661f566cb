//! A row cannot be named by itself.

use orm::{BelongsTo, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    parent: BelongsTo<Self>,
    #[entity(primary_key)]
    number: i32,
}

fn main() {}
