//! The pool: r2d2 keeps the connections, counts them and lets callers wait.
//!
//! What r2d2 holds are *slots*, and a slot is opened by the thread that takes it out. So nothing connects before it must, an error
//! to connect surfaces at once instead of after the pool's timeout, and a connection that is given up (broken, or above `pool_size`)
//! leaves an empty slot behind, which wakes whoever waits.

use std::convert::Infallible;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use scheduled_thread_pool::ScheduledThreadPool;

#[cfg(feature = "async")]
use super::awaiting::{AsyncPlace, BridgedPool};
use super::backend::Backend;
use super::slot::{Slot, Tally};
use super::url::DatabaseUrl;
use crate::error::{Error, Result};

/// As long as anybody waits: r2d2 adds it to the time of day, which longer ones would overflow.
const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);

/// The connections of an engine that blocks.
pub enum Pool {
    /// Its own.
    Own(OwnPool),
    /// Those of an engine whose connections are awaited.
    #[cfg(feature = "async")]
    Bridged(BridgedPool),
}

/// Connections that block.
pub struct OwnPool {
    slots: r2d2::Pool<Slots>,
    timeout: Duration,
}

/// How the connections of an engine stand.
///
/// Counterpart: `engine.pool.status()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// How many connections are kept.
    pub pool_size: u32,
    /// How many more may be open at once.
    pub max_overflow: u32,
    /// How many are open.
    pub open: u32,
    /// How many are in use.
    pub in_use: u32,
}

/// A place for a connection, taken out of the pool; it goes back when dropped.
#[allow(clippy::large_enum_variant, reason = "there is one a connection, and the large one is the ordinary one")]
pub enum Place {
    /// Of a pool of its own.
    Own(r2d2::PooledConnection<Slots>),
    /// Of an engine whose connections are awaited.
    #[cfg(feature = "async")]
    Bridged(AsyncPlace),
}

/// What r2d2 manages.
pub struct Slots(Arc<Tally>);

impl Pool {
    /// Takes a place out; an open one, if there is one.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`].
    pub(super) fn take(&self) -> Result<Place> {
        match self {
            Self::Own(pool) => pool.take().map(Place::Own),
            #[cfg(feature = "async")]
            Self::Bridged(pool) => pool.take().map(Place::Bridged),
        }
    }

    /// Opens a connection to put into a place of this pool.
    pub(super) fn open(&self, url: &DatabaseUrl) -> Result<Backend> {
        match self {
            Self::Own(_) => Backend::open(url),
            #[cfg(feature = "async")]
            Self::Bridged(pool) => pool.open(url),
        }
    }

    /// How many places are taken out.
    pub(super) fn in_use(&self) -> u32 {
        match self {
            Self::Own(pool) => pool.in_use(),
            #[cfg(feature = "async")]
            Self::Bridged(pool) => pool.in_use(),
        }
    }
}

impl Deref for Place {
    type Target = Slot<Backend>;

    fn deref(&self) -> &Slot<Backend> {
        match self {
            Self::Own(place) => place,
            #[cfg(feature = "async")]
            Self::Bridged(place) => place,
        }
    }
}

impl DerefMut for Place {
    fn deref_mut(&mut self) -> &mut Slot<Backend> {
        match self {
            Self::Own(place) => place,
            #[cfg(feature = "async")]
            Self::Bridged(place) => place,
        }
    }
}

impl OwnPool {
    pub(super) fn new(tally: Arc<Tally>, timeout: Duration) -> Self {
        let timeout = timeout.clamp(Duration::from_millis(1), LONGEST);
        let slots = r2d2::Pool::builder()
            .max_size(tally.limit())
            .min_idle(Some(0))
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_timeout(timeout)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .thread_pool(worker())
            .build_unchecked(Slots(tally));
        Self { slots, timeout }
    }

    fn take(&self) -> Result<r2d2::PooledConnection<Slots>> {
        let start = Instant::now();
        let mut place = match self.slots.try_get() {
            Some(place) => place,
            None => self
                .slots
                .get_timeout(self.timeout)
                .map_err(|_| Error::PoolTimeout { limit: self.slots.max_size(), waited: start.elapsed() })?,
        };
        // An empty slot may lie on top of open ones: they go back when `passed` ends.
        let mut passed = Vec::new();
        while !place.is_open() {
            match self.slots.try_get() {
                Some(next) => passed.push(std::mem::replace(&mut place, next)),
                None => break,
            }
        }
        place.renew();
        Ok(place)
    }

    fn in_use(&self) -> u32 {
        let state = self.slots.state();
        state.connections - state.idle_connections
    }
}

/// One thread makes the slots of all engines: r2d2 would start three for each. It waits for no database.
fn worker() -> Arc<ScheduledThreadPool> {
    static WORKER: OnceLock<Arc<ScheduledThreadPool>> = OnceLock::new();
    let worker = || Arc::new(ScheduledThreadPool::builder().num_threads(1).thread_name_pattern("orm-pool").build());
    Arc::clone(WORKER.get_or_init(worker))
}

impl r2d2::ManageConnection for Slots {
    type Connection = Slot<Backend>;
    type Error = Infallible;

    fn connect(&self) -> Result<Slot<Backend>, Infallible> {
        Ok(Slot::new(&self.0))
    }

    fn is_valid(&self, _: &mut Slot<Backend>) -> Result<(), Infallible> {
        Ok(())
    }

    /// r2d2 asks when a slot comes back. The slot itself never breaks; what is in it may have to go.
    fn has_broken(&self, slot: &mut Slot<Backend>) -> bool {
        slot.settle();
        false
    }
}
