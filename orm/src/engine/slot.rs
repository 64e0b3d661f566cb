//! What a pool holds: places for one connection each, which may be open, and the tally of them all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::options::Options;
use super::pool::PoolStatus;
use super::prepared::Prepared;

/// More connections than a machine has ports for: the pools make room for all at once.
const MOST: u32 = 65_535;

/// What a pool knows of its connections.
pub(super) struct Tally {
    /// How many are kept when nobody uses them.
    pool_size: u32,
    /// How many more may be open at once.
    max_overflow: u32,
    /// Whether the database would go with its connection.
    in_memory: bool,
    open: AtomicU32,
    /// How many bytes the server takes in one statement; 0 while no connection has asked.
    packet_limit: AtomicUsize,
    /// Raised by a connection that broke, for all that were opened before: what ended it may have ended them.
    generation: AtomicU32,
}

impl Tally {
    pub(super) fn new(options: &Options, in_memory: bool) -> Self {
        let &Options { pool_size, max_overflow, .. } = options;
        Self {
            pool_size,
            max_overflow,
            in_memory,
            open: AtomicU32::new(0),
            packet_limit: AtomicUsize::new(0),
            generation: AtomicU32::new(0),
        }
    }

    /// How many may be open at once.
    pub(super) fn limit(&self) -> u32 {
        self.pool_size.saturating_add(self.max_overflow).clamp(1, MOST)
    }

    /// How the connections stand, of which so many are in use.
    pub(super) fn status(&self, in_use: u32) -> PoolStatus {
        PoolStatus { pool_size: self.pool_size, max_overflow: self.max_overflow, open: self.open(), in_use }
    }

    /// Takes note of how many bytes the server takes in one statement.
    pub(super) fn set_packet_limit(&self, bytes: usize) {
        self.packet_limit.store(bytes, Ordering::Relaxed);
    }

    /// How many bytes the server takes in one statement, if that is limited.
    pub(super) fn packet_limit(&self) -> Option<usize> {
        Some(self.packet_limit.load(Ordering::Relaxed)).filter(|limit| *limit != 0)
    }

    /// How many are open.
    pub(super) fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }
}

/// A place for one connection, which may be open.
pub struct Slot<W> {
    wire: Option<W>,
    tally: Arc<Tally>,
    /// The pool's when the connection was opened.
    generation: u32,
    /// What the connection has seen makes it useless.
    pub(super) broken: bool,
    /// The driver is at work. Found so when nobody waits, it was interrupted, by a panic or by a future that was dropped, and nothing is known about it.
    pub(super) busy: bool,
    /// The statements that the driver keeps prepared.
    pub(super) prepared: Prepared,
    /// No more statements can be kept prepared: the connection is not kept when it comes back.
    pub(super) worn: bool,
    /// SQLite: whether `PRAGMA read_uncommitted` is on.
    pub(super) read_uncommitted: bool,
}

impl<W> Slot<W> {
    /// An empty slot of a pool.
    pub(super) fn new(tally: &Arc<Tally>) -> Self {
        let tally = Arc::clone(tally);
        let prepared = Prepared::default();
        Self {
            wire: None,
            tally,
            generation: 0,
            broken: false,
            busy: false,
            prepared,
            worn: false,
            read_uncommitted: false,
        }
    }

    /// The connection, if it is open.
    pub(super) fn wire(&mut self) -> Option<&mut W> {
        self.wire.as_mut()
    }

    /// The connection, marked as at work; none when nothing can be done with it.
    pub(super) fn begin_call(&mut self) -> Option<&mut W> {
        if self.busy {
            return None;
        }
        let wire = self.wire.as_mut()?;
        self.busy = true;
        Some(wire)
    }

    pub(super) fn is_open(&self) -> bool {
        self.wire.is_some()
    }

    /// Whether nothing more can be done with what is in the slot.
    pub(super) fn is_useless(&self) -> bool {
        self.broken || self.busy || self.wire.is_none()
    }

    /// Fills the slot with a connection that counts what it keeps prepared.
    pub(super) fn set(&mut self, wire: W, prepared: Prepared) {
        self.close();
        self.wire = Some(wire);
        self.prepared = prepared;
        self.tally.open.fetch_add(1, Ordering::Relaxed);
    }

    /// Closes what is in the slot.
    pub(super) fn close(&mut self) {
        if self.empty() {
            self.tally.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The slot is taken out: closes what was opened before another connection broke.
    pub(super) fn renew(&mut self) {
        let generation = self.tally.generation.load(Ordering::Relaxed);
        if self.generation != generation {
            self.close();
            self.generation = generation;
        }
    }

    /// The slot comes back: closes what is not worth keeping, which is what is useless, and what is more than is kept.
    pub(super) fn settle(&mut self) {
        if self.tally.in_memory && self.busy && !self.broken {
            // What lives in memory outlives an interrupted call: whoever takes it out next rolls it back.
            return;
        }
        if self.broken {
            // Once for all that were opened together, however many of them come back broken.
            let (old, new) = (self.generation, self.generation.wrapping_add(1));
            let _ = self.tally.generation.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed);
        }
        if self.is_useless() || (self.worn && !self.tally.in_memory) {
            self.close();
            return;
        }
        let surplus = |open: u32| (open > self.tally.pool_size).then(|| open - 1);
        // Counted down in the same step as compared, so that two that come back at once do not both go.
        if self.tally.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, surplus).is_ok() {
            self.empty();
        }
    }

    /// Closes what is in the slot, which is not counted any more.
    fn empty(&mut self) -> bool {
        self.broken = false;
        self.busy = false;
        self.worn = false;
        self.read_uncommitted = false;
        self.wire.take().is_some()
    }
}

impl<W> Drop for Slot<W> {
    fn drop(&mut self) {
        self.close();
    }
}
