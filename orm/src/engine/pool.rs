//! The pool: r2d2 keeps the connections, counts them and lets callers wait.
//!
//! What r2d2 holds are *slots*, and a slot is opened by the thread that takes it out. So nothing connects before it must, an error
//! to connect surfaces at once instead of after the pool's timeout, and a connection that is given up (broken, or above `pool_size`)
//! leaves an empty slot behind, which wakes whoever waits.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use scheduled_thread_pool::ScheduledThreadPool;

use super::backend::Backend;
use crate::error::{Error, Result};

/// The connections of an engine.
pub struct Pool {
    slots: r2d2::Pool<Slots>,
    open: Arc<AtomicU32>,
    generation: Arc<AtomicU32>,
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
pub(super) type Place = r2d2::PooledConnection<Slots>;

/// What r2d2 manages.
pub struct Slots {
    pool_size: u32,
    open: Arc<AtomicU32>,
    /// Raised by a connection that broke, for all that were opened before: what ended it may have ended them.
    generation: Arc<AtomicU32>,
}

/// A place for one connection, which may be open.
pub struct Slot<W> {
    wire: Option<W>,
    open: Arc<AtomicU32>,
    /// The pool's when the connection was opened.
    generation: u32,
    /// What the connection has seen makes it useless.
    pub(super) broken: bool,
    /// The driver is at work. Found so when nobody waits, it was interrupted, by a panic or by a future that was dropped, and nothing is known about it.
    pub(super) busy: bool,
    /// SQLite: whether `PRAGMA read_uncommitted` is on.
    pub(super) read_uncommitted: bool,
}

impl Pool {
    pub(super) fn new(pool_size: u32, max_overflow: u32, timeout: Duration) -> Self {
        let open = Arc::new(AtomicU32::new(0));
        let generation = Arc::new(AtomicU32::new(0));
        let slots = r2d2::Pool::builder()
            .max_size(pool_size.saturating_add(max_overflow).max(1))
            .min_idle(Some(0))
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_timeout(timeout.max(Duration::from_millis(1)))
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .thread_pool(worker())
            .build_unchecked(Slots { pool_size, open: Arc::clone(&open), generation: Arc::clone(&generation) });
        Self { slots, open, generation, timeout }
    }

    /// Takes a place out; an open one, if there is one.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`].
    pub(super) fn take(&self) -> Result<Place> {
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
        let generation = self.generation.load(Ordering::Relaxed);
        if place.generation != generation {
            place.close();
            place.generation = generation;
        }
        Ok(place)
    }

    pub(super) fn status(&self, pool_size: u32, max_overflow: u32) -> PoolStatus {
        let state = self.slots.state();
        PoolStatus {
            pool_size,
            max_overflow,
            open: self.open.load(Ordering::Relaxed),
            in_use: state.connections - state.idle_connections,
        }
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
        Ok(Slot::new(&self.open))
    }

    fn is_valid(&self, _: &mut Slot<Backend>) -> Result<(), Infallible> {
        Ok(())
    }

    /// r2d2 asks when a slot comes back. The slot itself never breaks; what is in it may have to go.
    fn has_broken(&self, slot: &mut Slot<Backend>) -> bool {
        if slot.broken {
            // Once for all that were opened together, however many of them come back broken.
            let (old, new) = (slot.generation, slot.generation.wrapping_add(1));
            let _ = self.generation.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed);
        }
        if slot.broken || slot.busy {
            slot.close();
        } else if slot.is_open() {
            let surplus = |open: u32| (open > self.pool_size).then(|| open - 1);
            // Counted down in the same step as compared, so that two that come back at once do not both go.
            if self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, surplus).is_ok() {
                slot.empty();
            }
        }
        false
    }
}

impl<W> Slot<W> {
    /// An empty slot of a pool that counts its open connections there.
    pub(super) fn new(open: &Arc<AtomicU32>) -> Self {
        Self { wire: None, open: Arc::clone(open), generation: 0, broken: false, busy: false, read_uncommitted: false }
    }

    /// The connection, if it is open.
    pub(super) fn wire(&mut self) -> Option<&mut W> {
        self.wire.as_mut()
    }

    /// The connection, and the mark that says that it is at work, which is set; none when nothing can be done with it.
    pub(super) fn begin_call(&mut self) -> Option<(&mut W, &mut bool)> {
        if self.busy {
            return None;
        }
        let wire = self.wire.as_mut()?;
        self.busy = true;
        Some((wire, &mut self.busy))
    }

    pub(super) fn is_open(&self) -> bool {
        self.wire.is_some()
    }

    /// Whether nothing more can be done with what is in the slot.
    pub(super) fn is_useless(&self) -> bool {
        self.broken || self.busy || self.wire.is_none()
    }

    /// Fills the slot.
    pub(super) fn set(&mut self, wire: W) {
        self.close();
        self.wire = Some(wire);
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    /// Closes what is in the slot.
    pub(super) fn close(&mut self) {
        if self.empty() {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Closes what is in the slot, which is not counted any more.
    fn empty(&mut self) -> bool {
        self.broken = false;
        self.busy = false;
        self.read_uncommitted = false;
        self.wire.take().is_some()
    }
}

impl<W> Drop for Slot<W> {
    fn drop(&mut self) {
        self.close();
    }
}
