//! A class is a variant of the root that it names.

use orm::{Auto, Entity};

#[derive(Entity)]
#[entity(inheritance = "single")]
enum Employee {
    Person(Person),
}

#[derive(Entity, Default)]
#[entity(root = "Employee")]
struct Person {
    #[entity(primary_key)]
    id: Auto<i64>,
}

#[derive(Entity, Default)]
#[entity(root = "Employee")]
struct Engineer {
    #[entity(base)]
    person: Person,
    status: String,
}

fn main() {}
