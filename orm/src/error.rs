//! The one error type of the crate. It knows no room: the rooms convert into it.

use std::fmt;
use std::num::NonZeroU32;

use crate::key::Slot;

/// What every fallible call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A result on its way through the rules of a session: with the error behind a pointer it is a few words, which are handed from future to
/// future for each statement and each row.
pub(crate) type Slim<T> = Result<T, Box<Error>>;

impl From<Box<Self>> for Error {
    fn from(error: Box<Self>) -> Self {
        *error
    }
}

/// Everything that can go wrong, with where it went wrong and what to do about it.
///
/// `Debug` shows the same text as `Display`: it is what a `main` that returns an error, and `unwrap`, print.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A database URL or an engine option that cannot be used.
    #[error("{message}")]
    Configuration {
        /// What is wrong, and what is accepted instead.
        message: String,
    },
    /// No connection could be opened. The password is masked.
    #[error("cannot connect to {url}: {message}")]
    Connect {
        /// The URL, its password masked.
        url: String,
        /// What the driver said.
        message: String,
    },
    /// Every connection of the pool was in use for the whole of `pool_timeout`.
    #[error(
        "no connection became free in {waited:?}: {limit} are in use (pool_size + max_overflow); \
         give some back (commit, rollback or drop the session), or raise pool_size or max_overflow"
    )]
    PoolTimeout {
        /// How many connections may be open at once.
        limit: u32,
        /// How long the call waited.
        waited: std::time::Duration,
    },
    /// The database refused a statement.
    #[error("{0}")]
    Database(Box<DatabaseError>),
    /// The connection was lost while COMMIT was under way: the database may have committed, or not.
    ///
    /// Doing the work again would double it if it has, dropping it would lose it if it has not. Look for something that only this
    /// transaction wrote, such as a number that it was given.
    #[error(
        "the connection was lost during COMMIT, and whether the transaction is committed is not known: \
         look for what it wrote before you do it again\n  {0}"
    )]
    CommitInDoubt(Box<DatabaseError>),
    /// A column of a row does not hold what the field can take.
    #[error("{entity}.{column}: expected {expected}, the row holds {found}{}", way_out(.found))]
    Decode {
        /// The entity, or `row` for a row of plain columns.
        entity: String,
        /// The column.
        column: String,
        /// What the field takes.
        expected: String,
        /// What the row holds.
        found: String,
    },
    /// An UPDATE or DELETE did not find the rows it was meant for: somebody else changed or deleted them.
    #[error(
        "{entity}: {statement} matched {found} rows, expected {expected}: \
         a row was changed or deleted by another transaction{}", stale_way_out(.entity, .columns)
    )]
    StaleData {
        /// The entity.
        entity: &'static str,
        /// `UPDATE` or `DELETE`; `merge` where that found the row in another version.
        statement: &'static str,
        /// How many rows the session holds.
        expected: usize,
        /// How many rows the database matched.
        found: usize,
        /// The columns that were edited while the entity was expired, and that no longer have the value which the session knew
        /// (or the row is gone); empty where the row was looked for by key and version alone.
        columns: Vec<&'static str>,
    },
    /// Rows, or tables, depend on each other in a circle.
    #[error(
        "circular dependency between {}: mark one of the relationships `post_update`",
        .tables.join(" -> ")
    )]
    CircularDependency {
        /// The tables of the circle, in order.
        tables: Vec<String>,
    },
    /// A key that this session does not honor.
    #[error("{entity}: {problem}")]
    UnknownKey {
        /// The entity.
        entity: &'static str,
        /// Whose key it is, or what became of it.
        problem: KeyProblem,
    },
    /// A query that must find a row found none.
    #[error("no row was found by {statement}")]
    NoResultFound {
        /// The statement.
        statement: String,
    },
    /// A query that must find at most one row found several.
    #[error("several rows were found by {statement}, expected one")]
    MultipleResultsFound {
        /// The statement.
        statement: String,
    },
    /// The row of a persistent entity is gone.
    #[error("{entity} with key {key} has no row any more: it was deleted by somebody else")]
    ObjectDeleted {
        /// The entity.
        entity: &'static str,
        /// Its primary key.
        key: String,
    },
    /// Two entities of one session claim the same row.
    #[error("{entity} with key {key} is already in this session; edit that one, or use merge")]
    DuplicateIdentity {
        /// The entity.
        entity: &'static str,
        /// The primary key.
        key: String,
    },
    /// A relationship that must have a value at flush has none.
    #[error(
        "{entity}.{relationship} is required and not set: set it before the flush, \
         or make it `BelongsTo<Option<_>>`"
    )]
    UnsetRelationship {
        /// The entity.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
    },
    /// A row must belong to another one, which is deleted.
    #[error(
        "{entity}.{relationship} is required, and the {parent} under it is deleted: delete the {entity} too \
         (`cascade = \"all, delete-orphan\"` on the {parent}'s side), give it another {parent}, \
         or make it `BelongsTo<Option<_>>`"
    )]
    ParentDeleted {
        /// The entity that must belong to another.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
        /// The entity that is deleted.
        parent: &'static str,
    },
    /// A primary key that must be known is not.
    #[error("{entity}.{column} is part of the primary key and has no value")]
    UnsetKey {
        /// The entity.
        entity: &'static str,
        /// The column.
        column: String,
    },
    /// A relationship with the `raise` strategy was about to be loaded.
    #[error(
        "{entity}.{relationship} is not loaded and its strategy is `raise`: \
         load it with the query, for example `.options(selectin({entity}::{constant}))`"
    )]
    RaisedLoad {
        /// The entity.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
        /// The name of the relationship's constant.
        constant: String,
    },
    /// A mapping that contradicts itself; every fault at once.
    #[error("the mapping cannot be used:\n  {}", .faults.join("\n  "))]
    Mapping {
        /// One sentence a fault: where it is and how to mend it.
        faults: Vec<String>,
    },
    /// Something that this database cannot do.
    #[error("{dialect} has no {feature}; {instead}")]
    Unsupported {
        /// The database.
        dialect: &'static str,
        /// What was asked for.
        feature: String,
        /// What to do instead.
        instead: String,
    },
    /// The transaction is lost: nothing can be done in it but to roll back.
    #[error("the transaction cannot go on ({reason}); call rollback() and start again")]
    PendingRollback {
        /// What happened.
        reason: String,
    },
    /// A statement or a call that makes no sense as it stands.
    #[error("{message}")]
    InvalidRequest {
        /// What is wrong and what to do.
        message: String,
    },
}

/// What to do about a value that a field does not take, where that is plain.
fn way_out(found: &str) -> &'static str {
    if found == "NULL" { "; read it as an `Option`, or make the column NOT NULL" } else { "" }
}

/// What to do about a row that is not as the session knew it.
fn stale_way_out(entity: &str, columns: &[&str]) -> String {
    if columns.is_empty() {
        return "; `session.refresh(key)?` the entity, then edit again".to_owned();
    }
    let columns: Vec<String> = columns.iter().map(|column| format!("`{entity}.{column}`")).collect();
    format!(
        " since this session read it ({} edited while the entity was expired); `session.refresh(key)?`, then edit again, \
         and `session.load(key)?` before you edit what a commit has expired",
        columns.join(", ")
    )
}

/// Why a key is not honored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyProblem {
    /// Another session gave the key.
    #[error("the key belongs to another session; load the row in this one with get()")]
    OtherSession,
    /// The entity left the session: it was expunged, rolled back, or deleted and committed.
    #[error("the entity has left this session (expunged, rolled back, or deleted)")]
    Gone,
    /// The row is of another class of the hierarchy than the key says.
    #[error("the entity is of another class now; `session.downcast` tells of which")]
    OtherClass,
}

/// What the database refused, and everything known about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct DatabaseError {
    /// Which kind of refusal.
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

/// Which kind of refusal came from the database.
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

/// What the drivers and the servers say of a server that is down, on its way, or full, in lower case. The drivers give no codes for it.
const UNREACHED: &[&str] = &[
    "connection refused",
    "connection reset",
    "broken pipe",
    "timed out",
    "timeout expired",
    "no such file or directory",
    "no route to host",
    "network is unreachable",
    "can't connect to",
    "lost connection to",
    "server has gone away",
    "closed the connection",
    "connection closed",
    "starting up",
    "shutting down",
    "shutdown in progress",
    "recovery mode",
    "too many clients",
    "too many connections",
    "connection slots are reserved",
    "temporary failure in name resolution",
    "database is locked",
];

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

impl Error {
    /// The kind of refusal, when the database refused something.
    pub fn database_kind(&self) -> Option<DatabaseErrorKind> {
        match self {
            Self::Database(error) | Self::CommitInDoubt(error) => Some(error.kind),
            _ => None,
        }
    }

    /// Whether the transaction is certainly undone, or can be, and may succeed when it is done again from its beginning: it lost against
    /// another one (deadlock, serialization failure), somebody held a lock, the connection went away before COMMIT, or the server could not
    /// be reached.
    ///
    /// Not among them is [`CommitInDoubt`](Self::CommitInDoubt), which may have happened already, nor [`StaleData`](Self::StaleData):
    /// somebody should look at what the other one wrote. Nor is a [`Connect`](Self::Connect) that will fail again: a password that is wrong, a database that does
    /// not exist; nor [`PoolTimeout`](Self::PoolTimeout), which has waited already, and mostly for a connection that the program itself holds.
    ///
    /// [`Session::retry`](crate::Session::retry) does what this says.
    pub fn is_retryable(&self) -> bool {
        use DatabaseErrorKind::{Disconnected, Locked, SerializationFailure};
        match self {
            Self::Database(error) => matches!(error.kind, SerializationFailure | Locked | Disconnected),
            Self::Connect { message, .. } => {
                let message = message.to_ascii_lowercase();
                UNREACHED.iter().any(|words| message.contains(words))
            }
            _ => false,
        }
    }

    /// What went wrong with COMMIT: after a lost connection nobody knows what became of it.
    pub(crate) fn of_commit(self) -> Self {
        match self {
            Self::Database(error) if error.kind == DatabaseErrorKind::Disconnected => Self::CommitInDoubt(error),
            other => other,
        }
    }

    /// Whether the connection is gone.
    pub fn is_disconnect(&self) -> bool {
        self.database_kind() == Some(DatabaseErrorKind::Disconnected)
    }

    /// A statement or a call that makes no sense as it stands.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidRequest { message: message.into() }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        Self::Database(Box::new(error))
    }
}
