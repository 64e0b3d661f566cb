//! Writers of snapshots: what an unflushed edit keeps of its row, and the intent of the edit.

use super::super::UnitOfWork;
use super::super::intent::Intent;
use super::super::rollback::{Snapshot, Undo};
use super::ArenaId;
use crate::key::Slot;
use crate::mapping::{KeyValues, RelationPosition};
use crate::value::Value;

impl UnitOfWork {
    fn snapshot_mut(&mut self, kind: ArenaId, slot: Slot) -> Option<&mut Snapshot> {
        self.journal.snapshot_mut(self.arenas[kind].place(slot)?.snapshot)
    }

    /// Changes the intent of an unflushed edit, and records the intent before.
    pub(in crate::unit) fn intend(&mut self, kind: ArenaId, slot: Slot, change: impl FnOnce(&mut Intent)) {
        let Some(snapshot) = self.snapshot_mut(kind, slot) else { return };
        let mut intent = snapshot.intent.as_deref().cloned().unwrap_or_default();
        change(&mut intent);
        if snapshot.intent.as_deref() == Some(&intent) {
            return;
        }
        let before = snapshot.intent.replace(Box::new(intent));
        self.journal.record(Undo::Intended { kind, slot, before });
    }

    /// Takes back [`intend`](Self::intend).
    pub(in crate::unit) fn revert_intent(&mut self, kind: ArenaId, slot: Slot, before: Option<Box<Intent>>) {
        if let Some(snapshot) = self.snapshot_mut(kind, slot) {
            snapshot.intent = before;
        }
    }

    /// Writes the foreign key that a row is known to have by now, where an unflushed edit keeps what the row has. Records the foreign key
    /// before, if there was one.
    pub(in crate::unit) fn set_row_reference(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        before: Option<KeyValues>,
        id: &[Value],
    ) {
        if let Some(id) = before {
            self.journal.record(Undo::Rekeyed { kind, slot, relation, id: Box::new(id) });
        }
        self.revert_row_reference(kind, slot, relation, id);
    }

    /// Takes back [`set_row_reference`](Self::set_row_reference).
    pub(in crate::unit) fn revert_row_reference(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        id: &[Value],
    ) {
        let columns = &self.arenas[kind].meta.relations[relation].columns;
        let Some(before) = self.snapshot_mut(kind, slot) else { return };
        for (column, value) in columns.iter().zip(id) {
            before.values[*column] = value.clone();
        }
    }
}
