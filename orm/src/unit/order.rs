//! What a flush does and in which order: tables by foreign key, rows by layers where tables depend on each other or on themselves.
//!
//! Within a table the order is that of arrival for INSERT, among rows that share their columns, and that of the primary key for UPDATE and DELETE, so that concurrent flushes lock in one
//! order. Many-to-many rows come after all entities, deletions last and backwards.

use rustc_hash::{FxHashMap, FxHashSet};

use super::UnitOfWork;
use super::batch::Batch;
use super::lifecycle::State;
use super::row_order::RowOrder;
use super::store::ArenaId;
use crate::engine::Capabilities;
use crate::error::Result;
use crate::key::Slot;
use crate::mapping::{KeyValues, RelationPosition};
use crate::topology;

/// The changes of a flush, sorted by what happens to them.
pub(super) struct Changes {
    pub(super) inserts: Vec<(ArenaId, Slot)>,
    pub(super) updates: Vec<(ArenaId, Slot)>,
    pub(super) deletes: Vec<(ArenaId, Slot)>,
    /// References whose foreign key is written after both rows are there.
    pub(super) postponed: FxHashSet<(ArenaId, Slot, RelationPosition)>,
}

impl UnitOfWork {
    /// The batches of a flush, in order.
    pub(super) fn batches(&mut self, capabilities: &Capabilities) -> Result<(Vec<Batch>, Changes)> {
        let mut changes = self.changes();
        let components = self.table_order(&changes);
        let handover = self.take_handover(&mut changes);
        let writes = by_component(&components, changes.updates.iter().chain(&changes.inserts));
        let mut batches = Vec::new();
        self.handover_batches(&handover, &components, capabilities, &mut batches)?;
        for (component, rows) in components.iter().zip(writes) {
            for layer in self.write_layers(component, rows, &changes)? {
                self.write_batches(layer, &changes, &mut batches);
            }
        }
        self.post_updates(&changes, &mut batches);
        if !handover.unlinks() {
            self.unlink_batches(&mut batches);
        }
        self.link_batches(&mut batches);
        self.unlink_all_batches(&changes.deletes, &mut batches);
        self.pre_deletes(&changes.deletes, capabilities, &mut batches);
        self.deletes_backwards(&components, &changes.deletes, &mut batches)?;
        // Those that went first are deletions of the flush like the others, for whoever listens.
        changes.deletes.splice(0..0, handover.into_rows());
        let batches = batches.into_iter().flat_map(|batch| self.split(batch, capabilities)).collect();
        Ok((batches, changes))
    }

    /// The batches of deletions: what refers before what is referred to.
    pub(super) fn deletes_backwards(
        &self,
        components: &[Vec<ArenaId>],
        deletes: &[(ArenaId, Slot)],
        batches: &mut Vec<Batch>,
    ) -> Result<()> {
        let deletes = by_component(components, deletes.iter());
        for (component, rows) in components.iter().zip(deletes).rev() {
            for layer in self.delete_layers(component, rows)? {
                group_by_kind(&layer, |kind, rows| self.delete_batches(kind, &rows, batches));
            }
        }
        Ok(())
    }

    fn changes(&self) -> Changes {
        let in_state = |state: State| {
            move |unit: &Self, (kind, slot): (ArenaId, Slot)| unit.arenas[kind].state(slot) == Some(state)
        };
        let pending = in_state(State::Pending);
        let deleting = in_state(State::Deleting);
        let inserts: Vec<_> = self.journal.pending().iter().copied().filter(|row| pending(self, *row)).collect();
        let updates: Vec<_> = self.edited_rows().filter(|(kind, slot)| self.differs(*kind, *slot)).collect();
        let deletes: Vec<_> = self.journal.deleting().iter().copied().filter(|row| deleting(self, *row)).collect();
        let mut postponed = FxHashSet::default();
        for (kind, slot) in inserts.iter().chain(&updates).copied() {
            for (index, relation) in self.arenas[kind].meta.relations.enumerate() {
                if relation.post_update && self.pending_target(kind, slot, index).is_some() {
                    postponed.insert((kind, slot, index));
                }
            }
        }
        Changes { inserts, updates, deletes, postponed }
    }

    /// The kinds of entity in play: those that depend on each other together, what is referred to before what refers.
    fn table_order(&self, changes: &Changes) -> Vec<Vec<ArenaId>> {
        let rows = changes.inserts.iter().chain(&changes.updates).chain(&changes.deletes);
        let mut in_play: Vec<ArenaId> =
            rows.map(|(kind, _)| *kind).collect::<FxHashSet<ArenaId>>().into_iter().collect();
        in_play.sort_unstable();
        // Only what is in play is numbered: a session may hold many kinds of which a flush touches one.
        let number = |kind: ArenaId| in_play.partition_point(|other| *other < kind);
        let mut edges = Vec::new();
        for kind in in_play.iter().copied() {
            let keys = self.foreign_keys(kind, &in_play).filter(|key| !key.post_update && key.target != kind);
            edges.extend(keys.map(|key| (number(key.target), number(kind))));
        }
        let components = topology::components(in_play.len(), &edges).into_iter();
        components.map(|component| component.into_iter().map(|number| in_play[number]).collect()).collect()
    }

    /// Whether rows of these tables depend on rows of these tables.
    fn is_circular(&self, component: &[ArenaId]) -> bool {
        component.len() > 1 || self.foreign_keys(component[0], component).next().is_some()
    }

    /// The rows to write, in layers: a row comes after the new rows that it refers to, and after those that give up a unique value for it.
    fn write_layers(
        &self,
        component: &[ArenaId],
        rows: Vec<(ArenaId, Slot)>,
        changes: &Changes,
    ) -> Result<Vec<Vec<(ArenaId, Slot)>>> {
        if self.is_circular(component) {
            return RowOrder::new(self, rows).after_new_targets(component, changes).after_givers(component).layers();
        }
        let is_new = |(kind, slot): &(ArenaId, Slot)| self.arenas[*kind].state(*slot) == Some(State::Pending);
        let (inserts, updates): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_new);
        // No update waits for an insert here.
        let mut layers = RowOrder::new(self, updates).after_givers(component).layers()?;
        match layers.last_mut() {
            Some(last) => last.extend(inserts),
            None => layers.extend(Some(inserts).filter(|inserts| !inserts.is_empty())),
        }
        Ok(layers)
    }

    /// The rows to delete, in layers: a row goes before the rows that it refers to.
    fn delete_layers(&self, component: &[ArenaId], rows: Vec<(ArenaId, Slot)>) -> Result<Vec<Vec<(ArenaId, Slot)>>> {
        let mut rows = RowOrder::new(self, rows);
        if self.is_circular(component) {
            rows = rows.after_deleted_targets(component);
        }
        let mut layers = rows.layers()?;
        layers.reverse();
        Ok(layers)
    }

    pub(super) fn is_own_table(&self, kind: ArenaId, relation: RelationPosition) -> bool {
        self.known_kind((self.arenas[kind].meta.relations[relation].target)()) == Some(kind)
    }

    /// The new entity under a reference.
    pub(super) fn pending_target(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> Option<Slot> {
        let target_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)())?;
        let target = self.target_of(kind, slot, relation)?;
        (self.arenas[target_kind].state(target) == Some(State::Pending)).then_some(target)
    }

    /// The entity to which a row's foreign key leads in the database, whatever memory has made of it since.
    pub(super) fn row_target(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> Option<Slot> {
        let meta = &self.arenas[kind].meta.relations[relation];
        let Some(before) = self.snapshot(kind, slot) else {
            return self.target_of(kind, slot, relation).or_else(|| self.target_by_id(kind, slot, relation));
        };
        let id: KeyValues = meta.columns.iter().map(|column| before.values[*column].clone()).collect();
        self.find_one((meta.target)(), &id)
    }
}

/// The rows of each component, in the order in which they stand.
fn by_component<'r>(
    components: &[Vec<ArenaId>],
    rows: impl Iterator<Item = &'r (ArenaId, Slot)>,
) -> Vec<Vec<(ArenaId, Slot)>> {
    let numbers = components.iter().zip(0..).flat_map(|(kinds, number)| kinds.iter().map(move |kind| (*kind, number)));
    let number_of: FxHashMap<ArenaId, usize> = numbers.collect();
    let mut found = vec![Vec::new(); components.len()];
    for row in rows {
        found[number_of[&row.0]].push(*row);
    }
    found
}

/// Rows of one kind after the other, in the order in which the kinds appear.
fn group_by_kind(rows: &[(ArenaId, Slot)], mut each: impl FnMut(ArenaId, Vec<Slot>)) {
    let mut groups: Vec<(ArenaId, Vec<Slot>)> = Vec::new();
    let mut group_of: FxHashMap<ArenaId, usize> = FxHashMap::default();
    for (kind, slot) in rows.iter().copied() {
        let group = *group_of.entry(kind).or_insert(groups.len());
        if group == groups.len() {
            groups.push((kind, Vec::new()));
        }
        groups[group].1.push(slot);
    }
    groups.into_iter().for_each(|(kind, slots)| each(kind, slots));
}
