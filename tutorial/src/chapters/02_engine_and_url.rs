//! Chapter 2: engines, URLs, the pool, and SQL by hand.

use std::time::Duration;

use orm::prelude::*;

use crate::Stage;

// ANCHOR: lazy
fn lazy(url: &str) -> orm::Result<Engine> {
    let engine = Engine::new(url)?;
    assert_eq!(engine.pool_status().open, 0); // nothing is opened yet

    let rows = engine.connect()?.query(&text("SELECT 5"))?;
    assert_eq!(rows[0].get::<i64>(0)?, 5);

    assert_eq!(engine.pool_status().open, 1);
    assert_eq!(engine.pool_status().in_use, 0); // the connection is back in the pool
    Ok(engine)
}
// ANCHOR_END: lazy

// ANCHOR: options
fn options(url: &str) -> orm::Result<Engine> {
    Engine::builder(url)
        .echo(true) // prints each statement; `Echo::file(..)` and others exist
        .pool_size(5) // kept open when nobody uses them
        .max_overflow(10) // opened beyond that, closed when given back
        .pool_timeout(Duration::from_secs(30)) // waiting for a free connection
        .pre_ping(true) // tests a connection before it is used
        .build()
}
// ANCHOR_END: options

// ANCHOR: table
fn table(engine: &Engine) -> orm::Result<()> {
    engine.begin(|connection| {
        let create =
            "CREATE TABLE car (id INTEGER PRIMARY KEY, name VARCHAR(30), price INTEGER)";
        connection.execute(&text(create)).map(drop)
    })
}
// ANCHOR_END: table

// ANCHOR: rows
fn rows(engine: &Engine) -> orm::Result<()> {
    let insert = text("INSERT INTO car (id, name, price) VALUES (:id, :name, :price)");
    engine.begin(|connection| {
        let cars = [
            (("id", 1), ("name", "Audi"), ("price", 52642)),
            (("id", 2), ("name", "Skoda"), ("price", 9000)),
            (("id", 3), ("name", "Volvo"), ("price", 29000)),
        ];
        assert_eq!(connection.execute_many(insert, cars)?, 3);
        Ok(())
    })
}
// ANCHOR_END: rows

// ANCHOR: read
fn read(engine: &Engine) -> orm::Result<Vec<(i64, String)>> {
    let cheap = text("SELECT id, name FROM car WHERE price < :most ORDER BY id");
    let rows = engine.connect()?.query(&cheap.bind("most", 30000))?;
    rows.iter().map(|row| row.unpack()).collect()
}
// ANCHOR_END: read

// ANCHOR: undone
fn undone(engine: &Engine) -> orm::Result<()> {
    engine.begin(|connection| {
        connection.execute(&text("DELETE FROM car"))?;
        connection.execute(&text("DELETE FROM lorry")).map(drop) // no such table
    })
}
// ANCHOR_END: undone

// ANCHOR: unbound
fn unbound(engine: &Engine) -> orm::Result<usize> {
    let delete = text("DELETE FROM car WHERE id = :id");
    engine.connect()?.execute(&delete.bind("idd", 1))
}
// ANCHOR_END: unbound

// ANCHOR: unknown
fn unknown() -> orm::Result<Engine> {
    Engine::new("oracle://scott@localhost/shop")
}
// ANCHOR_END: unknown

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    lazy(stage.url())?;
    assert_eq!(options(stage.url())?.pool_status().pool_size, 5);
    stage.step("table", || table(engine))?;
    stage.step("rows", || rows(engine))?;
    let cheap = stage.step("read", || read(engine))?;
    assert_eq!(cheap, [(2, "Skoda".to_owned()), (3, "Volvo".to_owned())]);
    stage.refused("undone", || undone(engine))?;
    assert_eq!(engine.connect()?.query(&text("SELECT id FROM car"))?.len(), 3);
    stage.refused("unbound", || unbound(engine))?;
    stage.refused("unknown", unknown)?;
    Ok(())
}
