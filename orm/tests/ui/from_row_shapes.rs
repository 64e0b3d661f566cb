//! A row fills a struct with named fields.

use orm::FromRow;

#[derive(FromRow)]
struct Pair(i64, String);

#[derive(FromRow)]
enum Status {
    Active,
}

#[derive(FromRow)]
struct Nothing;

#[derive(FromRow)]
struct Of<T> {
    value: T,
}

fn main() {}
