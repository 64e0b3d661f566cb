//! Chapter 12: INSERT, UPDATE and DELETE of many rows, past the unit of work.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Item {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    price: i64,
    stock: i32,
}
// ANCHOR_END: model

// ANCHOR: insert
fn insert_many(session: &mut Session) -> orm::Result<usize> {
    let rows = (1..=1000).map(|n| (format!("item {n}"), 100 + n, 5));
    session.execute(&insert("item").rows((Item::NAME, Item::PRICE, Item::STOCK), rows))
}
// ANCHOR_END: insert

// ANCHOR: add
fn add_many(session: &mut Session) -> orm::Result<Vec<Key<Item>>> {
    let item = |n: i64| Item {
        name: format!("item {n}"),
        price: 100 + n,
        stock: 5,
        ..Item::default()
    };
    let keys = session.add_all((1..=1000).map(item));
    session.flush()?; // the same INSERTs, and each entity has its key
    Ok(keys)
}
// ANCHOR_END: add

// ANCHOR: update
fn raise(session: &mut Session) -> orm::Result<usize> {
    let dearer = update("item").set(Item::PRICE, Item::PRICE + 10);
    session.execute(&dearer.filter(Item::PRICE.lt(200)))
}
// ANCHOR_END: update

// ANCHOR: stale
fn stale(session: &mut Session) -> orm::Result<(i64, i64)> {
    let first = session.query::<Item>().filter(Item::NAME.eq("item 1")).one()?;
    raise(session)?;
    let before = session[first].price; // memory does not know
    let after = session.refresh(first)?.price;
    Ok((before, after))
}
// ANCHOR_END: stale

// ANCHOR: delete
fn sell_out(session: &mut Session) -> orm::Result<usize> {
    session.execute(&delete("item").filter(Item::PRICE.gt(1000)))
}
// ANCHOR_END: delete

// ANCHOR: duplicate
fn duplicate(session: &mut Session) -> orm::Result<usize> {
    let rows = [(5001, "a", 1, 1), (5002, "b", 2, 2), (5001, "c", 3, 3)];
    let columns = (Item::ID, Item::NAME, Item::PRICE, Item::STOCK);
    session.execute(&insert("item").rows(columns, rows)) // the third has a key twice
}
// ANCHOR_END: duplicate

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    stage.engine().create_all(schema![Item])?;
    let mut session = Session::new(stage.engine());
    assert_eq!(stage.step("insert", || insert_many(&mut session))?, 1000);
    session.rollback()?;
    let keys = stage.step("add", || add_many(&mut session))?;
    assert!(session[keys[999]].id.get().is_some());
    session.commit()?;
    assert_eq!(stage.step("update", || raise(&mut session))?, 99);
    session.rollback()?;
    let (before, after) = stage.step("stale", || stale(&mut session))?;
    assert_eq!((before, after), (101, 111));
    session.commit()?;
    assert_eq!(stage.step("delete", || sell_out(&mut session))?, 100);
    session.commit()?;
    stage.refused("duplicate", || duplicate(&mut session))?;
    Ok(())
}
