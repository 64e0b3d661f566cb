//! `StatementShape`: statements whose text never changes. A driver caches them under a type, and renders their text
//! once for each connection.

use std::fmt;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use diesel::QueryResult;
#[cfg(feature = "postgres")]
use diesel::connection::DefaultLoadingMode;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use diesel::connection::LoadConnection;
#[cfg(feature = "postgres")]
use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
#[cfg(feature = "sqlite")]
use diesel::sqlite::SqliteConnection;

#[cfg(feature = "postgres")]
use super::bind_postgres::PostgresStatement;
#[cfg(feature = "sqlite")]
use super::bind_sqlite::SqliteStatement;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::compiled::CompiledStatement;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::phase::phase;

/// The shape of statements that differ only in the values of their parameters.
///
/// Building and hashing the text of a small SELECT takes longer than SQLite takes to run it. A shape needs neither.
pub struct StatementShape {
    #[cfg(feature = "sqlite")]
    pub(super) on_sqlite:
        for<'c, 's> fn(&'c mut SqliteConnection, &'s CompiledStatement<'s>) -> QueryResult<SqliteRows<'c, 's>>,
    #[cfg(feature = "postgres")]
    pub(super) on_postgres:
        for<'c, 's> fn(&'c mut PgConnection, &'s CompiledStatement<'s>) -> QueryResult<PostgresRows<'c, 's>>,
}

impl StatementShape {
    /// The shape for the type `T`. All statements with this shape must have the same text on a dialect, and parameters
    /// of the same kinds.
    pub const fn of<T: 'static>() -> Self {
        Self {
            #[cfg(feature = "sqlite")]
            on_sqlite: load_on_sqlite::<ByType<T>>,
            #[cfg(feature = "postgres")]
            on_postgres: load_on_postgres::<ByType<T>>,
        }
    }
}

impl fmt::Debug for StatementShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementShape").finish_non_exhaustive()
    }
}

/// Key under which a driver caches a prepared statement.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) trait PreparedUnder: 'static {
    /// Whether the type is the key, without the text.
    const TYPE_ALONE: bool;
}

/// Caches a statement under its text.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) struct ByText;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl PreparedUnder for ByText {
    const TYPE_ALONE: bool = false;
}

/// Caches a statement under the type `T`.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) struct ByType<T>(std::marker::PhantomData<fn() -> T>);

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl<T: 'static> PreparedUnder for ByType<T> {
    const TYPE_ALONE: bool = true;
}

/// The rows of a statement on SQLite.
#[cfg(feature = "sqlite")]
pub(super) type SqliteRows<'c, 's> = <SqliteConnection as LoadConnection>::Cursor<'c, 's>;

#[cfg(feature = "sqlite")]
pub(super) fn load_on_sqlite<'c, 's, P: PreparedUnder>(
    connection: &'c mut SqliteConnection,
    statement: &'s CompiledStatement<'s>,
) -> QueryResult<SqliteRows<'c, 's>> {
    let _execute = phase!("execute");
    connection.load(SqliteStatement::<P>::new(statement))
}

/// The rows of a statement on PostgreSQL, of which the driver holds all.
#[cfg(feature = "postgres")]
pub(super) type PostgresRows<'c, 's> = <PgConnection as LoadConnection>::Cursor<'c, 's>;

#[cfg(feature = "postgres")]
pub(super) fn load_on_postgres<'c, 's, P: PreparedUnder>(
    connection: &'c mut PgConnection,
    statement: &'s CompiledStatement<'s>,
) -> QueryResult<PostgresRows<'c, 's>> {
    let _execute = phase!("execute");
    LoadConnection::<DefaultLoadingMode>::load(connection, PostgresStatement::<P>::new(statement))
}

/// The rows of a statement on PostgreSQL one by one, so that a large result is never buffered.
#[cfg(feature = "postgres")]
pub(super) fn stream_on_postgres<'c, 's>(
    connection: &'c mut PgConnection,
    statement: &'s CompiledStatement<'s>,
) -> QueryResult<<PgConnection as LoadConnection<PgRowByRowLoadingMode>>::Cursor<'c, 's>> {
    let _execute = phase!("execute");
    LoadConnection::<PgRowByRowLoadingMode>::load(connection, PostgresStatement::<ByText>::new(statement))
}
