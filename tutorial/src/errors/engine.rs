//! Errors of engines, connections, transactions and runtimes.

use std::time::Duration;

use orm::prelude::*;

use super::model::{Author, author, start};
use crate::Stage;

// ANCHOR: configuration
pub(super) fn configuration(_: &Stage) -> orm::Result<()> {
    Engine::new("oracle://scott@localhost/shop").map(drop)
}
// ANCHOR_END: configuration

// ANCHOR: connect
pub(super) fn connect(_: &Stage) -> orm::Result<()> {
    Engine::new("sqlite:////no/such/folder/shop.db")?.connect().map(drop)
}
// ANCHOR_END: connect

// ANCHOR: pool-timeout
pub(super) fn pool_timeout(stage: &Stage) -> orm::Result<()> {
    let short = Duration::from_millis(20);
    let one =
        Engine::builder(stage.url()).pool_size(1).max_overflow(0).pool_timeout(short);
    let engine = one.build()?;
    let _held = engine.connect()?;
    engine.connect().map(drop)
}
// ANCHOR_END: pool-timeout

// ANCHOR: unsupported
pub(super) fn unsupported(_: &Stage) -> orm::Result<()> {
    let second = Duration::from_secs(1);
    Engine::builder("sqlite://").statement_timeout(second).build().map(drop)
}
// ANCHOR_END: unsupported

// ANCHOR: transaction-open
pub(super) fn transaction_open(stage: &Stage) -> orm::Result<()> {
    let mut connection = stage.engine().connect()?;
    connection.begin()?;
    connection.begin()
}
// ANCHOR_END: transaction-open

// ANCHOR: no-transaction
pub(super) fn no_transaction(stage: &Stage) -> orm::Result<()> {
    stage.engine().connect()?.savepoint("before")
}
// ANCHOR_END: no-transaction

// ANCHOR: transaction-statement
pub(super) fn transaction_statement(stage: &Stage) -> orm::Result<()> {
    let (mut session, _) = start(stage)?;
    session.execute(&text("COMMIT")).map(drop)
}
// ANCHOR_END: transaction-statement

// ANCHOR: unknown-savepoint
pub(super) fn unknown_savepoint(stage: &Stage) -> orm::Result<()> {
    let mut connection = stage.engine().connect()?;
    connection.begin()?;
    connection.savepoint("before")?;
    connection.rollback_to("befor")
}
// ANCHOR_END: unknown-savepoint

// ANCHOR: locked
pub(super) fn locked(stage: &Stage) -> orm::Result<()> {
    let impatient = Engine::builder(stage.url()).busy_timeout(Duration::ZERO).build()?;
    let (mut session, _) = start(stage)?;
    session.add(author("Emily"));
    session.flush()?; // has the lock for writing
    let mut other = Session::new(&impatient);
    other.add(author("Anne"));
    other.commit()
}
// ANCHOR_END: locked

// ANCHOR: no-runtime
pub(super) fn no_runtime(stage: &Stage) -> orm::Result<()> {
    let engine = AsyncEngine::new(stage.url())?;
    let mut connecting = std::pin::pin!(engine.connect()); // no tokio here
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match connecting.as_mut().poll(&mut context) {
        std::task::Poll::Ready(connected) => connected.map(drop),
        std::task::Poll::Pending => Ok(()),
    }
}
// ANCHOR_END: no-runtime

pub(super) fn on_tokio(work: impl Future<Output = orm::Result<()>>) -> orm::Result<()> {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(_) => Ok(()),
    }
}

// ANCHOR: no-free-connection
pub(super) fn no_free_connection(_: &Stage) -> orm::Result<()> {
    on_tokio(async {
        let engine = AsyncEngine::new("sqlite://")?; // in memory: one connection
        engine.create_all(schema![Author, super::model::Book]).await?;
        let mut session = AsyncSession::new(&engine);
        session.query::<Author>().count().await?; // the transaction holds it
        session.gather([select(entity::<Author>())]).await.map(drop)
    })
}
// ANCHOR_END: no-free-connection
