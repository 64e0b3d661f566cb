//! The intent of an unflushed edit, beyond the difference of its columns: edits of expired memory, assignments, changed relationships.
//!
//! An expired entity shows the values of an earlier transaction. A plain edit of it is *blind*: its UPDATE checks that the edited columns
//! still have those values, so that a change which the session has not seen is never overwritten. An *assigned* column is written without
//! that check, even if memory already had the value.

use super::UnitOfWork;
use super::column_set::{ColumnSet, RelationSet};
use super::fill::unfit;
use super::store::ArenaId;
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{ColumnPosition, Entity, RelationKind, RelationMeta};
use crate::value::Value;

/// The meaning of an edit beyond the difference of its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Intent {
    /// Whether the entity was expired when it was edited, so that the snapshot may differ from the row.
    pub(super) blind: bool,
    /// Columns to write whatever memory held: by `session.set(..)`, and by `rel(..)` on expired memory.
    pub(super) assigned: ColumnSet,
    /// Relationships that `rel(..)` changed. They survive the expiry of this end, as the other end was changed with it.
    pub(super) related: RelationSet,
}

impl UnitOfWork {
    /// Assigns a column, which the next flush writes whatever memory held.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored; [`Error::RowDeleted`] when the entity was deleted; [`Error::InvalidRequest`] when it has no such column.
    pub fn assign<E: Entity>(&mut self, key: Key<E>, column: &str, value: Value) -> Result<()> {
        let (kind, slot) = (self.check_row(key)?, key.slot());
        let (meta, index) = (self.arenas[kind].meta, self.column_at(kind, slot, column)?);
        self.note_edit(kind, slot);
        let found = value.kind();
        self.set_column(kind, slot, index, value).map_err(|expected| unfit(meta, index, expected, found))?;
        let through =
            |relation: &RelationMeta| relation.kind == RelationKind::BelongsTo && relation.columns.contains(&index);
        if let Some(relation) = meta.relations.position(through) {
            // The foreign key says by now who it is.
            self.set_known_target(kind, slot, relation, None);
        }
        self.intend(kind, slot, |intent| intent.assigned.insert(index));
        Ok(())
    }

    /// The position of a column of an entity, by its name in the database.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when the entity has no such column.
    pub(super) fn column_at(&self, kind: ArenaId, slot: Slot, column: &str) -> Result<ColumnPosition> {
        let (meta, class) = (self.arenas[kind].meta, self.class_of(kind, slot));
        let mut columns = meta.columns.enumerate();
        let found = columns.find(|(index, found)| found.name == column && meta.has_column(class, *index));
        let (index, _) = found.ok_or_else(|| Error::invalid(format!("{} has no column `{column}`", meta.name)))?;
        Ok(index)
    }

    /// The intent of the unflushed edit of an entity, if it is more than a plain edit of fresh memory.
    pub(super) fn intent(&self, kind: ArenaId, slot: Slot) -> Option<&Intent> {
        self.snapshot(kind, slot)?.intent.as_deref()
    }

    /// Whether a column is to be written whatever memory held.
    pub(super) fn is_assigned(&self, kind: ArenaId, slot: Slot, column: ColumnPosition) -> bool {
        self.intent(kind, slot).is_some_and(|intent| intent.assigned.contains(column))
    }

    /// Of the columns that an UPDATE writes, those that must still have the value of the snapshot in the row.
    pub(super) fn guarded_columns(&self, kind: ArenaId, slot: Slot, written: &ColumnSet) -> ColumnSet {
        let meta = self.arenas[kind].meta;
        let Some(intent) = self.intent(kind, slot).filter(|intent| intent.blind) else { return ColumnSet::default() };
        let waits = |column: ColumnPosition| {
            let mut relations = meta.relations.enumerate();
            relations
                .any(|(index, relation)| relation.columns.contains(&column) && self.waits_for_key(kind, slot, index))
        };
        let Some(before) = self.snapshot(kind, slot) else { return ColumnSet::default() };
        let is_guarded = |column: &ColumnPosition| {
            // Nobody has seen the value of a deferred column that was not loaded.
            let is_known = !before.values[*column].as_value_ref().is_unloaded();
            is_known
                && !intent.assigned.contains(*column)
                && !meta.primary_key.contains(column)
                && meta.version != Some(*column)
                && (!self.is_unchanged(kind, slot, *column) || waits(*column))
        };
        written.iter().filter(is_guarded).collect()
    }
}
