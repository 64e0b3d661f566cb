//! Tests of each step: its result and its number of statements.

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Customer, CustomerAddress, Supplier, SupplierAddress])?;
    engine.create_all(schema![Customer, CustomerAddress, Supplier, SupplierAddress])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    save(&mut session)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 4, 0, 0]); // 0, 5, 0, 0

    let expected = [
        r#"CustomerAddress(street="123 anywhere street", city="New York", zip="10110")"#,
        r#"Customer("customer 1")"#,
        r#"CustomerAddress(street="40 main street", city="San Francisco", zip="95732")"#,
        r#"Customer("customer 1")"#,
    ];
    assert_eq!(addresses_of_customers(&mut session)?, expected);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    let detroit =
        session.query::<SupplierAddress>().filter(SupplierAddress::PLACE.column(Place::CITY).eq("Detroit")).one()?;
    let supplier = session.rel(detroit, SupplierAddress::PARENT).load()?;
    assert_eq!(supplier.map(|supplier| session[supplier].to_string()), Some(r#"Supplier("Ace Hammers")"#.to_owned()));
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
