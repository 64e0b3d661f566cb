//! Backends, connections, pool, transactions, and the loop that runs a plan.
//!
//! An [`Engine`] is made from a URL and hands out [`Connection`]s. Everything that touches a database goes through one:
//! a [`Statement`] renders itself, diesel binds its parameters and keeps it prepared, and a [`RowReader`](crate::RowReader)
//! gives the rows without a value in between. A [`Plan`] is work of several statements.
//!
//! Deliberately absent: what a table or an entity is, and any thread that waits for a database.

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
mod connection;
pub(crate) mod dialect;
mod drive;
mod driver;
mod facades;
mod flat;
#[cfg(feature = "async")]
mod home;
mod limits;
mod n_plus_one;
mod options;
mod packet;
mod parameter_type;
mod parts;
pub(crate) mod plan;
mod pool;
mod prepared;
mod pretty;
mod record;
mod refusal;
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
#[cfg(feature = "sqlite")]
mod sqlite_functions;
#[cfg(feature = "sqlite")]
mod sqlite_like;
mod standing;
pub(crate) mod statement;
#[cfg(all(test, feature = "sqlite"))]
pub(crate) mod tests;
mod text;
mod transaction;
mod url;
mod wire;

use std::fmt;
use std::sync::Arc;

use options::Options;
use record::Watch;
use slot::Tally;

use crate::error::Result;

#[doc(hidden)]
pub use assert::check_statements;
#[cfg(feature = "async")]
pub use awaiting::{AsyncConnection, AsyncEngine, Awaiting, RowStream};
pub(crate) use blocking::now;
pub use blocking::{Blocking, Connection, Engine};
pub use budget::{Budget, BudgetKind, Recorded};
pub use cause::{Cause, LoadedRelationship};
pub use connection::ConnectionOf;
pub(crate) use dialect::ddl::{Absent, ColumnFacts};
pub(crate) use dialect::form::LikeForm;
pub(crate) use dialect::length::{fitted, fnv1a, named_by_database};
pub use dialect::{Capabilities, DialectName, IdentifierLimit, NullSafeEquality, Placeholder};
pub(crate) use facades::facades;
pub(crate) use limits::is_far_year;
pub use n_plus_one::NPlusOne;
pub(crate) use n_plus_one::RepeatedLoadAction;
pub use options::EngineBuilder;
pub(crate) use packet::bytes_of;
pub use plan::{Command, Outcome, Plan};
pub use pool::PoolStatus;
pub use record::{Echo, RecordedStatement, Recorder, Statements};
pub(crate) use render::describe;
pub use render::{Rendered, render};
pub use shape::Shape;
pub use statement::{ArrayBind, Bind, SqlWriter, Statement, StatementKind};
pub use text::{ParameterSet, TextClause, text};
pub(crate) use text::{TextPiece, TextWriter};
pub use transaction::{BeginMode, BeginOptions, Isolation};
pub use url::DatabaseUrl;
#[doc(hidden)]
pub use wire::Mode;
pub(crate) use wire::Taker;

/// A database: where it is, and a pool of connections to it: an [`Engine`], whose connections block, or one whose connections are awaited.
///
/// Cheap to clone; clones share everything. Making one opens nothing: the first connection is opened when it is asked for.
pub struct EngineOf<M: Mode> {
    inner: Arc<Inner<M>>,
}

struct Inner<M: Mode> {
    url: DatabaseUrl,
    capabilities: Capabilities,
    options: Options,
    pool: M::Pool,
    tally: Arc<Tally>,
    watch: Arc<Watch>,
}

impl Engine {
    /// An engine with the default options; [`DatabaseUrl`] has the spellings.
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
    /// Options for an engine to be: [`build`](EngineBuilder::build) makes one that blocks, `build_async` one to await.
    pub fn builder(url: impl AsRef<str>) -> EngineBuilder {
        EngineBuilder::new(url.as_ref())
    }

    /// Where the database is; the password never shows.
    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// What the database can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.inner.capabilities
    }

    /// Which database it is.
    pub fn dialect(&self) -> DialectName {
        self.inner.capabilities.dialect
    }

    /// How the connections stand.
    pub fn pool_status(&self) -> PoolStatus {
        self.inner.tally.status(M::in_use(&self.inner.pool))
    }

    /// The policy for N+1 loads of sessions that do not have their own.
    pub(crate) fn n_plus_one(&self) -> NPlusOne {
        self.inner.options.n_plus_one
    }

    /// Records every statement from now on, until the recorder is dropped.
    pub fn record(&self) -> Recorder {
        self.inner.watch.record()
    }

    /// Shows every statement from now on: `true`, `false` or an [`Echo`].
    ///
    /// # Errors
    /// [`Error::Configuration`](crate::Error::Configuration) when the file cannot be opened.
    pub fn set_echo(&self, echo: impl Into<Echo>) -> Result<()> {
        self.inner.watch.set_echo(echo.into())
    }

    /// The same engine over another pool.
    #[cfg(feature = "async")]
    fn with_pool<N: Mode>(&self, pool: N::Pool) -> EngineOf<N> {
        let Inner { url, capabilities, options, tally, watch, .. } = &*self.inner;
        let (url, capabilities, options) = (url.clone(), capabilities.clone(), options.clone());
        let (tally, watch) = (Arc::clone(tally), Arc::clone(watch));
        EngineOf { inner: Arc::new(Inner { url, capabilities, options, pool, tally, watch }) }
    }

    fn options(&self) -> &Options {
        &self.inner.options
    }

    fn pool(&self) -> &M::Pool {
        &self.inner.pool
    }

    fn tally(&self) -> &Tally {
        &self.inner.tally
    }

    fn watch(&self) -> &Watch {
        &self.inner.watch
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
