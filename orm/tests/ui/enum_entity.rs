//! An enum is no entity, unless it is the root of a hierarchy.

use orm::Entity;

#[derive(Entity)]
enum Status {
    Active,
    Inactive,
}

fn main() {}
