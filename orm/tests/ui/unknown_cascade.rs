//! A misspelled cascade.

use orm::{Auto, BelongsTo, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(cascade = "save-updates")]
    a: BelongsTo<User>,
    #[entity(cascade = "none, all")]
    b: BelongsTo<User>,
}

fn main() {}
