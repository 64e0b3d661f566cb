//! Lab 15: The link has a price. Solution.
//!
//! The flush fills in both halves of the key. A `ManyToMany` would do if the link had nothing to say.

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
    #[entity(primary_key, inverse = "lines")]
    pub order: BelongsTo<Order>,
    #[entity(primary_key)]
    pub concert: BelongsTo<Concert>,
    pub price: i64,
}
// end of hole

// Do not change: what this lab must do.
#[path = "../checks/15_the_link_has_a_price.rs"]
pub mod checks;
