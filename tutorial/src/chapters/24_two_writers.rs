//! Chapter 24: two writers: versions, stale data, retries, isolation.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Stock {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    item: String,
    pieces: i32,
    #[entity(version)]
    version: i32,
}
// ANCHOR_END: model

// ANCHOR: sell
fn sell(session: &mut Session, id: i64) -> orm::Result<()> {
    let stock = session.query::<Stock>().filter(Stock::ID.eq(id)).one()?;
    session[stock].pieces -= 1;
    session.commit()
}
// ANCHOR_END: sell

// ANCHOR: race
fn race(engine: &Engine) -> orm::Result<()> {
    let mut till = Session::builder(engine).expire_on_commit(false).build();
    let here = till.query::<Stock>().one()?;
    till.commit()?; // the customer thinks; no transaction is open meanwhile
    sell(&mut Session::new(engine), 1)?; // another till is faster

    till[here].pieces -= 1; // computed from what was there before
    till.commit()
}
// ANCHOR_END: race

// ANCHOR: again
fn again(engine: &Engine) -> orm::Result<i32> {
    let mut till = Session::new(engine);
    loop {
        match sell(&mut till, 1) {
            Err(orm::Error::StaleData { .. }) => till.rollback().map(drop)?, // read again
            done => break done?,
        }
    }
    till.one(select(Stock::PIECES))
}
// ANCHOR_END: again

// ANCHOR: atomic
fn atomic(session: &mut Session) -> orm::Result<usize> {
    let left = Stock::PIECES.ge(1);
    let one_less = update("stock").set(Stock::PIECES, Stock::PIECES - 1).filter(left);
    session.execute(&one_less) // nothing was read, so nothing is stale
}
// ANCHOR_END: atomic

// ANCHOR: retry
fn retry(engine: &Engine) -> orm::Result<i32> {
    let mut session = Session::builder(engine).isolation(Isolation::Serializable).build();
    session.retry(5, |session| {
        let stock = session.query::<Stock>().one()?; // read what you decide by
        session[stock].pieces -= 1;
        Ok(session[stock].pieces)
    }) // commits; deadlocks and serialization failures begin anew
}
// ANCHOR_END: retry

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Stock])?;
    let mut session = Session::new(engine);
    session.add(Stock { item: "mug".into(), pieces: 10, version: 1, ..Stock::default() });
    session.commit()?;
    stage.step("sell", || sell(&mut session, 1))?;
    stage.refused("race", || race(engine))?;
    assert_eq!(stage.step("again", || again(engine))?, 7);
    assert_eq!(stage.step("atomic", || atomic(&mut session))?, 1);
    session.commit()?;
    assert_eq!(stage.step("retry", || retry(engine))?, 5);
    Ok(())
}
