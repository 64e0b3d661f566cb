//! A field takes one column.

use orm::FromRow;

#[derive(FromRow)]
struct Count {
    name: String,
    tags: Vec<String>,
}

fn main() {}
