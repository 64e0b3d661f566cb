//! Both ends of a many-to-many relationship to oneself need a name.

use orm::{Auto, Entity, ManyToMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "friend")]
    friends: ManyToMany<User>,
}

fn main() {}
