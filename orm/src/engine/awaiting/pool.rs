//! The async pool: deadpool counts connections and lets tasks wait.
//!
//! Deadpool manages slots, like r2d2 in the blocking pool. The task that takes a slot opens its connection.

use std::convert::Infallible;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts,
};
use tokio::runtime::Handle;

#[cfg(feature = "postgres")]
use super::settings;
use crate::engine::backend::Backend;
use crate::engine::slot::{PoolCounters, PoolSlot};
use crate::engine::url::DatabaseUrl;
use crate::error::{Error, Result};

/// The pool of an async engine. Clones share the connections.
#[derive(Clone)]
pub struct AsyncPool(deadpool::managed::Pool<SlotManager>);

/// The object manager for deadpool: it creates and checks slots.
pub(super) struct SlotManager(Arc<PoolCounters>);

/// A pool slot in use. Dropping it returns the slot to the pool.
pub struct AsyncPooledSlot(Object<SlotManager>);

impl AsyncPool {
    #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "the other drivers follow every URL"))]
    pub(super) fn new(url: &DatabaseUrl, counters: Arc<PoolCounters>, timeout: Duration) -> Result<Self> {
        #[cfg(feature = "postgres")]
        settings::check(url)?;
        let timeouts = Timeouts { wait: Some(timeout.max(Duration::from_millis(1))), ..Timeouts::default() };
        let max_size = counters.limit() as usize;
        let config = PoolConfig { max_size, timeouts, queue_mode: QueueMode::Lifo };
        let slots =
            deadpool::managed::Pool::builder(SlotManager(counters)).config(config).runtime(Runtime::Tokio1).build();
        slots.map(Self).map_err(|error| Error::Configuration { message: error.to_string() })
    }

    /// Takes a place out; an open one, if there is one.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`]; [`Error::NoRuntime`] outside of a tokio runtime.
    pub(super) async fn acquire(&self) -> Result<AsyncPooledSlot> {
        current_runtime()?;
        let start = Instant::now();
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..self.0.timeouts() };
        let taken = match self.0.timeout_get(&at_once).await {
            Err(PoolError::Timeout(_)) => self.0.get().await,
            taken => taken,
        };
        match taken {
            Ok(mut slot) => {
                slot.check_out();
                Ok(AsyncPooledSlot(slot))
            }
            Err(PoolError::Timeout(_)) => {
                Err(Error::PoolTimeout { limit: self.0.manager().0.limit(), waited: start.elapsed() })
            }
            Err(error) => Err(Error::invalid(format!("no connection can be taken out of the pool: {error}"))),
        }
    }

    /// Closes idle connections.
    pub(super) fn close_idle(&self) {
        self.0.retain(|_, _| false);
    }

    /// Number of slots in use.
    pub(super) fn in_use(&self) -> u32 {
        let status = self.0.status();
        u32::try_from(status.size - status.available).unwrap_or(u32::MAX)
    }
}

/// The runtime that an engine works within.
pub(super) fn current_runtime() -> Result<Handle> {
    let none = |_| Error::NoRuntime {};
    Handle::try_current().map_err(none)
}

impl Manager for SlotManager {
    type Type = PoolSlot<Backend>;
    type Error = Infallible;

    async fn create(&self) -> Result<PoolSlot<Backend>, Infallible> {
        Ok(PoolSlot::new(&self.0))
    }

    /// Drops an empty slot, so that deadpool continues with an open one below.
    async fn recycle(&self, slot: &mut PoolSlot<Backend>, _: &Metrics) -> RecycleResult<Infallible> {
        if slot.is_open() { Ok(()) } else { Err(RecycleError::message("the slot is empty")) }
    }
}

impl Deref for AsyncPooledSlot {
    type Target = PoolSlot<Backend>;

    fn deref(&self) -> &PoolSlot<Backend> {
        &self.0
    }
}

impl DerefMut for AsyncPooledSlot {
    fn deref_mut(&mut self) -> &mut PoolSlot<Backend> {
        &mut self.0
    }
}

impl Drop for AsyncPooledSlot {
    fn drop(&mut self) {
        self.0.check_in();
    }
}
