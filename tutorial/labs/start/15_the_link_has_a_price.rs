//! Lab 15: The link has a price.
//!
//! Orders and concerts are many to many. The link between them has something to say of its own, the price that was paid, so it is an entity: an *association
//! object*. It has a number of its own here, and nothing keeps the same concert from standing on an order twice.
//!
//! Make the two foreign keys the primary key, and drop the number.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Concert {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub title: String,
}

#[derive(Entity, Debug, Default)]
pub struct Order {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(inverse = "order", cascade = "all, delete-orphan")]
    pub lines: HasMany<Line>,
}

// hole
#[derive(Entity, Debug, Default)]
pub struct Line {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(inverse = "lines")]
    pub order: BelongsTo<Order>,
    pub concert: BelongsTo<Concert>,
    pub price: i64,
}
// end of hole

// Do not change: what this lab must do.
#[path = "../checks/15_the_link_has_a_price.rs"]
pub mod checks;
