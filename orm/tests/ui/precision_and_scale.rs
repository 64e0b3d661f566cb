//! Only an exact decimal has digits.

use bigdecimal::BigDecimal;
use orm::{Auto, Entity};

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(precision = 10, scale = 2)]
    a: f64,
    #[entity(scale = 2)]
    b: BigDecimal,
    #[entity(precision = 2, scale = 4)]
    c: BigDecimal,
}

fn main() {}
