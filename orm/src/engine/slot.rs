//! A pool slot, which holds at most one open connection, and the pool's counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::event::PooledConnection;
use super::listeners::Heard;
use super::options::Options;
use super::pool::PoolStatus;
use super::prepared::PreparedCount;
use super::record::StatementObservers;

/// Upper bound of a pool's size: more connections than a machine has ports. Pools allocate for all slots at once.
const MAX_CONNECTIONS: u32 = 65_535;

/// Counters that all slots of a pool share.
pub(super) struct PoolCounters {
    /// Number of connections that stay open when idle.
    pool_size: u32,
    /// Number of further connections that may be open at once.
    max_overflow: u32,
    /// Whether the database is lost when its connection is closed.
    in_memory: bool,
    open: AtomicU32,
    /// Size limit of a statement in bytes, as the server reported it; 0 before the first connection.
    packet_limit: AtomicUsize,
    /// Increased when a connection breaks. Connections opened before are then closed, as the cause (a restarted server)
    /// has probably ended them.
    generation: AtomicU32,
    /// Number of connections that were opened so far.
    opened: AtomicU64,
    observers: Arc<StatementObservers>,
}

impl PoolCounters {
    pub(super) fn new(options: &Options, in_memory: bool, observers: Arc<StatementObservers>) -> Self {
        let &Options { pool_size, max_overflow, .. } = options;
        Self {
            pool_size,
            max_overflow,
            in_memory,
            open: AtomicU32::new(0),
            packet_limit: AtomicUsize::new(0),
            generation: AtomicU32::new(0),
            opened: AtomicU64::new(0),
            observers,
        }
    }

    /// Number of connections that may be open at once.
    pub(super) fn limit(&self) -> u32 {
        self.pool_size.saturating_add(self.max_overflow).clamp(1, MAX_CONNECTIONS)
    }

    /// The public counters, with `in_use` connections in use.
    pub(super) fn status(&self, in_use: u32) -> PoolStatus {
        PoolStatus { pool_size: self.pool_size, max_overflow: self.max_overflow, open: self.open(), in_use }
    }

    /// Stores the server's size limit of a statement.
    pub(super) fn set_packet_limit(&self, bytes: usize) {
        self.packet_limit.store(bytes, Ordering::Relaxed);
    }

    /// The size limit of a statement in bytes, if the server has one.
    pub(super) fn packet_limit(&self) -> Option<usize> {
        Some(self.packet_limit.load(Ordering::Relaxed)).filter(|limit| *limit != 0)
    }

    /// Number of open connections.
    pub(super) fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }
}

/// A place for one connection, which may be open.
pub struct PoolSlot<W> {
    driver: Option<W>,
    counters: Arc<PoolCounters>,
    /// The pool's when the connection was opened.
    generation: u32,
    /// Number of the connection.
    number: u64,
    /// Whether the connection is lost or must not be reused.
    pub(super) broken: bool,
    /// Whether the driver runs a statement. A slot that is busy while no caller waits was interrupted, by a panic or a
    /// dropped future, and the state of its connection is unknown.
    pub(super) busy: bool,
    /// The statements that the driver keeps prepared.
    pub(super) prepared: PreparedCount,
    /// The cache of prepared statements is full and cannot be cleared: the connection is closed instead of returning to
    /// the pool.
    pub(super) prepared_full: bool,
    /// SQLite: whether `PRAGMA read_uncommitted` is on.
    pub(super) read_uncommitted: bool,
}

impl<W> PoolSlot<W> {
    /// An empty slot of a pool.
    pub(super) fn new(counters: &Arc<PoolCounters>) -> Self {
        let counters = Arc::clone(counters);
        let prepared = PreparedCount::default();
        Self {
            driver: None,
            counters,
            generation: 0,
            number: 0,
            broken: false,
            busy: false,
            prepared,
            prepared_full: false,
            read_uncommitted: false,
        }
    }

    /// The connection, if one is open.
    pub(super) fn driver(&mut self) -> Option<&mut W> {
        self.driver.as_mut()
    }

    /// Marks the slot as busy and returns the connection. Returns `None` when there is no usable connection.
    pub(super) fn begin_call(&mut self) -> Option<&mut W> {
        if self.busy {
            return None;
        }
        let driver = self.driver.as_mut()?;
        self.busy = true;
        Some(driver)
    }

    /// The connection, as listeners see it.
    pub(super) fn connection(&self) -> PooledConnection {
        PooledConnection { number: self.number }
    }

    pub(super) fn is_open(&self) -> bool {
        self.driver.is_some()
    }

    /// Whether the slot has no usable connection.
    pub(super) fn is_useless(&self) -> bool {
        self.broken || self.busy || self.driver.is_none()
    }

    /// Puts a new connection into the slot, with the counter of its prepared statements.
    pub(super) fn set(&mut self, driver: W, prepared: PreparedCount) {
        self.close();
        self.driver = Some(driver);
        self.number = self.counters.opened.fetch_add(1, Ordering::Relaxed) + 1;
        self.prepared = prepared;
        self.counters.open.fetch_add(1, Ordering::Relaxed);
    }

    /// Closes the connection, if one is open.
    pub(super) fn close(&mut self) {
        if self.empty() {
            self.counters.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Called when the slot is taken from the pool. Closes a connection that is older than the last broken one.
    pub(super) fn check_out(&mut self) {
        let generation = self.counters.generation.load(Ordering::Relaxed);
        if self.generation != generation {
            self.close();
            self.generation = generation;
        }
    }

    /// Called when the slot is returned to the pool. Closes a connection that is unusable, or above `pool_size`.
    pub(super) fn check_in(&mut self) {
        if self.is_open() {
            self.counters.observers.listeners().on_connection(Heard::Checkin, self.connection());
        }
        if self.counters.in_memory && self.busy && !self.broken {
            // An in-memory database survives an interrupted statement: the next user of the slot rolls back.
            return;
        }
        if self.broken {
            // Once for all that were opened together, however many of them come back broken.
            let (old, new) = (self.generation, self.generation.wrapping_add(1));
            let _ = self.counters.generation.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed);
        }
        if self.is_useless() || (self.prepared_full && !self.counters.in_memory) {
            self.close();
            return;
        }
        let surplus = |open: u32| (open > self.counters.pool_size).then(|| open - 1);
        // Counted down in the same step as compared, so that two that come back at once do not both go.
        if self.counters.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, surplus).is_ok() {
            self.empty();
        }
    }

    /// Drops the connection without counting it as closed; returns whether there was one.
    fn empty(&mut self) -> bool {
        self.broken = false;
        self.busy = false;
        self.prepared_full = false;
        self.read_uncommitted = false;
        let driver = self.driver.take();
        if driver.is_some() {
            self.counters.observers.listeners().on_connection(Heard::Close, self.connection());
        }
        driver.is_some()
    }
}

impl<W> Drop for PoolSlot<W> {
    fn drop(&mut self) {
        self.close();
    }
}
