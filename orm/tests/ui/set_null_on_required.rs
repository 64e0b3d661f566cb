//! A required reference cannot be emptied.

use orm::{Auto, BelongsTo, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(on_delete = "set null")]
    boss: BelongsTo<User>,
}

fn main() {}
