//! The way back of each [`Change`](super::Change): what a rollback does with an inverse that it takes from the journal.

use super::super::UnitOfWork;
use super::super::epoch::EXPIRED;
use super::super::lifecycle::State;
use super::super::rollback::Snapshot;
use super::{Arena, ArenaId};
use crate::key::Slot;
use crate::mapping::{ColumnPosition, KeyValues, RelationKind};
use crate::value::Value;
use crate::value_row::{ValueReader, ValueRow};

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

    /// Makes an inserted entity pending again: no primary key finds it, and the columns of the mask, which the database assigned, are unset.
    pub(in crate::unit) fn revert_inserted(&mut self, kind: ArenaId, slot: Slot, assigned: u64) {
        let arena = &mut self.arenas[kind];
        if let Some(key) = arena.key_values(slot) {
            arena.identity.remove(&key, slot.index);
        }
        if let Some(place) = arena.place_mut(slot) {
            place.state = Some(State::Pending);
        }
        let columns = arena.meta.columns.positions().take(64).filter(|column| assigned >> column.0 & 1 == 1);
        if let Some(record) = arena.record_mut(slot) {
            columns.for_each(|column| record.unset(column));
        }
    }
    /// Writes a snapshot back into its entity.
    pub(in crate::unit) fn restore(&mut self, kind: ArenaId, slot: Slot, before: Snapshot) {
        let session = self.session;
        let Arena { meta, reference_columns, .. } = &self.arenas[kind];
        let (meta, written_through) = (*meta, reference_columns.clone());
        let Some(record) = self.arenas[kind].record_mut(slot) else { return };
        if let Some(polymorphism) = &meta.polymorphism
            && record.value(polymorphism.discriminator) != before.values[polymorphism.discriminator].as_value_ref()
        {
            // Another variant was assigned: the one before is made anew, as from its row.
            let row = ValueRow { values: before.values.as_slice().to_vec(), ..ValueRow::default() };
            let _ = record.refresh(&mut ValueReader::new(&row), 0);
        }
        for (index, relation) in meta.relations.enumerate() {
            if relation.kind == RelationKind::BelongsTo
                && let Some(reference) = record.reference_mut(index)
            {
                let id: KeyValues = relation.columns.iter().map(|column| before.values[*column].clone()).collect();
                // A newcomer that was assigned goes with the edit.
                drop(reference.take_new());
                // The values stood in these fields before, so the fields take them; the same below.
                let _ = reference.set_id(&id);
                let target = before.targets.get(index).copied().flatten();
                reference.set_target(target.map(|slot| (session, slot)));
            }
        }
        for (column, value) in meta.columns.positions().zip(before.values) {
            if !written_through[column] {
                let _ = record.set_value(column, value);
            }
        }
    }

    /// Writes one column back, through its `BelongsTo` if it has one.
    pub(in crate::unit) fn overwrite(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        column: ColumnPosition,
        value: Option<Value>,
    ) {
        let meta = self.arenas[kind].meta;
        let through = meta.relations.position(|relation| relation.columns.contains(&column));
        let Some(record) = self.arenas[kind].record_mut(slot) else { return };
        match (through, value) {
            (Some(index), value) => {
                if let Some(reference) = record.reference_mut(index) {
                    // A foreign key is written as a whole, and so is it taken back: to none.
                    let value = value.unwrap_or(Value::Null);
                    let _ = reference.set_id(&vec![value; meta.relations[index].columns.len()]);
                }
            }
            (None, Some(value)) => {
                let _ = record.set_value(column, value);
            }
            (None, None) => record.unset(column),
        }
    }
}
