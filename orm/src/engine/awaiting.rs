//! Awaiting: a task waits for its database. Each method runs the rule of the same name, which is written once for blocking and awaiting.

mod backend;
mod bridge;
mod connection;
mod pool;
mod rows;
#[cfg(feature = "postgres")]
mod settings;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::panic::resume_unwind;

use tokio::runtime::Handle;

use self::backend::AsyncBackend;
pub(super) use self::bridge::{Bridge, BridgedPlace, BridgedPool};
pub use self::connection::AsyncConnection;
use self::pool::{AsyncPlace, AsyncPool};
pub use self::rows::RowStream;
use super::connection::Core;
use super::options::{EngineBuilder, Options};
use super::pool::{Pool, PoolStatus};
use super::wire::{Mode, Wire};
use super::{Capabilities, DatabaseUrl, DialectName, Engine, EngineOf};
use crate::error::{Error, Result};

/// A database: where it is, and a pool of connections to it, which are awaited. Cheap to clone; clones share everything.
///
/// Making one opens nothing: the first connection is opened when it is asked for, within a tokio runtime. A connection belongs to the runtime that
/// opened it; when that ends, so does the connection.
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

/// The task waits.
#[derive(Clone, Copy, Debug)]
pub enum Awaiting {}

impl Mode for Awaiting {
    type Wire = AsyncBackend;
    type Pool = AsyncPool;
    type Place = AsyncPlace;

    fn capabilities(url: &DatabaseUrl) -> Capabilities {
        let capabilities = super::backend::capabilities(url);
        let text_parameters = capabilities.dialect == DialectName::Mysql;
        Capabilities { text_parameters, ..capabilities }
    }

    async fn connect(engine: &AsyncEngine) -> Result<AsyncConnection> {
        let options = engine.options();
        let mut place = engine.pool().take().await?;
        let interrupted = std::mem::take(&mut place.busy);
        if place.is_open() && options.pre_ping && !answers(&mut place).await {
            place.close();
        }
        if place.is_open() {
            let mut connection = AsyncConnection::new(engine.clone(), place);
            if interrupted {
                connection.core.rollback_now().await?;
            }
            return Ok(connection);
        }
        place.set(AsyncBackend::open(engine.url(), options.setup).await?);
        let connection = AsyncConnection::new(engine.clone(), place);
        if options.hooks.is_empty() { Ok(connection) } else { run_hooks(connection).await }
    }

    fn status(pool: &AsyncPool, options: &Options) -> PoolStatus {
        pool.status(options.pool_size, options.max_overflow)
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

async fn answers(place: &mut AsyncPlace) -> bool {
    match place.wire() {
        Some(wire) => wire.batch("SELECT 1").await.is_ok(),
        None => false,
    }
}

/// Hooks block: another thread runs them, on the same connection.
async fn run_hooks(connection: AsyncConnection) -> Result<AsyncConnection> {
    let engine = connection.engine().clone();
    let (blocking, runtime) = (engine.blocking()?, Handle::current());
    let work = tokio::task::spawn_blocking(move || {
        let mut connection = connection.into_blocking(&blocking, &runtime);
        for hook in &engine.options().hooks {
            if let Err(error) = hook(&mut connection) {
                connection.core.line.break_off();
                return Err(error);
            }
        }
        Ok(connection.into_awaiting(&engine))
    });
    match work.await {
        Ok(outcome) => outcome,
        Err(failure) if failure.is_panic() => resume_unwind(failure.into_panic()),
        Err(failure) => Err(Error::invalid(format!("the hooks of the connection were not run: {failure}"))),
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

    /// Options for an engine to be: [`build_async`](EngineBuilder::build_async) makes it.
    pub fn builder(url: impl AsRef<str>) -> EngineBuilder {
        EngineBuilder::new(url.as_ref())
    }

    /// Takes a connection out of the pool, opening one if need be.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`] when all stay in use, [`Error::Connect`] when none can be opened, [`Error::InvalidRequest`] outside of a tokio
    /// runtime, and whatever an `on_connect` hook says.
    pub async fn connect(&self) -> Result<AsyncConnection> {
        Awaiting::connect(self).await
    }

    /// Runs `work` in a transaction: commits when it gives `Ok`, rolls back when it gives `Err`, panics, or is not awaited to its end.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); what `work` or the commit says.
    ///
    /// Counterpart: `async with engine.begin() as connection:`.
    pub async fn begin<T>(&self, work: impl AsyncFnOnce(&mut AsyncConnection) -> Result<T>) -> Result<T> {
        let mut connection = self.connect().await?;
        connection.begin().await?;
        match work(&mut connection).await {
            Ok(value) => {
                connection.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // What cannot be rolled back is closed instead of going back to the pool.
                let _ = connection.rollback().await;
                Err(error)
            }
        }
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
    /// [`Error::InvalidRequest`] outside of a tokio runtime.
    ///
    /// Counterpart: `AsyncEngine.sync_engine`.
    pub fn blocking(&self) -> Result<Engine> {
        let Ok(runtime) = Handle::try_current() else {
            return Err(Error::invalid("an async engine works within a tokio runtime, and there is none here"));
        };
        Ok(self.with_pool(Pool::Bridged(BridgedPool::new(self.pool().clone(), runtime))))
    }
}
