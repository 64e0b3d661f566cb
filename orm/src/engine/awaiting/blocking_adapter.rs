//! `BlockingAdapter`: async connections for blocking code, which waits on the tokio runtime of the connection.
//!
//! The runtime is the program's for connections of an async engine. A connection of a blocking engine whose URL names
//! an async driver has a runtime of its own.

use tokio::runtime::Handle;

use super::backend::AsyncBackend;
use super::pool::{AsyncPool, AsyncPooledSlot};
use super::{AsyncConnection, AsyncEngine};
use crate::engine::backend::Backend;
use crate::engine::connection::ConnectionState;
use crate::engine::home_runtime::HomeRuntime;
use crate::engine::pool::PooledSlot;
use crate::engine::url::DatabaseUrl;
use crate::engine::{Connection, Engine};
use crate::error::Result;

/// An async connection and the runtime that it belongs to.
pub struct BlockingAdapter {
    // Dropped in this order.
    pub(in crate::engine) driver: AsyncBackend,
    pub(in crate::engine) runtime: HomeRuntime,
}

/// The pool of an async engine, and the runtime to wait on.
pub struct AdaptedPool {
    pub(super) pool: AsyncPool,
    pub(super) runtime: HomeRuntime,
}

impl BlockingAdapter {
    /// Opens a connection, which belongs to the runtime that is current.
    pub(super) async fn open(url: &DatabaseUrl) -> Result<Backend> {
        let driver = AsyncBackend::open(url).await?;
        Ok(Backend::Adapted(Box::new(Self { driver, runtime: HomeRuntime::of(Handle::current()) })))
    }

    /// Opens a connection with its own runtime.
    #[cfg(feature = "postgres")]
    pub(in crate::engine) fn alone(url: &DatabaseUrl) -> Result<Backend> {
        let runtime = HomeRuntime::own().map_err(|error| url.cannot_connect(&error.to_string()))?;
        let driver = runtime.wait(AsyncBackend::open(url))?;
        Ok(Backend::Adapted(Box::new(Self { driver, runtime })))
    }
}

impl AdaptedPool {
    /// Takes a place out; an open one, if there is one.
    pub(in crate::engine) fn acquire(&self) -> Result<AsyncPooledSlot> {
        self.runtime.wait(self.pool.acquire())
    }

    /// Opens a connection.
    pub(in crate::engine) fn open(&self, url: &DatabaseUrl) -> Result<Backend> {
        self.runtime.wait(BlockingAdapter::open(url))
    }

    pub(in crate::engine) fn in_use(&self) -> u32 {
        self.pool.in_use()
    }
}

impl AsyncConnection {
    /// Moves the connection and its transaction to blocking code. `engine` is the blocking view of this engine.
    pub(crate) fn into_blocking(mut self, engine: &Engine) -> Connection {
        let ConnectionState { slot, transaction, may_be_in_transaction, cause } = std::mem::take(&mut self.core.state);
        let slot = slot.map(PooledSlot::Adapted);
        Connection::resume(
            engine.clone(),
            ConnectionState { slot, transaction, may_be_in_transaction, cause },
            self.core.isolation,
        )
    }
}

impl Connection {
    /// Moves the connection back to async code.
    pub(crate) fn into_awaiting(mut self, engine: &AsyncEngine) -> AsyncConnection {
        let ConnectionState { slot, transaction, may_be_in_transaction, cause } = std::mem::take(&mut self.core.state);
        let slot = slot.and_then(|slot| match slot {
            PooledSlot::Adapted(slot) => Some(slot),
            PooledSlot::R2d2(_) => None,
        });
        AsyncConnection::resume(
            engine.clone(),
            ConnectionState { slot, transaction, may_be_in_transaction, cause },
            self.core.isolation,
        )
    }
}
