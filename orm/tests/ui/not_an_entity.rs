//! A relationship leads to an entity.

use orm::{Auto, Entity, HasMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "user")]
    plain: HasMany<Plain>,
}

struct Plain;

fn main() {}
