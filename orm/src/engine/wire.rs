//! What the rules of a connection need from below: a driver's connection, which may wait, and a mode of waiting.
//!
//! The rules are `async fn`s over a [`Mode`], written once. In [`Blocking`](super::Blocking) mode nothing is ever pending, so that one poll
//! runs them to their end.

use std::fmt;
use std::ops::DerefMut;
use std::time::Duration;

use super::connection::Core;
use super::dialect::Capabilities;
use super::flat::Flat;
use super::prepared::Prepared;
use super::slot::Slot;
use super::url::DatabaseUrl;
use super::{ConnectionOf, EngineOf};
use crate::error::{Error, Result, Slim};
use crate::row::RowReader;

/// A driver's connection.
pub trait Wire: Send {
    /// Runs text without parameters and without results.
    fn batch(&mut self, sql: &str) -> impl Future<Output = Result<(), Fault>>;

    /// Runs a statement; gives how many rows it changed.
    fn execute(&mut self, statement: &Flat<'_>) -> impl Future<Output = Result<usize, Fault>>;

    /// Runs a statement and hands over its rows, as they arrive unless the statement says otherwise; gives how many there were.
    fn load(&mut self, statement: &Flat<'_>, rows: &mut impl Taker) -> impl Future<Output = Result<usize, Fault>>;

    /// Counts every statement that the driver keeps prepared from now on.
    fn count_prepared(&mut self, prepared: Prepared);

    /// Lets go of every statement that the driver keeps prepared; false where it cannot.
    fn forget_prepared(&mut self) -> impl Future<Output = bool>;
}

/// Who takes the rows of a result.
pub trait Taker {
    /// Takes a row.
    ///
    /// # Errors
    /// When the rest of the rows is not wanted.
    fn take(&mut self, row: &mut dyn RowReader) -> Slim<()>;

    /// Whether what was taken must be fetched before there is room for more: a driver that awaits gives way then.
    fn is_full(&mut self) -> bool {
        false
    }
}

impl<F: FnMut(&mut dyn RowReader) -> Result<()>> Taker for F {
    fn take(&mut self, row: &mut dyn RowReader) -> Slim<()> {
        Ok(self(row)?)
    }
}

/// Why a result was not read to its end.
pub enum Fault {
    /// The database.
    Driver(diesel::result::Error),
    /// Whoever took the rows.
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

/// How a program waits for its database: its thread does, or its task.
pub trait Mode: Sized + Send + Sync + 'static {
    /// A driver's connection.
    type Wire: Wire;
    /// What holds one, and serves other modes too.
    type Backend: Send;
    /// Keeps them.
    type Pool: Send + Sync;
    /// A place for one, taken out of the pool; it goes back when dropped.
    type Place: DerefMut<Target = Slot<Self::Backend>> + Send;

    /// What a database can do through these drivers.
    fn capabilities(url: &DatabaseUrl) -> Capabilities {
        url.capabilities().clone()
    }

    /// The driver's connection.
    fn wire(backend: &mut Self::Backend) -> Option<&mut Self::Wire>;

    /// Takes a place out of the pool; an open one, if there is one.
    fn take(pool: &Self::Pool) -> impl Future<Output = Result<Self::Place>>;

    /// Opens a connection for a place.
    fn open(engine: &EngineOf<Self>) -> impl Future<Output = Result<Self::Backend>>;

    /// Runs the hooks on a connection that was opened.
    fn run_hooks(connection: ConnectionOf<Self>) -> impl Future<Output = Result<ConnectionOf<Self>>>;

    /// Waits, without a connection.
    fn pause(duration: Duration) -> impl Future<Output = ()> + Send;

    /// How many places are taken out.
    fn in_use(pool: &Self::Pool) -> u32;

    /// Leaves a connection that is dropped within a transaction: rolls it back, or marks it as broken.
    fn leave(connection: &mut Core<Self>);
}
