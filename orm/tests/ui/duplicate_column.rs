//! Two fields that claim one column.

use orm::{Auto, BelongsTo, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(column = "name")]
    nick: String,
    boss_id: i64,
    boss: BelongsTo<User>,
}

fn main() {}
