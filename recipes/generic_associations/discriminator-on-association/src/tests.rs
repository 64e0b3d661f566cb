//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// Names of the customers with an address in a city: a question through the proxy.
fn customers_in(session: &mut Session, city: &str) -> orm::Result<Vec<String>> {
    session.all(select(Customer::NAME).filter(Customer::ADDRESSES.has(Address::CITY.eq(city))))
}

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Customer, Supplier, Address, AddressAssociation])?;
    engine.create_all(schema![Customer, Supplier, Address, AddressAssociation])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    save(&mut session)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 5, 0, 0]); // 0, 7, 0, 0

    let lines = addresses_of_customers(&mut session)?;
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[1], "Customer(\"customer 1\")");
    assert!(lines[0].contains("New York") && lines[2].contains("San Francisco"), "{lines:?}");
    assert_eq!(sent(&recorder), [4, 0, 0, 0]); // 4, 0, 0, 0

    assert_eq!(customers_in(&mut session, "New York")?, ["customer 1"]);
    assert_eq!(customers_in(&mut session, "Detroit")?, [""; 0], "that is the supplier");
    let supplier = session.query::<Supplier>().one()?;
    let addresses = session.proxy(supplier, Supplier::ADDRESSES).inner()?.unwrap().load()?;
    assert_eq!(owner(&mut session, addresses[0])?.as_deref(), Some("Supplier(\"Ace Hammers\")"));
    Ok(())
}

#[test]
fn owners_of_two_kinds_share_the_table_of_addresses() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
