//! Checks of lab 24.

use std::panic::{AssertUnwindSafe, catch_unwind};

use labs::check;
use orm::prelude::*;

use super::budget;

labs::checks![a_page_with_two_selects_is_let_through, a_page_with_an_n_plus_1_is_caught];

#[derive(Entity, Debug, Default)]
struct Customer {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
}

#[derive(Entity, Debug, Default)]
struct Order {
    #[entity(primary_key)]
    id: Auto<i64>,
    customer: BelongsTo<Customer>,
}

fn orders() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Customer, Order])?;
    let mut session = Session::new(&engine);
    for name in ["Ed", "Wendy", "Mary", "Fred"] {
        let customer = session.add(Customer { name: name.into(), ..Customer::default() });
        session.add(Order { customer: BelongsTo::to(customer), ..Order::default() });
    }
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn lines(session: &mut Session, orders: &[Key<Order>]) -> orm::Result<Vec<String>> {
    let line = |order: &Key<Order>| {
        let customer = session.rel(*order, Order::CUSTOMER).one()?;
        Ok(session[customer].name.clone())
    };
    orders.iter().map(line).collect()
}

fn good_page(session: &mut Session) -> orm::Result<Vec<String>> {
    let orders = session.query::<Order>().options(selectin(Order::CUSTOMER)).all()?;
    lines(session, &orders)
}

/// One SELECT for the orders, and one for each customer.
fn bad_page(session: &mut Session) -> orm::Result<Vec<String>> {
    let orders = session.query::<Order>().all()?;
    lines(session, &orders)
}

fn a_page_with_two_selects_is_let_through() -> orm::Result<()> {
    let mut session = orders()?;
    let recorder = session.engine().record();
    budget(&mut session, good_page)?;
    check::count(&recorder, orm::StatementKind::Select, 2);
    Ok(())
}

fn a_page_with_an_n_plus_1_is_caught() -> orm::Result<()> {
    let mut session = orders()?;
    let caught = catch_unwind(AssertUnwindSafe(|| budget(&mut session, bad_page)));
    assert!(caught.is_err(), "the page that sends a SELECT for each order was let through");
    Ok(())
}
