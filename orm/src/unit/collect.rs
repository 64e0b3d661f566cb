//! Who joins a flush: orphans, and what a deletion takes along.

use rustc_hash::FxHashSet;

use super::UnitOfWork;
use super::history::Edit;
use super::lifecycle::State;
use super::links::LinkChange;
use super::store::{ArenaId, Change};
use crate::error::Result;
use crate::key::Slot;
use crate::mapping::{EntityMeta, RelationKind, RelationPosition};

/// A relationship that must be loaded before the flush can go on, because a deletion reaches through it.
#[derive(Debug)]
pub struct MissingLoad {
    /// The entities to load it for.
    pub meta: &'static EntityMeta,
    /// Which of them.
    pub owners: Vec<Slot>,
    /// The relationship's position.
    pub relation: RelationPosition,
}

impl MissingLoad {
    /// Puts an owner in the list, beside others of the same relationship.
    pub(super) fn note(missing: &mut Vec<Self>, meta: &'static EntityMeta, owner: Slot, relation: RelationPosition) {
        match missing.iter_mut().find(|load| load.meta == meta && load.relation == relation) {
            Some(load) => load.owners.push(owner),
            None => missing.push(Self { meta, owners: vec![owner], relation }),
        }
    }
}

/// How far the deletions of a flush are collected: each is looked at once, and again only after what it lacked was loaded.
#[derive(Default)]
pub(super) struct Collecting {
    /// How many orphans were looked at.
    orphans: usize,
    /// How many deletions were looked at.
    deletions: usize,
    /// Deletions that lacked a relationship, which is being loaded.
    waiting: Vec<(ArenaId, Slot)>,
    /// Whether links were looked at.
    links: bool,
    /// References that came to lead to an owner of whom it is being asked who is there; none before they are looked at first.
    pub(super) successions: Option<Vec<(ArenaId, Slot, RelationPosition)>>,
    /// References that were asked for because a deletion reaches through them.
    pub(super) asked: FxHashSet<(ArenaId, Slot, RelationPosition)>,
    /// Collections that were read under loader criteria, and are read again without them.
    reread: FxHashSet<(ArenaId, Slot, RelationPosition)>,
}

impl UnitOfWork {
    /// Decides what the flush deletes besides what was asked for, as far as memory knows; gives what must be loaded to know more.
    /// To be called again after loading, until it gives nothing.
    ///
    /// # Errors
    /// [`Error::Mapping`](crate::Error::Mapping) when a collection has no inverse.
    pub fn collect(&mut self) -> Result<Vec<MissingLoad>> {
        let mut missing: Vec<MissingLoad> = Vec::new();
        // First, as who loses the place may be an orphan.
        self.collect_successions(&mut missing);
        self.collect_links(&mut missing);
        // Entities without a row that go, and so are not in the list of deletions.
        let mut dropped = self.collect_orphans();
        let mut waiting = std::mem::take(&mut self.collecting.waiting).into_iter();
        // The lists grow while they are walked: what goes may take more along.
        while let Some((kind, slot)) = dropped.pop().or_else(|| waiting.next()).or_else(|| self.next_deletion()) {
            if !matches!(self.arenas[kind].state(slot), Some(State::Deleting | State::Deleted)) {
                continue;
            }
            let mut complete = true;
            for relation in self.arenas[kind].meta.relations.positions() {
                if self.has_relation(kind, slot, relation) {
                    complete &= self.collect_through(kind, slot, relation, &mut dropped, &mut missing)?;
                }
            }
            if !complete {
                self.collecting.waiting.push((kind, slot));
            }
        }
        Ok(missing)
    }

    /// The next deletion that was not looked at yet.
    fn next_deletion(&mut self) -> Option<(ArenaId, Slot)> {
        let next = self.journal.deleting().get(self.collecting.deletions).copied()?;
        self.collecting.deletions += 1;
        Some(next)
    }

    /// Where a link is to be added that expired memory had already, asks whether the row is there: the answer takes the change back.
    fn collect_links(&mut self, missing: &mut Vec<MissingLoad>) {
        if std::mem::replace(&mut self.collecting.links, true) {
            return;
        }
        for LinkChange { kind, relation, owner, present, unsure, .. } in self.journal.links().iter().copied() {
            if present
                && unsure
                && self.arenas[kind].state(owner) == Some(State::Persistent)
                && !self.is_collection_loaded(kind, owner, relation)
                && self.collecting.asked.insert((kind, owner, relation))
            {
                MissingLoad::note(missing, self.arenas[kind].meta, owner, relation);
            }
        }
    }

    /// Discards orphans; gives those that had no row.
    fn collect_orphans(&mut self) -> Vec<(ArenaId, Slot)> {
        let mut dropped = Vec::new();
        while let Some((edit, relation)) = self.journal.orphans().get(self.collecting.orphans).copied() {
            self.collecting.orphans += 1;
            let Edit { kind, slot, .. } = edit;
            if !self.is_unflushed(&edit) {
                // It was read again: nobody has abandoned it, as far as its row is concerned.
                continue;
            }
            let reference = self.record(kind, slot).and_then(|record| record.reference(relation));
            if reference.is_some_and(|reference| !reference.has_id() && reference.target().is_none()) {
                self.discard(kind, slot, &mut dropped);
            }
        }
        dropped
    }

    /// Deletes an entity that has a row, drops one that has none.
    fn discard(&mut self, kind: ArenaId, slot: Slot, dropped: &mut Vec<(ArenaId, Slot)>) {
        match self.arenas[kind].state(slot) {
            Some(State::Persistent) => self.mark_deleting(kind, slot),
            Some(State::Pending) => {
                self.apply(kind, slot, Change::State(State::Deleted));
                dropped.push((kind, slot));
            }
            _ => {}
        }
    }

    /// Whether every member of a collection is known. One that was read under loader criteria may lack some: all are asked for, once a flush.
    pub(super) fn knows_all_members(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition) -> bool {
        let may_lack = self.is_restricted && !self.arenas[kind].meta.relations[relation].passive_deletes;
        if may_lack && self.collecting.reread.insert((kind, owner, relation)) {
            self.expire_members(kind, owner, relation);
        }
        self.is_collection_loaded(kind, owner, relation)
    }

    /// Discards what a deletion takes along through one relationship; says whether all of that is known.
    fn collect_through(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        dropped: &mut Vec<(ArenaId, Slot)>,
        missing: &mut Vec<MissingLoad>,
    ) -> Result<bool> {
        let meta = self.arenas[kind].meta;
        let through = &meta.relations[relation];
        let target_kind = self.kind_of((through.target)());
        let has_row = self.arenas[kind].state(owner) == Some(State::Deleting);
        match through.kind {
            RelationKind::BelongsTo if through.cascade.delete => {
                match self.target_of(kind, owner, relation).or_else(|| self.target_by_id(kind, owner, relation)) {
                    Some(target) => self.discard(target_kind, target, dropped),
                    // Asked for once: where no foreign key is held there may be no such row.
                    None if has_row
                        && self.has_id(kind, owner, relation)
                        && self.collecting.asked.insert((kind, owner, relation)) =>
                    {
                        MissingLoad::note(missing, meta, owner, relation);
                        return Ok(false);
                    }
                    None => {}
                }
            }
            RelationKind::ManyToMany if through.cascade.delete => {
                // Of what never had a row everybody is known, however long ago that was.
                let loaded = !has_row || self.knows_all_members(kind, owner, relation);
                if has_row && !loaded && !through.passive_deletes {
                    MissingLoad::note(missing, meta, owner, relation);
                    return Ok(false);
                }
                let known = self.collection(kind, owner, relation).filter(|known| loaded || known.epoch == 0);
                for member in known.map(|known| known.members.to_vec()).unwrap_or_default() {
                    if loaded || !self.is_expired_at(target_kind, member) {
                        self.discard(target_kind, member, dropped);
                    }
                }
            }
            RelationKind::BelongsTo | RelationKind::ManyToMany => {}
            RelationKind::ViewMany | RelationKind::ViewOne => {}
            RelationKind::HasMany | RelationKind::HasOne => {
                let loaded = !has_row || self.knows_all_members(kind, owner, relation);
                if has_row && !loaded && !through.passive_deletes {
                    MissingLoad::note(missing, meta, owner, relation);
                    return Ok(false);
                }
                let inverse = self.inverse(kind, relation)?;
                let referred = (self.arenas[target_kind].meta.relations[inverse].target)();
                let key = self.identity_as(referred, kind, owner);
                // Of a collection that was never loaded, those that were put in are known; of one that is expired, nobody is.
                let known = self.collection(kind, owner, relation).filter(|known| loaded || known.epoch == 0);
                for member in known.map(|known| known.members.to_vec()).unwrap_or_default() {
                    // What was assigned elsewhere meanwhile has nothing to do with the owner any more.
                    if !self.refers_by(target_kind, member, inverse, owner, || key.as_ref()) {
                        continue;
                    }
                    // Nor has what another transaction may have assigned elsewhere.
                    if !loaded
                        && self.is_expired_at(target_kind, member)
                        && !self.is_reference_unflushed(target_kind, member, inverse)
                    {
                        continue;
                    }
                    if through.cascade.delete {
                        self.discard(target_kind, member, dropped);
                    } else if matches!(self.arenas[target_kind].state(member), Some(State::Persistent | State::Pending))
                    {
                        self.refer(target_kind, member, inverse, None);
                    }
                }
            }
        }
        Ok(true)
    }
}
