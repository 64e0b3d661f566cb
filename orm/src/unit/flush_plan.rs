//! What a flush does and in which order: rows into batches, batches into dependency order.
//!
//! Tables go in foreign-key order; within tables that depend on each other, or on themselves, rows do. Within a table the order is that of arrival
//! for INSERT and that of the primary key for UPDATE, so that concurrent flushes lock in one order. Many-to-many rows come after all
//! entities, deletions last and backwards.

use std::fmt;

use rustc_hash::{FxHashMap, FxHashSet};

use super::UnitOfWork;
use super::arena::Kind;
use super::column_set::ColumnSet;
use super::lifecycle::State;
use crate::engine::Capabilities;
use crate::error::{Error, Result};
use crate::key::Slot;
use crate::mapping::{KeyValues, RelationKind, RelationMeta};
use crate::topology;
use crate::value::Value;

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
    /// Removes every row between an entity and others.
    UnlinkAll,
}

/// Rows that share a statement.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) operation: Operation,
    pub(super) kind: Kind,
    /// The relationship, for the operations on one.
    pub(super) relation: usize,
    pub(super) rows: Vec<Slot>,
    /// The other ends, for [`Operation::Link`] and [`Operation::Unlink`].
    pub(super) others: Vec<Slot>,
    /// The columns that are written.
    pub(super) columns: ColumnSet,
}

/// What a flush would do, in which order and why; `Display` tells it.
///
/// It is a description: nothing was sent and nothing has changed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FlushPlan {
    /// The statements, in order.
    pub steps: Vec<FlushStep>,
    /// Relationships that would be loaded first, because a deletion reaches through them.
    pub loads: Vec<String>,
}

/// One statement of a [`FlushPlan`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FlushStep {
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub operation: &'static str,
    /// The table.
    pub table: &'static str,
    /// The columns that are written.
    pub columns: Vec<&'static str>,
    /// The rows, as text.
    pub rows: Vec<String>,
    /// Why the statement stands here.
    pub reason: String,
}

impl fmt::Display for FlushPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for load in &self.loads {
            writeln!(f, "load {load}")?;
        }
        for (index, step) in self.steps.iter().enumerate() {
            let columns =
                if step.columns.is_empty() { String::new() } else { format!(" ({})", step.columns.join(", ")) };
            writeln!(f, "{}. {} {}{columns}: {}", index + 1, step.operation, step.table, step.reason)?;
            for row in step.rows.iter().take(5) {
                writeln!(f, "     {row}")?;
            }
            if step.rows.len() > 5 {
                writeln!(f, "     ... and {} more", step.rows.len() - 5)?;
            }
        }
        Ok(())
    }
}

/// The changes of a flush, sorted by what happens to them.
pub(super) struct Changes {
    inserts: Vec<(Kind, Slot)>,
    updates: Vec<(Kind, Slot)>,
    deletes: Vec<(Kind, Slot)>,
    /// References whose foreign key is written after both rows are there.
    pub(super) postponed: FxHashSet<(Kind, Slot, usize)>,
}

impl UnitOfWork {
    /// The batches of a flush, in order.
    pub(super) fn batches(&mut self, capabilities: &Capabilities) -> Result<(Vec<Batch>, Changes)> {
        let changes = self.changes();
        let components = self.table_order(&changes);
        let mut batches = Vec::new();
        for component in &components {
            for layer in self.write_layers(component, &changes)? {
                self.write_batches(component, &layer, &changes, &mut batches);
            }
        }
        self.post_updates(&changes, &mut batches);
        self.link_batches(&changes, &mut batches);
        self.pre_deletes(&changes, &mut batches);
        for component in components.iter().rev() {
            for layer in self.delete_layers(component, &changes)? {
                group_by_kind(&layer, |kind, rows| batches.push(Batch::entity(Operation::Delete, kind, rows)));
            }
        }
        let batches = batches.into_iter().flat_map(|batch| self.split(batch, capabilities)).collect();
        Ok((batches, changes))
    }

    /// What a flush would do, in which order and why, without doing it.
    ///
    /// # Errors
    /// What the flush would find wrong before it sends anything.
    pub fn flush_plan(&mut self, capabilities: &Capabilities) -> Result<FlushPlan> {
        let mark = self.mark();
        let planned = self.plan_text(capabilities);
        self.undo_to(mark);
        planned
    }

    fn plan_text(&mut self, capabilities: &Capabilities) -> Result<FlushPlan> {
        let loads = self.collect()?;
        let text = |load: &super::MissingLoad| {
            let relation = &load.meta.relations[load.relation];
            format!("{}.{} of {} deleted", load.meta.name, relation.name, load.owners.len())
        };
        let loads = loads.iter().map(text).collect();
        let (batches, _) = self.batches(capabilities)?;
        Ok(FlushPlan { steps: batches.iter().map(|batch| self.step_text(batch)).collect(), loads })
    }

    fn changes(&self) -> Changes {
        let in_state =
            |state: State| move |unit: &Self, (kind, slot): (Kind, Slot)| unit.arenas[kind].state(slot) == Some(state);
        let pending = in_state(State::Pending);
        let deleting = in_state(State::Deleting);
        let inserts: Vec<_> = self.pending.iter().copied().filter(|row| pending(self, *row)).collect();
        let updates: Vec<_> = self.edited.iter().copied().filter(|(kind, slot)| self.differs(*kind, *slot)).collect();
        let deletes: Vec<_> = self.deleting.iter().copied().filter(|row| deleting(self, *row)).collect();
        let mut postponed = FxHashSet::default();
        for (kind, slot) in inserts.iter().chain(&updates).copied() {
            for (index, relation) in self.arenas[kind].meta.relations.iter().enumerate() {
                if relation.post_update && self.pending_target(kind, slot, index).is_some() {
                    postponed.insert((kind, slot, index));
                }
            }
        }
        Changes { inserts, updates, deletes, postponed }
    }

    /// The kinds of entity in play: those that depend on each other together, what is referred to before what refers.
    fn table_order(&self, changes: &Changes) -> Vec<Vec<Kind>> {
        let mut in_play = vec![false; self.arenas.len()];
        for (kind, _) in changes.inserts.iter().chain(&changes.updates).chain(&changes.deletes) {
            in_play[*kind] = true;
        }
        let mut edges = Vec::new();
        for kind in (0..in_play.len()).filter(|kind| in_play[*kind]) {
            for relation in &self.arenas[kind].meta.relations {
                if relation.kind == RelationKind::BelongsTo
                    && !relation.post_update
                    && let Some(target) = self.known_kind((relation.target)())
                    && target != kind
                {
                    edges.push((target, kind));
                }
            }
        }
        topology::components(self.arenas.len(), &edges)
    }

    /// Whether rows of these tables depend on rows of these tables.
    fn is_circular(&self, component: &[Kind]) -> bool {
        component.len() > 1
            || self.arenas[component[0]].meta.relations.iter().any(|relation| {
                relation.kind == RelationKind::BelongsTo && self.known_kind((relation.target)()) == Some(component[0])
            })
    }

    /// The rows to write, in layers: a row comes after the new rows that it refers to.
    fn write_layers(&self, component: &[Kind], changes: &Changes) -> Result<Vec<Vec<(Kind, Slot)>>> {
        let here = |(kind, _): &&(Kind, Slot)| component.contains(kind);
        let rows: Vec<(Kind, Slot)> = changes.updates.iter().chain(&changes.inserts).filter(here).copied().collect();
        if rows.is_empty() || !self.is_circular(component) {
            return Ok(if rows.is_empty() { Vec::new() } else { vec![rows] });
        }
        self.layer(rows, |unit, kind, slot, relation| {
            if changes.postponed.contains(&(kind, slot, relation)) {
                None
            } else {
                unit.pending_target(kind, slot, relation)
            }
        })
    }

    /// The rows to delete, in layers: a row goes before the rows that it refers to.
    fn delete_layers(&self, component: &[Kind], changes: &Changes) -> Result<Vec<Vec<(Kind, Slot)>>> {
        let here = |(kind, _): &&(Kind, Slot)| component.contains(kind);
        let rows: Vec<(Kind, Slot)> = changes.deletes.iter().filter(here).copied().collect();
        if rows.is_empty() || !self.is_circular(component) {
            return Ok(if rows.is_empty() { Vec::new() } else { vec![rows] });
        }
        let mut layers = self.layer(rows, |unit, kind, slot, relation| {
            if unit.arenas[kind].meta.relations[relation].post_update {
                None
            } else {
                // A row that refers to itself goes alone: no other row has to wait.
                let itself = |target: &Slot| *target == slot && unit.is_own_table(kind, relation);
                unit.row_target(kind, slot, relation).filter(|target| !itself(target))
            }
        })?;
        layers.reverse();
        Ok(layers)
    }

    fn layer(
        &self,
        rows: Vec<(Kind, Slot)>,
        target_of: impl Fn(&Self, Kind, Slot, usize) -> Option<Slot>,
    ) -> Result<Vec<Vec<(Kind, Slot)>>> {
        let positions: FxHashMap<(Kind, Slot), usize> = rows.iter().copied().zip(0..).collect();
        let mut edges = Vec::new();
        for (position, (kind, slot)) in rows.iter().copied().enumerate() {
            for (index, relation) in self.arenas[kind].meta.relations.iter().enumerate() {
                if relation.kind == RelationKind::BelongsTo
                    && let Some(target_kind) = self.known_kind((relation.target)())
                    && let Some(target) = target_of(self, kind, slot, index)
                    && let Some(before) = positions.get(&(target_kind, target))
                {
                    edges.push((*before, position));
                }
            }
        }
        let layers = topology::layers(rows.len(), &edges).map_err(|cycle| Error::CircularDependency {
            tables: cycle.nodes.iter().map(|node| self.arenas[rows[*node].0].meta.table.to_owned()).collect(),
        })?;
        Ok(layers.into_iter().map(|layer| layer.into_iter().map(|position| rows[position]).collect()).collect())
    }

    fn is_own_table(&self, kind: Kind, relation: usize) -> bool {
        self.known_kind((self.arenas[kind].meta.relations[relation].target)()) == Some(kind)
    }

    /// The new entity under a reference.
    fn pending_target(&self, kind: Kind, slot: Slot, relation: usize) -> Option<Slot> {
        let target_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)())?;
        let target = self.target_of(kind, slot, relation)?;
        (self.arenas[target_kind].state(target) == Some(State::Pending)).then_some(target)
    }

    /// The entity to which a row's foreign key leads in the database, whatever memory has made of it since.
    pub(super) fn row_target(&self, kind: Kind, slot: Slot, relation: usize) -> Option<Slot> {
        let meta = &self.arenas[kind].meta.relations[relation];
        let Some(before) = self.snapshot(kind, slot) else {
            return self.target_of(kind, slot, relation).or_else(|| self.target_by_id(kind, slot, relation));
        };
        let id: KeyValues = meta.columns.iter().map(|column| before.values[*column].clone()).collect();
        self.arenas[self.known_kind((meta.target)())?].find(&id)
    }

    fn write_batches(&self, component: &[Kind], layer: &[(Kind, Slot)], changes: &Changes, batches: &mut Vec<Batch>) {
        for kind in component.iter().copied() {
            let mut updates: Vec<(Slot, ColumnSet)> = Vec::new();
            let mut inserts: Vec<Batch> = Vec::new();
            for (_, slot) in layer.iter().copied().filter(|(found, _)| *found == kind) {
                if self.arenas[kind].state(slot) == Some(State::Pending) {
                    let columns = self.inserted_columns(kind, slot);
                    match inserts.last_mut() {
                        Some(batch) if batch.columns == columns => batch.rows.push(slot),
                        _ => inserts.push(Batch { columns, ..Batch::entity(Operation::Insert, kind, vec![slot]) }),
                    }
                } else {
                    let columns = self.changed_columns(kind, slot, changes);
                    if !columns.is_empty() {
                        updates.push((slot, columns));
                    }
                }
            }
            batches.extend(self.update_batches(kind, updates));
            batches.extend(inserts);
        }
    }

    /// Updates that share their columns share a statement; rows go in the order of their keys.
    fn update_batches(&self, kind: Kind, mut updates: Vec<(Slot, ColumnSet)>) -> Vec<Batch> {
        self.sort_by_key(kind, &mut updates, |(slot, _)| *slot);
        let mut batches: Vec<Batch> = Vec::new();
        let mut by_shape: FxHashMap<ColumnSet, usize> = FxHashMap::default();
        for (slot, columns) in updates {
            // Neighbors mostly share a shape: that spares the look-up.
            if let Some(batch) = batches.last_mut()
                && batch.columns == columns
            {
                batch.rows.push(slot);
                continue;
            }
            match by_shape.get(&columns) {
                Some(batch) => batches[*batch].rows.push(slot),
                None => {
                    by_shape.insert(columns.clone(), batches.len());
                    batches.push(Batch { columns, ..Batch::entity(Operation::Update, kind, vec![slot]) });
                }
            }
        }
        batches
    }

    fn sort_by_key<T>(&self, kind: Kind, rows: &mut [T], slot: impl Fn(&T) -> Slot) {
        let arena = &self.arenas[kind];
        if let [column] = arena.meta.primary_key.as_slice() {
            rows.sort_by_cached_key(|row| {
                match arena.record(slot(row)).map(|record| record.value(*column).to_value()) {
                    Some(Value::I64(key)) => (key, String::new()),
                    Some(Value::Text(key)) => (0, key),
                    _ => (0, String::new()),
                }
            });
        }
    }

    /// The columns of an INSERT: all but those that are left to the database.
    fn inserted_columns(&self, kind: Kind, slot: Slot) -> ColumnSet {
        let mut columns = ColumnSet::default();
        let Some(record) = self.record(kind, slot) else { return columns };
        for (index, column) in self.arenas[kind].meta.columns.iter().enumerate() {
            if !column.generated || column.default.is_some() || !record.is_unset(index) {
                columns.insert(index);
            }
        }
        columns
    }

    /// The columns of an UPDATE: those that differ from the row, and those that change with every update.
    fn changed_columns(&self, kind: Kind, slot: Slot, changes: &Changes) -> ColumnSet {
        let mut columns = ColumnSet::default();
        let arena = &self.arenas[kind];
        let (Some(record), Some(before)) = (self.record(kind, slot), self.snapshot(kind, slot)) else { return columns };
        // A foreign key that is written by a statement of its own need not be emptied first.
        let waits = |column: usize| {
            let through = |(index, relation): (usize, &RelationMeta)| {
                relation.columns.contains(&column) && changes.postponed.contains(&(kind, slot, index))
            };
            !changes.postponed.is_empty() && arena.meta.relations.iter().enumerate().any(through)
        };
        for index in 0..arena.meta.columns.len() {
            if before.values[index].as_value_ref() != record.value(index) && !waits(index) {
                columns.insert(index);
            }
        }
        for (index, relation) in arena.meta.relations.iter().enumerate() {
            if !changes.postponed.contains(&(kind, slot, index)) && self.pending_target(kind, slot, index).is_some() {
                relation.columns.iter().for_each(|column| columns.insert(*column));
            }
        }
        if !columns.is_empty() {
            let always = |(_, column): &(usize, &crate::mapping::ColumnMeta)| column.onupdate.is_some();
            let onupdate = arena.meta.columns.iter().enumerate().filter(always).map(|(index, _)| index);
            onupdate.chain(arena.meta.version).for_each(|column| columns.insert(column));
        }
        columns
    }

    fn post_updates(&self, changes: &Changes, batches: &mut Vec<Batch>) {
        for (kind, slot) in changes.inserts.iter().chain(&changes.updates).copied() {
            for index in 0..self.arenas[kind].meta.relations.len() {
                if changes.postponed.contains(&(kind, slot, index)) {
                    self.on_relation(Operation::PostUpdate, kind, index, slot, None, batches);
                }
            }
        }
    }

    /// A row that refers by `post_update` to a row that goes must let go of it first.
    fn pre_deletes(&self, changes: &Changes, batches: &mut Vec<Batch>) {
        for (kind, slot) in changes.deletes.iter().copied() {
            for (index, relation) in self.arenas[kind].meta.relations.iter().enumerate() {
                if relation.post_update
                    && let Some(target_kind) = self.known_kind((relation.target)())
                    && let Some(target) = self.row_target(kind, slot, index)
                    && self.arenas[target_kind].state(target) == Some(State::Deleting)
                {
                    self.on_relation(Operation::PreDelete, kind, index, slot, None, batches);
                }
            }
        }
    }

    fn link_batches(&self, changes: &Changes, batches: &mut Vec<Batch>) {
        let mut net: FxHashMap<(Kind, usize, Slot, Slot), i32> = FxHashMap::default();
        let mut order = Vec::new();
        for link in &self.links {
            let key = (link.kind, link.relation, link.owner, link.member);
            *net.entry(key).or_insert_with(|| {
                order.push(key);
                0
            }) += if link.present { 1 } else { -1 };
        }
        let stays =
            |kind: Kind, slot: Slot| matches!(self.arenas[kind].state(slot), Some(State::Persistent | State::Pending));
        for wanted in [Operation::Unlink, Operation::Link] {
            for key in &order {
                let (kind, relation, owner, member) = *key;
                let member_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)());
                let change = net.get(key).copied().unwrap_or(0);
                let operation = if change > 0 { Operation::Link } else { Operation::Unlink };
                if change != 0
                    && operation == wanted
                    && stays(kind, owner)
                    && member_kind.is_some_and(|member_kind| stays(member_kind, member))
                {
                    self.on_relation(operation, kind, relation, owner, Some(member), batches);
                }
            }
        }
        for (kind, slot) in changes.deletes.iter().copied() {
            for (index, relation) in self.arenas[kind].meta.relations.iter().enumerate() {
                if relation.kind == RelationKind::ManyToMany && !relation.passive_deletes {
                    self.on_relation(Operation::UnlinkAll, kind, index, slot, None, batches);
                }
            }
        }
    }

    /// Adds a row to the batch of an operation on a relationship.
    fn on_relation(
        &self,
        operation: Operation,
        kind: Kind,
        relation: usize,
        slot: Slot,
        other: Option<Slot>,
        batches: &mut Vec<Batch>,
    ) {
        let same = |batch: &&mut Batch| (batch.operation, batch.kind, batch.relation) == (operation, kind, relation);
        let batch = match batches.iter_mut().rev().find(same) {
            Some(batch) => batch,
            None => {
                let mut columns = ColumnSet::default();
                let meta = &self.arenas[kind].meta.relations[relation];
                meta.columns.iter().for_each(|column| columns.insert(*column));
                batches.push(Batch { relation, columns, ..Batch::entity(operation, kind, Vec::new()) });
                let last = batches.len() - 1;
                &mut batches[last]
            }
        };
        batch.rows.push(slot);
        batch.others.extend(other);
    }

    /// Cuts a batch to what one statement takes.
    fn split(&self, batch: Batch, capabilities: &Capabilities) -> Vec<Batch> {
        let meta = self.arenas[batch.kind].meta;
        let keys = meta.primary_key.len();
        let width = match batch.operation {
            Operation::Insert => batch.columns.iter().count(),
            Operation::Update | Operation::PostUpdate | Operation::PreDelete => batch.columns.iter().count() + keys + 1,
            Operation::Delete => keys + 1,
            Operation::Link | Operation::Unlink | Operation::UnlinkAll => keys + 4,
        };
        let rows = match (batch.operation, width) {
            // A row of nothing but defaults can stand beside others only where there is a key to name.
            (Operation::Insert, 0) if keys != 1 => 1,
            (Operation::Insert, 0) => capabilities.insert_rows,
            _ if capabilities.arrays => capabilities.insert_rows,
            (Operation::Update | Operation::PostUpdate | Operation::PreDelete, _)
                if !capabilities.update_from_values =>
            {
                1
            }
            (Operation::Insert, _) => capabilities.insert_rows.min(capabilities.max_binds / width),
            _ => (capabilities.max_binds / width).min(500),
        };
        if batch.rows.len() <= rows.max(1) {
            return vec![batch];
        }
        let others = |index: usize| match batch.others.is_empty() {
            true => Vec::new(),
            false => batch.others.iter().skip(index * rows.max(1)).take(rows.max(1)).copied().collect(),
        };
        let chunks = batch.rows.chunks(rows.max(1)).enumerate();
        chunks
            .map(|(index, rows)| Batch {
                rows: rows.to_vec(),
                others: others(index),
                columns: batch.columns.clone(),
                ..batch
            })
            .collect()
    }

    fn step_text(&self, batch: &Batch) -> FlushStep {
        let meta = self.arenas[batch.kind].meta;
        let relation = meta.relations.get(batch.relation);
        let secondary = relation.and_then(|relation| relation.secondary.as_ref());
        let (operation, reason) = match batch.operation {
            Operation::Insert => ("INSERT", "new"),
            Operation::Update => ("UPDATE", "changed"),
            Operation::PostUpdate => ("UPDATE", "closes a circle, so both rows had to be there first"),
            Operation::PreDelete => ("UPDATE", "opens a circle, so that the rows can go"),
            Operation::Delete => ("DELETE", "deleted"),
            Operation::Link => ("INSERT", "linked"),
            Operation::Unlink => ("DELETE", "no longer linked"),
            Operation::UnlinkAll => ("DELETE", "links of deleted rows"),
        };
        let links = matches!(batch.operation, Operation::Link | Operation::Unlink | Operation::UnlinkAll);
        let table = secondary.filter(|_| links).map_or(meta.table, |secondary| secondary.table);
        let columns = match secondary {
            Some(secondary) if links => secondary.local.iter().chain(&secondary.remote).copied().collect(),
            _ => batch.columns.iter().map(|column| meta.columns[column].name).collect(),
        };
        let rows = batch.rows.iter().map(|slot| self.row_text(batch, *slot)).collect();
        FlushStep { operation, table, columns, rows, reason: reason.to_owned() }
    }

    fn row_text(&self, batch: &Batch, slot: Slot) -> String {
        let meta = self.arenas[batch.kind].meta;
        let Some(record) = self.record(batch.kind, slot) else { return String::new() };
        let key = self.identity_of(batch.kind, slot).map(|key| super::key_text(&key));
        let value = |column: usize| {
            let through = meta.relations.iter().position(|relation| relation.columns.contains(&column));
            if let Some(target) = through.and_then(|relation| self.pending_target(batch.kind, slot, relation)) {
                let target_meta = through.map(|relation| (meta.relations[relation].target)());
                return format!("<key of new {} {target:?}>", target_meta.map_or("", |meta| meta.name));
            }
            if meta.columns[column].sensitive {
                "***".to_owned()
            } else {
                format!("{:?}", record.value(column).to_value())
            }
        };
        let values: Vec<String> = batch.columns.iter().map(value).collect();
        match key {
            Some(key) if values.is_empty() => format!("{} {key}", meta.name),
            Some(key) => format!("{} {key}: {}", meta.name, values.join(", ")),
            None => format!("{} {slot:?}: {}", meta.name, values.join(", ")),
        }
    }
}

impl Batch {
    fn entity(operation: Operation, kind: Kind, rows: Vec<Slot>) -> Self {
        Self { operation, kind, relation: 0, rows, others: Vec::new(), columns: ColumnSet::default() }
    }
}

/// Rows of one kind after the other, in the order in which the kinds appear.
fn group_by_kind(rows: &[(Kind, Slot)], mut each: impl FnMut(Kind, Vec<Slot>)) {
    let mut kinds: Vec<Kind> = Vec::new();
    for (kind, _) in rows {
        if !kinds.contains(kind) {
            kinds.push(*kind);
        }
    }
    for kind in kinds {
        each(kind, rows.iter().filter(|(found, _)| *found == kind).map(|(_, slot)| *slot).collect());
    }
}
