//! Why one statement of a flush comes before another: the edges of a flush plan.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::UnitOfWork;
use super::batch::{Batch, Operation};
use super::flush_plan::FlushEdge;
use super::store::ArenaId;
use crate::key::Slot;
use crate::mapping::{KeyValues, RelationKind, RelationPosition};

/// A row of a flush.
type Row = (ArenaId, Slot);

/// The steps that a row takes part in, in order.
type StepsOf = FxHashMap<Row, Vec<usize>>;

/// The edges between batches.
pub(super) fn edges(unit: &UnitOfWork, batches: &[Batch]) -> Vec<FlushEdge> {
    let steps_of = |operation: Operation| {
        let mut steps = StepsOf::default();
        for (step, batch) in batches.iter().enumerate().filter(|(_, batch)| batch.operation == operation) {
            for slot in &batch.rows {
                steps.entry((batch.kind, *slot)).or_default().push(step);
            }
        }
        steps
    };
    let (inserts, deletes) = (steps_of(Operation::Insert), steps_of(Operation::Delete));
    let mut edges = Edges { unit, inserts, deletes, found: BTreeSet::new() };
    for (step, batch) in batches.iter().enumerate() {
        match batch.operation {
            Operation::Insert => {
                edges.follow_references(step, batch);
                edges.follow_tables(step, batch, true);
            }
            Operation::Update => edges.follow_references(step, batch),
            Operation::PostUpdate => edges.close_circle(step, batch),
            Operation::PreDelete => edges.open_circle(step, batch),
            Operation::Delete => {
                edges.precede_targets(step, batch);
                edges.follow_tables(step, batch, false);
            }
            Operation::Link => edges.follow_ends(step, batch),
            Operation::Unlink | Operation::UnlinkIfThere | Operation::UnlinkAll => edges.precede_ends(step, batch),
        }
    }
    edges.follow_givers(batches);
    edges.found.into_iter().map(|(before, after, reason)| FlushEdge { before, after, reason }).collect()
}

struct Edges<'u> {
    unit: &'u UnitOfWork,
    inserts: StepsOf,
    deletes: StepsOf,
    found: BTreeSet<(usize, usize, String)>,
}

impl Edges<'_> {
    fn add(&mut self, before: usize, after: usize, reason: String) {
        if before < after {
            self.found.insert((before, after, reason));
        }
    }

    /// The steps that insert a row come before `step`.
    fn after_insert(&mut self, row: Option<Row>, step: usize, reason: &str) {
        let inserts = row.and_then(|row| self.inserts.get(&row)).cloned().unwrap_or_default();
        inserts.into_iter().for_each(|insert| self.add(insert, step, reason.to_owned()));
    }

    /// The steps that delete a row come after `step`.
    fn before_delete(&mut self, row: Option<Row>, step: usize, reason: &str) {
        let deletes = row.and_then(|row| self.deletes.get(&row)).cloned().unwrap_or_default();
        deletes.into_iter().for_each(|delete| self.add(step, delete, reason.to_owned()));
    }

    fn name(&self, batch: &Batch, relation: RelationPosition) -> String {
        let meta = self.unit.arenas[batch.kind].meta;
        format!("{}.{}", meta.name, meta.relations[relation].name)
    }

    /// The references of a batch's entity whose foreign keys are in its own table.
    fn references(&self, batch: &Batch) -> Vec<(RelationPosition, String)> {
        let relations = self.unit.arenas[batch.kind].meta.relations.enumerate();
        let own = relations.filter(|(_, relation)| relation.kind == RelationKind::BelongsTo && !relation.post_update);
        own.map(|(position, _)| (position, self.name(batch, position))).collect()
    }

    fn target_kind(&self, batch: &Batch, relation: RelationPosition) -> Option<ArenaId> {
        self.unit.known_kind((self.unit.arenas[batch.kind].meta.relations[relation].target)())
    }

    fn follow_references(&mut self, step: usize, batch: &Batch) {
        for (relation, name) in self.references(batch) {
            let Some(kind) = self.target_kind(batch, relation) else { continue };
            let reason = format!("{name} refers to the new row");
            for slot in &batch.rows {
                let target = self.unit.pending_target(batch.kind, *slot, relation);
                self.after_insert(target.map(|target| (kind, target)), step, &reason);
            }
        }
    }

    fn precede_targets(&mut self, step: usize, batch: &Batch) {
        for (relation, name) in self.references(batch) {
            let Some(kind) = self.target_kind(batch, relation) else { continue };
            let reason = format!("{name} refers to the row that goes");
            for slot in &batch.rows {
                let target = self.unit.row_target(batch.kind, *slot, relation);
                self.before_delete(target.map(|target| (kind, target)), step, &reason);
            }
        }
    }

    /// Rows of one entity in several tables of a hierarchy.
    fn follow_tables(&mut self, step: usize, batch: &Batch, is_insert: bool) {
        let steps = if is_insert { &self.inserts } else { &self.deletes };
        let others: BTreeSet<usize> =
            batch.rows.iter().filter_map(|slot| steps.get(&(batch.kind, *slot))).flatten().copied().collect();
        let name = self.unit.arenas[batch.kind].meta.name;
        for earlier in others.range(..step).copied().collect::<Vec<_>>() {
            self.add(earlier, step, format!("rows of one {name} in two tables"));
        }
    }

    fn close_circle(&mut self, step: usize, batch: &Batch) {
        let reason = format!("{} closes a circle: both rows come first", self.name(batch, batch.relation));
        let kind = self.target_kind(batch, batch.relation);
        for slot in &batch.rows {
            let target = self.unit.pending_target(batch.kind, *slot, batch.relation);
            self.after_insert(Some((batch.kind, *slot)), step, &reason);
            self.after_insert(kind.zip(target), step, &reason);
        }
    }

    fn open_circle(&mut self, step: usize, batch: &Batch) {
        let reason = format!("{} lets go of the row first", self.name(batch, batch.relation));
        let kind = self.target_kind(batch, batch.relation);
        for slot in &batch.rows {
            let target = self.unit.row_target(batch.kind, *slot, batch.relation);
            self.before_delete(Some((batch.kind, *slot)), step, &reason);
            self.before_delete(kind.zip(target), step, &reason);
        }
    }

    fn follow_ends(&mut self, step: usize, batch: &Batch) {
        let reason = format!("{} links the new row", self.name(batch, batch.relation));
        let kind = self.target_kind(batch, batch.relation);
        for slot in &batch.rows {
            self.after_insert(Some((batch.kind, *slot)), step, &reason);
        }
        for other in &batch.others {
            self.after_insert(kind.map(|kind| (kind, *other)), step, &reason);
        }
    }

    fn precede_ends(&mut self, step: usize, batch: &Batch) {
        let reason = format!("{} links the row that goes", self.name(batch, batch.relation));
        let kind = self.target_kind(batch, batch.relation);
        for slot in &batch.rows {
            self.before_delete(Some((batch.kind, *slot)), step, &reason);
        }
        for other in &batch.others {
            self.before_delete(kind.map(|kind| (kind, *other)), step, &reason);
        }
    }

    /// A row that takes over a key or a unique value comes after the row that gives it up.
    fn follow_givers(&mut self, batches: &[Batch]) {
        let unit = self.unit;
        let mut given_up: FxHashMap<(ArenaId, usize, usize, KeyValues), usize> = FxHashMap::default();
        for (step, batch) in batches.iter().enumerate() {
            for slot in batch.rows.iter().copied() {
                let table = unit.table_of(batch.kind, slot);
                let sets = unit.arenas[batch.kind].unique_sets.iter();
                let takes = matches!(batch.operation, Operation::Insert | Operation::Update);
                for set in sets.clone().filter(|set| takes && unit.changes_set(batch.kind, slot, set)) {
                    let Some(values) = unit.written_values(batch.kind, slot, &set.columns) else { continue };
                    if let Some(giver) = given_up.get(&(batch.kind, set.constraint, table, values)) {
                        let meta = unit.arenas[batch.kind].meta;
                        let columns: Vec<&str> = set.columns.iter().map(|column| meta.columns[*column].name).collect();
                        self.add(*giver, step, format!("{}.{} is handed on", meta.name, columns.join(", ")));
                    }
                }
                let gives = match batch.operation {
                    Operation::Delete => true,
                    Operation::Update => !unit.is_new((batch.kind, slot)),
                    _ => false,
                };
                for set in sets.filter(|_| gives) {
                    let changes = batch.operation == Operation::Delete || unit.changes_set(batch.kind, slot, set);
                    if let (true, Some(values)) = (changes, unit.values_of(batch.kind, slot, &set.columns, true)) {
                        given_up.entry((batch.kind, set.constraint, table, values)).or_insert(step);
                    }
                }
            }
        }
    }
}
