//! An embedded primary key is taken as one.

use orm::{Auto, Embed, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    numbered: Numbered,
}

#[derive(Embed)]
struct Numbered {
    #[entity(primary_key)]
    number: i64,
}

fn main() {}
