//! `Cause`: the reason for a statement.

use std::fmt;

use super::statement::StatementKind;

/// Reason for a statement: a query of the program, a flush, a lazy load. Part of a
/// [`RecordedStatement`](super::RecordedStatement). An [`Echo`](super::Echo) shows the cause after
/// [`causes`](super::Echo::causes).
///
/// ```
/// use orm::engine::Cause;
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User])?;
/// let mut session = Session::new(&engine);
/// session.add(User { name: "ed".into(), ..User::default() });
/// let recorder = engine.record();
/// session.query::<User>().all()?;
/// let causes: Vec<Cause> = recorder.statements().iter().map(|statement| statement.cause).collect();
/// assert_eq!(causes, [Cause::Begin, Cause::Autoflush, Cause::Query]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A query or a statement of the program.
    #[default]
    Query,
    /// [`Session::get`](crate::Session::get) finds no fresh entity in memory.
    Get,
    /// An expired entity is read again, by [`Session::load`](crate::Session::load),
    /// [`Session::refresh`](crate::Session::refresh), or a relationship that depends on its columns.
    Refresh,
    /// The program accesses a relationship that is not loaded.
    LazyLoad(LoadedRelationship),
    /// A relationship is loaded together with its owners, by an option of the query or a strategy of the mapping.
    EagerLoad(LoadedRelationship),
    /// [`Session::load_column`](crate::Session::load_column) finds a deferred column that is not loaded.
    LoadColumn(LoadedColumn),
    /// [`Session::merge`](crate::Session::merge) reads the rows that it merges into.
    Merge,
    /// [`Session::flush`](crate::Session::flush), or a call that always flushes, such as
    /// [`Session::commit`](crate::Session::commit), writes changes. A flush may also read: rows that a cascade deletes.
    Flush,
    /// A query or a load flushes first, so that its statement sees the changes.
    Autoflush,
    /// Tables are created, dropped or looked for.
    Schema,
    /// A transaction begins.
    Begin,
    /// A transaction is committed.
    Commit,
    /// A transaction is rolled back.
    Rollback,
    /// A savepoint of the program is set, released or rolled back to. A flush that guards itself by a savepoint is the
    /// cause of that savepoint.
    Savepoint,
}

/// The relationship that a load is about. Shows as `User.addresses`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LoadedRelationship {
    /// Name of the entity that owns the relationship.
    pub entity: &'static str,
    /// Name of the relationship.
    pub relationship: &'static str,
}

impl LoadedRelationship {
    pub(crate) fn new(entity: &'static str, relationship: &'static str) -> Self {
        Self { entity, relationship }
    }
}

/// The deferred column that a load is about. Shows as `Book.summary`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LoadedColumn {
    /// Name of the entity.
    pub entity: &'static str,
    /// Field of the column.
    pub column: &'static str,
}

impl LoadedColumn {
    pub(crate) fn new(entity: &'static str, column: &'static str) -> Self {
        Self { entity, column }
    }
}

impl Cause {
    /// The cause of a statement that was sent while the cause of statements about rows is `self`.
    pub(super) fn of(self, kind: StatementKind, sql: &str) -> Self {
        let verb = sql.split_ascii_whitespace().next().unwrap_or_default();
        match (kind, verb) {
            (StatementKind::Transaction, "BEGIN" | "START" | "SET" | "PRAGMA") => Self::Begin,
            (StatementKind::Transaction, "COMMIT" | "END" | "SELECT") => Self::Commit,
            (StatementKind::Transaction, "ROLLBACK") if sql == verb => Self::Rollback,
            (StatementKind::Transaction, _) if matches!(self, Self::Flush | Self::Autoflush) => self,
            (StatementKind::Transaction, _) => Self::Savepoint,
            _ => self,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query => f.write_str("query"),
            Self::Get => f.write_str("get"),
            Self::Refresh => f.write_str("refresh"),
            Self::LazyLoad(relationship) => write!(f, "lazy load of {relationship}"),
            Self::EagerLoad(relationship) => write!(f, "eager load of {relationship}"),
            Self::LoadColumn(column) => write!(f, "load of {column}"),
            Self::Merge => f.write_str("merge"),
            Self::Flush => f.write_str("flush"),
            Self::Autoflush => f.write_str("autoflush"),
            Self::Schema => f.write_str("schema"),
            Self::Begin => f.write_str("begin"),
            Self::Commit => f.write_str("commit"),
            Self::Rollback => f.write_str("rollback"),
            Self::Savepoint => f.write_str("savepoint"),
        }
    }
}

impl fmt::Display for LoadedColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entity, self.column)
    }
}

impl fmt::Display for LoadedRelationship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entity, self.relationship)
    }
}
