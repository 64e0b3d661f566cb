//! An enum is no entity.

use orm::Entity;

#[derive(Entity)]
enum Status {
    Active,
    Inactive,
}

fn main() {}
