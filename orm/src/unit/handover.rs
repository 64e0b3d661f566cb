//! Deletions that go before the other writes of a flush: a deleted row hands its primary key or a unique value on to a row that is written.
//!
//! Deletions come last otherwise, as other rows may refer to what is deleted until they are written. So a deletion is early only where a
//! value is handed on, and takes along the deleted rows that refer to it. An updated row that referred to it lets go of it first.

use rustc_hash::{FxHashMap, FxHashSet};

use super::UnitOfWork;
use super::batch::{Batch, Operation};
use super::column_set::ColumnSet;
use super::order::Changes;
use super::row_order::UniqueSet;
use super::store::{ArenaId, Change};
use crate::engine::Capabilities;
use crate::error::Result;
use crate::key::Slot;
use crate::mapping::{ColumnPosition, KeyValues, RelationKind};
use crate::value::Value;

/// A row of a flush.
type Row = (ArenaId, Slot);

/// A value that only one row of a table can have.
type UniqueValue = (ArenaId, usize, usize, KeyValues);

/// The early deletions of a flush.
#[derive(Default)]
pub(super) struct Handover {
    rows: Vec<Row>,
    /// Foreign keys of updated rows that are emptied before.
    released: Vec<(Row, ColumnSet)>,
}

impl Handover {
    /// Returns the rows whose deletion goes first.
    pub(super) fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// Whether its batches remove the links of the flush.
    pub(super) fn unlinks(&self) -> bool {
        !self.rows.is_empty()
    }
}

impl UnitOfWork {
    /// Finds the deletions that hand a value on, and takes them out of the list of deletions.
    pub(super) fn take_handover(&self, changes: &mut Changes) -> Handover {
        if changes.deletes.is_empty() {
            return Handover::default();
        }
        let givers = self.givers(changes);
        let Some(rows) = self.with_referrers(givers, changes) else { return Handover::default() };
        let early: FxHashSet<Row> = rows.iter().copied().collect();
        let Some(released) = self.released(&early, changes) else { return Handover::default() };
        changes.deletes.retain(|row| !early.contains(row));
        Handover { rows, released }
    }

    /// The batches of the early deletions, before all others.
    pub(super) fn handover_batches(
        &self,
        handover: &Handover,
        components: &[Vec<ArenaId>],
        capabilities: &Capabilities,
        batches: &mut Vec<Batch>,
    ) -> Result<()> {
        if handover.rows.is_empty() {
            return Ok(());
        }
        self.unlink_batches(batches);
        self.unlink_all_batches(&handover.rows, batches);
        for ((kind, slot), columns) in &handover.released {
            self.on_references(Operation::PreDelete, *kind, *slot, columns, batches);
        }
        self.pre_deletes(&handover.rows, capabilities, batches);
        self.deletes_backwards(components, &handover.rows, batches)
    }

    /// The deleted rows whose primary key, or a unique value, a written row has.
    fn givers(&self, changes: &Changes) -> FxHashSet<Row> {
        let written = || changes.inserts.iter().chain(&changes.updates).copied();
        let kinds: FxHashSet<ArenaId> = written().map(|(kind, _)| kind).collect();
        let mut given: FxHashMap<UniqueValue, Row> = FxHashMap::default();
        for (kind, slot) in changes.deletes.iter().copied().filter(|(kind, _)| kinds.contains(kind)) {
            for set in &self.arenas[kind].unique_sets {
                if let Some(values) = self.values_of(kind, slot, &set.columns, true) {
                    given.insert((kind, set.constraint, self.table_of(kind, slot), values), (kind, slot));
                }
            }
        }
        let mut givers = FxHashSet::default();
        if given.is_empty() {
            return givers;
        }
        for (kind, slot) in written() {
            for set in self.arenas[kind].unique_sets.iter().filter(|set| self.changes_set(kind, slot, set)) {
                if let Some(values) = self.written_values(kind, slot, &set.columns) {
                    givers.extend(given.get(&(kind, set.constraint, self.table_of(kind, slot), values)));
                }
            }
        }
        givers
    }

    /// Whether a row comes to have other values in some columns.
    pub(super) fn changes_set(&self, kind: ArenaId, slot: Slot, set: &UniqueSet) -> bool {
        self.is_new((kind, slot))
            || set.columns.iter().any(|column| !self.is_unchanged(kind, slot, *column))
            || self.arenas[kind].meta.relations.enumerate().any(|(index, relation)| {
                relation.kind == RelationKind::BelongsTo
                    && relation.columns.iter().any(|column| set.columns.contains(column))
                    && self.is_reference_unflushed(kind, slot, index)
            })
    }

    /// Returns the table of a row, by the number of its class where each class has tables of its own.
    pub(super) fn table_of(&self, kind: ArenaId, slot: Slot) -> usize {
        let polymorphism = self.arenas[kind].meta.polymorphism.as_ref();
        if polymorphism.is_some_and(|polymorphism| polymorphism.is_concrete()) { self.class_of(kind, slot) } else { 0 }
    }

    /// The values that columns of a row will have; none where one of them is `NULL` or not known yet.
    pub(super) fn written_values(&self, kind: ArenaId, slot: Slot, columns: &[ColumnPosition]) -> Option<KeyValues> {
        let record = self.record(kind, slot)?;
        let value = |column: &ColumnPosition| {
            // A reference by entity counts more than a foreign key that is written over.
            let value = self.referred_value(kind, slot, *column).unwrap_or_else(|| record.value(*column).to_value());
            (!value.is_null()).then_some(value)
        };
        columns.iter().map(value).collect()
    }

    /// The value that a column takes over from the entity under a `BelongsTo`.
    fn referred_value(&self, kind: ArenaId, slot: Slot, column: ColumnPosition) -> Option<Value> {
        let relations = self.arenas[kind].meta.relations.enumerate();
        let through = relations.filter(|(_, relation)| relation.kind == RelationKind::BelongsTo);
        for (index, relation) in through {
            if let Some(part) = relation.columns.iter().position(|own| *own == column)
                && let Some(target) = self.target_of(kind, slot, index)
            {
                let target_meta = (relation.target)();
                return self.identity_as(target_meta, self.known_kind(target_meta)?, target)?.get(part).cloned();
            }
        }
        None
    }

    /// Rows with the deleted rows that refer to them, and those that refer to these; none if there are no rows.
    fn with_referrers(&self, rows: FxHashSet<Row>, changes: &Changes) -> Option<Vec<Row>> {
        if rows.is_empty() {
            return None;
        }
        let mut referrers: FxHashMap<Row, Vec<Row>> = FxHashMap::default();
        let mut in_play: Vec<ArenaId> = changes.deletes.iter().map(|(kind, _)| *kind).collect();
        in_play.sort_unstable();
        in_play.dedup();
        for kind in in_play.iter().copied() {
            for key in self.foreign_keys(kind, &in_play) {
                let there = changes.deletes.iter().filter(|row| row.0 == key.target);
                let value = |row: &Row, columns: &[ColumnPosition]| self.values_of(row.0, row.1, columns, true);
                let targets: FxHashMap<KeyValues, Row> =
                    there.filter_map(|row| Some((value(row, &key.target_columns)?, *row))).collect();
                for row in changes.deletes.iter().filter(|row| row.0 == kind) {
                    if let Some(target) = value(row, &key.columns).and_then(|values| targets.get(&values)) {
                        referrers.entry(*target).or_default().push(*row);
                    }
                }
            }
        }
        let (mut early, mut open) = (FxHashSet::default(), rows.into_iter().collect::<Vec<_>>());
        while let Some(row) = open.pop() {
            if early.insert(row) {
                open.extend(referrers.get(&row).into_iter().flatten());
            }
        }
        Some(changes.deletes.iter().copied().filter(|row| early.contains(row)).collect())
    }

    /// The foreign keys of updated rows that lead to early deletions; none where one cannot be emptied.
    fn released(&self, early: &FxHashSet<Row>, changes: &Changes) -> Option<Vec<(Row, ColumnSet)>> {
        let mut released = Vec::new();
        for (kind, slot) in changes.updates.iter().copied() {
            let mut columns = ColumnSet::default();
            for (index, relation) in self.arenas[kind].meta.relations.enumerate() {
                let leads = relation.kind == RelationKind::BelongsTo
                    && self.known_kind((relation.target)()).is_some_and(|target_kind| {
                        self.row_target(kind, slot, index).is_some_and(|target| early.contains(&(target_kind, target)))
                    });
                if leads && !relation.nullable {
                    return None;
                }
                if leads {
                    relation.columns.iter().for_each(|column| columns.insert(*column));
                }
            }
            // An edit of expired memory requires the foreign key that memory had, which would be empty by then.
            if self.guarded_columns(kind, slot, &columns).iter().next().is_some() {
                return None;
            }
            if !columns.is_empty() {
                released.push(((kind, slot), columns));
            }
        }
        Some(released)
    }

    /// Strikes deleted rows out of the identity map, before others take their keys.
    pub(super) fn strike_deleted(&mut self, kind: ArenaId, rows: &[Slot]) {
        for slot in rows.iter().copied() {
            if let Some(key) = self.identity_of(kind, slot)
                && self.arenas[kind].find(&key) == Some(slot)
            {
                self.apply(kind, slot, Change::Struck(key));
            }
        }
    }
}
