//! The pool of connections to await: deadpool counts them and lets tasks wait.
//!
//! As in the blocking pool, what it holds are slots, and a slot is opened by the task that takes it out.

use std::convert::Infallible;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts,
};

#[cfg(feature = "postgres")]
use super::settings;
use crate::engine::backend::Backend;
use crate::engine::options::Options;
use crate::engine::pool::PoolStatus;
use crate::engine::slot::{Slot, Tally};
use crate::engine::url::DatabaseUrl;
use crate::error::{Error, Result};

/// More connections than a machine has ports for: deadpool makes room for all at once.
const MOST: u32 = 65_535;

/// The connections of an engine. Clones share them.
#[derive(Clone)]
pub struct AsyncPool {
    slots: deadpool::managed::Pool<Slots>,
    tally: Arc<Tally>,
    keep: Keep,
}

/// What happens to a connection that comes back.
#[derive(Clone, Copy)]
struct Keep {
    /// How many stay open.
    pool_size: u32,
    /// Whether the database would go with its connection.
    in_memory: bool,
}

/// What deadpool manages.
pub(super) struct Slots {
    tally: Arc<Tally>,
}

/// A place for a connection, taken out of the pool; it goes back when dropped.
pub struct AsyncPlace {
    slot: Object<Slots>,
    keep: Keep,
}

impl AsyncPool {
    pub(super) fn new(url: &DatabaseUrl, options: &Options, timeout: Duration) -> Result<Self> {
        #[cfg(feature = "postgres")]
        settings::check(url)?;
        let &Options { pool_size, max_overflow, .. } = options;
        let tally = Arc::new(Tally::default());
        let timeouts = Timeouts { wait: Some(timeout.max(Duration::from_millis(1))), ..Timeouts::default() };
        let max_size = pool_size.saturating_add(max_overflow).clamp(1, MOST);
        let config = PoolConfig { max_size: max_size as usize, timeouts, queue_mode: QueueMode::Lifo };
        let slots = deadpool::managed::Pool::builder(Slots { tally: Arc::clone(&tally) })
            .config(config)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Configuration { message: error.to_string() })?;
        Ok(Self { slots, tally, keep: Keep { pool_size, in_memory: url.is_in_memory() } })
    }

    /// Takes a place out; an open one, if there is one.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`]; [`Error::InvalidRequest`] outside of a tokio runtime.
    pub(super) async fn take(&self) -> Result<AsyncPlace> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::invalid("an async engine works within a tokio runtime, and there is none here"));
        }
        let start = Instant::now();
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..self.slots.timeouts() };
        let taken = match self.slots.timeout_get(&at_once).await {
            Err(PoolError::Timeout(_)) => self.slots.get().await,
            taken => taken,
        };
        match taken {
            Ok(mut slot) => {
                slot.renew();
                Ok(AsyncPlace { slot, keep: self.keep })
            }
            Err(PoolError::Timeout(_)) => {
                let limit = u32::try_from(self.slots.status().max_size).unwrap_or(u32::MAX);
                Err(Error::PoolTimeout { limit, waited: start.elapsed() })
            }
            Err(error) => Err(Error::invalid(format!("no connection can be taken out of the pool: {error}"))),
        }
    }

    /// Closes the connections that nobody uses.
    pub(super) fn close_idle(&self) {
        self.slots.retain(|_, _| false);
    }

    pub(super) fn status(&self, pool_size: u32, max_overflow: u32) -> PoolStatus {
        let status = self.slots.status();
        let in_use = u32::try_from(status.size - status.available).unwrap_or(u32::MAX);
        PoolStatus { pool_size, max_overflow, open: self.tally.open(), in_use }
    }
}

impl Manager for Slots {
    type Type = Slot<Backend>;
    type Error = Infallible;

    async fn create(&self) -> Result<Slot<Backend>, Infallible> {
        Ok(Slot::new(&self.tally))
    }

    /// An empty slot is let go, so that open ones are found below it.
    async fn recycle(&self, slot: &mut Slot<Backend>, _: &Metrics) -> RecycleResult<Infallible> {
        if slot.is_open() { Ok(()) } else { Err(RecycleError::message("the slot is empty")) }
    }
}

impl Deref for AsyncPlace {
    type Target = Slot<Backend>;

    fn deref(&self) -> &Slot<Backend> {
        &self.slot
    }
}

impl DerefMut for AsyncPlace {
    fn deref_mut(&mut self) -> &mut Slot<Backend> {
        &mut self.slot
    }
}

impl Drop for AsyncPlace {
    fn drop(&mut self) {
        // What lives in memory outlives an interrupted call: whoever takes it out next rolls it back.
        if !(self.keep.in_memory && self.slot.busy && !self.slot.broken) {
            self.slot.settle(self.keep.pool_size);
        }
    }
}
