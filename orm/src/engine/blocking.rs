//! Blocking: a thread waits for its database. Each method runs the rule of the same name, which is written once for blocking and awaiting.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::backend::Backend;
use super::connection::Core;
use super::pool::{Place, Pool, PoolStatus};
use super::statement::Statement;
use super::wire::{Mode, Wire};
use super::{ConnectionOf, EngineOf, Isolation, Options, ParameterSet, Plan, TextClause};
use crate::error::Result;
use crate::row::{RowReader, ValueRow};

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
    type Pool = Pool;
    type Place = Place;

    async fn connect(engine: &Engine) -> Result<Connection> {
        let options = engine.options();
        let mut place = engine.pool().take()?;
        if place.is_open() && options.pre_ping && !answers(&mut place) {
            place.close();
        }
        if place.is_open() {
            return Ok(Connection::new(engine.clone(), place));
        }
        place.set(engine.pool().open(engine.url(), options.setup)?);
        let mut connection = Connection::new(engine.clone(), place);
        for hook in &options.hooks {
            if let Err(error) = hook(&mut connection) {
                connection.core.line.break_off();
                return Err(error);
            }
        }
        Ok(connection)
    }

    fn status(pool: &Pool, options: &Options) -> PoolStatus {
        pool.status(options.pool_size, options.max_overflow)
    }

    fn leave(core: &mut Core<Self>) {
        // What cannot be rolled back is marked as broken, and closed by the pool.
        let _ = now(core.rollback_now());
    }
}

fn answers(place: &mut Place) -> bool {
    place.wire().is_some_and(|wire| now(wire.batch("SELECT 1")).is_ok())
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
        now(Blocking::connect(self))
    }

    /// Runs `work` in a transaction: commits when it gives `Ok`, rolls back when it gives `Err` or panics.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); what `work` or the commit says.
    ///
    /// Counterpart: `with engine.begin() as connection:`.
    pub fn begin<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut connection = self.connect()?;
        connection.begin()?;
        // An error drops the connection, which rolls back.
        let value = work(&mut connection)?;
        connection.commit()?;
        Ok(value)
    }
}

impl Connection {
    /// Runs a statement; gives how many rows it changed.
    ///
    /// # Errors
    /// Whatever the database says, with the statement and its parameters.
    pub fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
        now(self.core.execute(statement))
    }

    /// Runs a statement and takes its rows off the connection.
    ///
    /// # Errors
    /// Whatever the database says; [`Error::Decode`](crate::Error::Decode) for a column of a type that this crate does not know.
    pub fn query(&mut self, statement: &dyn Statement) -> Result<Vec<ValueRow>> {
        now(self.core.query(statement))
    }

    /// Runs a statement and hands over every row as it arrives; gives how many there were. No more than one row is held.
    ///
    /// # Errors
    /// Whatever the database says, and whatever `each` does: the rest of the rows is then given up.
    pub fn stream(
        &mut self,
        statement: &dyn Statement,
        mut each: impl FnMut(&mut dyn RowReader) -> Result<()>,
    ) -> Result<usize> {
        now(self.core.load(statement, &mut each))
    }

    /// Runs a plan to its end on this connection.
    ///
    /// # Errors
    /// The first failure, whether of the database or of the plan, as [`Plan::failed`] words it; the plan is not asked for more.
    pub fn run(&mut self, plan: &mut dyn Plan) -> Result<()> {
        now(self.core.run(plan))
    }

    /// Begins a transaction at the isolation level of the connection, the engine or the database, whichever is set first.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when a transaction is open; whatever the database says.
    pub fn begin(&mut self) -> Result<()> {
        now(self.core.begin())
    }

    /// Begins a transaction at an isolation level of its own.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when a transaction is open, [`Error::Unsupported`](crate::Error::Unsupported) for a level that the database lacks.
    ///
    /// Counterpart: `connection.execution_options(isolation_level=...)`.
    pub fn begin_with(&mut self, level: Isolation) -> Result<()> {
        now(self.core.begin_with(level))
    }

    /// Commits the transaction; without one there is nothing to do.
    ///
    /// # Errors
    /// Whatever the database says. SQLite keeps the transaction open when it is busy, or when a deferred foreign key does not hold:
    /// [`in_transaction`](Self::in_transaction) tells. [`Error::CommitInDoubt`](crate::Error::CommitInDoubt) when the connection was lost meanwhile,
    /// [`Error::PendingRollback`](crate::Error::PendingRollback) when a statement failed and spoiled the transaction.
    pub fn commit(&mut self) -> Result<()> {
        now(self.core.commit())
    }

    /// Rolls the transaction back; without one there is nothing to do. A connection that is gone has rolled back already.
    ///
    /// # Errors
    /// Whatever the database says; the connection is then closed instead of going back to the pool.
    pub fn rollback(&mut self) -> Result<()> {
        now(self.core.rollback())
    }

    /// Sets a savepoint within the transaction.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) without a transaction; whatever the database says.
    ///
    /// Counterpart: `connection.begin_nested()`.
    pub fn savepoint(&mut self, name: &str) -> Result<()> {
        now(self.core.savepoint(name))
    }

    /// Lets go of a savepoint and of those set after it; what was done since stays part of the transaction.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when no such savepoint is set; whatever the database says.
    pub fn release(&mut self, name: &str) -> Result<()> {
        now(self.core.release(name))
    }

    /// Undoes what was done since a savepoint, which stays set; a transaction spoiled since then goes on.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when no such savepoint is set; whatever the database says.
    pub fn rollback_to(&mut self, name: &str) -> Result<()> {
        now(self.core.rollback_to(name))
    }

    /// Runs one statement with many sets of parameters, prepared once; all of them or none. Gives how many rows changed in all.
    ///
    /// ```
    /// # let mut connection = orm::Engine::new("sqlite://")?.connect()?;
    /// # connection.execute(&orm::text("CREATE TABLE point (x INTEGER, name TEXT)"))?;
    /// let insert = orm::text("INSERT INTO point (x, name) VALUES (:x, :name)");
    /// let rows = connection.execute_many(insert, [(("x", 1), ("name", "a")), (("x", 2), ("name", "b"))])?;
    /// assert_eq!(rows, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first failure. A transaction that the call began is then rolled back; one that was open is left to the caller.
    ///
    /// Counterpart: `connection.execute(statement, [{...}, {...}])`.
    pub fn execute_many<S: ParameterSet>(
        &mut self,
        statement: TextClause,
        sets: impl IntoIterator<Item = S>,
    ) -> Result<usize> {
        now(self.core.execute_many(statement, sets))
    }
}
