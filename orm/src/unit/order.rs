//! What a flush does and in which order: tables by foreign key, rows by layers where tables depend on each other or on themselves.
//!
//! Within a table the order is that of arrival for INSERT, among rows that share their columns, and that of the primary key for UPDATE, so that concurrent flushes lock in one
//! order. Many-to-many rows come after all entities, deletions last and backwards.

use rustc_hash::{FxHashMap, FxHashSet};

use super::UnitOfWork;
use super::arena::Kind;
use super::batch::Batch;
use super::lifecycle::State;
use crate::engine::Capabilities;
use crate::error::{Error, Result};
use crate::key::Slot;
use crate::mapping::{KeyValues, RelationKind};
use crate::topology;

/// The changes of a flush, sorted by what happens to them.
pub(super) struct Changes {
    pub(super) inserts: Vec<(Kind, Slot)>,
    pub(super) updates: Vec<(Kind, Slot)>,
    pub(super) deletes: Vec<(Kind, Slot)>,
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
        self.pre_deletes(&changes, capabilities, &mut batches);
        for component in components.iter().rev() {
            for layer in self.delete_layers(component, &changes)? {
                group_by_kind(&layer, |kind, rows| self.delete_batches(kind, &rows, &mut batches));
            }
        }
        let batches = batches.into_iter().flat_map(|batch| self.split(batch, capabilities)).collect();
        Ok((batches, changes))
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

    pub(super) fn is_own_table(&self, kind: Kind, relation: usize) -> bool {
        self.known_kind((self.arenas[kind].meta.relations[relation].target)()) == Some(kind)
    }

    /// The new entity under a reference.
    pub(super) fn pending_target(&self, kind: Kind, slot: Slot, relation: usize) -> Option<Slot> {
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
        self.find_one((meta.target)(), &id)
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
