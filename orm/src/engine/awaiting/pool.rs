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
use tokio::runtime::Handle;

#[cfg(feature = "postgres")]
use super::settings;
use crate::engine::backend::Backend;
use crate::engine::slot::{Slot, Tally};
use crate::engine::url::DatabaseUrl;
use crate::error::{Error, Result};

/// The connections of an engine. Clones share them.
#[derive(Clone)]
pub struct AsyncPool(deadpool::managed::Pool<Slots>);

/// What deadpool manages.
pub(super) struct Slots(Arc<Tally>);

/// A place for a connection, taken out of the pool; it goes back when dropped.
pub struct AsyncPlace(Object<Slots>);

impl AsyncPool {
    #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "the other drivers follow every URL"))]
    pub(super) fn new(url: &DatabaseUrl, tally: Arc<Tally>, timeout: Duration) -> Result<Self> {
        #[cfg(feature = "postgres")]
        settings::check(url)?;
        let timeouts = Timeouts { wait: Some(timeout.max(Duration::from_millis(1))), ..Timeouts::default() };
        let max_size = tally.limit() as usize;
        let config = PoolConfig { max_size, timeouts, queue_mode: QueueMode::Lifo };
        let slots = deadpool::managed::Pool::builder(Slots(tally)).config(config).runtime(Runtime::Tokio1).build();
        slots.map(Self).map_err(|error| Error::Configuration { message: error.to_string() })
    }

    /// Takes a place out; an open one, if there is one.
    ///
    /// # Errors
    /// [`Error::PoolTimeout`]; [`Error::NoRuntime`] outside of a tokio runtime.
    pub(super) async fn take(&self) -> Result<AsyncPlace> {
        current_runtime()?;
        let start = Instant::now();
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..self.0.timeouts() };
        let taken = match self.0.timeout_get(&at_once).await {
            Err(PoolError::Timeout(_)) => self.0.get().await,
            taken => taken,
        };
        match taken {
            Ok(mut slot) => {
                slot.renew();
                Ok(AsyncPlace(slot))
            }
            Err(PoolError::Timeout(_)) => {
                Err(Error::PoolTimeout { limit: self.0.manager().0.limit(), waited: start.elapsed() })
            }
            Err(error) => Err(Error::invalid(format!("no connection can be taken out of the pool: {error}"))),
        }
    }

    /// Closes the connections that nobody uses.
    pub(super) fn close_idle(&self) {
        self.0.retain(|_, _| false);
    }

    /// How many places are taken out.
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

impl Manager for Slots {
    type Type = Slot<Backend>;
    type Error = Infallible;

    async fn create(&self) -> Result<Slot<Backend>, Infallible> {
        Ok(Slot::new(&self.0))
    }

    /// An empty slot is let go, so that open ones are found below it.
    async fn recycle(&self, slot: &mut Slot<Backend>, _: &Metrics) -> RecycleResult<Infallible> {
        if slot.is_open() { Ok(()) } else { Err(RecycleError::message("the slot is empty")) }
    }
}

impl Deref for AsyncPlace {
    type Target = Slot<Backend>;

    fn deref(&self) -> &Slot<Backend> {
        &self.0
    }
}

impl DerefMut for AsyncPlace {
    fn deref_mut(&mut self) -> &mut Slot<Backend> {
        &mut self.0
    }
}

impl Drop for AsyncPlace {
    fn drop(&mut self) {
        self.0.settle();
    }
}
