//! The first statements of a new connection, by dialect.

use std::time::Duration;

use super::Capabilities;

/// Settings of every new connection, from the options of the engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// SQLite: hold foreign keys.
    pub(crate) foreign_keys: bool,
    /// SQLite: how long to wait for a lock.
    pub(crate) busy_timeout: Duration,
    /// A server: how long a statement may run.
    pub(crate) statement_timeout: Option<Duration>,
}

/// A connection that was just opened.
#[derive(Debug)]
pub(crate) struct NewConnection<'c> {
    pub(crate) setup: Setup,
    pub(crate) capabilities: &'c Capabilities,
    /// The database to select, where the driver has not selected one.
    pub(crate) database: Option<&'c str>,
    /// The server's answer to [`Capabilities::server_query`].
    pub(crate) server_version: Option<String>,
}
