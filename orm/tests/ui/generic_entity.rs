//! One type for one table.

use orm::Entity;

#[derive(Entity)]
struct User<T> {
    #[entity(primary_key)]
    id: i64,
    name: T,
}

fn main() {}
