//! What the attribute of a projection may say, every fault at once.

use orm::FromRow;

#[derive(FromRow)]
#[from_row(column = "row")]
struct Count {
    name: String,
    #[from_row(column = "name")]
    other: String,
    #[from_row(name = "n")]
    n: i64,
    #[from_row(column = "")]
    empty: i64,
}

fn main() {}
