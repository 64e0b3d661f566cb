//! A database that is waited for: blocking SQLite behind a wire that gives way before and after each call, so that every place to give up is reached.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::backend::Backend;
use super::compiled::CompiledStatement;
use super::connection::ConnectionCore;
use super::mode::{DriverConnection, Fault, Mode, RowSink};
use super::prepared::PreparedCount;
use super::slot::{PoolCounters, PoolSlot};
use super::{ConnectionOf, Engine, EngineOf};
use crate::error::Result;

/// Whoever waits gives way at each call.
pub(crate) enum Paced {}

pub(crate) type PacedEngine = EngineOf<Paced>;

/// An engine on a file.
pub(crate) fn paced(url: &str) -> PacedEngine {
    Engine::builder(url).build_with(|_, counters, _| Ok(PacedPool { slots: Arc::default(), counters })).unwrap()
}

pub(crate) struct PacedPool {
    slots: Arc<Mutex<Vec<PoolSlot<PacedWire>>>>,
    counters: Arc<PoolCounters>,
}

pub(crate) struct PacedPlace {
    slot: Option<PoolSlot<PacedWire>>,
    runtime: Arc<Mutex<Vec<PoolSlot<PacedWire>>>>,
}

impl Deref for PacedPlace {
    type Target = PoolSlot<PacedWire>;

    fn deref(&self) -> &Self::Target {
        self.slot.as_ref().unwrap()
    }
}

impl DerefMut for PacedPlace {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.slot.as_mut().unwrap()
    }
}

impl Drop for PacedPlace {
    fn drop(&mut self) {
        self.runtime.lock().unwrap().extend(self.slot.take().filter(|slot| !slot.is_useless()));
    }
}

impl Mode for Paced {
    type DriverConnection = PacedWire;
    type Backend = PacedWire;
    type Pool = PacedPool;
    type PooledSlot = PacedPlace;

    fn driver(backend: &mut PacedWire) -> Option<&mut PacedWire> {
        Some(backend)
    }

    async fn acquire(PacedPool { slots, counters }: &PacedPool) -> Result<PacedPlace> {
        let slot = slots.lock().unwrap().pop().unwrap_or_else(|| PoolSlot::new(counters));
        Ok(PacedPlace { slot: Some(slot), runtime: Arc::clone(slots) })
    }

    async fn open(engine: &PacedEngine) -> Result<PacedWire> {
        give_way().await;
        let backend = Backend::open(engine.url())?;
        give_way().await;
        Ok(PacedWire(backend))
    }

    async fn run_hooks(connection: ConnectionOf<Self>) -> Result<ConnectionOf<Self>> {
        Ok(connection)
    }

    async fn sleep(_: std::time::Duration) {}

    fn in_use(pool: &PacedPool) -> u32 {
        pool.counters.open() - pool.slots.lock().unwrap().len() as u32
    }

    fn drop_in_transaction(core: &mut ConnectionCore<Self>) {
        core.state.mark_broken();
    }
}

pub(crate) struct PacedWire(Backend);

impl DriverConnection for PacedWire {
    async fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        give_way().await;
        let done = self.0.batch(sql).await;
        give_way().await;
        done
    }

    async fn execute(&mut self, statement: &CompiledStatement<'_>) -> Result<usize, Fault> {
        give_way().await;
        let done = self.0.execute(statement).await;
        give_way().await;
        done
    }

    async fn load(&mut self, statement: &CompiledStatement<'_>, rows: &mut impl RowSink) -> Result<usize, Fault> {
        give_way().await;
        let done = self.0.load(statement, rows).await;
        give_way().await;
        done
    }

    fn count_prepared(&mut self, prepared: PreparedCount) {
        self.0.count_prepared(prepared);
    }

    async fn forget_prepared(&mut self) -> bool {
        give_way().await;
        let done = self.0.forget_prepared().await;
        give_way().await;
        done
    }
}

async fn give_way() {
    let mut given = false;
    poll_fn(|_| match std::mem::replace(&mut given, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}
