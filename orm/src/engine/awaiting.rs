//! Awaiting: a task waits for its database. The rules are written once for blocking and awaiting.

mod backend;
mod bridge;
mod pool;
mod rows;
#[cfg(feature = "postgres")]
mod settings;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::panic::resume_unwind;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use self::backend::AsyncBackend;
pub(super) use self::bridge::{Bridge, BridgedPool};
pub(super) use self::pool::AsyncPlace;
use self::pool::{AsyncPool, current_runtime};
pub use self::rows::RowStream;
#[cfg(feature = "postgres")]
pub(super) use self::settings::check as check_settings;
use super::backend::Backend;
use super::connection::Core;
use super::home::Home;
use super::options::EngineBuilder;
use super::pool::Pool;
use super::statement::Statement;
use super::wire::Mode;
use super::{Blocking, Capabilities, ConnectionOf, DatabaseUrl, Engine, EngineOf, now};
use crate::error::{Error, Result};

/// A database: where it is, and a pool of connections to it, which are awaited. Cheap to clone; clones share everything.
///
/// Making one opens nothing: the first connection is opened when it is asked for, within a tokio runtime. A connection belongs to the runtime that
/// opened it; when that ends, so does the connection, but on SQLite.
///
/// ```
/// use orm::engine::AsyncEngine;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> orm::Result<()> {
/// let engine = AsyncEngine::new("sqlite://")?;
/// let changed = engine.begin(async |connection| {
///     connection.execute(&orm::text("CREATE TABLE point (x INTEGER)")).await?;
///     connection.execute(&orm::text("INSERT INTO point (x) VALUES (1), (2)")).await
/// });
/// assert_eq!(changed.await?, 2);
/// let rows = engine.connect().await?.query(&orm::text("SELECT x FROM point")).await?;
/// assert_eq!(rows.len(), 2);
/// # Ok(())
/// # }
/// ```
///
/// Counterpart: `sqlalchemy.ext.asyncio.AsyncEngine`.
pub type AsyncEngine = EngineOf<Awaiting>;

/// A connection of an [`AsyncEngine`](AsyncEngine). Dropping it rolls an open transaction back and gives the connection back to the pool.
///
/// Outside of [`begin`](AsyncConnection::begin) and [`commit`](AsyncConnection::commit) every statement commits by itself. Whoever gives up a call before
/// it is done, by dropping its future, leaves a connection that nobody can use any more: it is closed instead of going back.
///
/// Counterpart: `sqlalchemy.ext.asyncio.AsyncConnection`.
pub type AsyncConnection = ConnectionOf<Awaiting>;

/// The task waits.
#[derive(Clone, Copy, Debug)]
pub enum Awaiting {}

impl Mode for Awaiting {
    type Wire = AsyncBackend;
    type Backend = Backend;
    type Pool = AsyncPool;
    type Place = AsyncPlace;

    fn capabilities(url: &DatabaseUrl) -> Capabilities {
        let dialect = url.capabilities();
        Capabilities { text_parameters: dialect.awaited_text_parameters, ..dialect.clone() }
    }

    fn wire(backend: &mut Backend) -> Option<&mut AsyncBackend> {
        backend.bridge().map(|bridge| &mut bridge.wire)
    }

    async fn take(pool: &AsyncPool) -> Result<AsyncPlace> {
        pool.take().await
    }

    async fn open(engine: &AsyncEngine) -> Result<Backend> {
        Bridge::open(engine.url()).await
    }

    /// Hooks block: another thread runs them, on the same connection.
    async fn run_hooks(connection: AsyncConnection) -> Result<AsyncConnection> {
        let engine = connection.engine().clone();
        let blocking = engine.blocking()?;
        let work = spawn_blocking(move || now(Blocking::run_hooks(connection.into_blocking(&blocking))));
        match work.await {
            Ok(outcome) => Ok(outcome?.into_awaiting(&engine)),
            Err(failure) if failure.is_panic() => resume_unwind(failure.into_panic()),
            Err(failure) => Err(Error::NotRun { work: "the hooks of the connection were", source: failure.into() }),
        }
    }

    async fn pause(duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn in_use(pool: &AsyncPool) -> u32 {
        pool.in_use()
    }

    /// Nobody waits for the ROLLBACK: a task of its own does, and gives the connection back. Where there is no runtime for it, the connection is
    /// closed; what lives in memory stays, for the next who takes it to roll back.
    fn leave(core: &mut Core<Self>) {
        let Some(mut place) = core.line.place.take() else { return };
        let engine = core.engine.clone();
        place.busy = true;
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                place.busy = false;
                let mut connection = AsyncConnection::new(engine, place);
                // What cannot be rolled back is marked as broken, and closed by the pool.
                let _ = connection.core.rollback_now().await;
            });
        }
    }
}

impl EngineBuilder {
    /// The engine whose connections are awaited. Nothing is opened yet: the first connection is, when it is asked for.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    ///
    /// Counterpart: `create_async_engine()`.
    pub fn build_async(self) -> Result<AsyncEngine> {
        self.build_with(AsyncPool::new)
    }
}

impl AsyncEngine {
    /// An engine with the default options; [`DatabaseUrl`] has the spellings.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a URL that cannot be used.
    ///
    /// Counterpart: `create_async_engine()`.
    pub fn new(url: impl AsRef<str>) -> Result<Self> {
        Self::builder(url).build_async()
    }

    /// Takes a connection out of the pool, opening one if need be.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`] when all stay in use, [`Error::Connect`] when none can be opened, [`Error::NoRuntime`] outside of a tokio
    /// runtime, and whatever an `on_connect` hook says.
    pub async fn connect(&self) -> Result<AsyncConnection> {
        self.take().await
    }

    /// Runs `work` in a transaction: commits when it gives `Ok`, rolls back when it gives `Err`, panics, or is not awaited to its end. `work` cannot end
    /// the transaction itself.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); what `work` or the commit says.
    ///
    /// Counterpart: `async with engine.begin() as connection:`.
    pub async fn begin<T>(&self, work: impl AsyncFnOnce(&mut AsyncConnection) -> Result<T>) -> Result<T> {
        self.within_transaction(work).await
    }

    /// Closes the connections that nobody uses; those in use are closed or kept when they come back. The engine opens new ones when it needs them.
    /// A database in memory is gone with its connection.
    ///
    /// Counterpart: `await engine.dispose()`.
    pub fn dispose(&self) {
        self.pool().close_idle();
    }

    /// The same engine for code that blocks: same pool, same connections, same listeners.
    ///
    /// Its connections work on the tokio runtime that is current now, and block the thread that uses them: a thread of its own, or one of
    /// `tokio::task::spawn_blocking`. A task of the runtime must not block, and is refused.
    ///
    /// # Errors
    /// [`Error::NoRuntime`] outside of a tokio runtime.
    ///
    /// Counterpart: `AsyncEngine.sync_engine`.
    pub fn blocking(&self) -> Result<Engine> {
        let home = Home::of(current_runtime()?);
        Ok(self.with_pool(Pool::Bridged(BridgedPool { pool: self.pool().clone(), home })))
    }
}

impl AsyncConnection {
    /// Runs a statement and gives its rows as they arrive, one by one. They are never held all at once, but on SQLite, where the driver does.
    ///
    /// # Errors
    /// Whatever the database says before the first row; what it says later comes out of the stream.
    ///
    /// Counterpart: `await connection.stream(statement)`.
    pub async fn stream<'c>(&'c mut self, statement: &'c dyn Statement) -> Result<RowStream<'c>> {
        RowStream::of(&mut self.core, statement).started().await
    }
}
