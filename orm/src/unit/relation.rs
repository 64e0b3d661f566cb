//! Both sides of a relationship agree, always.
//!
//! The many-to-one side is the truth: it holds the foreign key. The collection at the other end is a view that is kept in step.
//! A many-to-many relationship has no such side; its changes are noted one by one.

use std::borrow::Borrow;

use super::UnitOfWork;
use super::assigned::Along;
use super::lifecycle::State;
use super::links::LinkChange;
use super::store::ArenaId;
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{
    Collection, CollectionShape, Entity, KeyValues, RelationKind, RelationMeta, RelationPosition, Relationship,
};
use crate::value::Value;

/// An entity that was found on the way and must be settled.
pub(super) struct Found {
    pub(super) kind: ArenaId,
    pub(super) slot: Slot,
    /// The reference that is in place already, as the entity was found in the collection at its other end.
    pub(super) joined: Option<RelationPosition>,
}

impl UnitOfWork {
    /// Puts an entity into a relationship that holds no column: a collection, or the far side of a one-to-one.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when a key is not honored; [`Error::RowDeleted`] when the row of one is deleted already.
    pub fn put_in<O: Entity, T: Entity, K>(
        &mut self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        member: Key<T>,
    ) -> Result<()> {
        let kind = self.check_row(owner)?;
        self.check_row(member)?;
        self.join(kind, owner.slot(), relationship.index(), member.slot())
    }

    /// Takes an entity out of a relationship that holds no column. One that is not in it is left alone.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when a key is not honored.
    pub fn take_out<O: Entity, T: Entity, K>(
        &mut self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        member: Key<T>,
    ) -> Result<()> {
        let kind = self.check_present(owner)?;
        self.check_present(member)?;
        self.leave(kind, owner.slot(), relationship.index(), member.slot())
    }

    /// Whether an entity is in a collection, as far as can be told without asking the database: expired memory tells nothing.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when a key is not honored; [`Error::Mapping`] when a collection has no inverse.
    pub fn is_member<O: Entity, T: Entity, K>(
        &self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        member: Key<T>,
    ) -> Result<Option<bool>> {
        let (kind, member_kind, relation) = (self.check_present(owner)?, self.check(member)?, relationship.index());
        if relationship.meta().kind == RelationKind::ManyToMany {
            // A link that was there when it was read last is cut without asking: where the row is gone, there is nothing to cut.
            let known = self.is_linked(kind, owner.slot(), relation, member.slot());
            return Ok(known.or_else(|| self.was_linked(kind, owner.slot(), relation, member.slot()).then_some(true)));
        }
        let inverse = self.inverse(kind, relation)?;
        let known = !self.is_expired_at(member_kind, member.slot())
            || self.is_reference_unflushed(member_kind, member.slot(), inverse);
        Ok(known.then(|| self.refers_to(member_kind, member.slot(), inverse, kind, owner.slot())))
    }

    /// Sets a `BelongsTo`.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when a key is not honored; [`Error::RowDeleted`] when the row that refers is deleted already.
    pub fn point_to<O: Entity, T: Entity, K>(
        &mut self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        target: Option<Key<T>>,
    ) -> Result<()> {
        let kind = self.check_row(owner)?;
        target.map(|target| self.check_present(target)).transpose()?;
        self.assign_reference(kind, owner.slot(), relationship.index(), target.map(Key::slot));
        Ok(())
    }

    /// Puts the members of a collection, all of which are known, in this order.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when a key is not honored.
    pub fn order_members<O: Entity, T: Entity, K>(
        &mut self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        order: &[Key<T>],
    ) -> Result<()> {
        let kind = self.check(owner)?;
        let slots = order.iter().map(|member| member.slot());
        if self
            .collection(kind, owner.slot(), relationship.index())
            .is_some_and(|known| known.members.iter().copied().eq(slots))
        {
            return Ok(());
        }
        for member in order {
            self.pull_member(kind, owner.slot(), relationship.index(), member.slot());
            self.append(kind, owner.slot(), relationship.index(), member.slot());
        }
        Ok(())
    }

    /// The members of a collection that the session holds, in order.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn members<O: Entity, T: Entity, K>(
        &self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
    ) -> Result<Vec<Key<T>>> {
        let kind = self.check(owner)?;
        let members = self.collection(kind, owner.slot(), relationship.index()).map(|known| known.members.iter());
        let member_kind = self.known_kind(T::entity_meta());
        // A savepoint that was rolled back may have taken a member along.
        let held = |slot: &&Slot| member_kind.is_some_and(|kind| self.arenas[kind].place(**slot).is_some());
        let key = |slot: &Slot| Key::from_parts(self.session, *slot);
        Ok(members.into_iter().flatten().filter(held).map(key).collect())
    }

    /// Whether an entity is in a collection, all of whose members are known.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when a key is not honored.
    pub fn holds_member<O: Entity, T: Entity, K>(
        &mut self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        member: Key<T>,
    ) -> Result<bool> {
        let kind = self.check(owner)?;
        self.check(member)?;
        self.index_members(kind, owner.slot(), relationship.index());
        let known = self.collection(kind, owner.slot(), relationship.index());
        Ok(known.is_some_and(|known| known.members.contains(member.slot())))
    }

    /// The entity at the other end of a relationship that has at most one, if the session holds it.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn other_end<O: Entity, T: Entity, K>(
        &self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
    ) -> Result<Option<Key<T>>> {
        let kind = self.check(owner)?;
        if relationship.meta().kind != RelationKind::BelongsTo {
            return Ok(self.members(owner, relationship)?.first().copied());
        }
        let target = self.target_of(kind, owner.slot(), relationship.index());
        Ok(target.map(|slot| Key::from_parts(self.session, slot)))
    }

    /// Takes in what hangs on an entity that has just been added: new entities below it, and its place on the other sides.
    /// Gives the new entities, which must be settled in turn.
    pub(super) fn settle(&mut self, newcomer: Found, along: Along) -> Vec<Found> {
        let Found { kind, slot, joined } = newcomer;
        let meta = self.arenas[kind].meta;
        let mut found = Vec::new();
        for (index, relation) in meta.relations.enumerate() {
            match relation.kind {
                _ if self.stays_behind(kind, slot, index, along) => {}
                RelationKind::BelongsTo if joined == Some(index) => {}
                RelationKind::BelongsTo => self.settle_reference(kind, slot, index, relation, &mut found),
                _ => self.settle_collection(kind, slot, index, relation, &mut found),
            }
        }
        found
    }

    pub(super) fn settle_reference(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        index: RelationPosition,
        relation: &'static RelationMeta,
        found: &mut Vec<Found>,
    ) {
        let target_kind = self.kind_of((relation.target)());
        if self.record(kind, slot).and_then(|record| record.reference(index)).is_none() {
            return;
        }
        let target = match self.take_new_target(kind, slot, index) {
            Some(entity) => {
                let target = self.place((relation.target)(), entity);
                found.push(Found { kind: target_kind, slot: target, joined: None });
                Some(target)
            }
            None => {
                let former = self.former_target(kind, slot, index);
                let target = former.or_else(|| self.target_of(kind, slot, index));
                target.or_else(|| self.target_by_id(kind, slot, index))
            }
        };
        if let Some(target) = target {
            self.displace(kind, slot, index, target);
            self.point(kind, slot, index, Some(target));
            self.enter(kind, slot, index, target);
        }
    }

    fn settle_collection(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        index: RelationPosition,
        relation: &'static RelationMeta,
        found: &mut Vec<Found>,
    ) {
        if self.collection(kind, slot, index).is_none() {
            return;
        }
        let new = self.take_new_members(kind, slot, index);
        let target_kind = self.kind_of((relation.target)());
        let joined = self.arenas[kind].inverses[index].filter(|_| relation.kind != RelationKind::ManyToMany);
        for entity in new {
            let member = self.place((relation.target)(), entity);
            found.push(Found { kind: target_kind, slot: member, joined });
            // A mapping without an inverse is refused when the schema is checked; here the member just stays alone.
            let _ = self.join(kind, slot, index, member);
        }
        self.settle_former_members(kind, slot, index);
    }

    /// Puts a member into a collection, or an entity into a one-to-one.
    pub(super) fn join(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot) -> Result<()> {
        let meta = &self.arenas[kind].meta.relations[relation];
        let member_kind = self.kind_of((meta.target)());
        self.make_room(kind, owner, relation, member)?;
        if meta.kind == RelationKind::ManyToMany {
            if let Some(inverse) = self.arenas[kind].inverses[relation]
                && !self.is_collection_expired(member_kind, member, inverse)
            {
                self.make_room(member_kind, member, inverse, owner)?;
            }
            self.link(kind, owner, relation, member, true);
            return Ok(());
        }
        let inverse = self.inverse(kind, relation)?;
        self.assign_reference(member_kind, member, inverse, Some(owner));
        Ok(())
    }

    /// A map has room for one under each key: whoever is there under that of a newcomer must go.
    fn make_room(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition, newcomer: Slot) -> Result<()> {
        if let CollectionShape::Keyed(field) = self.arenas[kind].meta.relations[relation].shape
            && let Some(displaced) = self.member_with_same_key(kind, owner, relation, newcomer, field)
        {
            self.leave(kind, owner, relation, displaced)?;
        }
        Ok(())
    }

    /// Takes a member out of a collection.
    pub(super) fn leave(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot) -> Result<()> {
        let meta = &self.arenas[kind].meta.relations[relation];
        let member_kind = self.kind_of((meta.target)());
        if meta.kind == RelationKind::ManyToMany {
            self.link(kind, owner, relation, member, false);
            return Ok(());
        }
        let inverse = self.inverse(kind, relation)?;
        if self.refers_to(member_kind, member, inverse, kind, owner) {
            self.refer(member_kind, member, inverse, None);
            self.note_related(member_kind, member, inverse);
        }
        Ok(())
    }

    /// Changes a `BelongsTo` as the program says. Of an expired entity the foreign key is written whatever memory held.
    pub(super) fn assign_reference(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        target: Option<Slot>,
    ) {
        let expired = self.is_expired_at(kind, slot);
        self.refer(kind, slot, relation, target);
        if expired {
            self.note_reference(kind, slot, relation);
            let columns = &self.arenas[kind].meta.relations[relation].columns;
            self.intend(kind, slot, |intent| columns.iter().for_each(|column| intent.assigned.insert(*column)));
            if let Some(target) = target {
                self.enter_anew(kind, slot, relation, target);
            }
        }
        self.note_related(kind, slot, relation);
    }

    /// Notes that both ends of a relationship were changed together, so that expiring one end does not drop the change.
    fn note_related(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition) {
        if self.arenas[kind].inverses[relation].is_some() {
            self.intend(kind, slot, |intent| intent.related.insert(relation));
        }
    }

    /// Puts an entity into the collection at the other end of its `BelongsTo`, unless it is there: memory said so already, but is expired.
    fn enter_anew(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, target: Slot) {
        let Some(inverse) = self.arenas[kind].inverses[relation] else { return };
        let target_kind = self.kind_of((self.arenas[kind].meta.relations[relation].target)());
        self.index_members(target_kind, target, inverse);
        if !self.collection(target_kind, target, inverse).is_some_and(|known| known.members.contains(slot)) {
            self.append(target_kind, target, inverse, slot);
        }
    }

    /// Changes a `BelongsTo` and both collections that it concerns.
    pub(super) fn refer(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, target: Option<Slot>) {
        let old = self.target_of(kind, slot, relation).or_else(|| self.target_by_id(kind, slot, relation));
        let unchanged = match target {
            Some(_) => old == target,
            None => old.is_none() && !self.has_id(kind, slot, relation),
        };
        let assigned = self.holds_new(kind, slot, relation);
        if unchanged && !assigned {
            return;
        }
        self.note_reference(kind, slot, relation);
        if assigned {
            self.leave_assigned(kind, slot, relation);
        }
        if let Some(old) = old {
            self.exit(kind, slot, relation, old);
        }
        // Whoever it was taken from need not be held.
        if target.is_none() {
            self.note_orphan(kind, slot, relation);
        }
        if let Some(target) = target {
            self.displace(kind, slot, relation, target);
        }
        self.point(kind, slot, relation, target);
        if let Some(target) = target {
            self.enter(kind, slot, relation, target);
        }
    }

    /// The entity under a `BelongsTo`, if the reference names one that the session holds.
    pub(super) fn target_of(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> Option<Slot> {
        let (session, target) = self.record(kind, slot)?.reference(relation)?.target()?;
        let target_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)())?;
        let is_held = self.arenas[target_kind].place(target).is_some_and(|place| place.state != Some(State::Replaced));
        (session == self.session && is_held).then_some(target)
    }

    /// Whether a `BelongsTo` names an entity, and the flush has to find out its key: it has none yet, or the reference was assigned.
    pub(super) fn waits_for_key(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> bool {
        let reference = self.record(kind, slot).and_then(|record| record.reference(relation));
        reference.is_some_and(|reference| reference.target().is_some() && !reference.has_id())
    }

    /// The entity whose primary key is the foreign key, if the session holds it.
    pub(super) fn target_by_id(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> Option<Slot> {
        let meta = &self.arenas[kind].meta.relations[relation];
        let reference = self.record(kind, slot)?.reference(relation)?;
        if !reference.has_id() {
            return None;
        }
        let id: KeyValues = (0..meta.columns.len()).map(|part| reference.id_part(part).to_value()).collect();
        self.find_one((meta.target)(), &id)
    }

    /// Whether a `BelongsTo` leads to this entity, by reference or by foreign key.
    pub(super) fn refers_to(
        &self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        target_kind: ArenaId,
        target: Slot,
    ) -> bool {
        let meta = (self.arenas[kind].meta.relations[relation].target)();
        self.refers_by(kind, slot, relation, target, || self.identity_as(meta, target_kind, target))
    }

    /// The same where many are asked about one target, whose primary key is known or is to be found out.
    pub(super) fn refers_by<Id: Borrow<KeyValues>>(
        &self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        target: Slot,
        key: impl FnOnce() -> Option<Id>,
    ) -> bool {
        let Some(reference) = self.record(kind, slot).and_then(|record| record.reference(relation)) else {
            return false;
        };
        if reference.target().is_some()
            && let Some(slot) = self.target_of(kind, slot, relation)
        {
            return slot == target;
        }
        // Also when whoever it led to has left the session.
        key().is_some_and(|key| reference.holds(key.borrow()))
    }

    pub(super) fn collection(&self, kind: ArenaId, owner: Slot, relation: RelationPosition) -> Option<&Collection> {
        Some(self.record(kind, owner)?.collection(relation)?.collection())
    }

    /// Whether every member of a collection is known.
    pub(super) fn is_collection_loaded(&self, kind: ArenaId, owner: Slot, relation: RelationPosition) -> bool {
        let is_fresh = |epoch| match self.arenas[kind].meta.relations[relation].kind.is_view() {
            true => self.epochs.is_fresh_view(epoch),
            false => self.epochs.is_fresh(epoch),
        };
        // An entity without a row has no members but those that it was given.
        self.arenas[kind].state(owner) == Some(State::Pending)
            || self.collection(kind, owner, relation).is_some_and(|collection| is_fresh(collection.epoch))
    }

    /// Whether the members of a collection were known, and must be read again.
    fn is_collection_expired(&self, kind: ArenaId, owner: Slot, relation: RelationPosition) -> bool {
        self.collection(kind, owner, relation).is_some_and(|known| known.epoch != 0)
            && !self.is_collection_loaded(kind, owner, relation)
    }

    /// The other side of a relationship, by position in the target's mapping.
    pub(super) fn inverse(&self, kind: ArenaId, relation: RelationPosition) -> Result<RelationPosition> {
        let arena = &self.arenas[kind];
        arena.inverses[relation].ok_or_else(|| {
            let meta = &arena.meta.relations[relation];
            Error::Mapping {
                faults: vec![format!(
                    "{}.{} needs `inverse = \"...\"`: the BelongsTo of {} that holds the foreign key",
                    arena.meta.name,
                    meta.name,
                    (meta.target)().name
                )],
            }
        })
    }

    pub(super) fn has_id(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> bool {
        let reference = self.record(kind, slot).and_then(|record| record.reference(relation));
        reference.is_some_and(|reference| reference.has_id() || reference.target().is_some())
    }

    /// Whether emptying a `BelongsTo` may delete the entity, as the collection at the other end deletes orphans.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn may_orphan<O: Entity, T: Entity, K>(
        &self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
    ) -> Result<bool> {
        Ok(self.deletes_orphans(self.check(owner)?, relationship.index()))
    }

    /// Whether the collection at the other end of a `BelongsTo` deletes what is taken out of it.
    pub(super) fn deletes_orphans(&self, kind: ArenaId, relation: RelationPosition) -> bool {
        let arena = &self.arenas[kind];
        let target = (arena.meta.relations[relation].target)();
        arena.inverses[relation].is_some_and(|inverse| target.relations[inverse].cascade.delete_orphan)
    }

    /// Notes an entity as a possible orphan, if the collection that it was taken out of deletes those.
    pub(super) fn note_orphan(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition) {
        if self.deletes_orphans(kind, relation) {
            self.journal.record_orphan(self.edit_of(kind, slot), relation);
        }
    }

    /// Writes down how a reference is before it changes.
    pub(super) fn note_reference(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition) {
        if self.note_edit(kind, slot) {
            return;
        }
        // A snapshot says how the reference was at the last flush, which is not how it is now.
        self.note_referred(kind, slot, relation);
    }

    /// Sets a reference and, where the target has a row, the foreign key.
    pub(super) fn point(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, target: Option<Slot>) {
        let meta = &self.arenas[kind].meta.relations[relation];
        let target_kind = self.kind_of((meta.target)());
        let id = target.and_then(|target| self.identity_as((meta.target)(), target_kind, target));
        let id = id.unwrap_or_else(|| KeyValues::from_elem(Value::Null, meta.columns.len()));
        self.set_reference(kind, slot, relation, &id, target);
    }

    /// Puts an entity at the end of the collection at the other end of its `BelongsTo`.
    pub(super) fn enter(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, target: Slot) {
        let Some(inverse) = self.arenas[kind].inverses[relation] else { return };
        let target_kind = self.kind_of((self.arenas[kind].meta.relations[relation].target)());
        self.append(target_kind, target, inverse, slot);
    }

    /// Takes an entity out of the collection at the other end of its `BelongsTo`.
    pub(super) fn exit(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, target: Slot) {
        let Some(inverse) = self.arenas[kind].inverses[relation] else { return };
        let target_kind = self.kind_of((self.arenas[kind].meta.relations[relation].target)());
        self.pull_member(target_kind, target, inverse, slot);
    }

    /// A one-to-one has room for one, a map for one under each key: whoever is there must go.
    pub(super) fn displace(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, target: Slot) {
        for displaced in self.displaced_by(kind, slot, relation, target) {
            self.refer(kind, displaced, relation, None);
            self.note_related(kind, displaced, relation);
        }
    }

    /// The entities in the way of one that is about to refer to a target.
    pub(super) fn displaced_by(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        target: Slot,
    ) -> Vec<Slot> {
        let Some(inverse) = self.arenas[kind].inverses[relation] else { return Vec::new() };
        let target_meta = (self.arenas[kind].meta.relations[relation].target)();
        let target_kind = self.kind_of(target_meta);
        let mut there = match &target_meta.relations[inverse] {
            RelationMeta { kind: RelationKind::HasOne, .. } => {
                self.collection(target_kind, target, inverse).map(|there| there.members.to_vec()).unwrap_or_default()
            }
            RelationMeta { shape: CollectionShape::Keyed(field), .. } => {
                Vec::from_iter(self.member_with_same_key(target_kind, target, inverse, slot, field))
            }
            _ => return Vec::new(),
        };
        if self.is_collection_expired(target_kind, target, inverse) {
            // The flush asks who is there now.
            return Vec::new();
        }
        // What is known of the other side may be out of date.
        there.retain(|there| *there != slot && self.refers_to(kind, *there, relation, target_kind, target));
        there
    }

    fn append(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot) {
        if self.is_collection_expired(kind, owner, relation) {
            // What was known is expired; from here on only what is put in.
            let members = self.unflushed_members(kind, owner, relation);
            self.unload_members(kind, owner, relation, members);
        }
        self.push_member(kind, owner, relation, member);
    }

    /// Adds or removes a many-to-many link on both sides, and notes it for the flush.
    fn link(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot, present: bool) {
        let member_kind = self.kind_of((self.arenas[kind].meta.relations[relation].target)());
        let inverse = self.arenas[kind].inverses[relation];
        self.index_members(kind, owner, relation);
        inverse.into_iter().for_each(|inverse| self.index_members(member_kind, member, inverse));
        let known = self.is_linked(kind, owner, relation, member);
        if known == Some(present) {
            return;
        }
        let unsure = known.is_none() && self.was_linked(kind, owner, relation, member);
        if present {
            self.append(kind, owner, relation, member);
            inverse.into_iter().for_each(|inverse| self.append(member_kind, member, inverse, owner));
        } else {
            self.pull_member(kind, owner, relation, member);
            if let Some(inverse) = inverse {
                self.pull_member(member_kind, member, inverse, owner);
            }
        }
        let change = LinkChange::canonical(kind, relation, owner, member_kind, inverse, member, present);
        self.journal.record_link(LinkChange { unsure, ..change });
    }

    /// Whether there is a many-to-many link, if either side knows.
    pub(super) fn is_linked(
        &self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        member: Slot,
    ) -> Option<bool> {
        if let Some(present) = self.last_link(kind, owner, relation, member) {
            return Some(present);
        }
        // Who was a member once need not be one when that has expired.
        let side = |kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot| {
            let loaded = self.is_collection_loaded(kind, owner, relation);
            let members = self.collection(kind, owner, relation).filter(|_| loaded);
            (members.is_some_and(|there| there.members.contains(member)), loaded)
        };
        let member_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)());
        let inverse = self.arenas[kind].inverses[relation].zip(member_kind);
        let (there, known) = side(kind, owner, relation, member);
        let (other_there, other_known) =
            inverse.map_or((false, false), |(inverse, member_kind)| side(member_kind, member, inverse, owner));
        (known || other_known).then_some(there || other_there)
    }

    /// Whether either side held a many-to-many link when it was read last, however long ago that was.
    fn was_linked(&self, kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot) -> bool {
        let holds = |kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot| {
            self.collection(kind, owner, relation).is_some_and(|there| there.members.contains(member))
        };
        let member_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)());
        let inverse = self.arenas[kind].inverses[relation].zip(member_kind);
        holds(kind, owner, relation, member)
            || inverse.is_some_and(|(inverse, member_kind)| holds(member_kind, member, inverse, owner))
    }

    pub(super) fn member_with_same_key(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        member: Slot,
        field: &str,
    ) -> Option<Slot> {
        let target = (self.arenas[kind].meta.relations[relation].target)();
        let (member_kind, column) = (self.known_kind(target)?, target.column_of_field(field)?);
        let wanted = self.record(member_kind, member)?.value(column).to_value();
        self.find_member((kind, owner, relation), (member_kind, column), &wanted, Some(member))
    }
}
