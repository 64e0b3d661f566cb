//! `DatabaseError`: an error that the database returned.

use std::fmt;
use std::num::NonZeroU32;

use crate::key::Slot;

/// An error that the database returned, with the statement and the names of table, column and constraint.
#[derive(Debug)]
#[non_exhaustive]
pub struct DatabaseError {
    /// Kind of error.
    pub kind: DatabaseErrorKind,
    /// The database's message.
    pub message: String,
    /// The statement as it was sent; empty without one.
    pub statement: String,
    /// The parameters as text, sensitive ones masked.
    pub parameters: Vec<String>,
    /// The entity whose row was being written, when there is one.
    pub entity: Option<&'static str>,
    /// The table that the database named.
    pub table: Option<String>,
    /// The column that the database named.
    pub column: Option<String>,
    /// The constraint that the database named.
    pub constraint: Option<String>,
    /// Values that violate a unique constraint, as the database quotes them. Never displayed, as they may be sensitive.
    pub(crate) values: Quoted,
    /// The entity whose row was refused: see [`DatabaseError::key`].
    pub(crate) row: Option<RefusedRow>,
    /// The driver's error, for [`source`](std::error::Error::source).
    pub(crate) cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Text that is never displayed.
#[derive(Default)]
pub(crate) struct Quoted(pub(crate) Option<String>);

impl fmt::Debug for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The entity of a session whose row was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefusedRow {
    pub(crate) session: NonZeroU32,
    pub(crate) slot: Slot,
    /// Name of the root of its hierarchy.
    pub(crate) root: &'static str,
    /// Name of its class.
    pub(crate) class: &'static str,
}

/// Kind of an error that the database returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseErrorKind {
    /// A unique constraint or a primary key.
    UniqueViolation,
    /// A foreign key.
    ForeignKeyViolation,
    /// `NULL` in a NOT NULL column.
    NotNullViolation,
    /// A CHECK constraint.
    CheckViolation,
    /// The transaction lost against another one, or in a deadlock. Repeat it from its beginning.
    SerializationFailure,
    /// Another transaction holds the lock.
    Locked,
    /// The statement exceeded [`statement_timeout`](crate::engine::EngineBuilder::statement_timeout).
    Timeout,
    /// The statement was cancelled: `pg_cancel_backend`, `KILL QUERY`.
    Canceled,
    /// The connection is gone.
    Disconnected,
    /// A table that does not exist.
    MissingTable,
    /// A column that does not exist.
    MissingColumn,
    /// Any other error.
    Other,
}

impl DatabaseError {
    /// Makes an error with a kind and the database's message.
    pub fn new(kind: DatabaseErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            statement: String::new(),
            parameters: Vec::new(),
            entity: None,
            table: None,
            column: None,
            constraint: None,
            values: Quoted::default(),
            row: None,
            cause: None,
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(entity) = self.entity {
            write!(f, "{entity}: ")?;
        }
        write!(f, "{}", self.message)?;
        if !self.statement.is_empty() {
            write!(f, "\n  statement: {}", self.statement)?;
        }
        if !self.parameters.is_empty() {
            write!(f, "\n  parameters: [{}]", self.parameters.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for DatabaseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}
