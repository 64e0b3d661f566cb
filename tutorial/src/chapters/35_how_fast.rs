//! Chapter 35: how fast: what to count, what to time, and the ways to read many rows.

use std::time::Duration;

use orm::engine::RecordedStatement;
use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Reading {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20)]
    sensor: String,
    value: i64,
}
// ANCHOR_END: model

// ANCHOR: tracked
fn tracked(session: &mut Session) -> orm::Result<i64> {
    let mut total = 0;
    for reading in session.query::<Reading>().all()? {
        total += session[reading].value; // editable, one entity a row
    }
    Ok(total)
}
// ANCHOR_END: tracked

// ANCHOR: untracked
fn plain(session: &mut Session) -> orm::Result<i64> {
    let readings: Vec<Reading> = session.all(select(untracked::<Reading>()))?;
    Ok(readings.iter().map(|reading| reading.value).sum())
}
// ANCHOR_END: untracked

// ANCHOR: columns
fn columns(session: &mut Session) -> orm::Result<i64> {
    let values: Vec<i64> = session.all(select(Reading::VALUE))?;
    Ok(values.iter().sum())
}
// ANCHOR_END: columns

// ANCHOR: database
fn in_the_database(session: &mut Session) -> orm::Result<Option<i64>> {
    session.one(select(sum(Reading::VALUE)))
}
// ANCHOR_END: database

// ANCHOR: memory
fn memory(session: &Session) -> (usize, usize) {
    let memory = session.memory();
    (memory.entities, memory.bookkeeping_bytes)
}
// ANCHOR_END: memory

// ANCHOR: slowest
fn slowest(sent: &[RecordedStatement]) -> Option<(&str, Duration)> {
    let slowest = sent.iter().max_by_key(|statement| statement.elapsed)?;
    Some((slowest.sql.as_str(), slowest.elapsed)) // rows read included
}
// ANCHOR_END: slowest

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Reading])?;
    let mut session = Session::new(engine);
    let reading = |n: i64| Reading {
        sensor: format!("s{}", n % 7),
        value: n,
        ..Reading::default()
    };
    session.add_all((1..=1000).map(reading));
    let recorder = engine.record();
    session.commit()?;
    assert!(slowest(&recorder.take()).is_some());
    let mut session = Session::new(engine);
    assert_eq!(stage.step("tracked", || tracked(&mut session))?, 500_500);
    let (entities, bytes) = memory(&session);
    stage.show(
        "memory",
        format!(
            "{entities} entities, at most 64 bytes beside each: {}",
            bytes <= 64 * entities
        ),
    );
    let mut session = Session::new(engine);
    assert_eq!(stage.step("untracked", || plain(&mut session))?, 500_500);
    assert_eq!(memory(&session).0, 0);
    assert_eq!(stage.step("columns", || columns(&mut session))?, 500_500);
    assert_eq!(stage.step("database", || in_the_database(&mut session))?, Some(500_500));
    Ok(())
}
