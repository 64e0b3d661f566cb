//! Lab 10: Totals.
//!
//! `good_customers` should name each customer who has ordered for more than 100 in all, with the total, the largest first. The query asks for single orders of
//! more than 100 instead.
//!
//! Group the orders by the name of the customer, and put the condition on the sum.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Customer {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    #[entity(inverse = "customer")]
    pub orders: HasMany<Order>,
}

#[derive(Entity, Debug, Default)]
pub struct Order {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(inverse = "orders")]
    pub customer: BelongsTo<Customer>,
    pub amount: i64,
}

/// Customers who have ordered for more than 100 in all, with their totals, the largest first.
pub fn good_customers(session: &mut Session) -> orm::Result<Vec<(String, Option<i64>)>> {
    // hole
    let query = select((Customer::NAME, sum(Order::AMOUNT)))
        .join(Customer::ORDERS)
        .filter(Order::AMOUNT.gt(100))
        .group_by(Customer::NAME)
        .order_by(sum(Order::AMOUNT).desc());
    // end of hole
    session.all(query)
}

// Do not change: what this lab must do.
#[path = "../checks/10_totals.rs"]
pub mod checks;
