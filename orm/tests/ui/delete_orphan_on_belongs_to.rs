//! `delete-orphan` belongs on the side that owns.

use orm::{Auto, BelongsTo, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(cascade = "all, delete-orphan")]
    boss: BelongsTo<Option<User>>,
}

fn main() {}
