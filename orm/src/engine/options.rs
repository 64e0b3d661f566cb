//! `EngineBuilder`: the options of an engine.

use std::sync::Arc;
use std::time::Duration;

use super::dialect::set_up::Setup;
use super::event::EngineListener;
use super::mode::Mode;
use super::n_plus_one::NPlusOne;
use super::pool::{Pool, R2d2Pool};
use super::record::{Echo, StatementObservers};
use super::slot::PoolCounters;
use super::transaction::{BeginMode, Isolation};
use super::url::DatabaseUrl;
use super::{Connection, Engine, EngineOf, Inner};
use crate::error::{Error, Result};

/// Timeout for the only connection of an in-memory database. Short, because the holder is usually the same thread.
const MEMORY_TIMEOUT: Duration = Duration::from_secs(3);

/// Code that runs on every new connection.
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
/// let engine = Engine::builder("sqlite://")
///     .echo(true)
///     .pool_timeout(Duration::from_secs(1))
///     .isolation(Isolation::Serializable)
///     .build()?;
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
    listeners: Vec<EngineListener>,
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
        Self { url: url.to_owned(), options, pool_timeout: None, echo: Echo::off(), listeners: Vec::new() }
    }

    /// Shows every statement: `true` for standard output, or an [`Echo`]. Off by default.
    pub fn echo(mut self, echo: impl Into<Echo>) -> Self {
        self.echo = echo.into();
        self
    }

    /// Sets the number of connections that stay open when idle; 5 by default. An in-memory database always has one.
    pub fn pool_size(mut self, connections: u32) -> Self {
        self.options.pool_size = connections;
        self
    }

    /// Sets the number of further connections, which are closed when they are returned; 10 by default, `u32::MAX` for
    /// no limit.
    pub fn max_overflow(mut self, connections: u32) -> Self {
        self.options.max_overflow = connections;
        self
    }

    /// Sets the time to wait for a connection when all are in use; 30 s by default, 3 s for an in-memory database.
    pub fn pool_timeout(mut self, timeout: Duration) -> Self {
        self.pool_timeout = Some(timeout);
        self
    }

    /// Enables a test of every connection before use, which replaces a lost one; off by default.
    ///
    /// Counterpart: `pool_pre_ping`.
    pub fn pre_ping(mut self, pre_ping: bool) -> Self {
        self.options.pre_ping = pre_ping;
        self
    }

    /// Sets the isolation level of every transaction; the default of the database by default.
    pub fn isolation(mut self, level: Isolation) -> Self {
        self.options.isolation = Some(level);
        self
    }

    /// Sets the time at which a transaction of SQLite locks the database for writing; [`BeginMode::Deferred`] by
    /// default. The URL parameter `?begin=immediate` has precedence.
    pub fn begin_mode(mut self, mode: BeginMode) -> Self {
        self.options.begin_mode = Some(mode);
        self
    }

    /// Enables foreign keys on SQLite; on by default. SQLite itself has them off.
    pub fn foreign_keys(mut self, held: bool) -> Self {
        self.options.setup.foreign_keys = held;
        self
    }

    /// Sets the time that a statement waits for a lock of another connection on SQLite; 5 s by default.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.options.setup.busy_timeout = timeout;
        self
    }

    /// Sets the time limit of a statement; the server's limit by default. A slower statement fails with
    /// [`DatabaseErrorKind::Timeout`](crate::DatabaseErrorKind::Timeout). Not supported on SQLite, nor on MySQL, which
    /// can limit SELECT only.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.options.setup.statement_timeout = Some(timeout);
        self
    }

    /// Adds a hook that runs on every new connection before its first use. An error of the hook is the error of the
    /// call that needed the connection.
    ///
    /// ```
    /// let engine = orm::Engine::builder("sqlite://")
    ///     .on_connect(|connection| connection.execute(&orm::text("PRAGMA recursive_triggers = ON")).map(drop))
    ///     .build()?;
    /// let rows = engine.connect()?.query(&orm::text("PRAGMA recursive_triggers"))?;
    /// assert_eq!(rows[0].get::<i64>(0)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// Counterpart: the `connect` event of the pool.
    pub fn on_connect(mut self, hook: impl Fn(&mut Connection) -> Result<()> + Send + Sync + 'static) -> Self {
        self.options.hooks.push(Arc::new(hook));
        self
    }

    /// Calls a listener of [`engine::event`](super::event) at its event.
    ///
    /// ```
    /// use orm::engine::event::on_begin;
    /// let engine = orm::Engine::builder("sqlite://")
    ///     .listen(on_begin(|connection| println!("connection {} begins", connection.number)))
    ///     .build()?;
    /// assert_eq!(engine.listeners()[0].0, "on_begin");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// Counterpart: `event.listen(engine, ..)`.
    pub fn listen(mut self, listener: EngineListener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// Sets the policy for N+1 loads of the engine's sessions; off by default.
    pub fn n_plus_one(mut self, policy: NPlusOne) -> Self {
        self.options.n_plus_one = policy;
        self
    }

    /// Makes the engine. No connection is opened yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a URL or an option that cannot be used, [`Error::Unsupported`] for an isolation
    /// level or a statement timeout that the database lacks.
    pub fn build(self) -> Result<Engine> {
        self.build_with(|_, counters, timeout| Ok(Pool::R2d2(R2d2Pool::new(counters, timeout))))
    }

    /// Makes an engine with the pool that `pool` makes from the URL, the counters and the timeout.
    pub(super) fn build_with<M: Mode>(
        self,
        pool: impl FnOnce(&DatabaseUrl, Arc<PoolCounters>, Duration) -> Result<M::Pool>,
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
        let observers = Arc::new(StatementObservers::default());
        observers.set_echo(self.echo)?;
        for listener in self.listeners {
            observers.listen(listener);
        }
        let counters = Arc::new(PoolCounters::new(&options, url.is_in_memory(), Arc::clone(&observers)));
        let pool = pool(&url, Arc::clone(&counters), timeout)?;
        Ok(EngineOf { inner: Arc::new(Inner { url, capabilities, options, pool, counters, observers }) })
    }
}

impl std::fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password, and is not parsed yet.
        f.debug_struct("EngineBuilder").finish_non_exhaustive()
    }
}
