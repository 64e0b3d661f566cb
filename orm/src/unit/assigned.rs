//! Entities that relationships hold as values: which of them come along, and what the flush makes of those that were assigned past the session.

use rustc_hash::{FxHashMap, FxHashSet};

use super::UnitOfWork;
use super::collect::Collecting;
use super::relation::Found;
use super::store::ArenaId;
use crate::error::{Error, Result};
use crate::key::Slot;
use crate::mapping::{Cascade, RelationKind, RelationPosition};

/// By which cascade the entities that hang on a newcomer come along.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    /// It is added.
    SaveUpdate,
    /// It is merged.
    Merge,
}

impl Along {
    fn goes_through(self, cascade: Cascade) -> bool {
        match self {
            Self::SaveUpdate => cascade.save_update,
            Self::Merge => cascade.merge,
        }
    }
}

/// Who is in the collections of newcomers, asked for one after the other.
#[derive(Default)]
struct Entered(FxHashMap<(ArenaId, Slot, RelationPosition), Roll>);

/// Who is in one collection. Members mostly are asked for in the order in which they stand there.
#[derive(Default)]
struct Roll {
    next: usize,
    all: Option<FxHashSet<Slot>>,
}

impl Entered {
    fn holds(&mut self, unit: &UnitOfWork, owner: (ArenaId, Slot, RelationPosition), member: Slot) -> bool {
        let Some(known) = unit.collection(owner.0, owner.1, owner.2) else { return false };
        let Some(members) = known.members.as_list() else { return known.members.contains(member) };
        let roll = self.0.entry(owner).or_default();
        if members.get(roll.next) == Some(&member) {
            roll.next += 1;
            return true;
        }
        roll.all.get_or_insert_with(|| members.iter().copied().collect()).contains(&member)
    }
}

impl UnitOfWork {
    /// Begins a flush, before anything is marked to be undone: takes in what `session[key].parent = BelongsTo::new(..)` and
    /// `BelongsTo::to(..)` hold.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for a collection that was assigned: whether its members join or replace those that are there, nobody knows;
    /// and for an entity in a relationship that does not cascade `save-update`. [`Error::ObjectDeleted`] for an edit of what was replaced.
    /// [`Error::InvalidRequest`] for a column of a row that was set to [`Auto::Unset`](crate::mapping::Auto::Unset).
    pub fn begin_flush(&mut self) -> Result<()> {
        self.collecting = Collecting::default();
        self.check_unrecognized()?;
        let (mut found, mut entered) = (Vec::new(), Entered::default());
        for index in 0..self.journal.pending().len() {
            self.take_assigned_of(self.journal.pending()[index], &mut entered, &mut found)?;
        }
        for index in 0..self.journal.edited().len() {
            let edit = self.journal.edited()[index];
            self.check_edit(edit.kind, edit.slot)?;
            self.check_unset(edit.kind, edit.slot)?;
            self.take_assigned_of((edit.kind, edit.slot), &mut entered, &mut found)?;
        }
        self.settle_all(found, Along::SaveUpdate);
        Ok(())
    }

    fn take_assigned_of(
        &mut self,
        (kind, slot): (ArenaId, Slot),
        entered: &mut Entered,
        found: &mut Vec<Found>,
    ) -> Result<()> {
        let meta = self.arenas[kind].meta;
        for (index, relation) in meta.relations.enumerate() {
            if self.names_a_row(kind, slot, index) || self.names_a_newcomer(kind, slot, index, entered) {
                self.leave_assigned(kind, slot, index);
                self.settle_reference(kind, slot, index, relation, found);
            }
            if !self.holds_new(kind, slot, index) {
                continue;
            }
            let (entity, constant) = (meta.name, relation.name.to_uppercase());
            if !relation.cascade.save_update {
                let target = (relation.target)().name;
                return Err(Error::invalid(format!(
                    "{entity}.{} holds a new {target}, and its cascade lacks `save-update`: take the {target} out, \
                     add it to the session, and put its key in by `session.rel(key, {entity}::{constant})`",
                    relation.name
                )));
            }
            if relation.kind == RelationKind::BelongsTo {
                self.leave_assigned(kind, slot, index);
                self.settle_reference(kind, slot, index, relation, found);
            } else {
                return Err(Error::invalid(format!(
                    "{entity}.{} was assigned after {entity} was added: say `session.rel(key, {entity}::{constant})` \
                     and `.extend(..)` or `.set(..)` instead, and take what was assigned out again",
                    relation.name
                )));
            }
        }
        Ok(())
    }

    /// Whether a `BelongsTo` was assigned the key of an entity that has a row: where `rel(..)` sets one, the foreign key is known at once.
    fn names_a_row(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> bool {
        self.waits_for_key(kind, slot, relation)
            && self.target_of(kind, slot, relation).is_some()
            && self.pending_target(kind, slot, relation).is_none()
    }

    /// Whether a `BelongsTo` was assigned the key of an entity that has no row yet: where `rel(..)` sets one, it is in the collection at
    /// the other end.
    fn names_a_newcomer(&self, kind: ArenaId, slot: Slot, relation: RelationPosition, entered: &mut Entered) -> bool {
        let Some(inverse) = self.arenas[kind].inverses[relation] else { return false };
        let Some(target) = self.pending_target(kind, slot, relation) else { return false };
        let target_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)());
        target_kind.is_some_and(|target_kind| !entered.holds(self, (target_kind, target, inverse), slot))
    }

    /// Whether a relationship holds an entity that no session knows.
    pub(super) fn holds_new(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> bool {
        let Some(record) = self.record(kind, slot) else { return false };
        match self.arenas[kind].meta.relations[relation].kind {
            RelationKind::BelongsTo => record.reference(relation).is_some_and(|reference| reference.has_new()),
            _ => record.collection(relation).is_some_and(|collection| collection.has_new()),
        }
    }

    /// Whether new entities are in a relationship of a newcomer that the cascade does not go through. A merge leaves them out;
    /// otherwise they stay where they are, and the flush says so.
    pub(super) fn stays_behind(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, along: Along) -> bool {
        let meta = &self.arenas[kind].meta.relations[relation];
        if along.goes_through(meta.cascade) || !self.holds_new(kind, slot, relation) {
            return false;
        }
        if along == Along::Merge {
            match meta.kind {
                RelationKind::BelongsTo => drop(self.take_new_target(kind, slot, relation)),
                _ => drop(self.take_new_members(kind, slot, relation)),
            }
        }
        true
    }

    /// Takes an entity out of the collection that it was in before its reference was assigned.
    pub(super) fn leave_assigned(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition) {
        let Some(before) = self.snapshot(kind, slot) else { return };
        let target = before.targets.get(relation).copied().flatten();
        if let Some(before) = target.or_else(|| self.row_target(kind, slot, relation)) {
            self.exit(kind, slot, relation, before);
        }
    }
}
