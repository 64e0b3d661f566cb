//! A connection that is awaited.

use super::{Awaiting, RowStream};
use crate::engine::connection::ConnectionOf;
use crate::engine::plan::Plan;
use crate::engine::statement::Statement;
use crate::engine::text::{ParameterSet, TextClause};
use crate::engine::transaction::Isolation;
use crate::error::Result;
use crate::row::ValueRow;

/// A connection of an [`AsyncEngine`](super::AsyncEngine). Dropping it rolls an open transaction back and gives the connection back to the pool.
///
/// Outside of [`begin`](AsyncConnection::begin) and [`commit`](AsyncConnection::commit) every statement commits by itself. Whoever gives up a call before
/// it is done, by dropping its future, leaves a connection that nobody can use any more: it is closed instead of going back.
///
/// Counterpart: `sqlalchemy.ext.asyncio.AsyncConnection`.
pub type AsyncConnection = ConnectionOf<Awaiting>;

impl AsyncConnection {
    /// Runs a statement; gives how many rows it changed.
    ///
    /// # Errors
    /// Whatever the database says, with the statement and its parameters.
    pub async fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
        self.core.execute(statement).await
    }

    /// Runs one statement with many sets of parameters, prepared once; all of them or none. Gives how many rows changed in all.
    ///
    /// # Errors
    /// The first failure. A transaction that the call began is then rolled back; one that was open is left to the caller.
    ///
    /// Counterpart: `await connection.execute(statement, [{...}, {...}])`.
    pub async fn execute_many<S: ParameterSet>(
        &mut self,
        statement: TextClause,
        sets: impl IntoIterator<Item = S>,
    ) -> Result<usize> {
        self.core.execute_many(statement, sets).await
    }

    /// Runs a statement and takes its rows off the connection.
    ///
    /// # Errors
    /// Whatever the database says; [`Error::Decode`](crate::Error::Decode) for a column of a type that this crate does not know.
    pub async fn query(&mut self, statement: &dyn Statement) -> Result<Vec<ValueRow>> {
        self.core.query(statement).await
    }

    /// Runs a statement and gives its rows as they arrive, one by one. They are never held all at once, but on SQLite, where the driver does.
    ///
    /// # Errors
    /// Whatever the database says before the first row; what it says later comes out of the stream.
    ///
    /// Counterpart: `await connection.stream(statement)`.
    pub async fn stream<'c>(&'c mut self, statement: &'c dyn Statement) -> Result<RowStream<'c>> {
        RowStream::of(&mut self.core, statement).started().await
    }

    /// Runs a plan to its end on this connection.
    ///
    /// # Errors
    /// The first failure, whether of the database or of the plan, as [`Plan::failed`] words it; the plan is not asked for more.
    pub async fn run<P: Plan + ?Sized>(&mut self, plan: &mut P) -> Result<()> {
        self.core.run(plan).await
    }

    /// Begins a transaction at the isolation level of the connection, the engine or the database, whichever is set first.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when a transaction is open; whatever the database says.
    pub async fn begin(&mut self) -> Result<()> {
        self.core.begin().await
    }

    /// Begins a transaction at an isolation level of its own.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when a transaction is open, [`Error::Unsupported`](crate::Error::Unsupported) for a
    /// level that the database lacks.
    pub async fn begin_with(&mut self, level: Isolation) -> Result<()> {
        self.core.begin_with(level).await
    }

    /// Commits the transaction; without one there is nothing to do.
    ///
    /// # Errors
    /// As the blocking [`commit`](crate::engine::Connection::commit).
    pub async fn commit(&mut self) -> Result<()> {
        self.core.commit().await
    }

    /// Rolls the transaction back; without one there is nothing to do. A connection that is gone has rolled back already.
    ///
    /// # Errors
    /// Whatever the database says; the connection is then closed instead of going back to the pool.
    pub async fn rollback(&mut self) -> Result<()> {
        self.core.rollback().await
    }

    /// Sets a savepoint within the transaction.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) without a transaction; whatever the database says.
    ///
    /// Counterpart: `await connection.begin_nested()`.
    pub async fn savepoint(&mut self, name: &str) -> Result<()> {
        self.core.savepoint(name).await
    }

    /// Lets go of a savepoint and of those set after it; what was done since stays part of the transaction.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when no such savepoint is set; whatever the database says.
    pub async fn release(&mut self, name: &str) -> Result<()> {
        self.core.release(name).await
    }

    /// Undoes what was done since a savepoint, which stays set; a transaction spoiled since then goes on.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when no such savepoint is set; whatever the database says.
    pub async fn rollback_to(&mut self, name: &str) -> Result<()> {
        self.core.rollback_to(name).await
    }
}
