//! Blocking: a thread waits for its database. The rules are written once for blocking and awaiting.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::backend::Backend;
use super::connection::Core;
use super::pool::{Place, Pool};
use super::statement::Statement;
use super::wire::Mode;
use super::{ConnectionOf, EngineOf};
use crate::error::Result;
use crate::row::RowReader;

/// A database: where it is, and a pool of connections to it, which block while the database works. Cheap to clone; clones share everything.
///
/// Making one opens nothing: the first connection is opened when it is asked for.
///
/// Counterpart: `sqlalchemy.Engine`.
pub type Engine = EngineOf<Blocking>;

/// A connection of an [`Engine`]. Dropping it rolls an open transaction back and gives the connection back to the pool.
///
/// Outside of [`begin`](Connection::begin) and [`commit`](Connection::commit) every statement commits by itself.
///
/// Counterpart: `sqlalchemy.engine.Connection`; there, the first statement begins a transaction.
pub type Connection = ConnectionOf<Blocking>;

/// The thread waits.
#[derive(Clone, Copy, Debug)]
pub enum Blocking {}

impl Mode for Blocking {
    type Wire = Backend;
    type Backend = Backend;
    type Pool = Pool;
    type Place = Place;

    fn wire(backend: &mut Backend) -> Option<&mut Backend> {
        Some(backend)
    }

    async fn take(pool: &Pool) -> Result<Place> {
        pool.take()
    }

    async fn open(engine: &Engine) -> Result<Backend> {
        engine.pool().open(engine.url())
    }

    async fn run_hooks(mut connection: Connection) -> Result<Connection> {
        let engine = connection.engine().clone();
        let mut hooks = engine.options().hooks.iter();
        let ran = catch_unwind(AssertUnwindSafe(|| hooks.try_for_each(|hook| hook(&mut connection))));
        if !matches!(ran, Ok(Ok(()))) {
            // Nobody gets a connection on which a hook has failed, or has panicked.
            connection.core.line.break_off();
        }
        ran.unwrap_or_else(|panic| resume_unwind(panic)).map(|()| connection)
    }

    async fn pause(duration: Duration) {
        std::thread::sleep(duration);
    }

    fn in_use(pool: &Pool) -> u32 {
        pool.in_use()
    }

    fn leave(core: &mut Core<Self>) {
        // What cannot be rolled back is marked as broken, and closed by the pool.
        let _ = now(core.rollback_now());
    }
}

/// Runs a future over connections that block: it is done when it is polled.
#[inline(always)]
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a connection that blocks does not leave anything pending"),
    }
}

impl Engine {
    /// Takes a connection out of the pool, opening one if need be.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`](crate::Error::PoolTimeout) when all stay in use, [`Error::Connect`](crate::Error::Connect) when none
    /// can be opened, and whatever an `on_connect` hook says.
    pub fn connect(&self) -> Result<Connection> {
        now(self.take())
    }

    /// Runs `work` in a transaction: commits when it gives `Ok`, rolls back when it gives `Err` or panics. `work` cannot end the transaction itself.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); what `work` or the commit says.
    ///
    /// Counterpart: `with engine.begin() as connection:`.
    pub fn begin<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        now(self.within_transaction(async |connection| work(connection)))
    }
}

impl Connection {
    /// Runs a statement and hands over every row as it arrives; gives how many there were. No more than one row is held, or a handful where the driver
    /// is awaited.
    ///
    /// # Errors
    /// Whatever the database says, and whatever `each` does: the rest of the rows is then given up.
    pub fn stream(
        &mut self,
        statement: &dyn Statement,
        mut each: impl FnMut(&mut dyn RowReader) -> Result<()>,
    ) -> Result<usize> {
        now(self.core.load_by_hand(statement, &mut each))
    }
}
