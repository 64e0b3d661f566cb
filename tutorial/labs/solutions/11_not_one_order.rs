//! Lab 11: Not one order. Solution.
//!
//! The inner select is asked for each customer of the outer one. `Customer::ORDERS.is_empty()` is a shorter way to write it, where the entity has the
//! collection.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Customer {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
}

#[derive(Entity, Debug, Default)]
pub struct Order {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub customer: BelongsTo<Customer>,
}

/// Names of the customers without an order, in the order of the alphabet.
pub fn idle_customers(session: &mut Session) -> orm::Result<Vec<String>> {
    let orders = select(Order::ID).filter(Order::CUSTOMER_ID.eq(Customer::ID));
    // hole
    let idle = not_(orders.exists());
    // end of hole
    session.all(select(Customer::NAME).filter(idle).order_by(Customer::NAME))
}

// Do not change: what this lab must do.
#[path = "../checks/11_not_one_order.rs"]
pub mod checks;
