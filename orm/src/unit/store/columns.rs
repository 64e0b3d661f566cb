//! Writers of columns.
//!
//! [`UnitOfWork::write_column`] records the inverse itself. [`UnitOfWork::set_column`] and [`UnitOfWork::lend`] rely on one that is there
//! already: the snapshot of an edit, or the inverse of the addition or the INSERT of an entity.

use super::super::UnitOfWork;
use super::super::fill::unfit;
use super::super::rollback::Undo;
use super::ArenaId;
use crate::error::Result;
use crate::key::Slot;
use crate::mapping::{Chunks, ColumnPosition, Entity};
use crate::value::Value;

impl UnitOfWork {
    /// Lends an entity for editing. The caller has taken a snapshot.
    #[inline]
    pub(in crate::unit) fn lend<E: Entity>(&mut self, kind: ArenaId, slot: Slot) -> Option<&mut E> {
        let arena = &mut self.arenas[kind];
        arena.touch(slot);
        let chunks = arena.storage.as_any_mut().downcast_mut::<Chunks<E::Root>>()?;
        E::view_mut(chunks.get_mut(slot.index as usize)?)
    }

    /// Writes a column on behalf of a flush (a key, a version, a default), and records the inverse.
    pub(in crate::unit) fn write_column(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        column: ColumnPosition,
        value: Value,
    ) -> Result<()> {
        let record = self.arenas[kind].tenant(slot)?;
        let before = (!record.is_unset(column)).then(|| Box::new(record.value(column).to_value()));
        self.journal.record(Undo::Column { kind, slot, column, before });
        let (meta, found) = (self.arenas[kind].meta, value.kind());
        match self.arenas[kind].record_mut(slot) {
            Some(record) => record.set_value(column, value).map_err(|expected| unfit(meta, column, expected, found)),
            None => Err(self.arenas[kind].gone()),
        }
    }

    /// Records every column and reference of an entity as it is, for an edit within a flush: the snapshot, if there is one, is older than the flush.
    pub(in crate::unit) fn record_whole(&mut self, kind: ArenaId, slot: Slot) {
        let meta = self.arenas[kind].meta;
        let plain = |column: &ColumnPosition| !self.arenas[kind].reference_columns[*column];
        let columns: Vec<ColumnPosition> = (meta.columns.positions()).filter(plain).collect();
        for column in columns {
            let Some(record) = self.arenas[kind].record(slot) else { return };
            let before = (!record.is_unset(column)).then(|| Box::new(record.value(column).to_value()));
            self.journal.record(Undo::Column { kind, slot, column, before });
        }
        (meta.relations.positions()).for_each(|relation| self.note_referred(kind, slot, relation));
    }

    /// Sets a column of an entity, if the session holds it. The inverse is recorded already.
    ///
    /// # Errors
    /// The expected type, in words.
    #[inline]
    pub(in crate::unit) fn set_column(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        column: ColumnPosition,
        value: Value,
    ) -> Result<(), String> {
        match self.arenas[kind].record_mut(slot) {
            Some(record) => record.set_value(column, value),
            None => Ok(()),
        }
    }
}
