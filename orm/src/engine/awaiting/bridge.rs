//! The bridge: connections that are awaited, for code that blocks. It waits on the tokio runtime that they belong to.

use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;

use super::backend::AsyncBackend;
use super::pool::{AsyncPlace, AsyncPool};
use super::{AsyncConnection, AsyncEngine};
use crate::engine::backend::Backend;
use crate::engine::connection::Line;
use crate::engine::pool::Place;
use crate::engine::url::DatabaseUrl;
use crate::engine::{Connection, Engine};
use crate::error::{Error, Result};

/// A connection that is awaited, and the runtime that it belongs to.
pub struct Bridge {
    pub(in crate::engine) wire: AsyncBackend,
    runtime: Handle,
}

impl Bridge {
    /// Opens a connection, which belongs to the runtime that is current.
    pub(super) async fn open(url: &DatabaseUrl) -> Result<Backend> {
        let wire = AsyncBackend::open(url).await?;
        Ok(Backend::Bridged(Box::new(Self { wire, runtime: Handle::current() })))
    }

    /// Runs something on the connection to its end; the thread waits.
    pub(in crate::engine) fn wait<T>(&mut self, call: impl AsyncFnOnce(&mut AsyncBackend) -> T) -> T {
        self.runtime.block_on(call(&mut self.wire))
    }
}

/// The pool of an async engine, and the runtime to wait on.
pub struct BridgedPool {
    pub(super) pool: AsyncPool,
    pub(super) runtime: Handle,
}

impl BridgedPool {
    /// Takes a place out; an open one, if there is one.
    pub(in crate::engine) fn take(&self) -> Result<AsyncPlace> {
        self.check_thread()?;
        self.runtime.block_on(self.pool.take())
    }

    /// Opens a connection.
    pub(in crate::engine) fn open(&self, url: &DatabaseUrl) -> Result<Backend> {
        self.runtime.block_on(Bridge::open(url))
    }

    pub(in crate::engine) fn in_use(&self) -> u32 {
        self.pool.in_use()
    }

    /// Refuses a thread that must not block, as it runs the tasks of a runtime. Only tokio knows, and says so by a panic.
    fn check_thread(&self) -> Result<()> {
        catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(ready(())))).map_err(|_| {
            Error::invalid(
                "a task of a tokio runtime must not block: await the async engine there, \
                 or move what blocks into `tokio::task::spawn_blocking`",
            )
        })
    }
}

impl AsyncConnection {
    /// The same connection, in the same transaction, for code that blocks. `engine` is the blocking view of this one's.
    pub(crate) fn into_blocking(mut self, engine: &Engine) -> Connection {
        let Line { place, transaction, unsure } = std::mem::take(&mut self.core.line);
        let place = place.map(Place::Bridged);
        Connection::resume(engine.clone(), Line { place, transaction, unsure }, self.core.isolation)
    }
}

impl Connection {
    /// The way back.
    pub(crate) fn into_awaiting(mut self, engine: &AsyncEngine) -> AsyncConnection {
        let Line { place, transaction, unsure } = std::mem::take(&mut self.core.line);
        let place = place.and_then(|place| match place {
            Place::Bridged(place) => Some(place),
            Place::Own(_) => None,
        });
        AsyncConnection::resume(engine.clone(), Line { place, transaction, unsure }, self.core.isolation)
    }
}
