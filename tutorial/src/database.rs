//! Databases to run chapters on: a temporary SQLite file, or a database of its own on a server.

use std::sync::atomic::{AtomicUsize, Ordering};

use orm::{Engine, text};
use tempfile::TempDir;

/// A database that the book shows SQL of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// SQLite, which is compiled in.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    Mariadb,
}

impl Product {
    /// All products, in the order of the book's tabs.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::Mariadb];

    /// The word for this product in file names and in `ORM_REQUIRE`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
        }
    }

    /// The name of this product.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Mariadb => "MariaDB",
        }
    }

    /// The environment variable that names a server; `None` for SQLite.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("ORM_POSTGRES_URL"),
            Self::Mariadb => Some("ORM_MARIADB_URL"),
        }
    }

    /// Whether the cargo feature of this product is on.
    pub fn is_built(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres => cfg!(feature = "postgres"),
            Self::Mariadb => cfg!(feature = "mysql"),
        }
    }

    /// The URL of a server, where the feature is on and the environment names one.
    fn server(self) -> Option<String> {
        self.variable()
            .filter(|_| self.is_built())
            .and_then(|name| std::env::var(name).ok())
    }

    /// Whether chapters can run on this product now.
    pub fn is_available(self) -> bool {
        self == Self::Sqlite || self.server().is_some()
    }
}

/// An empty database that is removed on drop.
pub(crate) enum Database {
    File { url: String, _folder: TempDir },
    Server { url: String, server: String, name: String, force: &'static str },
}

impl Database {
    /// Makes an empty database of a product; `None` when the product is not available.
    ///
    /// # Errors
    /// The error of the file system or of the server.
    pub(crate) fn create(product: Product) -> crate::Result<Option<Self>> {
        if product == Product::Sqlite {
            let folder = tempfile::tempdir()?;
            let url =
                format!("sqlite:///{}", folder.path().join("tutorial.db").display());
            return Ok(Some(Self::File { url, _folder: folder }));
        }
        let Some(server) = product.server() else { return Ok(None) };
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tutorial_{}_{number}", std::process::id());
        Engine::new(&server)?
            .connect()?
            .execute(&text(format!("CREATE DATABASE {name}")))?;
        let url = with_database(&server, &name);
        let force = if product == Product::Postgres { " WITH (FORCE)" } else { "" };
        Ok(Some(Self::Server { url, server, name, force }))
    }

    pub(crate) fn url(&self) -> &str {
        match self {
            Self::File { url, .. } | Self::Server { url, .. } => url,
        }
    }
}

/// The URL of another database on a server. By hand: a URL may have its host, a socket, among the parameters.
fn with_database(server: &str, name: &str) -> String {
    let (place, parameters) =
        server.split_once('?').map_or((server, ""), |(place, rest)| (place, rest));
    let without = place.rsplit_once('/').filter(|(host, _)| !host.ends_with('/'));
    let host = without.map_or(place, |(host, _)| host);
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("{host}/{name}{mark}{parameters}")
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Server { server, name, force, .. } = self {
            // A database that cannot be dropped costs the server some disk, and must not hide the outcome of the chapter.
            let _ = Engine::new(server).and_then(|engine| engine.connect()).and_then(
                |mut connection| {
                    connection
                        .execute(&text(format!("DROP DATABASE IF EXISTS {name}{force}")))
                },
            );
        }
    }
}
