//! The `Plan` trait: work of several statements (flush, load, create_all) that needs a database but holds no
//! connection.

use std::sync::Arc;

use super::cause::Cause;
use super::statement::Statement;
use crate::error::{BoxedResult, Error, Result};
use crate::row::RowReader;
use crate::value::{DataType, Value};

/// Work of several statements that holds no connection.
///
/// The loop that runs a plan calls [`next_command`](Plan::next_command) until it returns `None`, and reports the result
/// of each command: [`row`](Plan::row) for every row of a query and then [`finished`](Plan::finished), or
/// [`executed`](Plan::executed) for a write. When a command fails, or the plan rejects its result, the loop calls
/// [`failed`](Plan::failed) once and stops.
pub trait Plan {
    /// Returns the next command.
    ///
    /// # Errors
    /// A fault that the plan finds before it sends more.
    fn next_command(&mut self) -> Result<Option<Command>>;

    /// The statement of the current write. It borrows from the plan, so that no value is copied.
    ///
    /// # Errors
    /// When no write is running.
    fn write(&self) -> Result<Box<dyn Statement + '_>>;

    /// Receives a row of the current query.
    ///
    /// # Errors
    /// When the row does not fit. The loop then stops.
    fn row(&mut self, row: &mut dyn RowReader) -> BoxedResult<()>;

    /// Called after the last row of the current query.
    ///
    /// # Errors
    /// When the rows are not the expected ones.
    fn finished(&mut self) -> Result<()>;

    /// Receives the result of the current write.
    ///
    /// # Errors
    /// When the result is not the expected one, for example [`Error::StaleData`].
    fn executed(&mut self, outcome: Outcome) -> Result<()>;

    /// Returns the reason for the current command, where it differs from that of the whole plan: the eager load after a
    /// query.
    fn cause(&self) -> Option<Cause> {
        None
    }

    /// Called when a command failed or the plan rejected its result. Returns the error for the caller, with details
    /// that the plan adds.
    fn failed(&mut self, error: Error) -> Error {
        error
    }
}

/// A command of a plan.
#[derive(Clone)]
#[non_exhaustive]
pub enum Command {
    /// Runs a query, and passes every row to [`Plan::row`], then calls [`Plan::finished`].
    Query(Arc<dyn Statement>),
    /// Runs [`Plan::write`] and passes the number of changed rows to [`Plan::executed`].
    Execute,
    /// Runs [`Plan::write`], which returns rows, and passes all of them to [`Plan::executed`]. Each column is read as
    /// its type by [`read_typed`](crate::row::read_typed).
    ExecuteReturning {
        /// One type a column.
        types: Arc<[DataType]>,
    },
}

/// Result of a write.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Number of changed rows.
    pub rows: usize,
    /// Returned values, row by row.
    pub returned: Vec<Value>,
}
