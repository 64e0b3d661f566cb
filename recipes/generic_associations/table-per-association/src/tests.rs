//! Tests of each step: its result and its number of statements.

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Address, Customer, Supplier])?;
    engine.create_all(schema![Address, Customer, Supplier])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    save(&mut session)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 5, 0, 0]); // 0, 7, 0, 0

    let expected = [
        r#"Address(street="123 anywhere street", city="New York", zip="10110")"#,
        r#"Address(street="40 main street", city="San Francisco", zip="95732")"#,
    ];
    assert_eq!(addresses_of_customers(&mut session)?, expected);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    let shared = session.query::<Address>().filter(Address::CITY.eq("Detroit")).one()?;
    let customer = session.query::<Customer>().one()?;
    session.rel(customer, Customer::ADDRESSES).push(shared)?;
    session.commit()?;
    assert_eq!(addresses_of_customers(&mut session)?.len(), 3, "an address can have several owners");
    let suppliers = session.query::<Supplier>().filter(Supplier::ADDRESSES.any(Address::CITY.eq("Detroit")));
    assert_eq!(suppliers.count()?, 1);
    Ok(())
}

#[test]
fn customers_and_suppliers_have_addresses() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
