//! What is embedded derives `Embed`.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    plain: Plain,
}

struct Plain;

fn main() {}
