//! What the tests can do with each database, beside what the database can do itself (`Capabilities`): plain data, and the only place where
//! the suite tells the databases apart.

use orm::engine::{Capabilities, DialectName};

/// What can be done to a database from outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abilities {
    /// It runs in a server of its own: its connections can be killed, and it can be restarted.
    pub(crate) server: bool,
    /// A transaction that read what another one has changed since is refused when it writes, without waiting.
    pub(crate) snapshot_conflicts: bool,
    /// It has columns of types that the crate does not make itself: integers without a sign, ENUM, BINARY.
    pub(crate) unsigned: bool,
    /// Tests spell out the words of its statements, not only their kinds.
    pub(crate) words: bool,
}

impl Abilities {
    pub(crate) fn of(dialect: DialectName) -> Self {
        match dialect {
            DialectName::Postgres => Self { server: true, snapshot_conflicts: true, unsigned: false, words: false },
            DialectName::Mysql => Self { server: true, snapshot_conflicts: false, unsigned: true, words: false },
            _ => Self { server: false, snapshot_conflicts: false, unsigned: false, words: true },
        }
    }
}

/// What a dialect can do.
pub(crate) fn capabilities(dialect: DialectName) -> Capabilities {
    match dialect {
        DialectName::Postgres => Capabilities::postgres(),
        DialectName::Mysql => Capabilities::mariadb(),
        _ => Capabilities::sqlite(),
    }
}

/// What a test takes that a database may lack.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    pub(crate) name: &'static str,
    pub(crate) is_met: fn(&Capabilities, &Abilities) -> bool,
}

impl Need {
    /// Whether a dialect has it.
    pub(crate) fn is_met_by(&self, dialect: DialectName) -> bool {
        (self.is_met)(&capabilities(dialect), &Abilities::of(dialect))
    }
}
