//! The way back of each [`Change`](super::Change): what a rollback does with an inverse that it takes from the journal.

use super::super::UnitOfWork;
use super::super::epoch::EXPIRED;
use super::super::lifecycle::State;
use super::ArenaId;
use crate::key::Slot;
use crate::mapping::KeyValues;

impl UnitOfWork {
    /// Makes the snapshot at a position the one that an entity is compared with; 0 for no edit.
    pub(in crate::unit) fn revert_snapshot(&mut self, kind: ArenaId, slot: Slot, snapshot: u32) {
        if let Some(place) = self.arenas[kind].place_mut(slot) {
            place.snapshot = snapshot;
        }
    }

    /// Makes an edit unflushed again. Memory is expired: other transactions may have written the row meanwhile.
    pub(in crate::unit) fn revert_written(&mut self, kind: ArenaId, slot: Slot, snapshot: u32) {
        if let Some(place) = self.arenas[kind].place_mut(slot) {
            (place.snapshot, place.epoch) = (snapshot, EXPIRED);
        }
    }

    /// Puts an entity back into a state.
    pub(in crate::unit) fn revert_state(&mut self, kind: ArenaId, slot: Slot, before: State) {
        if let Some(place) = self.arenas[kind].place_mut(slot) {
            place.state = Some(before);
        }
    }

    /// Makes an entity that is still held be found by a primary key no more.
    pub(in crate::unit) fn revert_entered(&mut self, kind: ArenaId, slot: Slot, key: &KeyValues) {
        let arena = &mut self.arenas[kind];
        if arena.place(slot).is_some() {
            arena.identity.remove(key, slot.index);
        }
    }

    /// Makes an entity that is still held be found by a primary key again.
    pub(in crate::unit) fn revert_struck(&mut self, kind: ArenaId, slot: Slot, key: &KeyValues) {
        if self.arenas[kind].place(slot).is_none() {
            return;
        }
        if let Some(other) = self.arenas[kind].find(key).filter(|other| *other != slot) {
            // It was read from a row that had the key meanwhile, and is undone.
            self.forget_strategies(kind, other);
            self.arenas[kind].vacate(other);
        }
        self.arenas[kind].identity.insert(key, slot.index);
    }

    /// Makes an inserted entity pending again, which no primary key finds.
    pub(in crate::unit) fn revert_inserted(&mut self, kind: ArenaId, slot: Slot) {
        let arena = &mut self.arenas[kind];
        if let Some(key) = arena.key_values(slot) {
            arena.identity.remove(&key, slot.index);
        }
        self.revert_state(kind, slot, State::Pending);
    }
}
