//! A connection taken out of the pool: runs statements, hands over rows.

use std::fmt;
use std::sync::Arc;

use super::Engine;
use super::backend::{Backend, Fault};
use super::dialect::Capabilities;
use super::flat::Flat;
use super::pool::Place;
use super::refusal;
use super::statement::{SqlWriter, Statement, StatementKind};
use super::transaction::{Isolation, Transaction};
use crate::error::{Error, Result};
use crate::row::{ReadError, RowReader, ValueRow};
use crate::value::Value;

/// A connection of an [`Engine`]. Dropping it rolls an open transaction back and gives the connection back to the pool.
///
/// Outside of [`begin`](Self::begin) and [`commit`](Self::commit) every statement commits by itself.
///
/// Counterpart: `sqlalchemy.engine.Connection`; there, the first statement begins a transaction.
pub struct Connection {
    engine: Engine,
    pub(super) place: Place,
    pub(super) transaction: Option<Transaction>,
    isolation: Option<Isolation>,
    /// A statement that somebody wrote by hand may have begun a transaction.
    unsure: bool,
}

impl Connection {
    pub(super) fn new(engine: Engine, place: Place) -> Self {
        Self { engine, place, transaction: None, isolation: None, unsure: false }
    }

    /// The engine that the connection belongs to.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What the database can do.
    pub fn capabilities(&self) -> &Capabilities {
        self.engine.capabilities()
    }

    /// Whether the connection is gone; it will not go back to the pool.
    pub fn is_broken(&self) -> bool {
        self.place.broken
    }

    /// The isolation level of the transactions that this connection begins; the engine's unless set.
    pub fn isolation(&self) -> Option<Isolation> {
        self.isolation.or(self.engine.options().isolation)
    }

    /// Sets the isolation level of the transactions that this connection begins from now on.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a level that the database lacks.
    pub fn set_isolation(&mut self, level: Isolation) -> Result<()> {
        level.check(self.capabilities())?;
        self.isolation = Some(level);
        Ok(())
    }

    /// Runs a statement; gives how many rows it changed.
    ///
    /// # Errors
    /// Whatever the database says, with the statement and its parameters.
    pub fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
        self.unsure |= statement.kind() == StatementKind::Transaction;
        let rows = self.observed(
            statement,
            |statement, capabilities| Flat::of(statement, capabilities),
            |backend, flat| {
                let rows = backend.execute(flat)?;
                Ok((rows, rows))
            },
        )?;
        match statement.kind() {
            // SQLite repeats the count of the statement before.
            StatementKind::Ddl | StatementKind::Transaction => Ok(0),
            _ => Ok(rows),
        }
    }

    /// Runs a statement and takes its rows off the connection.
    ///
    /// # Errors
    /// Whatever the database says; [`Error::Decode`] for a column of a type that this crate does not know.
    pub fn query(&mut self, statement: &dyn Statement) -> Result<Vec<ValueRow>> {
        let mut rows = Vec::new();
        let mut names: Option<Arc<[String]>> = None;
        self.stream(statement, |row| {
            let names = names.get_or_insert_with(|| {
                (0..row.width()).map(|column| row.column_name(column).unwrap_or_default().to_owned()).collect()
            });
            let mut values = Vec::with_capacity(row.width());
            read_values(row, &mut values)?;
            rows.push(ValueRow { names: Arc::clone(names), values });
            Ok(())
        })?;
        Ok(rows)
    }

    /// Runs a statement and hands over every row as it arrives; gives how many there were. No more than one row is held.
    ///
    /// # Errors
    /// Whatever the database says, and whatever `each` does: the rest of the rows is then given up.
    pub fn stream(
        &mut self,
        statement: &dyn Statement,
        each: impl FnMut(&mut dyn RowReader) -> Result<()>,
    ) -> Result<usize> {
        self.unsure |= statement.kind() == StatementKind::Transaction;
        self.observed(
            statement,
            |statement, capabilities| Flat::with_rows(statement, capabilities),
            |backend, flat| {
                let rows = backend.load(flat, each)?;
                Ok((rows, rows))
            },
        )
    }

    /// Runs plain SQL of the crate's own that is about the transaction.
    pub(super) fn control(&mut self, sql: &str) -> Result<()> {
        self.observed(
            &Control(sql),
            |statement, capabilities| Flat::of(statement, capabilities),
            |backend, _| {
                backend.batch(sql)?;
                Ok(((), 0))
            },
        )?;
        Ok(())
    }

    /// Runs a statement, lets everybody who listens know, and makes an error of ours of what the driver says.
    ///
    /// `work` gives its result and the number of rows.
    fn observed<T>(
        &mut self,
        statement: &dyn Statement,
        write: for<'s> fn(&'s dyn Statement, &'s Capabilities) -> Result<Flat<'s>>,
        work: impl FnOnce(&mut Backend, &Flat<'_>) -> Result<(T, usize), Fault>,
    ) -> Result<T> {
        self.check_transaction()?;
        let flat = write(statement, self.engine.capabilities())?;
        let Some(backend) = self.place.backend() else {
            return Err(Error::invalid("the connection is closed"));
        };
        let watched = self.engine.watch().start(&flat);
        let speaker = backend.speaker();
        let result = work(backend, &flat).map_err(|fault| match fault {
            Fault::Reader(error) => error,
            Fault::Driver(error) => refusal::refusal(speaker, error, &flat),
        });
        if let Some(watched) = watched {
            self.engine.watch().finish(watched, result.as_ref().map(|(_, rows)| *rows));
        }
        match result {
            Ok((value, _)) => Ok(value),
            Err(error) => {
                self.note_failure(&error);
                Err(error)
            }
        }
    }
}

/// Appends every column of a row.
fn read_values(row: &mut dyn RowReader, values: &mut Vec<Value>) -> Result<()> {
    for column in 0..row.width() {
        let value = row.value(column);
        values.push(value.map_err(|error| locate(row, error))?);
    }
    Ok(())
}

/// The full error, with the name that the database gives the column.
pub(super) fn locate(row: &dyn RowReader, error: ReadError) -> Error {
    let name = row.column_name(error.column).map_or_else(|| error.column.to_string(), str::to_owned);
    error.locate("row", name)
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.place.broken || !self.place.is_open() {
            return;
        }
        if self.transaction.take().is_some() || self.unsure {
            // What cannot be rolled back is marked as broken, and closed by the pool.
            let _ = self.rollback_now();
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("url", self.engine.url())
            .field("in_transaction", &self.in_transaction())
            .finish_non_exhaustive()
    }
}

/// A statement about the transaction.
struct Control<'s>(&'s str);

impl Statement for Control<'_> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql(self.0);
        Ok(())
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Transaction
    }
}
