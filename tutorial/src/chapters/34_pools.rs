//! Chapter 34: pools and servers.

use std::time::Duration;

use orm::engine::event::before_execute;
use orm::prelude::*;

use crate::Stage;

// ANCHOR: share
fn share(engine: &Engine) -> orm::Result<u32> {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let engine = engine.clone(); // the same pool
            scope.spawn(move || engine.connect()?.query(&text("SELECT 1")).map(drop));
        }
    });
    Ok(engine.pool_status().in_use)
}
// ANCHOR_END: share

// ANCHOR: short
fn short(session: &mut Session) -> orm::Result<u32> {
    session
        .with_connection(|connection| connection.query(&text("SELECT 1")).map(drop))?;
    assert_eq!(session.engine().pool_status().in_use, 1); // until the transaction ends
    session.commit()?;
    Ok(session.engine().pool_status().in_use)
}
// ANCHOR_END: short

// ANCHOR: hook
fn with_hook(url: &str) -> orm::Result<Engine> {
    Engine::builder(url)
        .on_connect(|connection| connection.query(&text("SELECT 1")).map(drop))
        .pre_ping(true) // a connection that died in the pool is opened anew
        .build()
}
// ANCHOR_END: hook

// ANCHOR: listen
fn tagged(engine: &Engine) -> orm::Result<()> {
    let token = engine.listen(before_execute(|statement| {
        let sql = format!("{} /* shop */", statement.sql()); // for the server's log
        statement.set_sql(sql)
    }));
    engine.connect()?.query(&text("SELECT :answer").bind("answer", 42))?;
    engine.unlisten(token);
    Ok(())
}
// ANCHOR_END: listen

// ANCHOR: full
fn full(url: &str) -> orm::Result<()> {
    let engine = Engine::builder(url)
        .pool_size(1)
        .max_overflow(0)
        .pool_timeout(Duration::from_millis(50))
        .build()?;
    let _held = engine.connect()?;
    engine.connect().map(drop) // the only connection is in use
}
// ANCHOR_END: full

// ANCHOR: unreachable
fn nobody_there() -> orm::Result<()> {
    Engine::new("sqlite:////no/such/folder/shop.db")?.connect().map(drop)
}
// ANCHOR_END: unreachable

// ANCHOR: kinds
fn what_now(error: &orm::Error) -> &'static str {
    match error {
        orm::Error::CommitInDoubt(_) => "ask the database whether the work is there",
        error if error.is_retryable() => "run the unit of work again",
        _ => "tell somebody",
    }
}
// ANCHOR_END: kinds

/// The message, with the measured time left out, which differs from run to run.
fn without_time(error: &orm::Error) -> String {
    let message = format!("error [{}]: {error}", error.code());
    match message
        .split_once(" in ")
        .and_then(|(start, rest)| Some((start, rest.split_once(':')?.1)))
    {
        Some((start, rest)) => format!("{start} in 50ms:{rest}"),
        None => message,
    }
}

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    assert_eq!(share(engine)?, 0);
    assert_eq!(short(&mut Session::new(engine))?, 0);
    assert_eq!(with_hook(stage.url())?.connect()?.query(&text("SELECT 1"))?.len(), 1);
    stage.step("listen", || tagged(engine))?;
    let error = full(stage.url()).err().ok_or("the pool is full")?;
    stage.show("full", without_time(&error));
    let error = stage.refused("unreachable", nobody_there)?;
    assert_eq!(what_now(&error), "tell somebody"); // a folder does not appear by itself
    Ok(())
}
