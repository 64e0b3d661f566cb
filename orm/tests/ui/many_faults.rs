//! Every fault is reported at once.

use orm::{Auto, BelongsTo, Entity, HasMany};

#[derive(Entity)]
#[entity(tabel = "user_account", unique(nmae))]
struct User {
    id: Auto<i64>,
    #[entity(lenght = 50, uniqe)]
    name: String,
    #[entity(default = 0)]
    visits: i64,
    #[entity(cascade = "all, delete-orphan")]
    boss: BelongsTo<User>,
    reports: HasMany<User>,
}

fn main() {}
