//! Rows into batches: what shares its operation and its columns shares a statement.

use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};

use super::UnitOfWork;
use super::column_set::ColumnSet;
use super::history::differs;
use super::lifecycle::State;
use super::links::LinkEnds;
use super::order::Changes;
use super::store::ArenaId;
use crate::engine::{Capabilities, bytes_of};
use crate::key::Slot;
use crate::mapping::{ColumnPosition, RelationKind, RelationMeta, RelationPosition, TablePosition};
use crate::value::DataType;

/// What a batch does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Insert,
    Update,
    /// Writes a foreign key that closes a circle, after both rows are there.
    PostUpdate,
    /// Empties a foreign key that closes a circle, before one of the rows goes.
    PreDelete,
    Delete,
    /// Adds rows between two entities.
    Link,
    /// Removes rows between two entities.
    Unlink,
    /// Removes rows between two entities that may be gone: expired memory alone knew of them.
    UnlinkIfThere,
    /// Removes every row between an entity and others.
    UnlinkAll,
}

/// Rows that share a statement.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) operation: Operation,
    pub(super) kind: ArenaId,
    /// Which table of a hierarchy, by the class that adds it; 0 outside any.
    pub(super) table: TablePosition,
    /// The relationship, for the operations on one.
    pub(super) relation: RelationPosition,
    pub(super) rows: Vec<Slot>,
    /// The other ends, for [`Operation::Link`] and [`Operation::Unlink`].
    pub(super) others: Vec<Slot>,
    /// The columns that are written.
    pub(super) columns: ColumnSet,
    /// The columns that must still have the value that the session knows, as the rows were edited while expired.
    pub(super) guards: ColumnSet,
}

/// The shape of the statement of a row.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Written {
    columns: ColumnSet,
    guards: ColumnSet,
}

impl UnitOfWork {
    pub(super) fn write_batches(&self, mut layer: Vec<(ArenaId, Slot)>, changes: &Changes, batches: &mut Vec<Batch>) {
        layer.sort_by_key(|(kind, _)| *kind);
        for rows in layer.chunk_by(|(one, _), (other, _)| one == other) {
            let kind = rows[0].0;
            let meta = self.arenas[kind].meta;
            let mut updates: Vec<(Slot, Written)> = Vec::new();
            let mut inserts = Shapes::new(Operation::Insert, kind);
            for (_, slot) in rows.iter().copied() {
                let class = self.class_of(kind, slot);
                if self.arenas[kind].state(slot) != Some(State::Pending) {
                    let columns = self.changed_columns(kind, slot, changes);
                    if !columns.is_empty() {
                        let guards = self.guarded_columns(kind, slot, &columns);
                        updates.push((slot, Written { columns, guards }));
                    }
                    continue;
                }
                for table in meta.table_indexes_of(class).iter().copied() {
                    let columns = self.inserted_columns(kind, slot, class, table);
                    inserts.add(slot, table, Written { columns, guards: ColumnSet::default() });
                }
            }
            self.update_batches(kind, updates, batches);
            // Tables of the classes above first. Keys that are given go first, so that the database does not generate one of them.
            let is_generated = |batch: &Batch| {
                !meta.is_joined_table(batch.table)
                    && meta.row_key().iter().any(|column| !batch.columns.contains(*column))
            };
            let mut inserts = inserts.batches;
            inserts
                .sort_by_key(|batch| (meta.is_joined_table(batch.table).then_some(batch.table), is_generated(batch)));
            batches.extend(inserts);
        }
    }

    /// Deletions, from the tables of the classes below first.
    pub(super) fn delete_batches(&self, kind: ArenaId, rows: &[Slot], batches: &mut Vec<Batch>) {
        let meta = self.arenas[kind].meta;
        let mut deletes: Vec<Batch> = Vec::new();
        let mut rows = rows.to_vec();
        self.sort_by_key(kind, &mut rows, |slot| *slot);
        for slot in rows {
            for table in meta.table_indexes_of(self.class_of(kind, slot)).iter().copied() {
                // All classes of one table go by one statement.
                let table = meta.shared_table(table);
                match deletes.iter_mut().find(|batch| batch.table == table) {
                    Some(batch) => batch.rows.push(slot),
                    None => deletes.push(Batch::entity(Operation::Delete, kind, table, vec![slot])),
                }
            }
        }
        deletes.sort_by_key(|batch| std::cmp::Reverse(batch.table));
        batches.extend(deletes);
    }

    /// Updates of one table that share their columns share a statement; rows go in the order of their keys.
    fn update_batches(&self, kind: ArenaId, mut updates: Vec<(Slot, Written)>, batches: &mut Vec<Batch>) {
        self.sort_by_key(kind, &mut updates, |(slot, _)| *slot);
        let mut shapes = Shapes::new(Operation::Update, kind);
        let meta = self.arenas[kind].meta;
        for (slot, written) in updates {
            if meta.polymorphism.is_none() {
                shapes.add(slot, TablePosition::BASE, written);
                continue;
            }
            for table in meta.table_indexes_of(self.class_of(kind, slot)) {
                let own = |set: &ColumnSet| set.iter().filter(|column| meta.is_in_table(*table, *column)).collect();
                let (columns, guards): (ColumnSet, ColumnSet) = (own(&written.columns), own(&written.guards));
                if !columns.is_empty() {
                    shapes.add(slot, meta.shared_table(*table), Written { columns, guards });
                }
            }
        }
        shapes.batches.sort_by_key(|batch| batch.table);
        batches.append(&mut shapes.batches);
    }

    /// The columns of an INSERT into a table: all that the class has there but those that are left to the database.
    fn inserted_columns(&self, kind: ArenaId, slot: Slot, class: usize, table: TablePosition) -> ColumnSet {
        let mut columns = ColumnSet::default();
        let Some(record) = self.record(kind, slot) else { return columns };
        let meta = self.arenas[kind].meta;
        let here = |index: ColumnPosition| meta.is_in_table(table, index) && meta.has_column(class, index);
        for (index, column) in meta.columns.enumerate().filter(|(index, _)| here(*index)) {
            if !column.generated || column.default.is_some() || !record.is_unset(index) {
                columns.insert(index);
            }
        }
        columns
    }

    /// The columns of an UPDATE: those that differ from the row, and those that change with every update.
    fn changed_columns(&self, kind: ArenaId, slot: Slot, changes: &Changes) -> ColumnSet {
        let mut columns = ColumnSet::default();
        let arena = &self.arenas[kind];
        let (Some(record), Some(before)) = (self.record(kind, slot), self.snapshot(kind, slot)) else { return columns };
        // A foreign key that is written by a statement of its own need not be emptied first.
        let waits = |column: ColumnPosition| {
            let through = |(index, relation): (RelationPosition, &RelationMeta)| {
                relation.columns.contains(&column) && changes.postponed.contains(&(kind, slot, index))
            };
            !changes.postponed.is_empty() && arena.meta.relations.enumerate().any(through)
        };
        for index in arena.meta.columns.positions() {
            let differs = differs(&before.values[index], &record.value(index));
            if (differs || self.is_assigned(kind, slot, index)) && !waits(index) {
                columns.insert(index);
            }
        }
        for (index, relation) in arena.meta.relations.enumerate() {
            if !changes.postponed.contains(&(kind, slot, index)) && self.waits_for_key(kind, slot, index) {
                relation.columns.iter().for_each(|column| columns.insert(*column));
            }
        }
        let is_postponed = |relation| changes.postponed.contains(&(kind, slot, relation));
        // What a statement of its own writes is a change of the row all the same.
        if !columns.is_empty() || (arena.meta.relations.positions()).any(is_postponed) {
            let class = self.class_of(kind, slot);
            let always = |(index, column): &(ColumnPosition, &crate::mapping::ColumnMeta)| {
                column.onupdate.is_some() && arena.meta.has_column(class, *index)
            };
            let onupdate = arena.meta.columns.enumerate().filter(always).map(|(index, _)| index);
            onupdate.chain(arena.meta.version).for_each(|column| columns.insert(column));
        }
        columns
    }

    pub(super) fn post_updates(&self, changes: &Changes, batches: &mut Vec<Batch>) {
        if changes.postponed.is_empty() {
            return;
        }
        for (kind, slot) in changes.inserts.iter().chain(&changes.updates).copied() {
            let relations = self.arenas[kind].meta.relations.positions();
            let postponed = relations.filter(|index| changes.postponed.contains(&(kind, slot, *index)));
            let columns: ColumnSet = postponed.flat_map(|index| self.columns_of_relation(kind, index)).collect();
            self.on_references(Operation::PostUpdate, kind, slot, &columns, batches);
        }
    }

    /// A row that refers by `post_update` to a row that goes must let go of it first.
    pub(super) fn pre_deletes(
        &self,
        deletes: &[(ArenaId, Slot)],
        capabilities: &Capabilities,
        batches: &mut Vec<Batch>,
    ) {
        for (kind, slot) in deletes.iter().copied() {
            let opens = |(index, relation): (RelationPosition, &RelationMeta)| {
                // Where each row is checked by itself, one that refers to itself does not go before its reference.
                let itself = |target| {
                    target == slot
                        && relation.nullable
                        && capabilities.checks_each_row
                        && self.is_own_table(kind, index)
                };
                let target_kind = self.known_kind((relation.target)())?;
                let target = self.row_target(kind, slot, index)?;
                let goes = self.arenas[target_kind].state(target) == Some(State::Deleting);
                (goes && (relation.post_update || itself(target))).then_some(index)
            };
            let relations = self.arenas[kind].meta.relations.enumerate().filter_map(opens);
            let mut columns: ColumnSet = relations.flat_map(|index| self.columns_of_relation(kind, index)).collect();
            if capabilities.checks_each_row {
                self.columns_to_itself(kind, slot).for_each(|column| columns.insert(column));
            }
            self.on_references(Operation::PreDelete, kind, slot, &columns, batches);
        }
    }

    fn columns_of_relation(
        &self,
        kind: ArenaId,
        relation: RelationPosition,
    ) -> impl Iterator<Item = ColumnPosition> + use<> {
        self.arenas[kind].meta.relations[relation].columns.iter().copied()
    }

    /// Adds a row to the batches of an operation on foreign keys: those in one table are written together.
    pub(super) fn on_references(
        &self,
        operation: Operation,
        kind: ArenaId,
        slot: Slot,
        columns: &ColumnSet,
        batches: &mut Vec<Batch>,
    ) {
        if columns.is_empty() {
            return;
        }
        let meta = self.arenas[kind].meta;
        for table in meta.table_indexes_of(self.class_of(kind, slot)) {
            let columns: ColumnSet = columns.iter().filter(|column| meta.is_in_table(*table, *column)).collect();
            if columns.is_empty() {
                continue;
            }
            let table = meta.shared_table(*table);
            let guards = match operation {
                Operation::PostUpdate => self.guarded_columns(kind, slot, &columns),
                _ => ColumnSet::default(),
            };
            let same = |batch: &&mut Batch| {
                (batch.operation, batch.kind, batch.table) == (operation, kind, table)
                    && batch.columns == columns
                    && batch.guards == guards
            };
            match batches.iter_mut().rev().find(same) {
                Some(batch) => batch.rows.push(slot),
                None => batches.push(Batch { guards, ..Batch::entity(operation, kind, table, vec![slot]).of(columns) }),
            }
        }
    }

    /// Rows between entities that are removed.
    pub(super) fn unlink_batches(&self, batches: &mut Vec<Batch>) {
        self.link_changes(&[Operation::Unlink, Operation::UnlinkIfThere], batches);
    }

    /// Rows between entities that are added.
    pub(super) fn link_batches(&self, batches: &mut Vec<Batch>) {
        self.link_changes(&[Operation::Link], batches);
    }

    fn link_changes(&self, operations: &[Operation], batches: &mut Vec<Batch>) {
        let mut net: FxHashMap<LinkEnds, i32> = FxHashMap::default();
        let mut unsure = FxHashSet::default();
        let mut order = Vec::new();
        for link in self.journal.links().iter() {
            let key = link.ends();
            if link.unsure {
                unsure.insert(key);
            }
            *net.entry(key).or_insert_with(|| {
                order.push(key);
                0
            }) += if link.present { 1 } else { -1 };
        }
        let stays = |kind: ArenaId, slot: Slot| {
            matches!(self.arenas[kind].state(slot), Some(State::Persistent | State::Pending))
        };
        // The deletion of a member that knows of the link cuts all of its links, and that of any other none.
        let is_cut = |kind: ArenaId, relation: RelationPosition, member_kind: ArenaId, member: Slot| {
            self.arenas[kind].inverses[relation].is_none()
                && self.arenas[member_kind].state(member) == Some(State::Deleting)
        };
        for wanted in operations.iter().copied() {
            for key in &order {
                let (kind, relation, owner, member) = *key;
                let member_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)());
                let change = net.get(key).copied().unwrap_or(0);
                let operation = match change > 0 {
                    true => Operation::Link,
                    false if unsure.contains(key) => Operation::UnlinkIfThere,
                    false => Operation::Unlink,
                };
                if change != 0
                    && operation == wanted
                    && stays(kind, owner)
                    && member_kind.is_some_and(|member_kind| {
                        stays(member_kind, member)
                            || (operation != Operation::Link && is_cut(kind, relation, member_kind, member))
                    })
                {
                    self.on_relation(operation, kind, relation, owner, Some(member), batches);
                }
            }
        }
    }

    /// All rows between entities that go and others.
    pub(super) fn unlink_all_batches(&self, deletes: &[(ArenaId, Slot)], batches: &mut Vec<Batch>) {
        for (kind, slot) in deletes.iter().copied() {
            for (index, relation) in self.arenas[kind].meta.relations.enumerate() {
                let there = relation.kind == RelationKind::ManyToMany && self.has_relation(kind, slot, index);
                if there && !relation.passive_deletes {
                    self.on_relation(Operation::UnlinkAll, kind, index, slot, None, batches);
                }
            }
        }
    }

    /// Adds a row to the batch of an operation on a relationship.
    fn on_relation(
        &self,
        operation: Operation,
        kind: ArenaId,
        relation: RelationPosition,
        slot: Slot,
        other: Option<Slot>,
        batches: &mut Vec<Batch>,
    ) {
        let meta = self.arenas[kind].meta;
        let table = meta.shared_table(meta.table_of_relation(self.class_of(kind, slot), relation));
        let same = |batch: &&mut Batch| {
            (batch.operation, batch.kind, batch.table, batch.relation) == (operation, kind, table, relation)
        };
        let batch = match batches.iter_mut().rev().find(same) {
            Some(batch) => batch,
            None => {
                let columns = meta.relations[relation].columns.iter().copied().collect();
                batches.push(Batch { relation, ..Batch::entity(operation, kind, table, Vec::new()).of(columns) });
                let last = batches.len() - 1;
                &mut batches[last]
            }
        };
        batch.rows.push(slot);
        batch.others.extend(other);
    }

    /// Cuts a batch to what one statement takes.
    pub(super) fn split(&self, batch: Batch, capabilities: &Capabilities) -> Vec<Batch> {
        let most = self.rows_of_a_statement(&batch, capabilities);
        let ends = self.cuts(&batch, most, capabilities.max_statement_bytes);
        if ends.len() <= 1 {
            return vec![batch];
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let others = |start: usize, end: usize| batch.others.get(start..end).map(<[_]>::to_vec).unwrap_or_default();
        let piece = |(start, end): (usize, usize)| Batch {
            rows: batch.rows[start..end].to_vec(),
            others: others(start, end),
            columns: batch.columns.clone(),
            guards: batch.guards.clone(),
            ..batch
        };
        starts.zip(ends.iter().copied()).map(piece).collect()
    }

    /// How many rows of a batch one statement takes, by its parameters.
    fn rows_of_a_statement(&self, batch: &Batch, capabilities: &Capabilities) -> usize {
        let meta = self.arenas[batch.kind].meta;
        let keys = meta.primary_key.len();
        let width = match batch.operation {
            Operation::Insert if meta.is_joined_table(batch.table) => batch.columns.iter().count() + keys,
            Operation::Insert => batch.columns.iter().count(),
            Operation::Update | Operation::PostUpdate | Operation::PreDelete => {
                batch.columns.iter().count() + batch.guards.iter().count() + keys + 1
            }
            Operation::Delete => keys + 1,
            Operation::Link | Operation::Unlink | Operation::UnlinkIfThere | Operation::UnlinkAll => keys + 4,
        };
        let rows = match (batch.operation, width) {
            // A row of nothing but defaults can stand beside others only where there is a key to name.
            (Operation::Insert, 0) if keys != 1 => 1,
            (Operation::Insert, 0) => capabilities.insert_rows,
            _ if capabilities.arrays => capabilities.insert_rows,
            (Operation::Update | Operation::PostUpdate | Operation::PreDelete, _)
                if !capabilities.update_from_values && !capabilities.update_join =>
            {
                1
            }
            (Operation::Insert, _) => capabilities.insert_rows.min(capabilities.max_binds / width),
            _ => (capabilities.max_binds / width).min(500),
        };
        rows.max(1)
    }

    /// Where the statements of a batch end: after so many rows, or before so many bytes of values. A row that is larger goes alone.
    fn cuts(&self, batch: &Batch, most_rows: usize, most_bytes: usize) -> Vec<usize> {
        let meta = self.arenas[batch.kind].meta;
        let written = matches!(batch.operation, Operation::Insert | Operation::Update);
        let large: Vec<ColumnPosition> = match written && batch.rows.len() > 1 {
            true => batch.columns.iter().filter(|column| is_large(&meta.columns[*column].data_type)).collect(),
            // Keys and references, which are small.
            false => Vec::new(),
        };
        let bytes_of_row = |slot: Slot| {
            let record = self.record(batch.kind, slot);
            let written = large.iter().filter_map(|column| Some(bytes_of((&record?.value(*column)).into())));
            // The values that are checked travel, too.
            let before = if batch.guards.is_empty() { None } else { self.snapshot(batch.kind, slot) };
            let guarded = batch
                .guards
                .iter()
                .filter_map(|column| Some(bytes_of((&before?.values[column].as_value_ref()).into())));
            written.chain(guarded).sum()
        };
        let (mut ends, mut start, mut bytes) = (Vec::new(), 0, 0);
        for (position, slot) in batch.rows.iter().enumerate() {
            let row: usize = if large.is_empty() { 0 } else { bytes_of_row(*slot) };
            if position > start && (position - start == most_rows || bytes + row > most_bytes) {
                ends.push(position);
                (start, bytes) = (position, 0);
            }
            bytes += row;
        }
        ends.push(batch.rows.len());
        ends
    }
}

/// Whether a value of the type may be of any size.
fn is_large(data_type: &DataType) -> bool {
    matches!(data_type, DataType::String(_) | DataType::Text | DataType::LargeBinary | DataType::Json)
}

/// Batches of rows that share their columns, whatever stands between them.
struct Shapes {
    operation: Operation,
    kind: ArenaId,
    batches: Vec<Batch>,
    by_shape: FxHashMap<(TablePosition, Written), usize>,
}

impl Shapes {
    fn new(operation: Operation, kind: ArenaId) -> Self {
        Self { operation, kind, batches: Vec::new(), by_shape: FxHashMap::default() }
    }

    fn add(&mut self, slot: Slot, table: TablePosition, written: Written) {
        // Neighbors mostly share a shape: that spares the look-up.
        if let Some(batch) = self.batches.last_mut()
            && batch.table == table
            && batch.columns == written.columns
            && batch.guards == written.guards
        {
            return batch.rows.push(slot);
        }
        match self.by_shape.entry((table, written)) {
            Entry::Occupied(batch) => self.batches[*batch.get()].rows.push(slot),
            Entry::Vacant(place) => {
                let Written { columns, guards } = place.key().1.clone();
                place.insert(self.batches.len());
                let batch = Batch::entity(self.operation, self.kind, table, vec![slot]).of(columns);
                self.batches.push(Batch { guards, ..batch });
            }
        }
    }
}

impl Batch {
    pub(super) fn entity(operation: Operation, kind: ArenaId, table: TablePosition, rows: Vec<Slot>) -> Self {
        let (columns, guards) = (ColumnSet::default(), ColumnSet::default());
        Self { operation, kind, table, relation: RelationPosition(0), rows, others: Vec::new(), columns, guards }
    }

    fn of(self, columns: ColumnSet) -> Self {
        Self { columns, ..self }
    }
}
