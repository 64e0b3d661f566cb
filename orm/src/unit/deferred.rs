//! Deferred columns of entities in memory: what a load has to read, and what a new row lacks.

use std::any::Any;

use super::UnitOfWork;
use super::lifecycle::State;
use super::store::ArenaId;
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{ColumnPosition, Deferred, Entity, EntityMeta, Record};

/// Columns to read so that a deferred column of an entity is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ColumnLoadNeed {
    /// Nothing.
    Nothing,
    /// These columns of the row.
    Columns(Vec<ColumnPosition>),
    /// The whole row, as the entity is expired, with these deferred columns.
    Row(Vec<ColumnPosition>),
}

impl UnitOfWork {
    /// Returns the columns to read so that a deferred column is loaded, with the others of its group. A column with a
    /// value that was assigned and not flushed is loaded.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored; [`Error::ObjectDeleted`] and [`Error::RowDeleted`] when the row
    /// is gone; [`Error::RowPending`] when there is none yet; [`Error::RaisedColumn`] when the load is refused.
    pub(crate) fn need_of_column<E: Entity>(&self, key: Key<E>, column: &str) -> Result<ColumnLoadNeed> {
        self.check_present(key)?;
        let (kind, slot) = (self.check_there(key, "has no row to read")?, key.slot());
        let position = self.deferred_position::<E>(column)?;
        let (meta, record) = (self.arenas[kind].meta, self.arenas[kind].tenant(slot)?);
        let is_expired = self.is_expired_at(kind, slot);
        let is_assigned = self.snapshot(kind, slot).is_some() && !self.is_unchanged(kind, slot, position);
        if !record.is_unset(position) && (!is_expired || is_assigned) {
            return Ok(ColumnLoadNeed::Nothing);
        }
        if self.arenas[kind].state(slot) == Some(State::Pending) {
            return Err(Error::RowPending {
                entity: meta.class_name(record.class()),
                way_out: ", so there is no column to load: flush first, or assign a value",
            });
        }
        let is_raised = match self.raised_columns.get(&(kind, slot)) {
            Some(raised) => raised.contains(position),
            None => meta.columns[position].deferred.is_some_and(|deferred| deferred.raise),
        };
        if is_raised {
            let (entity, column) = (meta.class_name(record.class()), meta.columns[position].field);
            return Err(Error::RaisedColumn { entity, column, constant: column.to_uppercase() });
        }
        let mut columns = self.group_of(kind, slot, position);
        if is_expired {
            columns.extend(self.loaded_deferred(kind, slot));
            columns.sort_unstable();
            columns.dedup();
            return Ok(ColumnLoadNeed::Row(columns));
        }
        columns.retain(|column| record.is_unset(*column));
        Ok(ColumnLoadNeed::Columns(columns))
    }

    /// The deferred columns of an entity that are loaded, for its row to be read again with them.
    pub(crate) fn loaded_columns<E: Entity>(&self, key: Key<E>) -> Result<Vec<ColumnPosition>> {
        let kind = self.check(key)?;
        Ok(self.loaded_deferred(kind, key.slot()))
    }

    /// Returns the value of a deferred column that is loaded.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored; [`Error::InvalidRequest`] when the column is not loaded.
    pub(crate) fn loaded_column<E: Entity, T: Any>(&self, key: Key<E>, column: &str) -> Result<&T> {
        let kind = self.check(key)?;
        let position = self.deferred_position::<E>(column)?;
        let record = self.arenas[kind].tenant(key.slot())?;
        let field = record.deferred(position).and_then(|field| field.downcast_ref::<Deferred<T>>());
        field.and_then(Deferred::loaded).ok_or_else(|| {
            let (meta, field) = (self.arenas[kind].meta, self.arenas[kind].meta.columns[position].field);
            Error::invalid(format!("{}.{field} is not loaded", meta.class_name(record.class())))
        })
    }

    fn deferred_position<E: Entity>(&self, column: &str) -> Result<ColumnPosition> {
        let meta = E::entity_meta();
        let found = meta.deferred_column(column);
        found.ok_or_else(|| Error::invalid(format!("{} has no deferred column `{column}`", meta.name)))
    }

    /// The deferred columns of an entity that are loaded together with one.
    fn group_of(&self, kind: ArenaId, slot: Slot, column: ColumnPosition) -> Vec<ColumnPosition> {
        let (meta, class) = (self.arenas[kind].meta, self.class_of(kind, slot));
        let Some(group) = meta.columns[column].deferred.and_then(|deferred| deferred.group) else {
            return vec![column];
        };
        let is_in = |(position, own): &(ColumnPosition, &crate::mapping::ColumnMeta)| {
            own.deferred.is_some_and(|deferred| deferred.group == Some(group)) && meta.has_column(class, *position)
        };
        meta.columns.enumerate().filter(is_in).map(|(position, _)| position).collect()
    }

    /// The deferred columns of an entity that are loaded.
    fn loaded_deferred(&self, kind: ArenaId, slot: Slot) -> Vec<ColumnPosition> {
        let meta = self.arenas[kind].meta;
        if meta.shape().is_none() {
            return Vec::new();
        }
        let Some(record) = self.record(kind, slot) else { return Vec::new() };
        let is_loaded = |column: &ColumnPosition| {
            meta.columns[*column].deferred.is_some()
                && meta.has_column(record.class(), *column)
                && !record.is_unset(*column)
        };
        meta.columns.positions().filter(is_loaded).collect()
    }

    /// Refuses to make a new row of an entity whose deferred columns are not loaded: the row would lack them.
    pub(super) fn check_complete(&self, kind: ArenaId, slot: Slot) -> Result<()> {
        match self.record(kind, slot).and_then(first_unloaded) {
            Some((entity, field)) => Err(Error::invalid(format!(
                "{entity}.{field} is not loaded, so the new row would lack the value: \
                 `session.load_column(key, {entity}::{})?` first, or assign a value",
                field.to_uppercase()
            ))),
            None => Ok(()),
        }
    }

    /// Refuses a new row without the value of a deferred column that nothing else fills.
    pub(super) fn check_inserted(&self, kind: ArenaId, slot: Slot) -> Result<()> {
        let meta = self.arenas[kind].meta;
        if meta.shape().is_none() {
            return Ok(());
        }
        let record = self.arenas[kind].tenant(slot)?;
        let lacks = |column: &ColumnPosition| {
            let own = &meta.columns[*column];
            own.deferred.is_some_and(|deferred| !deferred.nullable)
                && own.default.is_none()
                && own.server_default.is_none()
                && meta.has_column(record.class(), *column)
                && record.is_unset(*column)
        };
        match meta.columns.positions().find(lacks) {
            Some(column) => Err(Error::invalid(format!(
                "{}.{} is deferred and has no value for the new row: assign `Deferred::new(..)`",
                meta.class_name(record.class()),
                meta.columns[column].field
            ))),
            None => Ok(()),
        }
    }
}

/// Entity and field of the first deferred column that is not loaded.
fn first_unloaded(record: &dyn Record) -> Option<(&'static str, &'static str)> {
    let meta: &'static EntityMeta = record.meta();
    let mut columns = meta.columns.enumerate();
    let is_unloaded = |(position, own): &(ColumnPosition, &crate::mapping::ColumnMeta)| {
        own.deferred.is_some() && meta.has_column(record.class(), *position) && record.is_unset(*position)
    };
    columns.find(is_unloaded).map(|(_, own)| (meta.class_name(record.class()), own.field))
}
