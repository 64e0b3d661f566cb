//! A `ColumnEnum` is an enum.

use orm::ColumnEnum;

#[derive(ColumnEnum)]
struct Status {
    active: bool,
}

fn main() {}
