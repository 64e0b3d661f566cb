//! What each test is given: a database of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use orm::schema::Schema;
use orm::{Engine, Result, text};
use tempfile::TempDir;

use crate::ability::{Abilities, Database};
use crate::mode::{Builder, Mode};
use crate::server::{self, Product, Purpose, Server};

/// Where the databases of a run live.
pub(crate) enum Home {
    Sqlite,
    Server(Product, Arc<Server>),
}

impl Home {
    pub(crate) fn database(&self) -> Database {
        match self {
            Self::Sqlite => Database::Sqlite,
            Self::Server(product, _) => Database::Server(*product),
        }
    }
}

/// A database that belongs to one test: on SQLite memory and a folder, in a server a schema.
pub struct Db {
    home: Arc<Home>,
    mode: Mode,
    folder: TempDir,
    schema: String,
}

impl Db {
    pub(crate) fn new(home: &Arc<Home>, mode: Mode) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let schema = format!("orm_test_{}_{number}", std::process::id());
        if let Home::Server(_, server) = &**home {
            server.engine().connect()?.execute(&text(format!("CREATE SCHEMA {schema}")))?;
        }
        let folder = TempDir::new().map_err(|error| orm::Error::invalid(error.to_string()))?;
        Ok(Self { home: Arc::clone(home), mode, folder, schema })
    }

    /// An engine with these tables, empty. On SQLite it is one connection to memory.
    pub(crate) fn engine(&self, schema: Schema) -> Result<Engine> {
        let engine = self.builder("sqlite://").build()?;
        engine.create_all(schema)?;
        Ok(engine)
    }

    /// An engine with these tables, empty, that several sessions can use at once: on SQLite it is a file.
    pub(crate) fn shared_engine(&self, schema: Schema) -> Result<Engine> {
        let engine = self.shared_builder().build()?;
        engine.create_all(schema)?;
        Ok(engine)
    }

    /// Options for an engine that several sessions can use at once.
    pub(crate) fn shared_builder(&self) -> Builder {
        let file = self.folder.path().join("test.db");
        self.builder(&format!("sqlite:///{}", file.display()))
    }

    /// Options for an engine that is awaited.
    #[cfg(feature = "async")]
    pub(crate) fn async_builder(&self) -> Builder {
        self.shared_builder().busy_timeout(Duration::from_secs(10))
    }

    /// Another database of the same kind, over drivers that block.
    #[cfg(feature = "async")]
    pub(crate) fn twin(&self) -> Result<Self> {
        Self::new(&self.home, Mode::Blocking)
    }

    /// The same for one that does not wait for a lock for long.
    pub(crate) fn hasty_builder(&self) -> Builder {
        let builder = self.shared_builder().busy_timeout(Duration::from_millis(20));
        match &*self.home {
            Home::Sqlite => builder,
            Home::Server(product, _) => {
                let sql = product.lock_timeout();
                builder.on_connect(move |connection| connection.execute(&text(sql)).map(drop))
            }
        }
    }

    /// What makes a column of text ignore case, in a table that the crate has not made; nothing where no such thing is built in.
    pub(crate) fn caseless_collation(&self) -> &'static str {
        match &*self.home {
            Home::Sqlite => "COLLATE NOCASE",
            Home::Server(product, _) => product.caseless_collation(),
        }
    }

    /// Options for an engine whose connections cut what does not fit without an error, where the database can be told to.
    pub(crate) fn lax_builder(&self) -> Builder {
        let lax = match &*self.home {
            Home::Sqlite => None,
            Home::Server(product, _) => product.lax_mode(),
        };
        self.shared_builder().on_connect(move |connection| match lax {
            Some(sql) => connection.execute(&text(sql)).map(drop),
            None => Ok(()),
        })
    }

    /// Options for an engine: on SQLite with the given URL, in a server in the test's schema.
    pub(crate) fn builder(&self, sqlite_url: &str) -> Builder {
        match &*self.home {
            Home::Sqlite => self.mode.builder(sqlite_url).on_connect(|connection| {
                // Nobody needs the files after a crash.
                connection.execute(&text("PRAGMA synchronous = OFF")).map(drop)
            }),
            Home::Server(product, server) => {
                let enter: Vec<String> = match product {
                    Product::Postgres => vec![format!("SET search_path TO {}", self.schema)],
                    // A test that waits for a lock of its own would wait for a day.
                    Product::Mariadb | Product::Mysql => {
                        vec![format!("USE {}", self.schema), "SET lock_wait_timeout = 5".to_owned()]
                    }
                };
                self.mode.builder(server.url()).on_connect(move |connection| {
                    enter.iter().try_for_each(|sql| connection.execute(&text(sql)).map(drop))
                })
            }
        }
    }

    /// The same test on a server of its own, which can be restarted.
    pub(crate) fn on_own_server(&self) -> Result<(Self, Arc<Server>)> {
        let product = self.product()?;
        let server = Arc::new(server::start(product, Purpose::Crash).map_err(orm::Error::invalid)?);
        let db = Self::new(&Arc::new(Home::Server(product, Arc::clone(&server))), self.mode)?;
        Ok((db, server))
    }

    /// Which server it is in.
    pub(crate) fn product(&self) -> Result<Product> {
        match &*self.home {
            Home::Server(product, _) => Ok(*product),
            Home::Sqlite => Err(orm::Error::invalid("a test that needs a server says so in `cases!`")),
        }
    }

    /// Where the server is, for somebody else: `user:password`. `None` on SQLite.
    pub(crate) fn url_as(&self, user_info: &str) -> Option<String> {
        let Home::Server(_, server) = &*self.home else { return None };
        let (scheme, rest) = server.url().split_once("://")?;
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        Some(format!("{scheme}://{user_info}@{place}"))
    }

    /// What tests can do to the database.
    pub(crate) fn abilities(&self) -> Abilities {
        self.home.database().abilities()
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        if let Home::Server(product, server) = &*self.home {
            let cascade = if *product == Product::Postgres { " CASCADE" } else { "" };
            // What a server that somebody else runs keeps of a test that went wrong does no harm.
            let drop_schema = text(format!("DROP SCHEMA IF EXISTS {}{cascade}", self.schema));
            let _ = server.engine().connect().and_then(|mut connection| connection.execute(&drop_schema));
        }
    }
}
