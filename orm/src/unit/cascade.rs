//! What happens to the other ends when an entity leaves the session or is expired.

use std::any::TypeId;

use rustc_hash::{FxHashMap, FxHashSet};

use super::UnitOfWork;
use super::lifecycle::State;
use super::store::{ArenaId, Change};
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{Cascade, ColumnPosition, Entity, RelationKind, RelationPosition};

impl UnitOfWork {
    /// Takes an entity out of the session, and with it what the `expunge` cascade reaches; their unflushed edits go with them.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn expunge<E: Entity>(&mut self, key: Key<E>) -> Result<E> {
        let kind = self.check(key)?;
        let class = self.class_of(kind, key.slot());
        if let Some(polymorphism) = &E::entity_meta().polymorphism
            && TypeId::of::<E>() != TypeId::of::<E::Root>()
            && polymorphism.class != class
        {
            let (whole, part) = (polymorphism.classes[class].name, polymorphism.this().name);
            return Err(Error::invalid(format!(
                "the {part} is a {whole}, of which a {part} would lose what it adds: expunge it by a key of its class, \
                 or by that of the root, `session.expunge(key.upcast())`"
            )));
        }
        let reached = self.reach(kind, key.slot(), |cascade| cascade.expunge);
        for (kind, slot) in reached.into_iter().skip(1) {
            self.remove(kind, slot);
        }
        let entity = self.remove(kind, key.slot()).and_then(|entity| entity.downcast::<E::Root>().ok());
        entity.and_then(|entity| E::from_root(*entity).ok()).ok_or_else(|| self.arenas[kind].gone())
    }

    /// Takes everything out of the session.
    pub fn expunge_all(&mut self) {
        self.forget_unflushed();
        self.strategies = FxHashMap::default();
        self.raised_columns = FxHashMap::default();
        self.formers.clear();
        self.evict_all();
    }

    /// Drops what is known about an entity, its unflushed edits included, and what the `refresh-expire` cascade reaches.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored; [`Error::RowPending`] or [`Error::RowDeleted`] when the entity has no row.
    pub fn expire<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        let kind = self.check_there(key, "has no row to read")?;
        if self.arenas[kind].state(key.slot()) == Some(State::Pending) {
            return Err(Error::RowPending {
                entity: self.arenas[kind].meta.name,
                way_out: ": flush it before it is expired or refreshed",
            });
        }
        for (kind, slot) in self.reach(kind, key.slot(), |cascade| cascade.refresh_expire) {
            if self.arenas[kind].state(slot) != Some(State::Pending) {
                self.expire_at(kind, slot);
            }
        }
        Ok(())
    }

    /// Drops an edit that changed nothing, which would keep the row from being read into memory.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn drop_void_edit<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        let kind = self.check(key)?;
        if self.snapshot(kind, key.slot()).is_some() && !self.differs(kind, key.slot()) {
            self.drop_edit(kind, key.slot());
        }
        Ok(())
    }

    /// Makes view-only relationships load again: rows were written, or may have been.
    pub fn expire_views(&mut self) {
        if self.has_views {
            self.epochs.expire_views();
        }
    }

    pub(super) fn expire_at(&mut self, kind: ArenaId, slot: Slot) {
        let kept = self.drop_edit(kind, slot);
        self.forget_peers(kind);
        self.apply(kind, slot, Change::Expired);
        self.keep_related(kind, slot, kept);
        self.expire_loaded_members(kind, slot);
    }

    /// Takes an unflushed edit back: the entity is as its row was known to be. Gives the references that `rel(..)` changed, with their targets:
    /// of those the other end knows.
    fn drop_edit(&mut self, kind: ArenaId, slot: Slot) -> Vec<(RelationPosition, Option<Slot>)> {
        let Some(mut before) = self.snapshot(kind, slot).cloned() else { return Vec::new() };
        let meta = self.arenas[kind].meta;
        // The other end holds these changes too.
        let kept: Vec<(RelationPosition, Option<Slot>)> = match before.intent.take() {
            Some(intent) => {
                // What was changed back is as the row has it, if that is known.
                let is_changed = |relation: &RelationPosition| {
                    let is_same = |column: &ColumnPosition| self.is_unchanged(kind, slot, *column);
                    self.waits_for_key(kind, slot, *relation) || !meta.relations[*relation].columns.iter().all(is_same)
                };
                let with_target = |relation| (relation, self.target_of(kind, slot, relation));
                intent.related.iter().filter(is_changed).map(with_target).collect()
            }
            None => Vec::new(),
        };
        let is_kept = |relation: RelationPosition| kept.iter().any(|(kept, _)| *kept == relation);
        for relation in meta.relations.positions() {
            if meta.relations[relation].kind == RelationKind::BelongsTo && !is_kept(relation) {
                let target = before.targets[relation].or_else(|| self.row_target(kind, slot, relation));
                self.refer(kind, slot, relation, target);
                // It may have been found only since: whoever is in its collection knows it by place.
                before.targets[relation] = target;
            }
        }
        self.restore(kind, slot, before);
        self.apply(kind, slot, Change::Dropped);
        kept
    }

    /// Makes the changes of relationships again that the other ends hold, after the rest of an edit was dropped.
    fn keep_related(&mut self, kind: ArenaId, slot: Slot, kept: Vec<(RelationPosition, Option<Slot>)>) {
        for (relation, target) in kept {
            self.note_reference(kind, slot, relation);
            self.point(kind, slot, relation, target);
            let columns = &self.arenas[kind].meta.relations[relation].columns;
            self.intend(kind, slot, |intent| {
                intent.related.insert(relation);
                columns.iter().for_each(|column| intent.assigned.insert(*column));
            });
            // It went with the edit that is dropped.
            if target.is_none() {
                self.note_orphan(kind, slot, relation);
            }
        }
    }

    fn remove(&mut self, kind: ArenaId, slot: Slot) -> Option<Box<dyn std::any::Any + Send>> {
        if let Some(key) = self.identity_of(kind, slot) {
            self.forget_key(kind, slot, &key);
        }
        let has_row = self.arenas[kind].state(slot) != Some(State::Pending);
        for (kind, owner, relation) in self.detach(&[(kind, slot)]) {
            // The row is still there: who the members are must be read again.
            if has_row {
                self.expire_members(kind, owner, relation);
            }
        }
        for relation in self.arenas[kind].meta.relations.positions() {
            let Some(members) = self.take_members(kind, slot, relation) else { continue };
            if let Some(inverse) = self.arenas[kind].inverses[relation] {
                let member_kind = self.kind_of((self.arenas[kind].meta.relations[relation].target)());
                members.iter().for_each(|member| self.forget_target(member_kind, *member, inverse, slot));
            }
        }
        self.forget_strategies(kind, slot);
        self.evict(kind, slot)
    }

    /// What options stated for an entity goes with it.
    pub(super) fn forget_strategies(&mut self, kind: ArenaId, slot: Slot) {
        if !self.strategies.is_empty() {
            for relation in self.arenas[kind].meta.relations.positions() {
                self.strategies.remove(&(kind, slot, relation));
            }
        }
        if !self.raised_columns.is_empty() {
            self.raised_columns.remove(&(kind, slot));
        }
    }

    /// A reference that leads to an entity which leaves keeps the foreign key alone.
    fn forget_target(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, target: Slot) {
        let reference = self.record(kind, slot).and_then(|record| record.reference(relation));
        if reference.is_some_and(|reference| reference.has_id()) && self.target_of(kind, slot, relation) == Some(target)
        {
            self.set_known_target(kind, slot, relation, None);
        }
    }

    /// The entity and everything that a cascade reaches from it through what is in memory, each once.
    pub(super) fn reach(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        through: impl Fn(&Cascade) -> bool,
    ) -> Vec<(ArenaId, Slot)> {
        let mut seen = FxHashSet::from_iter([(kind, slot)]);
        let mut reached = vec![(kind, slot)];
        let mut next = 0;
        while let Some((kind, slot)) = reached.get(next).copied() {
            next += 1;
            let relations = &self.arenas[kind].meta.relations;
            for (index, relation) in relations.enumerate().filter(|(_, relation)| through(&relation.cascade)) {
                let target_kind = self.kind_of((relation.target)());
                // Who was a member once need not be one when that has expired.
                let others = match self.collection(kind, slot, index) {
                    Some(known) if self.is_collection_loaded(kind, slot, index) => known.members.to_vec(),
                    Some(known) => {
                        let is_fresh = |other: &Slot| !self.is_expired_at(target_kind, *other);
                        known.members.iter().copied().filter(is_fresh).collect()
                    }
                    None if self.is_expired_at(kind, slot) && !self.is_reference_unflushed(kind, slot, index) => {
                        Vec::new()
                    }
                    None => self.target_of(kind, slot, index).into_iter().collect(),
                };
                let held = |other: &Slot| self.arenas[target_kind].place(*other).is_some();
                let found: Vec<Slot> = others.into_iter().filter(held).collect();
                reached.extend(found.into_iter().map(|other| (target_kind, other)).filter(|other| seen.insert(*other)));
            }
        }
        reached
    }
}
