//! Each variant of the root of a hierarchy holds the struct of one class.

use orm::{Auto, Entity};

#[derive(Entity)]
#[entity(inheritance = "jioned")]
enum Employee {
    Person(Person),
    Engineer { status: String },
    Manager,
    #[entity(identity = "person", table = "boss")]
    Boss(Person),
}

#[derive(Entity)]
enum Plain {
    Person(Person),
}

#[derive(Entity, Default)]
struct Person {
    #[entity(primary_key)]
    id: Auto<i64>,
}

fn main() {}
