//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Order, Item, OrderItem])?;
    engine.create_all(schema![Order, Item, OrderItem])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    let catalog = catalog(&mut session);
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 1, 0, 0]); // 0, 4, 0, 0

    let start = now();
    let placed = order(&mut session, &catalog)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [2, 2, 0, 0]); // 3, 2, 0, 0
    let date = session[placed].order_date.get().unwrap();
    assert!(start <= date && date <= now(), "the default is called when the row is inserted");

    let found = order_of(&mut session, "john smith")?;
    assert_eq!(found, placed);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    let expected = [("SA Mug", 650, 650), ("SA Hat", 899, 899), ("MySQL Crowbar", 1099, 1699)];
    let expected = expected.map(|(description, paid, list)| (description.to_owned(), price(paid), price(list)));
    assert_eq!(lines(&mut session, found)?, expected);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    assert_eq!(items(&mut session, found)?, expected.map(|(description, _, list)| (description, list)));
    assert_eq!(sent(&recorder), [0, 0, 0, 0]); // 0, 0, 0, 0

    assert_eq!(bargain_hunters(&mut session, "MySQL Crowbar")?, ["john smith"]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0
    assert_eq!(bargain_hunters(&mut session, "SA Mug")?, [""; 0]);

    let mug = session.load(catalog.mug)?.item_id.get().unwrap();
    assert_eq!(session.query::<Order>().filter(Order::ITEMS.contains(mug)).all()?, [placed]);
    let shirt = session.load(catalog.shirt)?.item_id.get().unwrap();
    assert_eq!(session.query::<Order>().filter(Order::ITEMS.contains(shirt)).count()?, 0);
    Ok(())
}

#[test]
fn an_order_is_placed_and_read_in_few_statements() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
