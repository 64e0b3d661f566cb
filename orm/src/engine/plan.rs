//! Statements out, rows in: the one shape that flush, loading, create_all and reflection share.

use std::sync::Arc;

use super::cause::Cause;
use super::statement::Statement;
use crate::error::{Error, Result, Slim};
use crate::row::RowReader;
use crate::value::{DataType, Value};

/// Work that needs a database but holds none.
///
/// A driver calls [`next_command`](Plan::next_command) until it gives `None`. After each command it feeds what came of it:
/// [`row`](Plan::row) for every row of a query and then [`finished`](Plan::finished), or [`executed`](Plan::executed) for a write.
/// When a command fails, or the plan refuses what came of it, the driver calls [`failed`](Plan::failed) once and stops.
pub trait Plan {
    /// The next thing to do.
    ///
    /// # Errors
    /// Whatever the plan finds wrong before it sends anything more.
    fn next_command(&mut self) -> Result<Option<Command>>;

    /// The statement of the write that was handed out last; it borrows from the plan, so that no value is copied.
    ///
    /// # Errors
    /// When no write is under way.
    fn write(&self) -> Result<Box<dyn Statement + '_>>;

    /// Takes one row of the query that was handed out last.
    ///
    /// # Errors
    /// When the row does not fit; the driver then stops.
    fn row(&mut self, row: &mut dyn RowReader) -> Slim<()>;

    /// The query that was handed out last has no more rows.
    ///
    /// # Errors
    /// When its rows are not what they must be.
    fn finished(&mut self) -> Result<()>;

    /// Takes what the write that was handed out last has done.
    ///
    /// # Errors
    /// When it did not do what it must, for example [`Error::StaleData`].
    fn executed(&mut self, outcome: Outcome) -> Result<()>;

    /// Returns the reason for the command that was handed out last, where it is not the reason for the whole plan: the eager load after a query.
    fn cause(&self) -> Option<Cause> {
        None
    }

    /// A command failed, or the plan refused what came of it; gives the error that the caller sees, with what the plan knows about it.
    fn failed(&mut self, error: Error) -> Error {
        error
    }
}

/// What a plan wants done.
#[derive(Clone)]
#[non_exhaustive]
pub enum Command {
    /// Run this and feed every row to [`Plan::row`], then [`Plan::finished`].
    Query(Arc<dyn Statement>),
    /// Run [`Plan::write`] and feed the count to [`Plan::executed`].
    Execute,
    /// Run [`Plan::write`], which returns rows, and feed them all to [`Plan::executed`]; each column is read as its type by [`read_typed`](crate::row::read_typed).
    ExecuteReturning {
        /// One type a column.
        types: Arc<[DataType]>,
    },
}

/// What a write has done.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many rows it changed.
    pub rows: usize,
    /// What it returned, row after row, in the order in which it came.
    pub returned: Vec<Value>,
}
