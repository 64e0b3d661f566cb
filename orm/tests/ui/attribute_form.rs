//! Attributes with the wrong kind of value.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length)]
    a: String,
    #[entity(length = "50")]
    b: String,
    #[entity(unique = true)]
    c: String,
    #[entity(column = name)]
    d: String,
    #[entity(column = "")]
    e: String,
}

fn main() {}
