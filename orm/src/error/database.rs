//! A refusal of the database: its kind, and everything known about it.

use std::fmt;
use std::num::NonZeroU32;

use crate::key::Slot;

/// An error that the database returned, with the statement and the names that it involves.
#[derive(Debug)]
#[non_exhaustive]
pub struct DatabaseError {
    /// Kind of error.
    pub kind: DatabaseErrorKind,
    /// The database's own words.
    pub message: String,
    /// The statement as it was sent; empty when there was none.
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
    /// The values that break a unique constraint, as the database quotes them; never shown, as they may be sensitive.
    pub(crate) values: Quoted,
    /// The entity whose row was refused: see [`DatabaseError::key`].
    pub(crate) row: Option<RefusedRow>,
    /// The driver's error, which [`source`](std::error::Error::source) gives.
    pub(crate) cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Text that no error shows.
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
    /// The root of its hierarchy, by name.
    pub(crate) root: &'static str,
    /// Its class, by name.
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
    /// `NULL` in a column that must not be.
    NotNullViolation,
    /// A CHECK constraint.
    CheckViolation,
    /// The transaction lost against another, in a deadlock too; try again from its beginning.
    SerializationFailure,
    /// Somebody else holds the lock.
    Locked,
    /// The statement ran for longer than [`statement_timeout`](crate::engine::EngineBuilder::statement_timeout) lets it.
    Timeout,
    /// Somebody stopped the statement: `pg_cancel_backend`, `KILL QUERY`.
    Canceled,
    /// The connection is gone.
    Disconnected,
    /// A table that does not exist.
    MissingTable,
    /// A column that does not exist.
    MissingColumn,
    /// Anything else.
    Other,
}

impl DatabaseError {
    /// A refusal with nothing known but its kind and the database's words.
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
