//! A tuple struct has no names.

use orm::Entity;

#[derive(Entity)]
struct User(i64, String);

fn main() {}
