//! Lab 20: Two tills.
//!
//! Two tills have read a product: ten pieces are in stock. Each sells one. The second till writes the number that it has reckoned from what it read, nine, and
//! the sale of the first is lost.
//!
//! Give the product a version, so that the second UPDATE finds no row, and let `sell` read the product again and repeat the sale until it is counted.

use orm::Error;
use orm::prelude::*;

// hole
#[derive(Entity, Debug, Default)]
pub struct Product {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    pub stock: i64,
}

/// Sells one piece of a product.
pub fn sell(session: &mut Session, product: Key<Product>) -> orm::Result<()> {
    session[product].stock -= 1;
    session.commit()
}
// end of hole

// Do not change: what this lab must do.
#[path = "../checks/20_two_tills.rs"]
pub mod checks;
