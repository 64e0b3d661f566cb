//! A misspelled attribute: the nearest one is suggested.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(lenght = 50)]
    name: String,
}

fn main() {}
