//! An embedded struct has no table, and something to bring.

use orm::Embed;

#[derive(Embed)]
#[entity(table = "timestamps")]
struct Timestamps {
    #[entity(skip)]
    created: i64,
}

fn main() {}
