//! The blocking pool: r2d2 counts connections, keeps idle ones and lets callers wait.
//!
//! The objects that r2d2 manages are *slots*, and the thread that takes a slot opens its connection. So a connection is
//! opened only when it is needed, a connect error is returned at once instead of after the pool's timeout, and closing
//! a connection (broken, or above `pool_size`) returns an empty slot to the pool, which wakes a waiting caller.

use std::convert::Infallible;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use scheduled_thread_pool::ScheduledThreadPool;

#[cfg(feature = "async")]
use super::awaiting::{AdaptedPool, AsyncPooledSlot};
use super::backend::Backend;
use super::slot::{PoolCounters, PoolSlot};
use super::url::DatabaseUrl;
use crate::error::{Error, Result};

/// Upper bound of the timeout: r2d2 adds the timeout to the current time, and a larger sum would overflow.
const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);

/// The connections of an engine that blocks.
pub enum Pool {
    /// A pool of blocking connections.
    R2d2(R2d2Pool),
    /// Those of an engine whose connections are awaited.
    #[cfg(feature = "async")]
    Adapted(AdaptedPool),
}

/// Connections that block.
pub struct R2d2Pool {
    slots: r2d2::Pool<SlotManager>,
    timeout: Duration,
}

/// Numbers of connections of an engine's pool.
///
/// Counterpart: `engine.pool.status()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// Number of connections that stay open when idle.
    pub pool_size: u32,
    /// Number of further connections that may be open at once.
    pub max_overflow: u32,
    /// Number of open connections.
    pub open: u32,
    /// Number of connections in use.
    pub in_use: u32,
}

/// A pool slot in use. Dropping it returns the slot to the pool.
#[allow(clippy::large_enum_variant, reason = "there is one a connection, and the large one is the ordinary one")]
pub enum PooledSlot {
    /// A slot of a blocking pool.
    R2d2(r2d2::PooledConnection<SlotManager>),
    /// Of an engine whose connections are awaited.
    #[cfg(feature = "async")]
    Adapted(AsyncPooledSlot),
}

/// The object manager for r2d2: it creates and checks slots.
pub struct SlotManager(Arc<PoolCounters>);

impl Pool {
    /// Takes a place out; an open one, if there is one.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`].
    pub(super) fn acquire(&self) -> Result<PooledSlot> {
        match self {
            Self::R2d2(pool) => pool.acquire().map(PooledSlot::R2d2),
            #[cfg(feature = "async")]
            Self::Adapted(pool) => pool.acquire().map(PooledSlot::Adapted),
        }
    }

    /// Opens a connection to put into a place of this pool.
    pub(super) fn open(&self, url: &DatabaseUrl) -> Result<Backend> {
        match self {
            Self::R2d2(_) => Backend::open(url),
            #[cfg(feature = "async")]
            Self::Adapted(pool) => pool.open(url),
        }
    }

    /// Number of slots in use.
    pub(super) fn in_use(&self) -> u32 {
        match self {
            Self::R2d2(pool) => pool.in_use(),
            #[cfg(feature = "async")]
            Self::Adapted(pool) => pool.in_use(),
        }
    }
}

impl Deref for PooledSlot {
    type Target = PoolSlot<Backend>;

    fn deref(&self) -> &PoolSlot<Backend> {
        match self {
            Self::R2d2(slot) => slot,
            #[cfg(feature = "async")]
            Self::Adapted(slot) => slot,
        }
    }
}

impl DerefMut for PooledSlot {
    fn deref_mut(&mut self) -> &mut PoolSlot<Backend> {
        match self {
            Self::R2d2(slot) => slot,
            #[cfg(feature = "async")]
            Self::Adapted(slot) => slot,
        }
    }
}

impl R2d2Pool {
    pub(super) fn new(counters: Arc<PoolCounters>, timeout: Duration) -> Self {
        let timeout = timeout.clamp(Duration::from_millis(1), LONGEST);
        let slots = r2d2::Pool::builder()
            .max_size(counters.limit())
            .min_idle(Some(0))
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_timeout(timeout)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .thread_pool(worker())
            .build_unchecked(SlotManager(counters));
        Self { slots, timeout }
    }

    fn acquire(&self) -> Result<r2d2::PooledConnection<SlotManager>> {
        let start = Instant::now();
        let mut slot = match self.slots.try_get() {
            Some(slot) => slot,
            None => self
                .slots
                .get_timeout(self.timeout)
                .map_err(|_| Error::PoolTimeout { limit: self.slots.max_size(), waited: start.elapsed() })?,
        };
        // r2d2 may return an empty slot although others are open. The empty ones go back when `passed` is dropped.
        let mut passed = Vec::new();
        while !slot.is_open() {
            match self.slots.try_get() {
                Some(next) => passed.push(std::mem::replace(&mut slot, next)),
                None => break,
            }
        }
        slot.check_out();
        Ok(slot)
    }

    fn in_use(&self) -> u32 {
        let state = self.slots.state();
        state.connections - state.idle_connections
    }
}

/// The thread that creates the slots of all engines. r2d2 would start three threads for each engine. The thread never
/// waits for a database.
fn worker() -> Arc<ScheduledThreadPool> {
    static WORKER: OnceLock<Arc<ScheduledThreadPool>> = OnceLock::new();
    let worker = || Arc::new(ScheduledThreadPool::builder().num_threads(1).thread_name_pattern("orm-pool").build());
    Arc::clone(WORKER.get_or_init(worker))
}

impl r2d2::ManageConnection for SlotManager {
    type Connection = PoolSlot<Backend>;
    type Error = Infallible;

    fn connect(&self) -> Result<PoolSlot<Backend>, Infallible> {
        Ok(PoolSlot::new(&self.0))
    }

    fn is_valid(&self, _: &mut PoolSlot<Backend>) -> Result<(), Infallible> {
        Ok(())
    }

    /// r2d2 calls this when a slot is returned. The slot is never broken; its connection may be closed.
    fn has_broken(&self, slot: &mut PoolSlot<Backend>) -> bool {
        slot.check_in();
        false
    }
}
