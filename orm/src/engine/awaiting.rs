//! Async engines and connections: the `Awaiting` mode.

mod backend;
mod blocking_adapter;
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
pub(super) use self::blocking_adapter::{AdaptedPool, BlockingAdapter};
pub(super) use self::pool::AsyncPooledSlot;
use self::pool::{AsyncPool, current_runtime};
pub use self::rows::RowStream;
#[cfg(feature = "postgres")]
pub(super) use self::settings::check as check_settings;
use super::backend::Backend;
use super::connection::ConnectionCore;
use super::home_runtime::HomeRuntime;
use super::mode::Mode;
use super::options::EngineBuilder;
use super::pool::Pool;
use super::statement::Statement;
use super::{Blocking, Capabilities, ConnectionOf, DatabaseUrl, Engine, EngineOf, run_ready};
use crate::error::{Error, Result};

/// A database with a pool of async connections. Clones are cheap and share the pool.
///
/// A new engine has no connection yet. The first connection is opened when a call needs one, within a tokio runtime. A
/// connection belongs to the runtime that opened it and ends with that runtime, except on SQLite.
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

/// A connection of an [`AsyncEngine`]. Dropping it rolls an open transaction back and returns the connection to the
/// pool.
///
/// Outside of [`begin`](AsyncConnection::begin) and [`commit`](AsyncConnection::commit) every statement commits by
/// itself. If a call's future is dropped before the call has finished, the connection cannot be used any more and is
/// closed instead of returning to the pool.
///
/// Counterpart: `sqlalchemy.ext.asyncio.AsyncConnection`.
pub type AsyncConnection = ConnectionOf<Awaiting>;

/// The async mode: a task waits for the database.
#[derive(Clone, Copy, Debug)]
pub enum Awaiting {}

impl Mode for Awaiting {
    type DriverConnection = AsyncBackend;
    type Backend = Backend;
    type Pool = AsyncPool;
    type PooledSlot = AsyncPooledSlot;

    fn capabilities(url: &DatabaseUrl) -> Capabilities {
        let dialect = url.capabilities();
        Capabilities { text_parameters: dialect.awaited_text_parameters, ..dialect.clone() }
    }

    fn driver(backend: &mut Backend) -> Option<&mut AsyncBackend> {
        backend.adapter().map(|adapter| &mut adapter.driver)
    }

    async fn acquire(pool: &AsyncPool) -> Result<AsyncPooledSlot> {
        pool.acquire().await
    }

    async fn open(engine: &AsyncEngine) -> Result<Backend> {
        BlockingAdapter::open(engine.url()).await
    }

    /// Runs the hooks on a blocking thread, as hooks block.
    async fn run_hooks(connection: AsyncConnection) -> Result<AsyncConnection> {
        let engine = connection.engine().clone();
        let blocking = engine.blocking()?;
        let work = spawn_blocking(move || run_ready(Blocking::run_hooks(connection.into_blocking(&blocking))));
        match work.await {
            Ok(outcome) => Ok(outcome?.into_awaiting(&engine)),
            Err(failure) if failure.is_panic() => resume_unwind(failure.into_panic()),
            Err(failure) => Err(Error::NotRun { work: "the hooks of the connection were", source: failure.into() }),
        }
    }

    async fn sleep(duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn in_use(pool: &AsyncPool) -> u32 {
        pool.in_use()
    }

    /// Rolls back in a new task, which then returns the connection to the pool. Without a runtime the connection is
    /// closed; an in-memory database stays open, and its next user rolls back.
    fn drop_in_transaction(core: &mut ConnectionCore<Self>) {
        let Some(mut slot) = core.state.slot.take() else { return };
        let engine = core.engine.clone();
        slot.busy = true;
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                slot.busy = false;
                let mut connection = AsyncConnection::new(engine, slot);
                // A connection that cannot be rolled back is marked as broken, and the pool closes it.
                let _ = connection.core.rollback_now().await;
            });
        }
    }
}

impl EngineBuilder {
    /// Makes an async engine. No connection is opened yet.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> orm::Result<()> {
    /// let engine = orm::Engine::builder("sqlite://").pool_size(2).build_async()?;
    /// let rows = engine.connect().await?.query(&orm::text("SELECT 1 AS id")).await?;
    /// assert_eq!(rows[0].get::<i64>("id")?, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`build`](Self::build).
    ///
    /// Counterpart: `create_async_engine()`.
    pub fn build_async(self) -> Result<AsyncEngine> {
        self.build_with(AsyncPool::new)
    }
}

impl AsyncEngine {
    /// Makes an async engine with default options. [`DatabaseUrl`] documents the URLs. [`AsyncEngine`] has an example.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a URL that cannot be used.
    ///
    /// Counterpart: `create_async_engine()`.
    pub fn new(url: impl AsRef<str>) -> Result<Self> {
        Self::builder(url).build_async()
    }

    /// Takes a connection from the pool; opens one if necessary.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`] when all connections stay in use, [`Error::Connect`] when none can be opened,
    /// [`Error::NoRuntime`] outside of a tokio runtime, and errors of an `on_connect` hook.
    pub async fn connect(&self) -> Result<AsyncConnection> {
        self.acquire().await
    }

    /// Runs `work` in a transaction. Commits when `work` returns `Ok`; rolls back when `work` returns `Err`, panics or
    /// is dropped. `work` cannot end the transaction.
    ///
    /// # Errors
    /// The errors of [`connect`](Self::connect), of `work` and of the commit.
    ///
    /// Counterpart: `async with engine.begin() as connection:`.
    pub async fn begin<T>(&self, work: impl AsyncFnOnce(&mut AsyncConnection) -> Result<T>) -> Result<T> {
        self.within_transaction(work).await
    }

    /// Closes idle connections. Connections in use return to the pool as usual. The engine opens new ones when
    /// necessary. An in-memory database is lost with its connection.
    ///
    /// Counterpart: `await engine.dispose()`.
    pub fn dispose(&self) {
        self.pool().close_idle();
    }

    /// Returns a blocking view of this engine, with the same pool and the same observers.
    ///
    /// Its connections run on the current tokio runtime and block the calling thread. Use them on a thread outside of
    /// the runtime, or in `tokio::task::spawn_blocking`: a call within a task of the runtime is refused.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// let blocking = orm::engine::AsyncEngine::new("sqlite://")?.blocking()?;
    /// let work = move || Ok::<_, orm::Error>(blocking.connect()?.query(&orm::text("SELECT 1"))?.len());
    /// let rows = tokio::task::spawn_blocking(work).await.expect("the work does not panic")?;
    /// assert_eq!(rows, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoRuntime`] outside of a tokio runtime.
    ///
    /// Counterpart: `AsyncEngine.sync_engine`.
    pub fn blocking(&self) -> Result<Engine> {
        let runtime = HomeRuntime::of(current_runtime()?);
        Ok(self.with_pool(Pool::Adapted(AdaptedPool { pool: self.pool().clone(), runtime })))
    }
}

impl AsyncConnection {
    /// Runs a statement and streams its rows one by one. SQLite's driver buffers the whole result.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> orm::Result<()> {
    /// let mut connection = orm::engine::AsyncEngine::new("sqlite://")?.connect().await?;
    /// let statement = orm::text("SELECT 1 AS id UNION ALL SELECT 2");
    /// let mut rows = connection.stream(&statement).await?;
    /// while let Some(row) = rows.next().await? {
    ///     assert!(row.get::<i64>("id")? > 0);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors before the first row. Later errors are items of the stream.
    ///
    /// Counterpart: `await connection.stream(statement)`.
    pub async fn stream<'c>(&'c mut self, statement: &'c dyn Statement) -> Result<RowStream<'c>> {
        RowStream::of(&mut self.core, statement).started().await
    }
}
