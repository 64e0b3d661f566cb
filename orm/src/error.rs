//! `Error`: the error type of the crate.

mod code;
mod database;

use std::fmt;

pub(crate) use database::RefusedRow;
pub use database::{DatabaseError, DatabaseErrorKind};

/// Result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A result with a boxed error, which is a few words in size. Used on the hot path, where futures return it for each
/// statement and row.
pub(crate) type BoxedResult<T> = Result<T, Box<Error>>;

impl From<Box<Self>> for Error {
    fn from(error: Box<Self>) -> Self {
        *error
    }
}

/// An error, with its location (entity, column, statement), its cause and a fix.
///
/// `Debug` prints the same text as `Display`, so a `main` that returns an error and an `unwrap` both print it.
/// [`code`](Error::code) is a short name of the kind of error, for logs and searches.
///
/// Variants may get more fields: match with `..`. `Database` and `CommitInDoubt` contain a [`DatabaseError`], which is
/// non-exhaustive itself.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A database URL or an engine option that cannot be used.
    #[error("{message}")]
    #[non_exhaustive]
    Configuration {
        /// The fault, and the accepted values.
        message: String,
    },
    /// No connection could be opened. The password is masked.
    #[error("cannot connect to {url}: {message}")]
    #[non_exhaustive]
    Connect {
        /// The URL, with the password masked.
        url: String,
        /// The driver's message.
        message: String,
    },
    /// Every connection of the pool stayed in use for the whole `pool_timeout`.
    #[error(
        "no connection became free in {waited:?}: {limit} are in use (pool_size + max_overflow); \
         give some back (commit, rollback or drop the session), or raise pool_size or max_overflow"
    )]
    #[non_exhaustive]
    PoolTimeout {
        /// Number of connections that may be open at once.
        limit: u32,
        /// Time that the call waited.
        waited: std::time::Duration,
    },
    /// The database refused a statement.
    #[error(transparent)]
    Database(Box<DatabaseError>),
    /// The connection was lost during COMMIT: the transaction may be committed or not.
    ///
    /// Repeating the work would double a committed transaction; dropping it would lose one that is not committed. Look
    /// for a value that only this transaction wrote, such as a unique number.
    #[error(
        "the connection was lost during COMMIT, and whether the transaction is committed is not known: \
         look for what it wrote before you do it again\n  {0}"
    )]
    CommitInDoubt(Box<DatabaseError>),
    /// A column of a row holds a value that the field does not accept.
    #[error("{entity}.{column}: expected {expected}, the row holds {found}{}", way_out(.found))]
    #[non_exhaustive]
    Decode {
        /// The entity, or `row` for a row of plain columns.
        entity: String,
        /// The column.
        column: String,
        /// Type that the field accepts.
        expected: String,
        /// Value or type in the row.
        found: String,
    },
    /// An UPDATE or DELETE matched fewer rows than expected: another transaction has changed or deleted them.
    #[error(
        "{entity}: {statement} matched {found} rows, expected {expected}: \
         a row was changed or deleted by another transaction{}", stale_way_out(.entity, .columns)
    )]
    #[non_exhaustive]
    StaleData {
        /// The entity.
        entity: &'static str,
        /// `UPDATE` or `DELETE`; `merge` when it found the row in another version.
        statement: &'static str,
        /// Number of rows that the session expects.
        expected: usize,
        /// Number of rows that matched.
        found: usize,
        /// Columns that were edited while the entity was expired, and whose old value the database no longer has (or
        /// the row is deleted). Empty when only key and version were compared.
        columns: Vec<&'static str>,
    },
    /// Rows or tables depend on each other in a circle.
    #[error(
        "circular dependency between {}: mark one of the relationships `post_update`",
        .tables.join(" -> ")
    )]
    #[non_exhaustive]
    CircularDependency {
        /// The tables of the circle, in order.
        tables: Vec<String>,
    },
    /// A key that is not valid in this session.
    #[error("{entity}: {problem}")]
    #[non_exhaustive]
    UnknownKey {
        /// The entity.
        entity: &'static str,
        /// Reason: the key of another session, or of an entity that has left.
        problem: KeyProblem,
    },
    /// A query that requires a row returned none.
    #[error("no row was found by {statement}")]
    #[non_exhaustive]
    NoResultFound {
        /// The statement.
        statement: String,
    },
    /// A query that allows at most one row returned several.
    #[error("several rows were found by {statement}, expected one")]
    #[non_exhaustive]
    MultipleResultsFound {
        /// The statement.
        statement: String,
    },
    /// The row of a persistent entity no longer exists.
    #[error("{entity} with key {key} has no row any more: it was deleted by somebody else")]
    #[non_exhaustive]
    ObjectDeleted {
        /// The entity.
        entity: &'static str,
        /// Primary key of the row.
        key: String,
    },
    /// Two entities of a session have the same primary key.
    #[error("{entity} with key {key} is already in this session; edit that one, or use merge")]
    #[non_exhaustive]
    DuplicateIdentity {
        /// The entity.
        entity: &'static str,
        /// The primary key.
        key: String,
    },
    /// A required relationship is not set at the flush.
    #[error(
        "{entity}.{relationship} is required and not set: set it before the flush, \
         or make it `BelongsTo<Option<_>>`"
    )]
    #[non_exhaustive]
    UnsetRelationship {
        /// The entity.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
    },
    /// A row requires a parent, and the parent is deleted.
    #[error(
        "{entity}.{relationship} is required, and the {parent} under it is deleted: delete the {entity} too \
         (`cascade = \"all, delete-orphan\"` on the {parent}'s side), give it another {parent}, \
         or make it `BelongsTo<Option<_>>`"
    )]
    #[non_exhaustive]
    ParentDeleted {
        /// The entity with the required relationship.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
        /// The entity that is deleted.
        parent: &'static str,
    },
    /// A part of the primary key is not set.
    #[error("{entity}.{column} is part of the primary key and has no value")]
    #[non_exhaustive]
    UnsetKey {
        /// The entity.
        entity: &'static str,
        /// The column.
        column: String,
    },
    /// A relationship with the `raise` strategy is not loaded.
    #[error(
        "{entity}.{relationship} is not loaded and its strategy is `raise`: \
         load it with the query, for example `.options(selectin({entity}::{constant}))`"
    )]
    #[non_exhaustive]
    RaisedLoad {
        /// The entity.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
        /// Name of the relationship's constant.
        constant: String,
    },
    /// The load of a deferred column is refused, by `raise_deferred` of the query or `lazy = "raise"` of the field.
    #[error(
        "{entity}.{column} is not loaded and its load is refused (`raise`): \
         load the column with the query, by `.options(undefer({entity}::{constant}))`"
    )]
    #[non_exhaustive]
    RaisedColumn {
        /// The entity.
        entity: &'static str,
        /// The field of the column.
        column: &'static str,
        /// Name of the column's constant.
        constant: String,
    },
    /// A relationship is loaded for one entity after another, and the session refuses that: see
    /// [`NPlusOne`](crate::engine::NPlusOne).
    #[error(
        "{entity}.{relationship} is loaded for one entity after another, with a SELECT each; the load at {location} would be number {loads} of \
         this transaction (N+1): load the relationship with the query, by `.options(selectin({entity}::{constant}))`, \
         or for all entities at the first question, by `.options(peers({entity}::{constant}))`"
    )]
    #[non_exhaustive]
    RepeatedLoad {
        /// The entity.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
        /// The name of the relationship's constant.
        constant: String,
        /// Number of loads in the transaction, this one included.
        loads: usize,
        /// Call of `rel` that needed the relationship.
        location: &'static std::panic::Location<'static>,
    },
    /// A listener returned an error, or did something that its event does not allow. Rows and memory are as before the
    /// call.
    #[error("the listener for `{event}` of {}:{} failed{}: {source}", .location.file(), .location.line(), at_attribute(.attribute))]
    #[non_exhaustive]
    ListenerFailed {
        /// The event.
        event: &'static str,
        /// Call that registered the listener.
        location: &'static std::panic::Location<'static>,
        /// Attribute that was to change, as `User.name`; for listeners of attributes.
        attribute: Option<String>,
        /// Error of the listener.
        source: Box<Self>,
    },
    /// An expression that cannot be evaluated in memory: databases disagree about its value, or the value is not in
    /// memory. See [`OverEntity::of`](crate::mapping::OverEntity::of).
    #[error("`{expression}` cannot be computed for {entity} in memory: {reason}")]
    #[non_exhaustive]
    NotComputable {
        /// The entity.
        entity: &'static str,
        /// The part of the expression that cannot be evaluated, as SQL.
        expression: String,
        /// The reason and the fix.
        reason: String,
    },
    /// Faults of a mapping, all at once.
    #[error("the mapping cannot be used:\n  {}", .faults.join("\n  "))]
    #[non_exhaustive]
    Mapping {
        /// One sentence for each fault: location and fix.
        faults: Vec<String>,
    },
    /// A feature that the database does not have.
    #[error("{dialect} has no {feature}; {instead}")]
    #[non_exhaustive]
    Unsupported {
        /// The database.
        dialect: &'static str,
        /// The missing feature.
        feature: String,
        /// A replacement.
        instead: String,
    },
    /// The transaction failed and must be rolled back.
    #[error("the transaction cannot go on ({reason}); call rollback() and start again")]
    #[non_exhaustive]
    PendingRollback {
        /// Reason of the failure.
        reason: String,
    },
    /// The entity's row was deleted in this transaction.
    #[error("{entity} with key {key} was deleted in this transaction and {refused}; add a new one, or roll back")]
    #[non_exhaustive]
    RowDeleted {
        /// The entity.
        entity: &'static str,
        /// Primary key of the row.
        key: String,
        /// The refusal: "cannot be changed", "has no row to read".
        refused: &'static str,
    },
    /// A call needs the row of an entity that no flush has inserted yet.
    #[error("{entity} has no row yet{way_out}")]
    #[non_exhaustive]
    RowPending {
        /// The entity.
        entity: &'static str,
        /// Reason and fix.
        way_out: &'static str,
    },
    /// One flush would delete and insert the same row.
    #[error(
        "{entity} with key {key} is to be deleted and added by one flush: \
         flush the deletion first, or edit the entity instead"
    )]
    #[non_exhaustive]
    DeletedAndAdded {
        /// The entity.
        entity: &'static str,
        /// The primary key.
        key: String,
    },
    /// Rows of one flush exchange unique values, so that no order of statements is possible.
    #[error(
        "{entity}: {rows} rows of this flush wait for each other, as each takes a unique value or a primary key that another gives up, \
         so that no order of statements can be right: give one of them a value that is free, flush, then give it the wanted value"
    )]
    #[non_exhaustive]
    UniqueValueCycle {
        /// The entity.
        entity: &'static str,
        /// Number of rows that wait for each other.
        rows: usize,
    },
    /// The row's primary key differs from the session's in case or in trailing blanks.
    #[error(
        "{entity} with key {key} has a row whose key differs by now, in case or in blanks at the end: \
         expunge the entity and get() it by the key that the row has"
    )]
    #[non_exhaustive]
    KeyDiffers {
        /// The entity.
        entity: &'static str,
        /// Primary key in the session.
        key: String,
    },
    /// A read requires that the entity's changes are flushed or discarded first.
    #[error("{message}")]
    #[non_exhaustive]
    UnflushedChanges {
        /// The entity with the changes.
        entity: &'static str,
        /// The reason and the fix.
        message: String,
    },
    /// A required related entity does not exist.
    #[error("{entity}.{relationship} is empty; load() gives an Option where that may be")]
    #[non_exhaustive]
    EmptyRelationship {
        /// The entity.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
    },
    /// A row of an outer join has no entity where the query requires one.
    #[error("a row has no {entity}, as the right side of an outer join may; select `optional(entity::<{entity}>())`")]
    #[non_exhaustive]
    MissingEntity {
        /// The entity.
        entity: &'static str,
    },
    /// The database generated no key for an inserted row.
    #[error("the database generated no key for {entity}")]
    #[non_exhaustive]
    NoGeneratedKey {
        /// The entity.
        entity: &'static str,
    },
    /// A value that the database would refuse, change or sort wrongly.
    #[error("{}{reason}", .column.as_ref().map(|column| format!("{column}: ")).unwrap_or_default())]
    #[non_exhaustive]
    UnsendableValue {
        /// The column as `table.column` or `Entity.column`, if the value belongs to one.
        column: Option<String>,
        /// The reason and the fix.
        reason: String,
    },
    /// A statement has more parameters than the database accepts.
    #[error(
        "a statement ({kind}) has {count} parameters, and {dialect} takes {limit} in one statement: \
         send it in parts, or put the values into a table and join it"
    )]
    #[non_exhaustive]
    TooManyParameters {
        /// The kind of statement.
        kind: String,
        /// Number of parameters.
        count: usize,
        /// The database.
        dialect: &'static str,
        /// Maximum number of parameters.
        limit: usize,
    },
    /// Hand-written SQL has a parameter without a value.
    #[error(
        "the text has a parameter :{name} without a value; \
         call .bind(\"{name}\", value), or write \\:{name} if it is none"
    )]
    #[non_exhaustive]
    MissingParameter {
        /// The parameter.
        name: String,
    },
    /// A value was bound to a parameter that the hand-written SQL does not have.
    #[error("a value was bound to :{name}, and the text has no such parameter{}", known_parameters(.known.as_deref()))]
    #[non_exhaustive]
    UnknownParameter {
        /// The parameter.
        name: String,
        /// Parameters of the text, if they are known.
        known: Option<Vec<String>>,
    },
    /// A row has no column of this name.
    #[error("no column is named `{column}`; there are {}", .columns.join(", "))]
    #[non_exhaustive]
    UnknownColumn {
        /// The name.
        column: String,
        /// The columns of the row.
        columns: Vec<String>,
    },
    /// Several columns of a row have the same name.
    #[error("several columns are named `{column}`: read them by index, or give them labels")]
    #[non_exhaustive]
    AmbiguousColumn {
        /// The name.
        column: String,
    },
    /// The index is beyond the columns of the row.
    #[error("the row has {columns} columns, so none at index {index}")]
    #[non_exhaustive]
    ColumnOutOfRange {
        /// The index.
        index: usize,
        /// Number of columns of the row.
        columns: usize,
    },
    /// A transaction is already open.
    #[error("{message}")]
    #[non_exhaustive]
    TransactionOpen {
        /// The transaction that is open, and the fix.
        message: &'static str,
    },
    /// A savepoint requires a transaction.
    #[error("a savepoint needs a transaction: call begin() first")]
    #[non_exhaustive]
    NoTransaction {},
    /// Code that borrows a transaction tried to begin or end it.
    #[error(
        "this transaction is ended where it was begun: by commit() or rollback() of the session, \
         or by what the block given to begin() returns"
    )]
    #[non_exhaustive]
    TransactionBorrowed {},
    /// A hand-written statement would end a transaction that the crate began.
    #[error(
        "`{statement}` within a transaction that the crate has begun would end it unseen: call commit() or rollback(), and for savepoints \
         savepoint(), release() or rollback_to() (of a session: begin_nested(), release() or rollback_to())"
    )]
    #[non_exhaustive]
    TransactionStatement {
        /// The first words of the statement.
        statement: String,
    },
    /// The transaction ended before the rollback, so its changes may be committed.
    #[error("what was written cannot be rolled back: {reason}")]
    #[non_exhaustive]
    NotRolledBack {
        /// Event that ended the transaction.
        reason: String,
    },
    /// No savepoint with this name is set.
    #[error("no savepoint `{name}` is set; there are: {}", .set.join(", "))]
    #[non_exhaustive]
    UnknownSavepoint {
        /// The name.
        name: String,
        /// The savepoints that are set.
        set: Vec<String>,
    },
    /// The savepoint was released or rolled back, or its transaction has ended.
    #[error("the savepoint is no longer set: it, or the transaction around it, was released or rolled back")]
    #[non_exhaustive]
    SavepointEnded {},
    /// The connection is closed.
    #[error("the connection is closed, or was interrupted in the middle of a statement")]
    #[non_exhaustive]
    ConnectionClosed {},
    /// The session's transaction holds the only connection of the pool.
    #[error(
        "the session's transaction holds the only connection that the pool may open: commit or roll back before gather()"
    )]
    #[non_exhaustive]
    NoFreeConnection {},
    /// An async engine requires a tokio runtime.
    #[error("an async engine works within a tokio runtime, and there is none here")]
    #[non_exhaustive]
    NoRuntime {},
    /// A call would block a thread that must not be blocked.
    #[error("{reason}")]
    #[non_exhaustive]
    BlockingForbidden {
        /// The thread, and the fix.
        reason: &'static str,
    },
    /// A task was cancelled before its blocking code ran.
    #[error("{work} not run: {source}")]
    #[non_exhaustive]
    NotRun {
        /// Subject and verb of the message: "the blocking code was".
        work: &'static str,
        /// The failure of the task.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A call or a statement that is not valid.
    #[error("{message}")]
    #[non_exhaustive]
    InvalidRequest {
        /// The fault, and a fix.
        message: String,
    },
}

/// Fix for a value that a field does not accept, if it is obvious.
fn at_attribute(attribute: &Option<String>) -> String {
    attribute.as_ref().map_or_else(String::new, |attribute| format!(" for {attribute}"))
}

fn way_out(found: &str) -> &'static str {
    if found == "NULL" { "; read it as an `Option`, or make the column NOT NULL" } else { "" }
}

/// The parameters of a text, for the message.
fn known_parameters(known: Option<&[String]>) -> String {
    match known {
        None => String::new(),
        Some([]) => "; it has none".to_owned(),
        Some(names) => format!("; there are :{}", names.join(", :")),
    }
}

/// Fix for a row that another transaction changed.
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

/// Reason why a key is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyProblem {
    /// The key belongs to another session.
    #[error("the key belongs to another session; load the row in this one with get()")]
    OtherSession,
    /// The entity has left the session: it was expunged, rolled back, or deleted and committed.
    #[error("the entity has left this session (expunged, rolled back, or deleted)")]
    Gone,
    /// The entity is of another class of the hierarchy than the key.
    #[error("the entity is of another class now; `session.downcast` tells of which")]
    OtherClass,
}

/// Parts of messages for an unreachable, starting or overloaded server, in lower case. The drivers report no codes.
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

impl Error {
    /// Returns the kind of a database error.
    pub fn database_kind(&self) -> Option<DatabaseErrorKind> {
        match self {
            Self::Database(error) | Self::CommitInDoubt(error) => Some(error.kind),
            _ => None,
        }
    }

    /// Whether the transaction has no effect and may succeed when it is repeated: it lost against another one
    /// (deadlock, serialization failure), a lock was held, the connection was lost before COMMIT, or the server was
    /// unreachable.
    ///
    /// Not retryable are [`CommitInDoubt`](Self::CommitInDoubt), which may be committed;
    /// [`StaleData`](Self::StaleData), as the other change should be looked at; a [`Connect`](Self::Connect) that would
    /// fail again (wrong password, unknown database); and [`PoolTimeout`](Self::PoolTimeout), which has waited already,
    /// usually for a connection of the same program.
    ///
    /// [`Session::retry`](crate::Session::retry) repeats transactions with retryable errors.
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

    /// Converts an error of COMMIT: after a lost connection the outcome is unknown.
    pub(crate) fn of_commit(self) -> Self {
        match self {
            Self::Database(error) if error.kind == DatabaseErrorKind::Disconnected => Self::CommitInDoubt(error),
            other => other,
        }
    }

    /// Whether the connection is lost.
    pub fn is_disconnect(&self) -> bool {
        self.database_kind() == Some(DatabaseErrorKind::Disconnected)
    }

    /// Makes an error for a value that the database would refuse, change or sort wrongly.
    pub(crate) fn unsendable(column: impl Into<Option<String>>, reason: impl fmt::Display) -> Self {
        Self::UnsendableValue { column: column.into(), reason: reason.to_string() }
    }

    /// Makes an error for a call or a statement that is not valid.
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
