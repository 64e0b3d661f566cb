//! A constraint names fields.

use orm::{Auto, Entity};

#[derive(Entity)]
#[entity(unique(nam), index(cache, name), unique())]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(skip)]
    cache: String,
}

fn main() {}
