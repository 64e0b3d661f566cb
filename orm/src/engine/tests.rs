//! A database that is waited for: blocking SQLite behind a wire that gives way before and after each call, so that every place to give up is reached.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::backend::Backend;
use super::connection::Core;
use super::flat::Flat;
use super::prepared::Prepared;
use super::slot::{Slot, Tally};
use super::wire::{Fault, Mode, Taker, Wire};
use super::{ConnectionOf, Engine, EngineOf};
use crate::error::Result;

/// Whoever waits gives way at each call.
pub(crate) enum Paced {}

pub(crate) type PacedEngine = EngineOf<Paced>;

/// An engine on a file.
pub(crate) fn paced(url: &str) -> PacedEngine {
    Engine::builder(url).build_with(|_, tally, _| Ok(PacedPool { slots: Arc::default(), tally })).unwrap()
}

pub(crate) struct PacedPool {
    slots: Arc<Mutex<Vec<Slot<PacedWire>>>>,
    tally: Arc<Tally>,
}

pub(crate) struct PacedPlace {
    slot: Option<Slot<PacedWire>>,
    home: Arc<Mutex<Vec<Slot<PacedWire>>>>,
}

impl Deref for PacedPlace {
    type Target = Slot<PacedWire>;

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
        self.home.lock().unwrap().extend(self.slot.take().filter(|slot| !slot.is_useless()));
    }
}

impl Mode for Paced {
    type Wire = PacedWire;
    type Backend = PacedWire;
    type Pool = PacedPool;
    type Place = PacedPlace;

    fn wire(backend: &mut PacedWire) -> Option<&mut PacedWire> {
        Some(backend)
    }

    async fn take(PacedPool { slots, tally }: &PacedPool) -> Result<PacedPlace> {
        let slot = slots.lock().unwrap().pop().unwrap_or_else(|| Slot::new(tally));
        Ok(PacedPlace { slot: Some(slot), home: Arc::clone(slots) })
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

    async fn pause(_: std::time::Duration) {}

    fn in_use(pool: &PacedPool) -> u32 {
        pool.tally.open() - pool.slots.lock().unwrap().len() as u32
    }

    fn leave(core: &mut Core<Self>) {
        core.line.break_off();
    }
}

pub(crate) struct PacedWire(Backend);

impl Wire for PacedWire {
    async fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        give_way().await;
        let done = self.0.batch(sql).await;
        give_way().await;
        done
    }

    async fn execute(&mut self, statement: &Flat<'_>) -> Result<usize, Fault> {
        give_way().await;
        let done = self.0.execute(statement).await;
        give_way().await;
        done
    }

    async fn load(&mut self, statement: &Flat<'_>, rows: &mut impl Taker) -> Result<usize, Fault> {
        give_way().await;
        let done = self.0.load(statement, rows).await;
        give_way().await;
        done
    }

    fn count_prepared(&mut self, prepared: Prepared) {
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
