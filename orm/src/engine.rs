//! Backends, the connection pool, connections, transactions, and the loop that runs a plan.
//!
//! An [`Engine`] is made from a URL and opens [`Connection`]s. Every statement runs on a connection: a [`Statement`]
//! renders itself, diesel binds the parameters and keeps the statement prepared, and a [`RowReader`](crate::RowReader)
//! reads the rows, column by column, without an intermediate value. A [`Plan`] is work of several statements.
//!
//! This module knows neither tables nor entities, and starts no thread that waits for a database.

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("`orm` speaks to no database: switch on the feature `sqlite`, `postgres` or `mysql`");

mod assert;
#[cfg(feature = "async")]
mod awaiting;
mod backend;
#[cfg(feature = "mysql")]
mod bind_mysql;
#[cfg(feature = "postgres")]
mod bind_postgres;
#[cfg(feature = "sqlite")]
mod bind_sqlite;
mod blocking;
mod budget;
mod cause;
mod compiled;
mod connection;
mod database_error;
pub(crate) mod dialect;
mod drive;
mod driver;
pub mod event;
mod facades;
#[cfg(feature = "async")]
mod home_runtime;
mod like_pattern;
mod limits;
mod listeners;
mod mode;
mod n_plus_one;
mod options;
mod packet;
mod parameter_type;
mod phase;
pub(crate) mod plan;
mod pool;
mod prepared;
mod pretty;
mod record;
mod render;
#[cfg(feature = "mysql")]
mod row_mysql;
#[cfg(feature = "postgres")]
mod row_postgres;
#[cfg(feature = "sqlite")]
mod row_sqlite;
mod set_up;
mod shape;
mod slot;
mod split;
#[cfg(feature = "sqlite")]
mod sqlite_functions;
#[cfg(feature = "sqlite")]
mod sqlite_like;
pub(crate) mod statement;
#[cfg(all(test, feature = "sqlite"))]
pub(crate) mod tests;
mod text;
mod transaction;
mod transaction_status;
mod url;

use std::fmt;
use std::sync::Arc;

use options::Options;
use record::StatementObservers;
use slot::PoolCounters;

use crate::error::Result;

#[doc(hidden)]
pub use assert::check_statements;
#[cfg(feature = "async")]
pub use awaiting::{AsyncConnection, AsyncEngine, Awaiting, RowStream};
pub(crate) use blocking::run_ready;
pub use blocking::{Blocking, Connection, Engine};
pub use budget::{Budget, BudgetKind, Recorded};
pub use cause::{Cause, LoadedColumn, LoadedRelationship};
pub use connection::ConnectionOf;
pub(crate) use dialect::ddl::{Absent, ColumnFacts};
pub(crate) use dialect::form::LikeForm;
pub(crate) use dialect::length::{fit_identifier, fnv1a, name_given_by_database};
pub use dialect::{Capabilities, DialectName, IdentifierLimit, NullSafeEquality, Placeholder};
#[doc(hidden)]
pub use event::EngineListener;
pub(crate) use facades::facades;
pub(crate) use like_pattern::is_like;
pub(crate) use limits::is_far_year;
pub use listeners::EngineListenerToken;
pub use mode::Mode;
pub(crate) use mode::RowSink;
pub use n_plus_one::NPlusOne;
pub(crate) use n_plus_one::RepeatedLoadAction;
pub use options::EngineBuilder;
pub(crate) use packet::bytes_of;
pub(crate) use phase::{is_traced, phase, phase_span};
pub use plan::{Command, Outcome, Plan};
pub use pool::PoolStatus;
pub use record::{Echo, RecordedStatement, Recorder, Statements};
pub(crate) use render::describe;
pub use render::{Rendered, render};
pub use shape::StatementShape;
pub use statement::{ArrayBind, Bind, SqlWriter, Statement, StatementKind};
pub use text::{ParameterSet, TextClause, text};
pub(crate) use text::{TextPiece, TextWriter};
pub use transaction::{BeginMode, BeginOptions, Isolation};
pub use url::DatabaseUrl;

/// A database: its URL, the connection pool and the engine's options. [`Engine`] has blocking connections,
/// `AsyncEngine` async ones.
///
/// Clones are cheap and share the pool. A new engine has no connection yet: the first call that needs one
/// opens it.
pub struct EngineOf<M: Mode> {
    inner: Arc<Inner<M>>,
}

struct Inner<M: Mode> {
    url: DatabaseUrl,
    capabilities: Capabilities,
    options: Options,
    pool: M::Pool,
    counters: Arc<PoolCounters>,
    observers: Arc<StatementObservers>,
}

impl Engine {
    /// Makes an engine with default options. [`DatabaseUrl`] documents the URLs.
    ///
    /// ```
    /// let engine = orm::Engine::new("sqlite://")?;
    /// assert_eq!(engine.dialect(), orm::engine::DialectName::Sqlite);
    /// assert!(orm::Engine::new("oracle://db").is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`](crate::Error::Configuration) for a URL that cannot be used.
    ///
    /// Counterpart: `create_engine()`.
    pub fn new(url: impl AsRef<str>) -> Result<Self> {
        Self::builder(url).build()
    }
}

impl<M: Mode> EngineOf<M> {
    /// Starts an engine with options. [`build`](EngineBuilder::build) makes a blocking engine, `build_async` an async
    /// one.
    ///
    /// ```
    /// let engine = orm::Engine::builder("sqlite://").pool_size(2).build()?;
    /// assert_eq!(engine.url().to_string(), "sqlite://");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn builder(url: impl AsRef<str>) -> EngineBuilder {
        EngineBuilder::new(url.as_ref())
    }

    /// The database's URL, with the password masked.
    ///
    /// ```
    /// let engine = orm::Engine::new("sqlite://")?;
    /// assert!(engine.url().is_in_memory());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// The capabilities of the database: its limits and the SQL that it understands.
    ///
    /// ```
    /// use orm::engine::DialectName;
    /// let engine = orm::Engine::new("sqlite://")?;
    /// assert!(engine.capabilities().insert_returning);
    /// assert_eq!(engine.dialect(), DialectName::Sqlite);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn capabilities(&self) -> &Capabilities {
        &self.inner.capabilities
    }

    /// The dialect of the database.
    pub fn dialect(&self) -> DialectName {
        self.inner.capabilities.dialect
    }

    /// Numbers of open and of used connections.
    ///
    /// ```
    /// let engine = orm::Engine::new("sqlite://")?;
    /// let connection = engine.connect()?;
    /// assert_eq!((engine.pool_status().open, engine.pool_status().in_use), (1, 1));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn pool_status(&self) -> PoolStatus {
        self.inner.counters.status(M::in_use(&self.inner.pool))
    }

    /// The policy for N+1 loads, for sessions without a policy of their own.
    pub(crate) fn n_plus_one(&self) -> NPlusOne {
        self.inner.options.n_plus_one
    }

    /// Records all statements until the recorder is dropped.
    ///
    /// ```
    /// let engine = orm::Engine::new("sqlite://")?;
    /// let recorder = engine.record();
    /// engine.connect()?.query(&orm::text("SELECT 1"))?;
    /// assert_eq!(recorder.take().sql(), ["SELECT 1"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn record(&self) -> Recorder {
        self.inner.observers.record()
    }

    /// Changes the echo: `true`, `false` or an [`Echo`].
    ///
    /// ```
    /// let engine = orm::Engine::new("sqlite://")?;
    /// engine.set_echo(orm::Echo::stdout().prefix("-- "))?;
    /// engine.connect()?.query(&orm::text("SELECT 1"))?; // prints "-- SELECT 1"
    /// engine.set_echo(false)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`](crate::Error::Configuration) when the file of the echo cannot be opened.
    pub fn set_echo(&self, echo: impl Into<Echo>) -> Result<()> {
        self.inner.observers.set_echo(echo.into())
    }

    /// Calls a listener at its event, from now on, for all connections and clones of this engine.
    ///
    /// ```
    /// use orm::engine::event::before_execute;
    /// let engine = orm::Engine::new("sqlite://")?;
    /// let refuse = before_execute(|statement| match statement.sql().contains("DROP") {
    ///     true => Err(orm::Error::invalid("nothing is dropped here")),
    ///     false => Ok(()),
    /// });
    /// let token = engine.listen(refuse);
    /// let drop = orm::text("DROP TABLE IF EXISTS user_account");
    /// assert!(engine.connect()?.execute(&drop).is_err());
    /// assert!(engine.unlisten(token));
    /// engine.connect()?.execute(&drop)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// Counterpart: `event.listen(engine, ..)`.
    pub fn listen(&self, listener: EngineListener) -> EngineListenerToken {
        self.inner.observers.listen(listener)
    }

    /// Removes a listener; returns whether it was there. [`listen`](Self::listen) has an example.
    ///
    /// Counterpart: `event.remove()`.
    pub fn unlisten(&self, token: EngineListenerToken) -> bool {
        self.inner.observers.unlisten(token)
    }

    /// Returns the event of each listener, and where the listener was made, in the order of their calls.
    pub fn listeners(&self) -> Vec<(&'static str, &'static std::panic::Location<'static>)> {
        self.inner.observers.listeners().list()
    }

    /// Returns an engine with the same options and observers over another pool.
    #[cfg(feature = "async")]
    fn with_pool<N: Mode>(&self, pool: N::Pool) -> EngineOf<N> {
        let Inner { url, capabilities, options, counters, observers, .. } = &*self.inner;
        let (url, capabilities, options) = (url.clone(), capabilities.clone(), options.clone());
        let (counters, observers) = (Arc::clone(counters), Arc::clone(observers));
        EngineOf { inner: Arc::new(Inner { url, capabilities, options, pool, counters, observers }) }
    }

    fn options(&self) -> &Options {
        &self.inner.options
    }

    fn pool(&self) -> &M::Pool {
        &self.inner.pool
    }

    fn counters(&self) -> &PoolCounters {
        &self.inner.counters
    }

    fn observers(&self) -> &StatementObservers {
        &self.inner.observers
    }
}

impl<M: Mode> Clone for EngineOf<M> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<M: Mode> fmt::Debug for EngineOf<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("url", &self.inner.url).finish_non_exhaustive()
    }
}

impl<M: Mode> Recorded for EngineOf<M> {
    fn recorder(&self) -> Recorder {
        self.record()
    }
}
