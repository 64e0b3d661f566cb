//! A class that extends another is one of a hierarchy.

use orm::{Auto, Entity};

#[derive(Entity, Default)]
struct Person {
    #[entity(primary_key)]
    id: Auto<i64>,
}

#[derive(Entity, Default)]
struct Engineer {
    #[entity(base)]
    person: Person,
    #[entity(primary_key)]
    number: i64,
}

fn main() {}
