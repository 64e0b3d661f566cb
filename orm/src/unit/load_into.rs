//! Rows into entities: the unit of work as the sink of every load.

use std::num::NonZeroU32;

use super::UnitOfWork;
use super::lifecycle::{Place, State};
use super::links::{LinkChange, LinkEnds};
use super::store::ArenaId;
use crate::error::{BoxedResult, Result};
use crate::key::Slot;
use crate::load::{EntitySink, Existing, Stated, is_alike};
use crate::mapping::{
    ColumnPosition, EntityMeta, KeyValues, Members, PlacedReader, Polymorphism, Record, RelationKind, RelationPosition,
};
use crate::row::RowReader;
use crate::value::Value;

impl EntitySink for UnitOfWork {
    fn session(&self) -> NonZeroU32 {
        self.session
    }

    fn accept(
        &mut self,
        meta: &'static EntityMeta,
        row: &mut dyn RowReader,
        at: usize,
        existing: Existing,
    ) -> BoxedResult<Option<Slot>> {
        match &meta.polymorphism {
            None => self.accept_row(meta, row, at, existing),
            Some(polymorphism) => self.accept_class(meta, polymorphism, row, at, existing),
        }
    }

    fn accept_placed(
        &mut self,
        meta: &'static EntityMeta,
        row: &mut dyn RowReader,
        deferred: &[ColumnPosition],
        existing: Existing,
    ) -> BoxedResult<Option<Slot>> {
        let slot = self.accept_row(meta, row, 0, existing)?;
        if let Some(slot) = slot {
            self.fill_in(meta, slot, row, deferred)?;
        }
        Ok(slot)
    }

    fn fill_columns(
        &mut self,
        meta: &'static EntityMeta,
        row: &mut dyn RowReader,
        deferred: &[ColumnPosition],
    ) -> BoxedResult<Option<Slot>> {
        let slot = self.find_in_row(meta, row)?;
        if let Some(slot) = slot {
            self.fill_in(meta, slot, row, deferred)?;
        }
        Ok(slot)
    }

    fn raise_columns(&mut self, meta: &'static EntityMeta, slot: Slot, columns: Option<&[ColumnPosition]>) {
        let kind = self.kind_of(meta);
        match columns {
            Some(columns) => drop(self.raised_columns.insert((kind, slot), columns.iter().copied().collect())),
            None => drop(self.raised_columns.remove(&(kind, slot))),
        }
    }

    fn record(&self, meta: &'static EntityMeta, slot: Slot) -> Option<&dyn Record> {
        self.arenas[self.known_kind(meta)?].record(slot)
    }

    fn find(&self, meta: &'static EntityMeta, key: &[Value]) -> Option<Slot> {
        self.find_one(meta, key)
    }

    fn identity(&self, meta: &'static EntityMeta, slot: Slot) -> Option<KeyValues> {
        self.identity_as(meta, self.known_kind(meta)?, slot)
    }

    fn is_expired(&self, meta: &'static EntityMeta, slot: Slot) -> bool {
        self.known_kind(meta).is_some_and(|kind| self.is_expired_at(kind, slot))
    }

    fn is_loaded(&self, meta: &'static EntityMeta, owner: Slot, relation: RelationPosition) -> bool {
        let Some(kind) = self.known_kind(meta) else { return false };
        if meta.relations[relation].kind != RelationKind::BelongsTo {
            return self.is_collection_loaded(kind, owner, relation);
        }
        match self.target_of(kind, owner, relation) {
            Some(target) => !EntitySink::is_expired(self, (meta.relations[relation].target)(), target),
            None => self
                .record(kind, owner)
                .and_then(|record| record.reference(relation))
                .is_some_and(|reference| !reference.has_id()),
        }
    }

    fn peers(&mut self, meta: &'static EntityMeta, relation: RelationPosition) -> Vec<Slot> {
        let Some(kind) = self.known_kind(meta) else { return Vec::new() };
        let epoch = self.epochs.now();
        if self.arenas[kind].watch_reuse() {
            self.forget_peers(kind);
        }
        let seen = self.peers_seen.get(&(kind, relation)).filter(|seen| seen.epoch == epoch).copied();
        let seen = seen.unwrap_or_default();
        let arena = &self.arenas[kind];
        let lacks = |slot: &Slot| {
            arena.state(*slot) == Some(State::Persistent)
                && !self.is_loaded(meta, *slot, relation)
                && self.has_relation(kind, *slot, relation)
        };
        let found = arena.slots_since(seen.places, seen.reused).filter(lacks).collect();
        let (places, reused) = arena.places_taken();
        self.peers_seen.insert((kind, relation), PeersSeen { epoch, places, reused });
        found
    }

    fn set_members(
        &mut self,
        meta: &'static EntityMeta,
        owner: Slot,
        relation: RelationPosition,
        members: &[Slot],
    ) -> Result<()> {
        let kind = self.kind_of(meta);
        let member_kind = self.kind_of((meta.relations[relation].target)());
        if self.collection(kind, owner, relation).is_none() {
            return Err(self.arenas[kind].gone());
        }
        if meta.relations[relation].kind.is_view() {
            self.load_members(kind, owner, relation, members.to_vec().into());
            return Ok(());
        }
        let put_in = self.unflushed_members(kind, owner, relation);
        let mut all: Vec<Slot> = Vec::with_capacity(members.len() + put_in.len());
        match meta.relations[relation].kind {
            RelationKind::ManyToMany => {
                self.drop_known_links(kind, owner, relation, members);
                all.extend(members.iter().filter(|member| !self.is_cut(kind, owner, relation, **member)));
            }
            _ => {
                let inverse = self.inverse(kind, relation)?;
                let referred = (self.arenas[member_kind].meta.relations[inverse].target)();
                let key = self.identity_as(referred, kind, owner);
                let arena = &self.arenas[member_kind];
                all.extend(members.iter().filter(|member| arena.place(**member).is_some_and(Place::is_there)));
                self.point_back(member_kind, &mut all, inverse, owner, key.as_ref());
            }
        }
        let mut all = Members::from(all);
        let few = put_in.len() < 2;
        for member in put_in {
            if !few {
                all.index();
            }
            if !all.contains(member) {
                all.push(member);
            }
        }
        self.load_members(kind, owner, relation, all);
        Ok(())
    }

    fn set_target(
        &mut self,
        meta: &'static EntityMeta,
        owner: Slot,
        relation: RelationPosition,
        target: Option<Slot>,
    ) -> Result<()> {
        let kind = self.kind_of(meta);
        self.set_known_target(kind, owner, relation, target).ok_or_else(|| self.arenas[kind].gone())
    }

    fn set_strategy(
        &mut self,
        meta: &'static EntityMeta,
        owner: Slot,
        relation: RelationPosition,
        stated: Stated,
    ) -> Result<()> {
        let kind = self.kind_of(meta);
        self.strategies.insert((kind, owner, relation), stated);
        Ok(())
    }

    fn note_restricted(&mut self) {
        self.is_restricted = true;
    }

    fn stated(&self, meta: &'static EntityMeta, owner: Slot, relation: RelationPosition) -> Option<Stated> {
        match self.known_kind(meta) {
            Some(kind) if !self.strategies.is_empty() => self.strategies.get(&(kind, owner, relation)).cloned(),
            _ => None,
        }
    }
}

impl UnitOfWork {
    /// Takes a row of a class of a hierarchy.
    #[inline(never)]
    fn accept_class(
        &mut self,
        meta: &'static EntityMeta,
        polymorphism: &'static Polymorphism,
        row: &mut dyn RowReader,
        at: usize,
        existing: Existing,
    ) -> BoxedResult<Option<Slot>> {
        self.accept_row(meta, &mut PlacedReader::of_class(row, at, polymorphism), 0, existing)
    }

    /// Of members that were found in a collection, keeps those whose reference leads to its owner; they know the owner by place too afterwards.
    fn point_back(
        &mut self,
        kind: ArenaId,
        members: &mut Vec<Slot>,
        relation: RelationPosition,
        owner: Slot,
        key: Option<&KeyValues>,
    ) {
        let target = (self.session, owner);
        let (mut kept, mut next) = (0, 0);
        while next < members.len() {
            // Those whose reference is as their row had it.
            let claimed = key.map_or(0, |key| self.claim_targets(kind, &members[next..], relation, key, target));
            members.copy_within(next..next + claimed, kept);
            (kept, next) = (kept + claimed, next + claimed);
            if let Some(member) = members.get(next).copied() {
                if self.points_back(kind, member, relation, owner, key) {
                    members[kept] = member;
                    kept += 1;
                }
                next += 1;
            }
        }
        members.truncate(kept);
    }

    /// The same for one.
    fn points_back(
        &mut self,
        kind: ArenaId,
        member: Slot,
        relation: RelationPosition,
        owner: Slot,
        key: Option<&KeyValues>,
    ) -> bool {
        let leads = self.refers_by(kind, member, relation, owner, || key)
            || key.is_some_and(|key| self.refers_alike(kind, member, relation, key));
        if let (false, Some(key)) = (leads, key)
            && self.is_expired_at(kind, member)
            && !self.is_reference_unflushed(kind, member, relation)
        {
            // An edit of other columns keeps the row from being read into memory; its foreign key is known by now all the same.
            return self.learn_reference(kind, member, relation, owner, key);
        }
        if leads && self.target_of(kind, member, relation).is_none() {
            self.set_known_target(kind, member, relation, Some(owner));
        }
        leads
    }

    /// Whether a reference is as its row has it, and the database may take it for the key of the owner that its row was found for.
    fn refers_alike(&self, kind: ArenaId, member: Slot, relation: RelationPosition, key: &KeyValues) -> bool {
        let Some(reference) = self.record(kind, member).and_then(|record| record.reference(relation)) else {
            return false;
        };
        let alike = |(part, key): (usize, &Value)| is_alike(&reference.id_part(part).to_value(), key);
        key.iter().any(|key| matches!(key, Value::Text(_)))
            && reference.has_id()
            && !self.is_reference_unflushed(kind, member, relation)
            && key.iter().enumerate().all(alike)
    }

    /// Takes the foreign key over by which a row was found; gives whether it fits the field.
    fn learn_reference(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        owner: Slot,
        key: &KeyValues,
    ) -> bool {
        self.note_referred(kind, slot, relation);
        let before = self.row_reference(kind, slot, relation);
        self.set_row_reference(kind, slot, relation, before, key);
        self.set_known_target(kind, slot, relation, Some(owner));
        matches!(self.set_foreign_key(kind, slot, relation, key), Ok(Some(())))
    }

    /// Takes back what was noted to add links of which the database has the rows already.
    fn drop_known_links(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition, members: &[Slot]) {
        if self.journal.links().is_empty() {
            return;
        }
        for member in members {
            let Some(ends) = self.link_ends(kind, owner, relation, *member) else { return };
            if self.journal.links().net(&ends) == 1 {
                self.journal.withdraw_link(&ends);
            }
        }
    }

    /// Whether an unflushed change cut this many-to-many link.
    fn is_cut(&self, kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot) -> bool {
        self.last_link(kind, owner, relation, member) == Some(false)
    }

    /// Members that were put in and are not flushed yet, so that the database does not know them.
    pub(super) fn unflushed_members(&self, kind: ArenaId, owner: Slot, relation: RelationPosition) -> Vec<Slot> {
        let Some(known) = self.collection(kind, owner, relation) else { return Vec::new() };
        let meta = &self.arenas[kind].meta.relations[relation];
        let Some(member_kind) = self.known_kind((meta.target)()) else { return Vec::new() };
        let unflushed = |member: &Slot| match meta.kind {
            RelationKind::ManyToMany => self.last_link(kind, owner, relation, *member) == Some(true),
            _ => {
                let inverse = self.arenas[kind].inverses[relation];
                inverse.is_some_and(|inverse| self.is_reference_unflushed(member_kind, *member, inverse))
            }
        };
        known.members.iter().copied().filter(unflushed).collect()
    }

    /// Whether a `BelongsTo` is not in the row yet as memory has it: the entity is pending, or an edit changed the reference.
    pub(super) fn is_reference_unflushed(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> bool {
        if self.arenas[kind].state(slot) == Some(State::Pending) {
            return true;
        }
        let Some(before) = self.snapshot(kind, slot) else { return false };
        let is_changed = |column: &ColumnPosition| !self.is_unchanged(kind, slot, *column);
        self.waits_for_key(kind, slot, relation)
            || before.intent.as_ref().is_some_and(|intent| intent.related.contains(relation))
            || self.arenas[kind].meta.relations[relation].columns.iter().any(is_changed)
    }

    /// What the last unflushed change made of a link, whichever side it was made from.
    pub(super) fn last_link(
        &self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        member: Slot,
    ) -> Option<bool> {
        self.journal.links().last(&self.link_ends(kind, owner, relation, member)?)
    }

    /// The ends of a link, said from the side that counts.
    fn link_ends(&self, kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot) -> Option<LinkEnds> {
        let member_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)())?;
        let inverse = self.arenas[kind].inverses[relation];
        Some(LinkChange::canonical(kind, relation, owner, member_kind, inverse, member, true).ends())
    }
}

/// Up to where peers were looked for: those before have the relationship, or are being given it.
#[derive(Clone, Copy, Default)]
pub(super) struct PeersSeen {
    epoch: u32,
    /// How many places there were.
    places: usize,
    /// How many of them were noted as taken again.
    reused: usize,
}
