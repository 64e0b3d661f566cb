//! Errors that need a server.

use std::time::Duration;

use orm::prelude::*;

use super::engine::on_tokio;
use super::model::{Author, author, start};
use crate::Stage;

// ANCHOR: serialization-failure
pub(super) fn serialization_failure(stage: &Stage) -> orm::Result<()> {
    drop(start(stage)?);
    let serial = Session::builder(stage.engine()).isolation(Isolation::Serializable);
    let (mut one, mut two) = (serial.build(), serial.build());
    for (session, name) in [(&mut one, "Emily"), (&mut two, "Anne")] {
        session.query::<Author>().count()?; // each reads what the other writes
        session.add(author(name));
        session.flush()?;
    }
    one.commit()?;
    two.commit()
}
// ANCHOR_END: serialization-failure

// ANCHOR: timeout
pub(super) fn timeout(stage: &Stage) -> orm::Result<()> {
    let limit = Duration::from_millis(50);
    let engine = Engine::builder(stage.url()).statement_timeout(limit).build()?;
    engine.connect()?.query(&text("SELECT pg_sleep(10)")).map(drop)
}
// ANCHOR_END: timeout

// ANCHOR: canceled
pub(super) fn canceled(stage: &Stage) -> orm::Result<()> {
    let cancel = text("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(10)");
    stage.engine().connect()?.query(&cancel).map(drop)
}
// ANCHOR_END: canceled

// ANCHOR: disconnected
pub(super) fn disconnected(stage: &Stage) -> orm::Result<()> {
    let kill = text("SELECT pg_terminate_backend(pg_backend_pid())");
    stage.engine().connect()?.query(&kill).map(drop)
}
// ANCHOR_END: disconnected

// ANCHOR: connection-closed
async fn given_up(url: &str) -> orm::Result<()> {
    let engine = AsyncEngine::new(url)?;
    let mut connection = engine.connect().await?;
    let slow = text("SELECT pg_sleep(10)");
    let limit = Duration::from_millis(50);
    let _ = tokio::time::timeout(limit, connection.query(&slow)).await; // dropped
    connection.query(&text("SELECT 1")).await.map(drop)
}

pub(super) fn connection_closed(stage: &Stage) -> orm::Result<()> {
    on_tokio(given_up(stage.url()))
}
// ANCHOR_END: connection-closed

// ANCHOR: commit-in-doubt
pub(super) fn commit_in_doubt(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    for sql in [
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'",
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON author \
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()",
    ] {
        session.execute(&text(sql))?;
    }
    session.commit()?;
    session.add(author("Emily"));
    session.commit() // the server goes away while it commits
}
// ANCHOR_END: commit-in-doubt

// ANCHOR: blocking-forbidden
pub(super) fn blocking_forbidden(stage: &Stage) -> orm::Result<()> {
    let url = stage.url().replace("postgresql://", "postgresql+tokio-postgres://");
    let engine = Engine::new(url)?; // blocks, over a driver that awaits
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(async { engine.connect().map(drop) }),
        Err(_) => Ok(()),
    }
}
// ANCHOR_END: blocking-forbidden

// ANCHOR: not-rolled-back
pub(super) fn not_rolled_back(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.add(author("Emily"));
    session.flush()?;
    let created = session.execute(&text("CREATE TABLE extra (id INTEGER)"));
    assert!(created.is_err()); // `pending-rollback`: MariaDB has committed
    session.rollback().map(drop)
}
// ANCHOR_END: not-rolled-back

// ANCHOR: no-generated-key
pub(super) fn no_generated_key(stage: &Stage) -> orm::Result<()> {
    let table = "CREATE TABLE author (id BIGINT PRIMARY KEY DEFAULT 7, name VARCHAR(50))";
    stage.engine().connect()?.execute(&text(table))?; // no AUTO_INCREMENT
    let mut session = Session::new(stage.engine());
    session.add(author("Emily"));
    session.commit()
}
// ANCHOR_END: no-generated-key
