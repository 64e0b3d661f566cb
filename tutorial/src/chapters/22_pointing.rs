//! Chapter 22: one kind of child for several kinds of owners.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: place
#[derive(Embed, Debug, Default)]
struct Place {
    #[entity(length = 50)]
    street: String,
    #[entity(length = 50)]
    city: String,
}
// ANCHOR_END: place

// ANCHOR: association
#[derive(Entity, Debug, Default)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    place: Place,
}

#[derive(Entity, Debug, Default)]
struct Customer {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "customer_address", order_by = "id")]
    addresses: ManyToMany<Address>,
}

#[derive(Entity, Debug, Default)]
struct Supplier {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "supplier_address", order_by = "id")]
    addresses: ManyToMany<Address>,
}
// ANCHOR_END: association

// ANCHOR: columns
#[derive(Entity, Debug, Default)]
struct Note {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    words: String,
    customer: BelongsTo<Option<Customer>>,
    supplier: BelongsTo<Option<Supplier>>, // one of the two is set
}
// ANCHOR_END: columns

fn address(street: &str, city: &str) -> Address {
    let place = Place { street: street.into(), city: city.into() };
    Address { place, ..Address::default() }
}

// ANCHOR: save
fn save(session: &mut Session) -> orm::Result<(Key<Customer>, Key<Supplier>)> {
    let shared = session.add(address("40 main street", "San Francisco"));
    let customer = session.add(Customer::default());
    session.rel(customer, Customer::ADDRESSES).push(shared)?;
    let supplier = session.add(Supplier::default());
    session.rel(supplier, Supplier::ADDRESSES).push(shared)?; // the same row
    session.commit()?;
    Ok((customer, supplier))
}
// ANCHOR_END: save

// ANCHOR: query
fn in_city(session: &mut Session, city: &str) -> orm::Result<i64> {
    let there = || Address::PLACE.column(Place::CITY).eq(city);
    let customers = session.query::<Customer>().filter(Customer::ADDRESSES.any(there()));
    let number = customers.count()?;
    let suppliers = session.query::<Supplier>().filter(Supplier::ADDRESSES.any(there()));
    Ok(number + suppliers.count()?)
}
// ANCHOR_END: query

// ANCHOR: note
fn note(session: &mut Session, about: Key<Supplier>) -> orm::Result<()> {
    let words = "delivers on time".into();
    session.add(Note { words, supplier: BelongsTo::to(about), ..Note::default() });
    session.commit()
}
// ANCHOR_END: note

// ANCHOR: deleted
fn delete_address(session: &mut Session) -> orm::Result<()> {
    let address = session.query::<Address>().one()?;
    session.delete(address)?; // two tables between still refer to it
    session.commit()
}
// ANCHOR_END: deleted

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Address, Customer, Supplier, Note])?;
    let mut session = Session::new(engine);
    let (_, supplier) = stage.step("save", || save(&mut session))?;
    let found = stage.step("query", || in_city(&mut session, "San Francisco"))?;
    assert_eq!(found, 2);
    stage.step("note", || note(&mut session, supplier))?;
    stage.refused("deleted", || delete_address(&mut Session::new(engine)))?;
    Ok(())
}
