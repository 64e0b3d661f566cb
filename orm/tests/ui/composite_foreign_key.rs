//! A foreign key has one column for each of the key that it refers to.

use orm::{Auto, BelongsTo, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    line: BelongsTo<Line>,
}

#[derive(Entity)]
struct Line {
    #[entity(primary_key)]
    order: i64,
    #[entity(primary_key)]
    number: i32,
}

fn main() {}
