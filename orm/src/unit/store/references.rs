//! Writers of references: the foreign key of a `BelongsTo`, and the entity under it.
//!
//! A foreign key changes after its inverse was recorded: by a snapshot, by [`UnitOfWork::note_referred`], or by the flush for the row. The place
//! of the entity under a foreign key is knowledge that follows from the key, as a load finds it out: it needs no inverse, because a rollback
//! that changes the key states the entity anew, and an entity that is no longer held is no target.

use std::num::NonZeroU32;

use super::super::UnitOfWork;
use super::super::rollback::Undo;
use super::ArenaId;
use crate::key::Slot;
use crate::mapping::{FormerLinks, FormerSlot, Record, ReferenceField, RelationPosition};
use crate::value::Value;

impl UnitOfWork {
    fn reference_mut(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
    ) -> Option<&mut dyn ReferenceField> {
        self.arenas[kind].record_mut(slot)?.reference_mut(relation)
    }

    /// Takes the entity that a reference holds as a value.
    pub(in crate::unit) fn take_new_target(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
    ) -> Option<Box<dyn Record>> {
        self.reference_mut(kind, slot, relation)?.take_new()
    }

    /// Records how a reference is, whatever a snapshot says.
    pub(in crate::unit) fn note_referred(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition) {
        let parts = self.arenas[kind].meta.relations[relation].columns.len();
        let Some(reference) = self.record(kind, slot).and_then(|record| record.reference(relation)) else { return };
        let id = (0..parts).map(|part| reference.id_part(part).to_value()).collect();
        let target = reference.target().map(|(_, slot)| slot);
        self.journal.record(Undo::Referred { kind, slot, relation, target, id: Box::new(id) });
    }

    /// Sets a reference: its foreign key, and the entity under it. An entity that was assigned past the session gives way.
    pub(in crate::unit) fn set_reference(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        id: &[Value],
        target: Option<Slot>,
    ) {
        let session = self.session;
        if let Some(reference) = self.reference_mut(kind, slot, relation) {
            drop(reference.take_new());
            // The target's primary key is of the type that the reference holds.
            let _ = reference.set_id(id);
            reference.set_target(target.map(|slot| (session, slot)));
        }
    }

    /// Sets the foreign key of a row that is about to be written, and records that there was none.
    ///
    /// # Errors
    /// The expected type, in words.
    pub(in crate::unit) fn fill_foreign_key(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        id: &[Value],
    ) -> Result<(), String> {
        let column = self.arenas[kind].meta.relations[relation].columns[0];
        self.journal.record(Undo::Column { kind, slot, column, before: None });
        self.set_foreign_key(kind, slot, relation, id).map(|_| ())
    }

    /// Sets a foreign key and keeps the entity under it; `None` where there is no such reference.
    ///
    /// # Errors
    /// The expected type, in words.
    pub(in crate::unit) fn set_foreign_key(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        id: &[Value],
    ) -> Result<Option<()>, String> {
        self.reference_mut(kind, slot, relation).map(|reference| reference.set_id(id)).transpose()
    }

    /// States the entity under a foreign key; `None` where there is no such reference.
    pub(in crate::unit) fn set_known_target(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        target: Option<Slot>,
    ) -> Option<()> {
        let session = self.session;
        self.reference_mut(kind, slot, relation)?.set_target(target.map(|slot| (session, slot)));
        Some(())
    }

    /// States the entity under the foreign keys of several entities, up to one that has another key; returns how many have this one.
    pub(in crate::unit) fn claim_targets(
        &mut self,
        kind: ArenaId,
        slots: &[Slot],
        relation: RelationPosition,
        key: &[Value],
        target: (NonZeroU32, Slot),
    ) -> usize {
        self.arenas[kind].storage.claim(slots, relation, key, target)
    }

    /// Makes a reference wait for an entity that a rollback handed back.
    pub(in crate::unit) fn set_former_target(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        former: Option<FormerLinks>,
    ) {
        if let Some(reference) = self.reference_mut(kind, slot, relation) {
            reference.set_former(former);
        }
    }

    /// Makes a reference as it was before a change.
    pub(in crate::unit) fn revert_reference(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        id: &[Value],
        target: Option<FormerSlot>,
    ) {
        if let Some(reference) = self.reference_mut(kind, slot, relation) {
            // What the field held before fits it again.
            let _ = reference.set_id(id);
            reference.set_target(target);
        }
    }
}
