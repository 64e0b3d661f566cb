//! Checks of lab 11.

use labs::check;
use orm::prelude::*;

use super::{Customer, Order, idle_customers};

labs::checks![two_have_ordered_nothing, one_select_answers];

fn orders() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Customer, Order])?;
    let mut session = Session::new(&engine);
    for (name, orders) in [("Ed", 1), ("Mary", 0), ("Wendy", 2), ("Fred", 0)] {
        let customer = session.add(Customer { name: name.into(), ..Customer::default() });
        session.add_all((0..orders).map(|_| Order { customer: BelongsTo::to(customer), ..Order::default() }));
    }
    session.flush()?;
    Ok(session)
}

fn two_have_ordered_nothing() -> orm::Result<()> {
    assert_eq!(idle_customers(&mut orders()?)?, ["Fred", "Mary"]);
    Ok(())
}

fn one_select_answers() -> orm::Result<()> {
    let mut session = orders()?;
    let recorder = session.engine().record();
    idle_customers(&mut session)?;
    check::statements(
        &recorder,
        &[
            "SELECT customer.name FROM customer WHERE NOT EXISTS (SELECT 1 FROM \"order\" WHERE \"order\".customer_id = customer.id) \
           ORDER BY customer.name",
        ],
    );
    Ok(())
}
