//! A foreign key action needs a foreign key.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(on_delete = "cascade")]
    boss_id: i64,
    #[entity(references = "user")]
    other_id: i64,
}

fn main() {}
