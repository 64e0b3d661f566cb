//! A many-to-many relationship needs a table between.

use orm::{Auto, Entity, ManyToMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    friends: ManyToMany<User>,
    #[entity(local = "a")]
    foes: ManyToMany<User>,
}

fn main() {}
