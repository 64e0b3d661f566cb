//! The `Mode` of a connection, blocking or async, and the traits that the drivers implement.
//!
//! The code of connections is `async fn`s over a [`Mode`], written once. In [`Blocking`](super::Blocking) mode no
//! future is ever pending, so one poll runs it to its end.

use std::fmt;
use std::ops::DerefMut;
use std::time::Duration;

use super::compiled::CompiledStatement;
use super::connection::ConnectionCore;
use super::dialect::Capabilities;
use super::prepared::PreparedCount;
use super::slot::PoolSlot;
use super::url::DatabaseUrl;
use super::{ConnectionOf, EngineOf};
use crate::error::{BoxedResult, Error, Result};
use crate::row::RowReader;

/// A driver's connection.
pub trait DriverConnection: Send {
    /// Runs text without parameters and without results.
    fn batch(&mut self, sql: &str) -> impl Future<Output = Result<(), Fault>>;

    /// Runs a statement; returns the number of changed rows.
    fn execute(&mut self, statement: &CompiledStatement<'_>) -> impl Future<Output = Result<usize, Fault>>;

    /// Runs a statement and passes its rows to `rows`; returns their number. Rows are passed on as they arrive, unless
    /// the statement is buffered.
    fn load(
        &mut self,
        statement: &CompiledStatement<'_>,
        rows: &mut impl RowSink,
    ) -> impl Future<Output = Result<usize, Fault>>;

    /// Counts every statement that the driver keeps prepared from now on.
    fn count_prepared(&mut self, prepared: PreparedCount);

    /// Drops every statement that the driver keeps prepared. Returns false when the driver cannot.
    fn forget_prepared(&mut self) -> impl Future<Output = bool>;
}

/// Receiver of the rows of a result.
pub trait RowSink {
    /// Takes a row.
    ///
    /// # Errors
    /// When the rest of the rows is not wanted.
    fn take(&mut self, row: &mut dyn RowReader) -> BoxedResult<()>;

    /// Whether the sink must be emptied before it takes more rows. An async driver then yields.
    fn is_full(&mut self) -> bool {
        false
    }
}

impl<F: FnMut(&mut dyn RowReader) -> Result<()>> RowSink for F {
    fn take(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        Ok(self(row)?)
    }
}

/// Reason why a result was not read to its end.
pub enum Fault {
    /// The database.
    Driver(diesel::result::Error),
    /// The error of the [`RowSink`].
    Reader(Box<Error>),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Reader(Box::new(error))
    }
}

impl From<Box<Error>> for Fault {
    fn from(error: Box<Error>) -> Self {
        Self::Reader(error)
    }
}

impl From<diesel::result::Error> for Fault {
    fn from(error: diesel::result::Error) -> Self {
        Self::Driver(error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Driver(error) => error.fmt(f),
            Self::Reader(error) => error.fmt(f),
        }
    }
}

/// Way in which a program waits for its database: a blocked thread or an async task.
pub trait Mode: Sized + Send + Sync + 'static {
    /// A driver's connection.
    type DriverConnection: DriverConnection;
    /// An open connection of any driver, as the pool keeps it.
    type Backend: Send;
    /// The connection pool.
    type Pool: Send + Sync;
    /// A pool slot that is in use. Dropping it returns it to the pool.
    type PooledSlot: DerefMut<Target = PoolSlot<Self::Backend>> + Send;

    /// The capabilities of the database through the drivers of this mode.
    fn capabilities(url: &DatabaseUrl) -> Capabilities {
        url.capabilities().clone()
    }

    /// The driver's connection.
    fn driver(backend: &mut Self::Backend) -> Option<&mut Self::DriverConnection>;

    /// Takes a place out of the pool; an open one, if there is one.
    fn acquire(pool: &Self::Pool) -> impl Future<Output = Result<Self::PooledSlot>>;

    /// Opens a connection for a place.
    fn open(engine: &EngineOf<Self>) -> impl Future<Output = Result<Self::Backend>>;

    /// Runs the hooks on a connection that was opened.
    fn run_hooks(connection: ConnectionOf<Self>) -> impl Future<Output = Result<ConnectionOf<Self>>>;

    /// Waits, without a connection.
    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send;

    /// Number of slots in use.
    fn in_use(pool: &Self::Pool) -> u32;

    /// Ends a connection that is dropped within a transaction: rolls the transaction back, or marks the connection as
    /// broken.
    fn drop_in_transaction(connection: &mut ConnectionCore<Self>);
}
