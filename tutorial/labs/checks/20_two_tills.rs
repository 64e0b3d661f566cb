//! Checks of lab 20.

use labs::check;
use orm::prelude::*;

use super::{Product, sell};

labs::checks![no_sale_is_lost, the_second_till_tries_twice];

/// A till that has read the product and holds no transaction.
fn till(engine: &Engine) -> orm::Result<(Session, Key<Product>)> {
    let mut session = Session::builder(engine).expire_on_commit(false).build();
    let product = session.query::<Product>().one()?;
    session.commit()?;
    Ok((session, product))
}

fn shop() -> orm::Result<Engine> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Product])?;
    let mut session = Session::new(&engine);
    session.add(Product { name: "tea".into(), stock: 10, ..Product::default() });
    session.commit()?;
    Ok(engine)
}

fn no_sale_is_lost() -> orm::Result<()> {
    let engine = shop()?;
    let (mut first, tea) = till(&engine)?;
    let (mut second, same_tea) = till(&engine)?;
    sell(&mut first, tea)?;
    sell(&mut second, same_tea)?;
    let stock = Session::new(&engine).one(select(Product::STOCK))?;
    assert_eq!(stock, 8, "stock after two sales");
    Ok(())
}

fn the_second_till_tries_twice() -> orm::Result<()> {
    let engine = shop()?;
    let (mut first, tea) = till(&engine)?;
    let (mut second, same_tea) = till(&engine)?;
    sell(&mut first, tea)?;
    let recorder = engine.record();
    sell(&mut second, same_tea)?;
    check::count(&recorder, orm::StatementKind::Update, 2);
    Ok(())
}
