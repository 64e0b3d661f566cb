//! What the tests can do with each database, beside what the database can do itself (`Capabilities`): plain data, and the only place where
//! the suite tells the databases apart.

use orm::engine::Capabilities;

use crate::server::Product;

/// A database that the suite runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Server(Product),
}

impl Database {
    pub(crate) const ALL: [Self; 4] =
        [Self::Sqlite, Self::Server(Product::Postgres), Self::Server(Product::Mariadb), Self::Server(Product::Mysql)];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Server(product) => product.name(),
        }
    }

    /// What it can do.
    pub(crate) fn capabilities(self) -> Capabilities {
        match self {
            Self::Sqlite => Capabilities::sqlite(),
            Self::Server(product) => product.capabilities(),
        }
    }

    /// What can be done to it.
    pub(crate) fn abilities(self) -> Abilities {
        match self {
            Self::Sqlite => Abilities { rollback_by_itself: true, words: true, ..Abilities::default() },
            Self::Server(Product::Postgres) => {
                Abilities { server: true, snapshot_conflicts: true, ..Abilities::default() }
            }
            Self::Server(Product::Mariadb | Product::Mysql) => {
                Abilities { server: true, unsigned: true, ..Abilities::default() }
            }
        }
    }
}

/// What can be done to a database from outside.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    /// It runs in a server of its own: its connections can be killed, and it can be restarted.
    pub(crate) server: bool,
    /// A transaction that read what another one has changed since is refused when it writes, without waiting.
    pub(crate) snapshot_conflicts: bool,
    /// It has columns of types that the crate does not make itself: integers without a sign, ENUM, BINARY.
    pub(crate) unsigned: bool,
    /// It rolls a transaction back by itself when a statement asks for that, or when the disk is full.
    pub(crate) rollback_by_itself: bool,
    /// Tests spell out the words of its statements, not only their kinds.
    pub(crate) words: bool,
}

/// What a test takes that a database may lack.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    pub(crate) name: &'static str,
    pub(crate) is_met: fn(&Capabilities, &Abilities) -> bool,
}

impl Need {
    /// Whether a database has it.
    pub(crate) fn is_met_by(&self, database: Database) -> bool {
        (self.is_met)(&database.capabilities(), &database.abilities())
    }
}
