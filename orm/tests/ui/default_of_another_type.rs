//! A default has the type of the column.

use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(default = true)]
    visits: Auto<i64>,
}

fn main() {}
