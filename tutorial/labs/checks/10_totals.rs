//! Checks of lab 10.

use labs::check;
use orm::prelude::*;

use super::{Customer, Order, good_customers};

labs::checks![three_have_ordered_for_more_than_100, the_condition_is_on_the_sum];

fn orders() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Customer, Order])?;
    let mut session = Session::new(&engine);
    for (name, amounts) in [("Ed", [60, 60]), ("Wendy", [150, 1]), ("Mary", [50, 50]), ("Fred", [99, 2])] {
        let orders = amounts.map(|amount| Order { amount, ..Order::default() });
        session.add(Customer { name: name.into(), orders: HasMany::of(orders), ..Customer::default() });
    }
    session.flush()?;
    Ok(session)
}

fn three_have_ordered_for_more_than_100() -> orm::Result<()> {
    let mut session = orders()?;
    let recorder = session.engine().record();
    let found = good_customers(&mut session)?;
    check::count(&recorder, orm::StatementKind::Select, 1);
    let expected = [("Wendy", 151), ("Ed", 120), ("Fred", 101)].map(|(name, sum)| (name.to_owned(), Some(sum)));
    assert_eq!(found, expected);
    Ok(())
}

fn the_condition_is_on_the_sum() -> orm::Result<()> {
    let mut session = orders()?;
    let recorder = session.engine().record();
    good_customers(&mut session)?;
    check::statements(
        &recorder,
        &[
            "SELECT customer.name, sum(\"order\".amount) FROM customer JOIN \"order\" ON customer.id = \"order\".customer_id \
           GROUP BY customer.name HAVING sum(\"order\".amount) > ? ORDER BY sum(\"order\".amount) DESC  [100]",
        ],
    );
    Ok(())
}
