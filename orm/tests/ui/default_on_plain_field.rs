//! A default fills what is left out.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(default = 0)]
    visits: i64,
    #[entity(default = "x")]
    name: Option<String>,
}

fn main() {}
