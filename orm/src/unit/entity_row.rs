//! Entities of whatever type, for listeners: which rows a flush writes, and their columns by position.

use std::any::TypeId;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU32;

use super::UnitOfWork;
use super::flush::Flush;
use super::history::History;
use super::lifecycle::State;
use super::store::{ArenaId, Change};
use crate::column_type::ColumnType;
use crate::error::Result;
use crate::key::{Key, Slot};
use crate::mapping::{ColumnPosition, Entity, EntityMeta, Record};
use crate::row::ReadError;
use crate::value::Value;

/// An entity of whatever type that a unit of work holds.
#[derive(Clone, Copy)]
pub(crate) struct EntityRow {
    session: NonZeroU32,
    pub(super) kind: ArenaId,
    slot: Slot,
    /// Of a hierarchy, the mapping of its root.
    meta: &'static EntityMeta,
    class: usize,
}

/// The rows that a flush has written.
pub(crate) struct Written {
    pub(crate) inserted: Vec<EntityRow>,
    pub(crate) updated: Vec<EntityRow>,
    pub(crate) deleted: Vec<EntityRow>,
}

impl EntityRow {
    /// Returns the name of the type; of a hierarchy, that of the class.
    pub(crate) fn name(&self) -> &'static str {
        self.meta.class_name(self.class)
    }

    /// Returns the mapping; of a hierarchy, that of the root.
    pub(crate) fn meta(&self) -> &'static EntityMeta {
        self.meta
    }

    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    /// Class of the entity in its hierarchy, by the position of the variant; 0 outside of hierarchies.
    pub(super) fn class(&self) -> usize {
        self.class
    }

    /// Returns the typed key, if the entity is an `E`.
    pub(crate) fn key<E: Entity>(&self) -> Option<Key<E>> {
        self.is_one_of(E::entity_meta()).then(|| Key::from_parts(self.session, self.slot))
    }

    /// Whether the entity is of the type of a mapping, or of a class below it.
    pub(crate) fn is_one_of(&self, meta: &'static EntityMeta) -> bool {
        meta.is_kin(self.meta)
            && meta.polymorphism.as_ref().is_none_or(|polymorphism| polymorphism.includes(self.class))
    }

    /// Returns the position of the first column of an embedded struct, if the entity embeds one of this type.
    pub(crate) fn first_column_of(&self, embedded: TypeId) -> Option<ColumnPosition> {
        let mut places = self.meta.embeds.iter();
        let has = |first: ColumnPosition| self.meta.has_column(self.class, first);
        places.find(|(found, first)| *found == embedded && has(*first)).map(|(_, first)| *first)
    }
}

impl PartialEq for EntityRow {
    fn eq(&self, other: &Self) -> bool {
        (self.session, self.kind, self.slot) == (other.session, other.kind, other.slot)
    }
}

impl Eq for EntityRow {}

impl Hash for EntityRow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.session, self.kind, self.slot).hash(state);
    }
}

impl UnitOfWork {
    pub(super) fn entity_row(&self, (kind, slot): (ArenaId, Slot)) -> EntityRow {
        let class = self.class_of(kind, slot);
        EntityRow { session: self.session, kind, slot, meta: self.arenas[kind].meta, class }
    }

    /// The entities that the next flush inserts, in the order in which they were added.
    pub(crate) fn pending_rows(&self) -> impl Iterator<Item = EntityRow> + '_ {
        let rows = self.journal.pending().iter().copied();
        rows.filter(|(kind, slot)| self.arenas[*kind].state(*slot) == Some(State::Pending))
            .map(|row| self.entity_row(row))
    }

    /// The entities with rows that the next flush changes, in the order of their first edit.
    pub(crate) fn dirty_rows(&self) -> impl Iterator<Item = EntityRow> + '_ {
        self.edited_rows().filter(|(kind, slot)| self.differs(*kind, *slot)).map(|row| self.entity_row(row))
    }

    /// The entities whose rows the next flush deletes, in the order in which they were marked.
    pub(crate) fn deleted_rows(&self) -> impl Iterator<Item = EntityRow> + '_ {
        let rows = self.journal.deleting().iter().copied();
        rows.filter(|(kind, slot)| self.arenas[*kind].state(*slot) == Some(State::Deleting))
            .map(|row| self.entity_row(row))
    }

    /// The entity as a record, if it is still held.
    pub(crate) fn record_of(&self, row: EntityRow) -> Option<&dyn Record> {
        self.record(row.kind, row.slot)
    }

    /// The columns that the next flush writes; see [`history`](Self::history).
    pub(crate) fn history_of(&self, row: EntityRow) -> Result<Vec<History>> {
        self.history_at(row.kind, row.slot)
    }

    /// Reads a column by its position.
    pub(crate) fn column_of<T: ColumnType>(&self, row: EntityRow, column: ColumnPosition) -> Result<T> {
        let record = self.arenas[row.kind].tenant(row.slot)?;
        let value = record.value(column).to_value();
        let found = value.kind();
        let name = row.meta.columns[column].name;
        T::from_value(value).map_err(|expected| ReadError::new(column.0, expected, found).locate(row.name(), name))
    }

    /// Writes a column by its position within a flush.
    pub(crate) fn write_column_of(&mut self, row: EntityRow, column: ColumnPosition, value: Value) -> Result<()> {
        self.note_edit(row.kind, row.slot);
        self.write_column(row.kind, row.slot, column, value)
    }

    /// Takes a mark for deletion back: the row stays.
    pub(crate) fn keep(&mut self, row: EntityRow) {
        self.apply(row.kind, row.slot, Change::Kept);
    }

    /// Lends an entity to a listener of a flush: if the flush fails, the entity is as it was before the flush, edits of
    /// before included.
    pub(crate) fn edit_within_flush<E: Entity>(&mut self, key: Key<E>) -> Result<&mut E> {
        self.record_before_listener(key)?;
        self.edit(key)
    }

    /// Records how an entity is, unless the coming edit is its first, which records that anyway.
    pub(crate) fn record_before_listener<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        let kind = self.check(key)?;
        if !self.note_edit(kind, key.slot()) {
            self.record_whole(kind, key.slot());
        }
        Ok(())
    }
}

impl Flush<'_> {
    /// The unit of work, and the rows that were written.
    pub(crate) fn written(&self) -> (&UnitOfWork, Written) {
        let rows = |rows: &[(ArenaId, Slot)]| rows.iter().map(|row| self.unit.entity_row(*row)).collect();
        let changes = self.changes();
        let (inserted, updated, deleted) = (rows(&changes.inserts), rows(&changes.updates), rows(&changes.deletes));
        (self.unit, Written { inserted, updated, deleted })
    }
}
