//! A `ColumnEnum` is a list of words.

use orm::ColumnEnum;

#[derive(ColumnEnum)]
enum Status {
    Active,
    Named(String),
    #[column_enum(name = "active")]
    Busy,
    #[column_enum(label = "gone")]
    Gone,
}

fn main() {}
