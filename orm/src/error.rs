//! The one error type of the crate. It knows no room: the rooms convert into it.

mod code;
mod database;

use std::fmt;

pub(crate) use database::RefusedRow;
pub use database::{DatabaseError, DatabaseErrorKind};

/// What every fallible call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A result on its way through the rules of a session: with the error behind a pointer it is a few words, which are handed from future to
/// future for each statement and each row.
pub(crate) type BoxedResult<T> = Result<T, Box<Error>>;

impl From<Box<Self>> for Error {
    fn from(error: Box<Self>) -> Self {
        *error
    }
}

/// Everything that can go wrong, with where it went wrong and what to do about it.
///
/// `Debug` shows the same text as `Display`: a `main` that returns an error prints it, and so does `unwrap`.
/// [`code`](Error::code) is a short name of the kind of error, for logs and searches.
///
/// More fields may come to each variant: match with `..`. `Database` and `CommitInDoubt` hold a [`DatabaseError`], which can grow itself.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A database URL or an engine option that cannot be used.
    #[error("{message}")]
    #[non_exhaustive]
    Configuration {
        /// What is wrong, and what is accepted instead.
        message: String,
    },
    /// No connection could be opened. The password is masked.
    #[error("cannot connect to {url}: {message}")]
    #[non_exhaustive]
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
    #[non_exhaustive]
    PoolTimeout {
        /// How many connections may be open at once.
        limit: u32,
        /// How long the call waited.
        waited: std::time::Duration,
    },
    /// The database refused a statement.
    #[error(transparent)]
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
    #[non_exhaustive]
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
    #[non_exhaustive]
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
    #[non_exhaustive]
    CircularDependency {
        /// The tables of the circle, in order.
        tables: Vec<String>,
    },
    /// A key that this session does not honor.
    #[error("{entity}: {problem}")]
    #[non_exhaustive]
    UnknownKey {
        /// The entity.
        entity: &'static str,
        /// Whose key it is, or what became of it.
        problem: KeyProblem,
    },
    /// A query that must find a row found none.
    #[error("no row was found by {statement}")]
    #[non_exhaustive]
    NoResultFound {
        /// The statement.
        statement: String,
    },
    /// A query that must find at most one row found several.
    #[error("several rows were found by {statement}, expected one")]
    #[non_exhaustive]
    MultipleResultsFound {
        /// The statement.
        statement: String,
    },
    /// The row of a persistent entity is gone.
    #[error("{entity} with key {key} has no row any more: it was deleted by somebody else")]
    #[non_exhaustive]
    ObjectDeleted {
        /// The entity.
        entity: &'static str,
        /// Its primary key.
        key: String,
    },
    /// Two entities of one session claim the same row.
    #[error("{entity} with key {key} is already in this session; edit that one, or use merge")]
    #[non_exhaustive]
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
    #[non_exhaustive]
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
    #[non_exhaustive]
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
    #[non_exhaustive]
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
    #[non_exhaustive]
    RaisedLoad {
        /// The entity.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
        /// The name of the relationship's constant.
        constant: String,
    },
    /// The same relationship was about to be loaded for one entity after another, and the session refuses that:
    /// see [`NPlusOne`](crate::engine::NPlusOne).
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
        /// The call of `rel` that asked for the relationship.
        location: &'static std::panic::Location<'static>,
    },
    /// A listener gave an error, or asked for what its event does not allow. Rows and memory are as they were before the call.
    #[error("the listener for `{event}` of {}:{} failed: {source}", .location.file(), .location.line())]
    #[non_exhaustive]
    ListenerFailed {
        /// The event.
        event: &'static str,
        /// The call that made the listener.
        location: &'static std::panic::Location<'static>,
        /// What the listener gave.
        source: Box<Self>,
    },
    /// A mapping that contradicts itself; every fault at once.
    #[error("the mapping cannot be used:\n  {}", .faults.join("\n  "))]
    #[non_exhaustive]
    Mapping {
        /// One sentence a fault: where it is and how to mend it.
        faults: Vec<String>,
    },
    /// Something that this database cannot do.
    #[error("{dialect} has no {feature}; {instead}")]
    #[non_exhaustive]
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
    #[non_exhaustive]
    PendingRollback {
        /// What happened.
        reason: String,
    },
    /// The entity's row was deleted in this transaction.
    #[error("{entity} with key {key} was deleted in this transaction and {refused}; add a new one, or roll back")]
    #[non_exhaustive]
    RowDeleted {
        /// The entity.
        entity: &'static str,
        /// Its primary key.
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
    /// A deletion and an insertion of the same row wait for one flush.
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
    /// Rows of one flush exchange unique values, so that no order of statements is right.
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
    /// The primary key of the row differs from the session's in case or in trailing blanks.
    #[error(
        "{entity} with key {key} has a row whose key differs by now, in case or in blanks at the end: \
         expunge the entity and get() it by the key that the row has"
    )]
    #[non_exhaustive]
    KeyDiffers {
        /// The entity.
        entity: &'static str,
        /// The primary key that the session knows.
        key: String,
    },
    /// A read needs the entity's unflushed changes to be flushed or dropped first.
    #[error("{message}")]
    #[non_exhaustive]
    UnflushedChanges {
        /// The entity with the changes.
        entity: &'static str,
        /// The reason and the fix.
        message: String,
    },
    /// A relationship that must lead to an entity is empty.
    #[error("{entity}.{relationship} is empty; load() gives an Option where that may be")]
    #[non_exhaustive]
    EmptyRelationship {
        /// The entity.
        entity: &'static str,
        /// The relationship.
        relationship: &'static str,
    },
    /// A row has no entity where the query selects one that must be there.
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
        /// The column as `table.column` or `Entity.column`, where the value belongs to one.
        column: Option<String>,
        /// The reason and the fix.
        reason: String,
    },
    /// A statement has more parameters than the database takes.
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
        /// Number of parameters that the database takes.
        limit: usize,
    },
    /// A text of SQL has a parameter without a value.
    #[error(
        "the text has a parameter :{name} without a value; \
         call .bind(\"{name}\", value), or write \\:{name} if it is none"
    )]
    #[non_exhaustive]
    MissingParameter {
        /// The parameter.
        name: String,
    },
    /// A value was bound to a parameter that the text of SQL does not have.
    #[error("a value was bound to :{name}, and the text has no such parameter{}", known_parameters(.known.as_deref()))]
    #[non_exhaustive]
    UnknownParameter {
        /// The parameter.
        name: String,
        /// The parameters of the text, where they are known.
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
    /// A row has fewer columns than the index that was asked for.
    #[error("the row has {columns} columns, so none at index {index}")]
    #[non_exhaustive]
    ColumnOutOfRange {
        /// The index.
        index: usize,
        /// Number of columns of the row.
        columns: usize,
    },
    /// A transaction is open where the call begins one.
    #[error("{message}")]
    #[non_exhaustive]
    TransactionOpen {
        /// The transaction that is open, and the fix.
        message: &'static str,
    },
    /// A savepoint was asked for outside of a transaction.
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
    /// A statement by hand would end a transaction of the crate's.
    #[error(
        "`{statement}` within a transaction that the crate has begun would end it unseen: call commit() or rollback(), and for savepoints \
         savepoint(), release() or rollback_to() (of a session: begin_nested(), release() or rollback_to())"
    )]
    #[non_exhaustive]
    TransactionStatement {
        /// The first words of the statement.
        statement: String,
    },
    /// The transaction had ended before the rollback, so that its writes may be committed.
    #[error("what was written cannot be rolled back: {reason}")]
    #[non_exhaustive]
    NotRolledBack {
        /// The event that ended the transaction.
        reason: String,
    },
    /// The connection has no savepoint of this name.
    #[error("no savepoint `{name}` is set; there are: {}", .set.join(", "))]
    #[non_exhaustive]
    UnknownSavepoint {
        /// The name.
        name: String,
        /// The savepoints that are set.
        set: Vec<String>,
    },
    /// A savepoint of the session was released or rolled back, or its transaction has ended.
    #[error("the savepoint is no longer set: it, or the transaction around it, was released or rolled back")]
    #[non_exhaustive]
    SavepointEnded {},
    /// The connection cannot be used any more.
    #[error("the connection is closed, or was interrupted in the middle of a statement")]
    #[non_exhaustive]
    ConnectionClosed {},
    /// The session's own transaction holds the only connection of the pool.
    #[error(
        "the session's transaction holds the only connection that the pool may open: commit or roll back before gather()"
    )]
    #[non_exhaustive]
    NoFreeConnection {},
    /// An async engine was used outside of a tokio runtime.
    #[error("an async engine works within a tokio runtime, and there is none here")]
    #[non_exhaustive]
    NoRuntime {},
    /// A call would block a thread that must not block.
    #[error("{reason}")]
    #[non_exhaustive]
    BlockingForbidden {
        /// The thread, and the fix.
        reason: &'static str,
    },
    /// A task that runs blocking code was cancelled before the code ran.
    #[error("{work} not run: {source}")]
    #[non_exhaustive]
    NotRun {
        /// The work, with its verb: "the blocking code was".
        work: &'static str,
        /// The failure of the task.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A statement or a call that makes no sense as it stands.
    #[error("{message}")]
    #[non_exhaustive]
    InvalidRequest {
        /// What is wrong and what to do.
        message: String,
    },
}

/// What to do about a value that a field does not take, where that is plain.
fn way_out(found: &str) -> &'static str {
    if found == "NULL" { "; read it as an `Option`, or make the column NOT NULL" } else { "" }
}

/// The parameters that a text has, for the message about one that it lacks.
fn known_parameters(known: Option<&[String]>) -> String {
    match known {
        None => String::new(),
        Some([]) => "; it has none".to_owned(),
        Some(names) => format!("; there are :{}", names.join(", :")),
    }
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

    /// A value that the database would refuse, change or sort wrongly.
    pub(crate) fn unsendable(column: impl Into<Option<String>>, reason: impl fmt::Display) -> Self {
        Self::UnsendableValue { column: column.into(), reason: reason.to_string() }
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
