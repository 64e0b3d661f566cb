//! Checks of lab 15.

use labs::check;
use orm::prelude::*;

use super::{Concert, Line, Order};

labs::checks![a_concert_stands_on_an_order_once, both_halves_of_the_key_are_filled_in, two_concerts_stand_on_one_order,];

fn concert() -> orm::Result<(Session, Key<Concert>, Key<Order>)> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Concert, Order, Line])?;
    let mut session = Session::new(&engine);
    let concert = session.add(Concert { title: "Quartet".into(), ..Concert::default() });
    let order = session.add(Order::default());
    Ok((session, concert, order))
}

fn line(session: &mut Session, order: Key<Order>, concert: Key<Concert>, price: i64) -> orm::Result<Key<Line>> {
    session.rel(order, Order::LINES).push(Line { concert: BelongsTo::to(concert), price, ..Line::default() })
}

fn a_concert_stands_on_an_order_once() -> orm::Result<()> {
    let (mut session, concert, order) = concert()?;
    line(&mut session, order, concert, 20)?;
    line(&mut session, order, concert, 30)?;
    session.commit().expect_err("a ticket for this concert stands on the order twice");
    Ok(())
}

fn both_halves_of_the_key_are_filled_in() -> orm::Result<()> {
    let (mut session, concert, order) = concert()?;
    line(&mut session, order, concert, 20)?;
    let recorder = session.engine().record();
    session.commit()?;
    check::statements(
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO concert (title) VALUES (?) RETURNING id  ['Quartet']",
            "INSERT INTO \"order\" DEFAULT VALUES RETURNING id",
            "INSERT INTO line (order_id, concert_id, price) VALUES (?, ?, ?)  [1, 1, 20]",
            "COMMIT",
        ],
    );
    assert_eq!(session.all(select(Line::PRICE).filter(Line::CONCERT_ID.eq(1)))?, [20]);
    Ok(())
}

fn two_concerts_stand_on_one_order() -> orm::Result<()> {
    let (mut session, quartet, order) = concert()?;
    let trio = session.add(Concert { title: "Trio".into(), ..Concert::default() });
    line(&mut session, order, quartet, 20)?;
    line(&mut session, order, trio, 30)?;
    session.commit()?;
    assert_eq!(session.all(select(Line::PRICE).order_by(Line::PRICE))?, [20, 30]);
    Ok(())
}
