//! Writers of deferred columns that are loaded into entities in memory.
//!
//! A row is the truth as of this transaction, so that a full rollback needs no inverse: everything expires. A rollback to a savepoint
//! expires what was read since the savepoint only, so a column that joins an entity which was read before has one.

use super::super::UnitOfWork;
use super::super::lifecycle::State;
use super::super::rollback::Undo;
use super::ArenaId;
use crate::error::BoxedResult;
use crate::key::Slot;
use crate::load::read::locate;
use crate::mapping::{ColumnPosition, EntityMeta, KeyValues};
use crate::row::{RowReader, read_typed};
use crate::value::Value;

impl UnitOfWork {
    /// The entity with the primary key of a row that is read by the positions of the mapping, if it is held.
    pub(in crate::unit) fn find_in_row(
        &self,
        meta: &'static EntityMeta,
        row: &mut dyn RowReader,
    ) -> BoxedResult<Option<Slot>> {
        let Some(kind) = self.known_kind(meta) else { return Ok(None) };
        let arena = &self.arenas[kind];
        let mut key = KeyValues::new();
        for column in &arena.meta.primary_key {
            let value = read_typed(row, column.0, &arena.meta.columns[*column].data_type);
            match value.map_err(|error| Box::new(locate(error, meta, 0)))? {
                Value::Null => return Ok(None),
                value => key.push(value),
            }
        }
        Ok(arena.find(&key).filter(|slot| arena.state(*slot) != Some(State::Deleted)))
    }

    /// Takes deferred columns of a row into its entity, where they are not loaded and no value was assigned.
    pub(in crate::unit) fn fill_in(
        &mut self,
        meta: &'static EntityMeta,
        slot: Slot,
        row: &mut dyn RowReader,
        columns: &[ColumnPosition],
    ) -> BoxedResult<()> {
        let kind = self.kind_of(meta);
        let root = self.arenas[kind].meta;
        let class = self.class_of(kind, slot);
        for column in root.columns.positions().filter(|column| shares(root, *column, columns)) {
            let lacks = self.record(kind, slot).is_some_and(|record| record.is_unset(column));
            if !lacks || !root.has_column(class, column) || !row.has_column(column.0) {
                continue;
            }
            let located = |error| Box::new(locate(error, meta, 0));
            let value = read_typed(row, column.0, &root.columns[column].data_type).map_err(located)?;
            self.fill_column(kind, slot, column, value).map_err(|expected| {
                located(crate::row::ReadError::new(column.0, expected, "a value of its own kind"))
            })?;
        }
        Ok(())
    }

    /// Sets a column to the value that the row has, for an unflushed edit as well.
    fn fill_column(&mut self, kind: ArenaId, slot: Slot, column: ColumnPosition, value: Value) -> Result<(), String> {
        let Some(place) = self.arenas[kind].place(slot).copied() else { return Ok(()) };
        let is_edited = place.snapshot != 0;
        let kept = is_edited.then(|| value.clone());
        let Some(record) = self.arenas[kind].record_mut(slot) else { return Ok(()) };
        record.set_value(column, value)?;
        if let (Some(kept), Some(before)) = (kept, self.journal.snapshot_mut(place.snapshot)) {
            before.values[column] = kept;
        }
        if place.epoch != self.epochs.now() {
            self.journal.record(Undo::Filled { kind, slot, column });
        }
        Ok(())
    }

    /// Takes back [`fill_in`](Self::fill_in).
    pub(in crate::unit) fn revert_filled(&mut self, kind: ArenaId, slot: Slot, column: ColumnPosition) {
        let Some(place) = self.arenas[kind].place(slot).copied() else { return };
        if let Some(record) = self.arenas[kind].record_mut(slot) {
            record.unset(column);
        }
        if let Some(before) = self.journal.snapshot_mut(place.snapshot) {
            before.values[column] = Value::Unloaded;
        }
    }
}

/// Whether a column is one of some, or of a class that shares it with another.
fn shares(root: &'static EntityMeta, column: ColumnPosition, columns: &[ColumnPosition]) -> bool {
    root.columns[column].deferred.is_some()
        && (columns.contains(&column) || (root.polymorphism.is_some() && is_shared(root, column, columns)))
}

fn is_shared(root: &'static EntityMeta, column: ColumnPosition, columns: &[ColumnPosition]) -> bool {
    let place = |column: ColumnPosition| root.polymorphism.as_ref().and_then(|it| it.row_positions[column]);
    place(column).is_some() && columns.iter().any(|other| place(*other) == place(column))
}
