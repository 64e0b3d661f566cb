//! Many may share a member.

use orm::{Auto, Entity, ManyToMany};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "friend", local = "a", remote = "b", cascade = "all, delete-orphan")]
    friends: ManyToMany<User>,
}

fn main() {}
