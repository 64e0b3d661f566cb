//! The discriminator is a column of its own.

use orm::{Auto, Entity};

#[derive(Entity)]
#[entity(inheritance = "joined", discriminator = "name")]
enum Employee {
    Person(Person),
    Engineer(Engineer),
}

#[derive(Entity, Default)]
#[entity(root = "Employee")]
struct Person {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
}

#[derive(Entity, Default)]
#[entity(root = "Employee")]
struct Engineer {
    #[entity(base)]
    person: Person,
    status: String,
}

fn main() {}
