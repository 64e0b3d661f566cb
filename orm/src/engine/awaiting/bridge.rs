//! The bridge: connections that are awaited, for code that blocks. It waits on the tokio runtime that they belong to.

use std::future::ready;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;

use super::AsyncEngine;
use super::backend::AsyncBackend;
use super::connection::AsyncConnection;
use super::pool::{AsyncPlace, AsyncPool};
use crate::engine::backend::{Backend, Setup};
use crate::engine::connection::Line;
use crate::engine::flat::Flat;
use crate::engine::pool::{Place, PoolStatus};
use crate::engine::refusal::Speaker;
use crate::engine::slot::Slot;
use crate::engine::url::DatabaseUrl;
use crate::engine::wire::{Fault, Taker, Wire};
use crate::engine::{Connection, Engine};
use crate::error::{Error, Result};

/// A connection that is awaited, and where.
pub struct Bridge {
    wire: AsyncBackend,
    runtime: Handle,
}

impl Bridge {
    fn backend(wire: AsyncBackend, runtime: &Handle) -> Backend {
        Backend::Bridged(Box::new(Self { wire, runtime: runtime.clone() }))
    }

    pub(in crate::engine) fn speaker(&self) -> Speaker {
        self.wire.speaker()
    }

    pub(in crate::engine) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.runtime.block_on(self.wire.batch(sql))
    }

    pub(in crate::engine) fn execute(&mut self, statement: &Flat<'_>) -> Result<usize, Fault> {
        self.runtime.block_on(self.wire.execute(statement))
    }

    pub(in crate::engine) fn load(&mut self, statement: &Flat<'_>, rows: &mut impl Taker) -> Result<usize, Fault> {
        self.runtime.block_on(self.wire.load(statement, rows))
    }
}

/// The pool of an async engine, and the runtime to wait on.
pub struct BridgedPool {
    pool: AsyncPool,
    runtime: Handle,
}

/// A place of an async pool whose connection blocks; it goes back when dropped.
pub struct BridgedPlace {
    /// Where the connection belongs; empty meanwhile.
    home: Option<AsyncPlace>,
    slot: Slot<Backend>,
}

impl BridgedPool {
    pub(super) fn new(pool: AsyncPool, runtime: Handle) -> Self {
        Self { pool, runtime }
    }

    /// Takes a place out; an open one, if there is one.
    pub(in crate::engine) fn take(&self) -> Result<BridgedPlace> {
        self.check_thread()?;
        let place = self.runtime.block_on(self.pool.take())?;
        let mut bridged = BridgedPlace::new(place, &self.runtime);
        if std::mem::take(&mut bridged.busy)
            && let Some(Backend::Bridged(bridge)) = bridged.wire()
        {
            // Refused where the interruption ended the transaction by itself.
            let _ = bridge.batch("ROLLBACK");
        }
        Ok(bridged)
    }

    /// Opens a connection.
    pub(in crate::engine) fn open(&self, url: &DatabaseUrl, setup: Setup) -> Result<Backend> {
        let wire = self.runtime.block_on(AsyncBackend::open(url, setup))?;
        Ok(Bridge::backend(wire, &self.runtime))
    }

    pub(in crate::engine) fn status(&self, pool_size: u32, max_overflow: u32) -> PoolStatus {
        self.pool.status(pool_size, max_overflow)
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

impl BridgedPlace {
    fn new(mut home: AsyncPlace, runtime: &Handle) -> Self {
        let mut slot = home.sibling();
        home.move_to(&mut slot, |wire| Some(Bridge::backend(wire, runtime)));
        Self { home: Some(home), slot }
    }

    /// The place that the connection came from, with the connection.
    pub(in crate::engine) fn into_home(mut self) -> Option<AsyncPlace> {
        self.go_home();
        self.home.take()
    }

    fn go_home(&mut self) {
        let Some(home) = &mut self.home else { return };
        self.slot.move_to(home, |backend| match backend {
            Backend::Bridged(bridge) => Some(bridge.wire),
            _ => None,
        });
    }
}

impl Deref for BridgedPlace {
    type Target = Slot<Backend>;

    fn deref(&self) -> &Slot<Backend> {
        &self.slot
    }
}

impl DerefMut for BridgedPlace {
    fn deref_mut(&mut self) -> &mut Slot<Backend> {
        &mut self.slot
    }
}

impl Drop for BridgedPlace {
    fn drop(&mut self) {
        self.go_home();
    }
}

impl AsyncConnection {
    /// The same connection, in the same transaction, for code that blocks. `engine` is the blocking view of this one's.
    pub(crate) fn into_blocking(mut self, engine: &Engine, runtime: &Handle) -> Connection {
        let Line { place, transaction, unsure } = std::mem::take(&mut self.core.line);
        let place = place.map(|place| Place::Bridged(Box::new(BridgedPlace::new(place, runtime))));
        Connection::resume(engine.clone(), Line { place, transaction, unsure }, self.core.isolation)
    }
}

impl Connection {
    /// The way back.
    pub(crate) fn into_awaiting(mut self, engine: &AsyncEngine) -> AsyncConnection {
        let Line { place, transaction, unsure } = std::mem::take(&mut self.core.line);
        let place = place.and_then(|place| match place {
            Place::Bridged(place) => place.into_home(),
            Place::Own(_) => None,
        });
        AsyncConnection::resume(engine.clone(), Line { place, transaction, unsure }, self.core.isolation)
    }
}
