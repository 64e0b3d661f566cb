//! A `BelongsTo` refers to an entity.

use orm::{Auto, BelongsTo, Entity};

struct Plain;

#[derive(Entity)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    plain: BelongsTo<Plain>,
}

fn main() {}
