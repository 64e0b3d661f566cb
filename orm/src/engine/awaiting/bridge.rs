//! The bridge: connections that are awaited, for code that blocks. It waits on the tokio runtime that they belong to.
//!
//! That is the program's where they come from an async engine, and one of their own where the URL of an engine that blocks names a driver that is awaited.

use tokio::runtime::Handle;

use super::backend::AsyncBackend;
use super::pool::{AsyncPlace, AsyncPool};
use super::{AsyncConnection, AsyncEngine};
use crate::engine::backend::Backend;
use crate::engine::connection::Line;
use crate::engine::home::Home;
use crate::engine::pool::Place;
use crate::engine::url::DatabaseUrl;
use crate::engine::{Connection, Engine};
use crate::error::Result;

/// A connection that is awaited, and the runtime that it belongs to.
pub struct Bridge {
    // Dropped in this order.
    pub(in crate::engine) wire: AsyncBackend,
    pub(in crate::engine) home: Home,
}

/// The pool of an async engine, and the runtime to wait on.
pub struct BridgedPool {
    pub(super) pool: AsyncPool,
    pub(super) home: Home,
}

impl Bridge {
    /// Opens a connection, which belongs to the runtime that is current.
    pub(super) async fn open(url: &DatabaseUrl) -> Result<Backend> {
        let wire = AsyncBackend::open(url).await?;
        Ok(Backend::Bridged(Box::new(Self { wire, home: Home::of(Handle::current()) })))
    }

    /// Opens a connection with a runtime of its own.
    #[cfg(feature = "postgres")]
    pub(in crate::engine) fn alone(url: &DatabaseUrl) -> Result<Backend> {
        let home = Home::own().map_err(|error| url.cannot_connect(&error.to_string()))?;
        let wire = home.wait(AsyncBackend::open(url))?;
        Ok(Backend::Bridged(Box::new(Self { wire, home })))
    }
}

impl BridgedPool {
    /// Takes a place out; an open one, if there is one.
    pub(in crate::engine) fn take(&self) -> Result<AsyncPlace> {
        self.home.wait(self.pool.take())
    }

    /// Opens a connection.
    pub(in crate::engine) fn open(&self, url: &DatabaseUrl) -> Result<Backend> {
        self.home.wait(Bridge::open(url))
    }

    pub(in crate::engine) fn in_use(&self) -> u32 {
        self.pool.in_use()
    }
}

impl AsyncConnection {
    /// The same connection, in the same transaction, for code that blocks. `engine` is the blocking view of this one's.
    pub(crate) fn into_blocking(mut self, engine: &Engine) -> Connection {
        let Line { place, transaction, unsure, cause } = std::mem::take(&mut self.core.line);
        let place = place.map(Place::Bridged);
        Connection::resume(engine.clone(), Line { place, transaction, unsure, cause }, self.core.isolation)
    }
}

impl Connection {
    /// The way back.
    pub(crate) fn into_awaiting(mut self, engine: &AsyncEngine) -> AsyncConnection {
        let Line { place, transaction, unsure, cause } = std::mem::take(&mut self.core.line);
        let place = place.and_then(|place| match place {
            Place::Bridged(place) => Some(place),
            Place::Own(_) => None,
        });
        AsyncConnection::resume(engine.clone(), Line { place, transaction, unsure, cause }, self.core.isolation)
    }
}
