//! The door to entities: their states, epochs, snapshots and primary keys change here and nowhere else.
//!
//! [`UnitOfWork::apply`] makes a [`Change`] and records the inverse in the journal; an observer of changes belongs there. The fields that a
//! change writes are private to this folder, so that no other file can write one and forget the inverse.
//!
//! Three things are no `Change`, and each says why: a row that arrives (`arrival.rs`), an entity that leaves the session ([`UnitOfWork::evict`]),
//! and the way back (`revert.rs`).

mod arena;
mod arrival;
mod columns;
mod filled;
mod identity_map;
mod journal;
mod members;
mod references;
mod revert;
mod snapshots;

use std::any::Any;

pub(super) use self::arena::{Arena, ArenaId, Arenas};
pub(super) use self::journal::Journal;
use super::UnitOfWork;
use super::epoch::EXPIRED;
use super::lifecycle::State;
use super::rollback::{Snapshot, Undo};
use crate::key::Slot;
use crate::mapping::{EntityMeta, KeyValues};

/// A change of what the session knows about one entity, apart from its columns and links.
#[derive(Debug)]
pub(super) enum Change {
    /// The entity is in another state.
    State(State),
    /// The entity is about to be edited for the first time since the last flush.
    Edited(Snapshot),
    /// The entity that is marked for deletion is not to be deleted after all.
    Kept,
    /// The unflushed edit is dropped.
    Dropped,
    /// A flush has written the edit.
    Written,
    /// A flush has inserted the row. The flush records one inverse for all rows of a statement.
    Inserted,
    /// The entity is to be another row: it was the row that the snapshot shows.
    Renewed(Snapshot),
    /// The row is gone, and another entity has the primary key.
    Replaced(KeyValues),
    /// A bulk DELETE has deleted the row.
    Removed(KeyValues),
    /// The entity is found by a primary key from now on.
    Entered(KeyValues),
    /// The entity is no longer found by a primary key.
    Struck(KeyValues),
    /// The columns must be read again. Records no inverse: reading again is right after a rollback, too.
    Expired,
}

impl UnitOfWork {
    /// Makes a change of an entity that the session holds, and records its inverse.
    #[inline]
    pub(super) fn apply(&mut self, kind: ArenaId, slot: Slot, change: Change) {
        let arena = &mut self.arenas[kind];
        let Some(place) = arena.place_mut(slot) else { return };
        let undo = match change {
            Change::State(state) => {
                let Some(before) = place.state.replace(state) else { return };
                Undo::State { kind, slot, before }
            }
            Change::Kept if place.state != Some(State::Deleting) => return,
            Change::Kept => {
                place.state = Some(State::Persistent);
                Undo::Kept { kind, slot, at: self.journal.position_of_deletion(kind, slot) }
            }
            Change::Edited(before) => {
                place.snapshot = self.journal.len() as u32 + 1;
                Undo::Edited { kind, slot, before }
            }
            Change::Dropped => Undo::Dropped { kind, slot, snapshot: std::mem::take(&mut place.snapshot) },
            Change::Written if place.snapshot == 0 => return,
            Change::Written => Undo::Noted { kind, slot, snapshot: std::mem::take(&mut place.snapshot) },
            Change::Inserted => {
                (place.state, place.epoch) = (Some(State::Persistent), self.epochs.now());
                return arena.enter(slot);
            }
            Change::Renewed(before) => {
                (place.state, place.epoch) = (Some(State::Pending), self.epochs.now());
                let (before, snapshot) = (Box::new(before), std::mem::take(&mut place.snapshot));
                Undo::Renewed { kind, slot, before, snapshot }
            }
            Change::Replaced(key) => {
                let Some(before) = place.state.replace(State::Replaced) else { return };
                arena.identity.remove(&key, slot.index);
                Undo::Replaced { kind, slot, before, key: Box::new(key) }
            }
            Change::Removed(key) => {
                let Some(before) = place.state.replace(State::Deleted) else { return };
                arena.identity.remove(&key, slot.index);
                Undo::Removed { kind, slot, before, key: Box::new(key) }
            }
            Change::Entered(key) => {
                arena.identity.insert(&key, slot.index);
                Undo::Entered { kind, slot, key: Box::new(key) }
            }
            Change::Struck(key) => {
                arena.identity.remove(&key, slot.index);
                Undo::Struck { kind, slot, key: Box::new(key) }
            }
            Change::Expired => {
                place.epoch = EXPIRED;
                return;
            }
        };
        self.journal.record(undo);
    }

    /// Records the inverse of an INSERT of rows, each of which is [`Change::Inserted`]; the database assigned the columns of the mask.
    pub(super) fn record_inserted(&mut self, kind: ArenaId, rows: &[Slot], assigned: u64) {
        self.journal.record(Undo::Inserted { kind, slots: rows.into(), assigned });
    }

    /// Puts a new entity in its arena as pending, and records that.
    pub(super) fn admit_pending(&mut self, meta: &'static EntityMeta, entity: Box<dyn Any + Send>) -> (ArenaId, Slot) {
        let (kind, epoch) = (self.kind_of(meta), self.epochs.now());
        let Arena { storage, places, .. } = &mut self.arenas[kind];
        let Ok(slot) = places.occupy(State::Pending, epoch, |place| storage.put(place, entity)) else {
            unreachable!("the storage was made by the mapping of the same type")
        };
        self.journal.record(Undo::Added { kind, slot });
        (kind, slot)
    }

    /// Takes an entity out of the session. Records no inverse: a rollback does not bring back what the program took out.
    pub(super) fn evict(&mut self, kind: ArenaId, slot: Slot) -> Option<Box<dyn Any + Send>> {
        self.arenas[kind].vacate(slot)
    }

    /// Makes an entity that is about to leave the session be found by its primary key no more. Records no inverse, as [`evict`](Self::evict).
    pub(super) fn forget_key(&mut self, kind: ArenaId, slot: Slot, key: &KeyValues) {
        self.arenas[kind].identity.remove(key, slot.index);
    }

    /// Takes every entity out of the session. Records no inverse, as [`evict`](Self::evict).
    pub(super) fn evict_all(&mut self) {
        for arena in self.arenas.iter_mut() {
            let slots: Vec<Slot> = arena.slots().collect();
            slots.into_iter().for_each(|slot| drop(arena.vacate(slot)));
            arena.identity.clear();
        }
    }
}
