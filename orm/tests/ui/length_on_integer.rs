//! Only text has a length.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    age: i32,
    #[entity(text)]
    born: Option<bool>,
    #[entity(length = 50, text)]
    name: String,
    #[entity(length = 0)]
    nick: String,
}

fn main() {}
