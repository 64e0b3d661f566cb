//! Blocking engines and connections: the `Blocking` mode.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::backend::Backend;
use super::connection::ConnectionCore;
use super::mode::Mode;
use super::pool::{Pool, PooledSlot};
use super::statement::Statement;
use super::{ConnectionOf, EngineOf};
use crate::error::Result;
use crate::row::RowReader;

/// A database with a pool of blocking connections. Clones are cheap and share the pool.
///
/// A new engine has no connection yet. The first connection is opened when a call needs one.
///
/// ```
/// let engine = orm::Engine::new("sqlite://")?;
/// assert_eq!(engine.pool_status().open, 0);
/// let rows = engine.connect()?.query(&orm::text("SELECT 'ed' AS name"))?;
/// assert_eq!(rows[0].get::<String>("name")?, "ed");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `sqlalchemy.Engine`.
pub type Engine = EngineOf<Blocking>;

/// A connection of an [`Engine`]. Dropping it rolls an open transaction back and returns the connection to the pool.
///
/// Outside of [`begin`](Connection::begin) and [`commit`](Connection::commit) every statement commits by itself.
///
/// Counterpart: SQLAlchemy's `engine.Connection`, where the first statement begins a transaction.
pub type Connection = ConnectionOf<Blocking>;

/// The blocking mode: a thread waits for the database.
#[derive(Clone, Copy, Debug)]
pub enum Blocking {}

impl Mode for Blocking {
    type DriverConnection = Backend;
    type Backend = Backend;
    type Pool = Pool;
    type PooledSlot = PooledSlot;

    fn driver(backend: &mut Backend) -> Option<&mut Backend> {
        Some(backend)
    }

    async fn acquire(pool: &Pool) -> Result<PooledSlot> {
        pool.acquire()
    }

    async fn open(engine: &Engine) -> Result<Backend> {
        engine.pool().open(engine.url())
    }

    async fn run_hooks(mut connection: Connection) -> Result<Connection> {
        let engine = connection.engine().clone();
        let mut hooks = engine.options().hooks.iter();
        let ran = catch_unwind(AssertUnwindSafe(|| hooks.try_for_each(|hook| hook(&mut connection))));
        if !matches!(ran, Ok(Ok(()))) {
            // A connection on which a hook failed or panicked is not used.
            connection.core.state.mark_broken();
        }
        ran.unwrap_or_else(|panic| resume_unwind(panic)).map(|()| connection)
    }

    async fn sleep(duration: Duration) {
        std::thread::sleep(duration);
    }

    fn in_use(pool: &Pool) -> u32 {
        pool.in_use()
    }

    fn drop_in_transaction(core: &mut ConnectionCore<Self>) {
        // A connection that cannot be rolled back is marked as broken, and the pool closes it.
        let _ = run_ready(core.rollback_now());
    }
}

/// Runs a future over blocking connections, which is ready at its first poll.
#[inline(always)]
pub(crate) fn run_ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a connection that blocks does not drop_in_transaction anything pending"),
    }
}

impl Engine {
    /// Takes a connection from the pool; opens one if necessary.
    ///
    /// ```
    /// let engine = orm::Engine::new("sqlite://")?;
    /// assert!(!engine.connect()?.in_transaction());
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::PoolTimeout`](crate::Error::PoolTimeout) when all connections stay in use,
    /// [`Error::Connect`](crate::Error::Connect) when none can be opened, and errors of an `on_connect` hook.
    pub fn connect(&self) -> Result<Connection> {
        run_ready(self.acquire())
    }

    /// Runs `work` in a transaction. Commits when `work` returns `Ok`; rolls back when `work` returns `Err` or panics.
    /// `work` cannot end the transaction.
    ///
    /// ```
    /// let engine = orm::Engine::new("sqlite://")?;
    /// let inserted = engine.begin(|connection| {
    ///     connection.execute(&orm::text("CREATE TABLE user (name TEXT)"))?;
    ///     connection.execute(&orm::text("INSERT INTO user (name) VALUES ('ed')"))
    /// })?;
    /// assert_eq!(inserted, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`connect`](Self::connect), of `work` and of the commit.
    ///
    /// Counterpart: `with engine.begin() as connection:`.
    pub fn begin<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        run_ready(self.within_transaction(async |connection| work(connection)))
    }
}

impl Connection {
    /// Runs a statement and calls `each` with every row as it arrives; returns the number of rows. At most one row is
    /// in memory; with an async driver, at most 64.
    ///
    /// ```
    /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
    /// let mut ids = Vec::new();
    /// connection.stream(&orm::text("SELECT 1 AS id UNION ALL SELECT 2"), |row| {
    ///     ids.extend(row.i64(0).map_err(|error| error.locate("row", "id"))?);
    ///     Ok(())
    /// })?;
    /// assert_eq!(ids, [1, 2]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// Errors of the database and of `each`. The rest of the rows is then discarded.
    pub fn stream(
        &mut self,
        statement: &dyn Statement,
        mut each: impl FnMut(&mut dyn RowReader) -> Result<()>,
    ) -> Result<usize> {
        run_ready(self.core.load_by_hand(statement, &mut each))
    }
}
