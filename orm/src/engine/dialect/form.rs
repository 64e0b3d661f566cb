//! Enumerations of the forms that a dialect chooses from.

/// A driver of diesel's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driver {
    /// `SqliteConnection`.
    Sqlite,
    /// `PgConnection` or `AsyncPgConnection`.
    Postgres,
    /// `MysqlConnection` or `AsyncMysqlConnection`.
    Mysql,
}

/// Form of a case-sensitive `LIKE` without a default escape character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LikeForm {
    /// A function of the crate's, `orm_like(a, pattern)`.
    Function,
    /// `LIKE ... ESCAPE ''`.
    EscapeNone,
    /// `LIKE ... ESCAPE '/'`: some character always escapes.
    EscapeCharacter,
}

/// Way to find out whether a transaction is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionProbe {
    /// `BEGIN`, which fails within a transaction. A savepoint would begin one.
    Begin,
    /// A savepoint, which fails outside of a transaction.
    Savepoint,
}

/// Way to begin a transaction of an isolation level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IsolationForm {
    /// `PRAGMA read_uncommitted`. The [`BeginMode`](crate::engine::BeginMode) decides about locks.
    ReadUncommittedPragma,
    /// `SET TRANSACTION ISOLATION LEVEL ...` before BEGIN.
    BeforeBegin,
    /// `BEGIN ISOLATION LEVEL ...`.
    WithinBegin,
}
