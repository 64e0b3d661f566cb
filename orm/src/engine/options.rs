//! How an engine behaves, said once when it is made.

use std::sync::Arc;
use std::time::Duration;

use super::dialect::set_up::Setup;
use super::n_plus_one::NPlusOne;
use super::pool::{OwnPool, Pool};
use super::record::{Echo, Watch};
use super::slot::Tally;
use super::transaction::{BeginMode, Isolation};
use super::url::DatabaseUrl;
use super::wire::Mode;
use super::{Connection, Engine, EngineOf, Inner};
use crate::error::{Error, Result};

/// How long to wait for the one connection of an in-memory database. Short, because who holds it is mostly the same thread.
const MEMORY_TIMEOUT: Duration = Duration::from_secs(3);

/// What runs on every new connection.
pub(super) type Hook = Arc<dyn Fn(&mut Connection) -> Result<()> + Send + Sync>;

/// The options of an engine.
#[derive(Clone)]
pub(super) struct Options {
    pub(super) pool_size: u32,
    pub(super) max_overflow: u32,
    pub(super) pre_ping: bool,
    pub(super) isolation: Option<Isolation>,
    pub(super) begin_mode: Option<BeginMode>,
    pub(super) setup: Setup,
    pub(super) hooks: Vec<Hook>,
    pub(super) n_plus_one: NPlusOne,
}

/// Makes an [`Engine`] with options.
///
/// ```
/// use std::time::Duration;
/// use orm::engine::{Engine, Isolation};
///
/// let engine = Engine::builder("sqlite://").echo(true).pool_timeout(Duration::from_secs(1)).isolation(Isolation::Serializable).build()?;
/// assert_eq!(engine.pool_status().open, 0);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: the arguments of `create_engine()`.
#[must_use]
pub struct EngineBuilder {
    url: String,
    options: Options,
    pool_timeout: Option<Duration>,
    echo: Echo,
}

impl EngineBuilder {
    pub(super) fn new(url: &str) -> Self {
        let setup = Setup { foreign_keys: true, busy_timeout: Duration::from_secs(5), statement_timeout: None };
        let options = Options {
            pool_size: 5,
            max_overflow: 10,
            pre_ping: false,
            isolation: None,
            begin_mode: None,
            setup,
            hooks: Vec::new(),
            n_plus_one: NPlusOne::allow(),
        };
        Self { url: url.to_owned(), options, pool_timeout: None, echo: Echo::off() }
    }

    /// Shows every statement: `true` for standard output, or an [`Echo`]. Off by default.
    pub fn echo(mut self, echo: impl Into<Echo>) -> Self {
        self.echo = echo.into();
        self
    }

    /// How many connections are kept when nobody uses them; 5 by default. An in-memory database always has one.
    pub fn pool_size(mut self, connections: u32) -> Self {
        self.options.pool_size = connections;
        self
    }

    /// How many more connections may be open at once, each closed when it is given back; 10 by default, `u32::MAX` for as many as are asked for.
    pub fn max_overflow(mut self, connections: u32) -> Self {
        self.options.max_overflow = connections;
        self
    }

    /// How long to wait for a connection when all are in use; 30 s by default, 3 s for an in-memory database.
    pub fn pool_timeout(mut self, timeout: Duration) -> Self {
        self.pool_timeout = Some(timeout);
        self
    }

    /// Whether a pooled connection is tested before it is handed out, and opened anew when it is gone; off by default.
    ///
    /// Counterpart: `pool_pre_ping`.
    pub fn pre_ping(mut self, pre_ping: bool) -> Self {
        self.options.pre_ping = pre_ping;
        self
    }

    /// The isolation level of every transaction; the database's own by default.
    pub fn isolation(mut self, level: Isolation) -> Self {
        self.options.isolation = Some(level);
        self
    }

    /// SQLite: when a transaction locks the database for writing; [`BeginMode::Deferred`] by default. The URL can say the same, as `?begin=immediate`,
    /// and has the last word.
    pub fn begin_mode(mut self, mode: BeginMode) -> Self {
        self.options.begin_mode = Some(mode);
        self
    }

    /// SQLite: whether foreign keys are held; on by default. SQLite itself would not.
    pub fn foreign_keys(mut self, held: bool) -> Self {
        self.options.setup.foreign_keys = held;
        self
    }

    /// SQLite: how long a statement waits for a lock that another connection holds; 5 s by default.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.options.setup.busy_timeout = timeout;
        self
    }

    /// How long a statement may run; the server's own limit by default. One that takes longer fails with
    /// [`DatabaseErrorKind::Timeout`](crate::DatabaseErrorKind::Timeout). Refused on MySQL, which could limit SELECT only, and on SQLite.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.options.setup.statement_timeout = Some(timeout);
        self
    }

    /// Runs on every new connection before anybody uses it. When it fails, so does the call that asked for the connection.
    ///
    /// Counterpart: the `connect` event of the pool.
    pub fn on_connect(mut self, hook: impl Fn(&mut Connection) -> Result<()> + Send + Sync + 'static) -> Self {
        self.options.hooks.push(Arc::new(hook));
        self
    }

    /// Sets the policy of the engine's sessions for N+1 loads; nothing is detected by default.
    pub fn n_plus_one(mut self, policy: NPlusOne) -> Self {
        self.options.n_plus_one = policy;
        self
    }

    /// The engine. Nothing is opened yet: the first connection is, when it is asked for.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a URL or an option that cannot be used, [`Error::Unsupported`] for an isolation level or a statement
    /// timeout where the database has none.
    pub fn build(self) -> Result<Engine> {
        self.build_with(|_, tally, timeout| Ok(Pool::Own(OwnPool::new(tally, timeout))))
    }

    /// The engine over a pool, which is told where the database is, what to count its connections with, and how long to wait for one.
    pub(super) fn build_with<M: Mode>(
        self,
        pool: impl FnOnce(&DatabaseUrl, Arc<Tally>, Duration) -> Result<M::Pool>,
    ) -> Result<EngineOf<M>> {
        let url = DatabaseUrl::parse(&self.url)?;
        let capabilities = M::capabilities(&url);
        let mut options = self.options;
        options.begin_mode = url.begin_mode().or(options.begin_mode);
        options.setup.busy_timeout = url.busy_timeout().unwrap_or(options.setup.busy_timeout);
        if let Some(level) = options.isolation {
            level.check(&capabilities)?;
        }
        if let (Some(timeout), false) = (options.setup.statement_timeout, capabilities.statement_timeout) {
            return Err(Error::Unsupported {
                dialect: capabilities.name,
                feature: format!("statement timeout ({timeout:?})"),
                instead: "leave it out; how long a statement waits for a lock is limited by busy_timeout on SQLite, \
                          by SET innodb_lock_wait_timeout on MySQL"
                    .to_owned(),
            });
        }
        if options.pool_size.saturating_add(options.max_overflow) == 0 {
            return Err(Error::Configuration {
                message: "pool_size + max_overflow must be at least 1, so that there is a connection to use".to_owned(),
            });
        }
        let mut timeout = self.pool_timeout.unwrap_or(Duration::from_secs(30));
        if url.is_in_memory() {
            (options.pool_size, options.max_overflow) = (1, 0);
            timeout = self.pool_timeout.unwrap_or(MEMORY_TIMEOUT);
        }
        let tally = Arc::new(Tally::new(&options, url.is_in_memory()));
        let pool = pool(&url, Arc::clone(&tally), timeout)?;
        let watch = Arc::new(Watch::default());
        watch.set_echo(self.echo)?;
        Ok(EngineOf { inner: Arc::new(Inner { url, capabilities, options, pool, tally, watch }) })
    }
}

impl std::fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password, and is not parsed yet.
        f.debug_struct("EngineBuilder").finish_non_exhaustive()
    }
}
