//! What changed: a snapshot at the first edit, compared with the entity when somebody asks.

use super::UnitOfWork;
use super::intent::Intent;
use super::lifecycle::State;
use super::rollback::Snapshot;
use super::store::{ArenaId, Change};
use crate::error::Result;
use crate::key::{Key, Slot};
use crate::mapping::{ColumnPosition, Entity, IndexVec, Record, RelationKind, RelationPosition};
use crate::value::{Value, ValueRef};

/// What became of one column since the last flush.
///
/// Counterpart: `sqlalchemy.orm.attributes.History`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// The column's name in the database.
    pub column: &'static str,
    /// The value that the row has; `None` for a pending entity, and for a deferred column that is not loaded.
    pub before: Option<Value>,
    /// The value that the next flush writes; `NULL` where it is the key of an entity that has none yet.
    pub after: Value,
    /// Whether `Debug` masks both values.
    pub sensitive: bool,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("History");
        shown.field("column", &self.column);
        match self.sensitive {
            true => shown.field("before", &"***").field("after", &"***").finish(),
            false => shown.field("before", &self.before).field("after", &self.after).finish(),
        }
    }
}

/// An edit of an entity, which is dropped by reading the entity again: it stays in the lists of edits then, and counts no more.
#[derive(Clone, Copy)]
pub(super) struct Edit {
    pub(super) kind: ArenaId,
    pub(super) slot: Slot,
    /// The place of its snapshot, which tells it from a later edit of the same entity; 0 for an entity without a row, which has none.
    pub(super) snapshot: u32,
}

impl UnitOfWork {
    /// The unflushed edit of an entity.
    pub(super) fn edit_of(&self, kind: ArenaId, slot: Slot) -> Edit {
        Edit { kind, slot, snapshot: self.arenas[kind].place(slot).map_or(0, |place| place.snapshot) }
    }

    /// Whether an edit was neither flushed nor dropped.
    pub(super) fn is_unflushed(&self, edit: &Edit) -> bool {
        self.arenas[edit.kind].place(edit.slot).is_some_and(|place| place.snapshot == edit.snapshot)
    }

    /// The persistent entities with unflushed edits, in the order of their first edit.
    pub(super) fn edited_rows(&self) -> impl Iterator<Item = (ArenaId, Slot)> + '_ {
        self.journal.edited().iter().filter(|edit| self.is_unflushed(edit)).map(|edit| (edit.kind, edit.slot))
    }

    /// The columns that the next flush writes: for a pending entity all of them.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    pub fn history<E: Entity>(&self, key: Key<E>) -> Result<Vec<History>> {
        let kind = self.check(key)?;
        self.history_at(kind, key.slot())
    }

    pub(super) fn history_at(&self, kind: ArenaId, slot: Slot) -> Result<Vec<History>> {
        let arena = &self.arenas[kind];
        let record = arena.tenant(slot)?;
        let class = self.class_of(kind, slot);
        let columns = arena.meta.columns.enumerate();
        let columns = columns.filter(|(index, _)| arena.meta.has_column(class, *index));
        if arena.state(slot) == Some(State::Pending) {
            let after = |(index, column): (ColumnPosition, &crate::mapping::ColumnMeta)| History {
                column: column.name,
                before: None,
                after: record.value(index).to_value(),
                sensitive: arena.meta.is_sensitive(index),
            };
            let is_value = |(index, _): &(ColumnPosition, _)| !record.value(*index).is_unloaded();
            return Ok(columns.filter(is_value).map(after).collect());
        }
        let Some(snapshot) = self.snapshot(kind, slot) else { return Ok(Vec::new()) };
        let waits = |column: ColumnPosition| {
            let mut relations = arena.meta.relations.enumerate();
            relations
                .any(|(index, relation)| relation.columns.contains(&column) && self.waits_for_key(kind, slot, index))
        };
        Ok(columns
            .filter(|(index, _)| {
                differs(&snapshot.values[*index], &record.value(*index))
                    || waits(*index)
                    || self.is_assigned(kind, slot, *index)
            })
            .map(|(index, column)| History {
                column: column.name,
                before: known(&snapshot.values[index]),
                after: record.value(index).to_value(),
                sensitive: arena.meta.is_sensitive(index),
            })
            .collect())
    }

    /// Whether the next flush would write the entity: it is pending, or a column or reference differs from its row.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    pub fn is_modified<E: Entity>(&self, key: Key<E>) -> Result<bool> {
        let kind = self.check(key)?;
        Ok(self.arenas[kind].state(key.slot()) == Some(State::Pending) || self.differs(kind, key.slot()))
    }

    /// The entities of a type that the next flush inserts, in the order in which they were added.
    pub fn new_keys<E: Entity>(&self) -> Vec<Key<E>> {
        self.keys_in(self.journal.pending().iter().copied(), |unit, kind, slot| {
            unit.arenas[kind].state(slot) == Some(State::Pending)
        })
    }

    /// The persistent entities of a type that differ from their rows, in the order of their first edit.
    pub fn dirty_keys<E: Entity>(&self) -> Vec<Key<E>> {
        self.keys_in(self.edited_rows(), Self::differs)
    }

    /// The entities of a type that are marked for deletion, in that order.
    pub fn deleted_keys<E: Entity>(&self) -> Vec<Key<E>> {
        self.keys_in(self.journal.deleting().iter().copied(), |unit, kind, slot| {
            unit.arenas[kind].state(slot) == Some(State::Deleting)
        })
    }

    /// Takes a snapshot of a persistent entity before its first edit since the last flush; says whether this is the first.
    pub(super) fn note_edit(&mut self, kind: ArenaId, slot: Slot) -> bool {
        let Some(place) = self.arenas[kind].place(slot) else { return false };
        let blind = self.is_expired_at(kind, slot);
        if place.snapshot != 0 {
            if blind {
                self.intend(kind, slot, |intent| intent.blind = true);
            }
            return false;
        }
        if place.state == Some(State::Pending) {
            return false;
        }
        let Some(record) = self.arenas[kind].record(slot) else { return false };
        let mut before = take_snapshot(record);
        before.intent = blind.then(|| Box::new(Intent { blind, ..Intent::default() }));
        self.apply(kind, slot, Change::Edited(before));
        true
    }

    /// The snapshot of the unflushed edit of an entity.
    pub(super) fn snapshot(&self, kind: ArenaId, slot: Slot) -> Option<&Snapshot> {
        self.journal.snapshot(self.arenas[kind].place(slot)?.snapshot)
    }

    /// Whether a persistent entity differs from its row.
    pub(super) fn differs(&self, kind: ArenaId, slot: Slot) -> bool {
        self.arenas[kind].state(slot) == Some(State::Persistent) && self.is_edited(kind, slot)
    }

    /// Whether an entity differs from its snapshot.
    pub(super) fn is_edited(&self, kind: ArenaId, slot: Slot) -> bool {
        let arena = &self.arenas[kind];
        let (Some(snapshot), Some(record)) = (self.snapshot(kind, slot), arena.record(slot)) else { return false };
        let value_differs = |column: ColumnPosition| differs(&snapshot.values[column], &record.value(column));
        let target_differs = |relation: RelationPosition| {
            let target = record.reference(relation).and_then(|reference| reference.target());
            // A target that has no key yet shows in no column.
            record.reference(relation).is_some_and(|reference| !reference.has_id())
                && target.map(|(_, slot)| slot) != snapshot.targets.get(relation).copied().flatten()
        };
        let is_assigned = snapshot.intent.as_ref().is_some_and(|intent| !intent.assigned.is_empty());
        is_assigned
            || (arena.meta.columns.positions()).any(value_differs)
            || (arena.meta.relations.positions()).any(target_differs)
    }

    fn keys_in<E: Entity>(
        &self,
        list: impl Iterator<Item = (ArenaId, Slot)>,
        wanted: impl Fn(&Self, ArenaId, Slot) -> bool,
    ) -> Vec<Key<E>> {
        let Some(kind) = self.known_kind(E::entity_meta()) else { return Vec::new() };
        list.filter(|(found, slot)| *found == kind && wanted(self, kind, *slot))
            .filter(|(_, slot)| self.is_one(E::entity_meta(), kind, *slot))
            .map(|(_, slot)| Key::from_parts(self.session, slot))
            .collect()
    }
}

/// Whether a value is one to write, as the row has another. A deferred column that is not loaded has none.
#[inline]
pub(super) fn differs(before: &Value, now: &ValueRef<'_>) -> bool {
    before.as_value_ref() != *now && !now.is_unloaded()
}

/// The value that a row is known to have.
pub(super) fn known(before: &Value) -> Option<Value> {
    (!before.as_value_ref().is_unloaded()).then(|| before.clone())
}

pub(super) fn take_snapshot(record: &dyn Record) -> Snapshot {
    let meta = record.meta();
    let values = (meta.columns.positions()).map(|column| record.value(column).to_value()).collect();
    let has_references = meta.relations.iter().any(|relation| relation.kind == RelationKind::BelongsTo);
    let targets = if has_references {
        (meta.relations.positions()).map(|relation| Some(record.reference(relation)?.target()?.1)).collect()
    } else {
        IndexVec::new()
    };
    Snapshot { values, targets, intent: None }
}
