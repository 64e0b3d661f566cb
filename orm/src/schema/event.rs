//! Events of a schema: listeners that are called for each table that `create_all` creates or `drop_all` drops.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::table::Table;
use crate::engine::{Capabilities, TextClause};
use crate::error::{Error, Result};

type Call = Arc<dyn Fn(&mut TableScope<'_>) -> Result<()> + Send + Sync>;

/// A function that [`create_all`](crate::Engine::create_all) or [`drop_all`](crate::Engine::drop_all) calls for each
/// table; made by [`before_create`], [`after_create`], [`before_drop`] or [`after_drop`].
///
/// Counterpart: the function that `event.listen(metadata, ..)` is given, and `DDL`.
#[derive(Clone)]
#[must_use = "a listener is never called unless it is given to a schema"]
pub struct TableListener {
    event: TableEvent,
    location: &'static Location<'static>,
    call: Call,
}

/// Event of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableEvent {
    BeforeCreate,
    AfterCreate,
    BeforeDrop,
    AfterDrop,
}

impl TableEvent {
    fn name(self) -> &'static str {
        match self {
            Self::BeforeCreate => "before_create",
            Self::AfterCreate => "after_create",
            Self::BeforeDrop => "before_drop",
            Self::AfterDrop => "after_drop",
        }
    }
}

impl fmt::Debug for TableListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}:{}", self.event.name(), self.location.file(), self.location.line())
    }
}

/// Listeners are equal when they are clones of one.
impl PartialEq for TableListener {
    fn eq(&self, other: &Self) -> bool {
        self.event == other.event && Arc::ptr_eq(&self.call, &other.call)
    }
}

impl Eq for TableListener {}

/// A table that is about to be created or dropped, for a [`TableListener`].
pub struct TableScope<'t> {
    table: &'t Table,
    capabilities: &'t Capabilities,
    statements: Vec<TextClause>,
}

impl TableScope<'_> {
    /// The table.
    pub fn table(&self) -> &Table {
        self.table
    }

    /// The capabilities of the database: its dialect, for statements that only one database understands.
    pub fn capabilities(&self) -> &Capabilities {
        self.capabilities
    }

    /// Adds a statement. It is sent at the time of the event, in the transaction of all tables.
    pub fn execute(&mut self, statement: TextClause) {
        self.statements.push(statement);
    }
}

impl fmt::Debug for TableScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableScope").field("table", &self.table.name).finish_non_exhaustive()
    }
}

macro_rules! table_events {
    ($($(#[$doc:meta])* $name:ident $event:ident;)+) => {
        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(
                listener: impl Fn(&mut TableScope<'_>) -> Result<()> + Send + Sync + 'static,
            ) -> TableListener {
                TableListener {
                    event: TableEvent::$event,
                    location: Location::caller(),
                    call: Arc::new(listener),
                }
            }
        )+
    };
}

table_events! {
    /// Called for each table that is going to be created. Statements of the listener are sent before CREATE TABLE.
    ///
    /// Counterpart: `DDLEvents.before_create`.
    before_create BeforeCreate;
    /// Called for each table that is going to be created. Statements of the listener are sent after CREATE TABLE, its
    /// indexes and its comments; foreign keys that close a circle of tables come later.
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::engine::DialectName;
    /// use orm::schema::after_create;
    ///
    /// #[derive(Entity)]
    /// struct Product {
    ///     #[entity(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let engine = Engine::new("sqlite://")?;
    /// let schema = schema![Product].listen(after_create(|scope| {
    ///     if scope.table().name == "product" && scope.capabilities().dialect == DialectName::Sqlite {
    ///         scope.execute(orm::text("CREATE INDEX product_lower ON product (lower(name))"));
    ///     }
    ///     Ok(())
    /// }));
    /// let recorder = engine.record();
    /// engine.create_all(&schema)?;
    /// assert!(recorder.take().sql().contains(&"CREATE INDEX product_lower ON product (lower(name))"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// Counterpart: `DDLEvents.after_create`, and `DDL(..).execute_if(dialect=..)`.
    after_create AfterCreate;
    /// Called for each table that is going to be dropped. Statements of the listener are sent before DROP TABLE.
    ///
    /// Counterpart: `DDLEvents.before_drop`.
    before_drop BeforeDrop;
    /// Called for each table that is going to be dropped. Statements of the listener are sent after DROP TABLE.
    ///
    /// Counterpart: `DDLEvents.after_drop`.
    after_drop AfterDrop;
}

/// Calls the listeners of an event; returns the statements that they added, in the order of the listeners.
///
/// # Errors
/// [`Error::ListenerFailed`].
pub(super) fn tell(
    listeners: &[TableListener],
    event: TableEvent,
    table: &Table,
    capabilities: &Capabilities,
) -> Result<Vec<TextClause>> {
    let mut scope = TableScope { table, capabilities, statements: Vec::new() };
    for TableListener { location, call, .. } in listeners.iter().filter(|listener| listener.event == event) {
        call(&mut scope).map_err(|error| Error::ListenerFailed {
            event: event.name(),
            location,
            attribute: Some(table.full_name()),
            source: Box::new(error),
        })?;
    }
    Ok(scope.statements)
}
