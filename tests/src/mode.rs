//! How the suite waits for its database: over drivers that block, or over drivers that are awaited, bridged for tests that block: on a runtime of
//! the program's, or, where a URL can name the driver, on one of the connection's own.

use std::time::Duration;

use orm::engine::EngineBuilder;
use orm::{BeginMode, Connection, Engine, Isolation, Result};

use crate::ability::Database;
#[cfg(feature = "async")]
use crate::server::Product;

/// Which drivers a run uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Blocking,
    #[cfg(feature = "async")]
    Async,
    /// An engine that blocks, over PostgreSQL's driver that is awaited.
    #[cfg(feature = "async")]
    TokioPostgres,
}

impl Mode {
    /// Every mode that is built in.
    pub(crate) const ALL: &[Self] = &[
        Self::Blocking,
        #[cfg(feature = "async")]
        Self::Async,
        #[cfg(feature = "async")]
        Self::TokioPostgres,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            #[cfg(feature = "async")]
            Self::Async => "async",
            #[cfg(feature = "async")]
            Self::TokioPostgres => "tokio_postgres",
        }
    }

    /// Whether a database can be spoken to so.
    #[cfg_attr(not(feature = "async"), expect(unused_variables, reason = "every database has a driver that blocks"))]
    pub(crate) fn applies(self, database: Database) -> bool {
        match self {
            Self::Blocking => true,
            #[cfg(feature = "async")]
            Self::Async => true,
            #[cfg(feature = "async")]
            Self::TokioPostgres => database == Database::Server(Product::Postgres),
        }
    }

    /// Options for an engine in this mode.
    pub(crate) fn builder(self, url: &str) -> Builder {
        let options = match self {
            #[cfg(feature = "async")]
            Self::TokioPostgres => Engine::builder(url.replacen("://", "+tokio-postgres://", 1)),
            _ => Engine::builder(url),
        };
        Builder { options, mode: self }
    }
}

/// The options of an engine, which uses the drivers of a mode.
pub(crate) struct Builder {
    options: EngineBuilder,
    mode: Mode,
}

/// The options that tests set.
macro_rules! options {
    ($($name:ident: $type:ty),+ $(,)?) => {
        $(pub(crate) fn $name(mut self, value: $type) -> Self {
            self.options = self.options.$name(value);
            self
        })+
    };
}

impl Builder {
    options! {
        begin_mode: BeginMode,
        busy_timeout: Duration,
        isolation: Isolation,
        max_overflow: u32,
        pool_size: u32,
        pool_timeout: Duration,
        statement_timeout: Duration,
    }

    pub(crate) fn on_connect(mut self, hook: impl Fn(&mut Connection) -> Result<()> + Send + Sync + 'static) -> Self {
        self.options = self.options.on_connect(hook);
        self
    }

    /// The engine. One that is awaited is seen through its blocking side: every statement of the test waits on the runtime.
    pub(crate) fn build(self) -> Result<Engine> {
        match self.mode {
            #[cfg(feature = "async")]
            Mode::Async => {
                let _within = runtime().enter();
                self.options.build_async()?.blocking()
            }
            _ => self.options.build(),
        }
    }
}

#[cfg(feature = "async")]
impl Builder {
    /// The engine, to be awaited.
    pub(crate) fn build_async(self) -> Result<orm::engine::AsyncEngine> {
        self.options.build_async()
    }
}

/// Waits for a future on the runtime of all tests.
#[cfg(feature = "async")]
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

/// The runtime of all tests.
#[cfg(feature = "async")]
fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> = std::sync::LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    });
    &RUNTIME
}
