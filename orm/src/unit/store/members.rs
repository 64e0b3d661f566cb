//! Writers of collections: which entities are members, and as of when that is known.
//!
//! [`UnitOfWork::push_member`], [`UnitOfWork::pull_member`] and [`UnitOfWork::load_members`] record their inverses. The others only make the
//! session know less (a collection is read again then), or concern entities that arrive or leave, whose own inverse covers them.

use super::super::UnitOfWork;
use super::super::epoch::EXPIRED;
use super::super::rollback::Undo;
use super::ArenaId;
use crate::key::Slot;
use crate::mapping::{Collection, CollectionField, FormerLinks, FormerSlot, Members, Record, RelationPosition};

impl UnitOfWork {
    fn collection_field_mut(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
    ) -> Option<&mut dyn CollectionField> {
        self.arenas[kind].record_mut(owner)?.collection_mut(relation)
    }

    fn collection_mut(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition) -> Option<&mut Collection> {
        Some(self.collection_field_mut(kind, owner, relation)?.collection_mut())
    }

    /// Makes the collections of an entity that has just been put in its arena this session's: without a row it has no members but those that
    /// it is given.
    pub(in crate::unit) fn open_collections(&mut self, kind: ArenaId, slot: Slot) {
        let (meta, session, epoch) = (self.arenas[kind].meta, self.session, self.epochs.now());
        let Some(record) = self.arenas[kind].record_mut(slot) else { return };
        for index in meta.relations.positions() {
            if let Some(field) = record.collection_mut(index) {
                let former = field.collection_mut().former.take();
                *field.collection_mut() = Collection { session: Some(session), epoch, former, ..Collection::default() };
            }
        }
    }

    /// Empties the collections of an entity that is handed back: outside the session members mean nothing.
    pub(in crate::unit) fn close_collections(&mut self, kind: ArenaId, slot: Slot) {
        for relation in self.arenas[kind].meta.relations.positions() {
            self.take_members(kind, slot, relation);
        }
    }

    /// Takes the entities that a collection holds as values.
    pub(in crate::unit) fn take_new_members(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
    ) -> Vec<Box<dyn Record>> {
        self.collection_field_mut(kind, owner, relation).map(|field| field.take_new()).unwrap_or_default()
    }

    /// Puts a member at the end of a collection, and records that.
    pub(in crate::unit) fn push_member(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        member: Slot,
    ) {
        let session = self.session;
        let Some(collection) = self.collection_mut(kind, owner, relation) else { return };
        collection.session = Some(session);
        collection.members.push(member);
        self.holders.note(kind, relation, owner, member);
        self.journal.record(Undo::Appended { kind, owner, relation, member });
    }

    /// Takes a member out of a collection, and records that; says whether it was one.
    pub(in crate::unit) fn pull_member(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        member: Slot,
    ) -> bool {
        let Some(collection) = self.collection_mut(kind, owner, relation) else { return false };
        let Some(front) = collection.members.remove(member) else { return false };
        self.journal.record(Undo::Taken { kind, owner, relation, member, front });
        true
    }

    /// States the members of a collection as they were loaded, and records that.
    pub(in crate::unit) fn load_members(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        members: Members,
    ) {
        let (session, epoch) = (self.session, self.epochs.now());
        members.iter().for_each(|member| self.holders.note(kind, relation, owner, *member));
        if let Some(collection) = self.collection_mut(kind, owner, relation) {
            (collection.members, collection.epoch, collection.session) = (members, epoch, Some(session));
        }
        // With nothing to take back, the members are as they were at any mark.
        if !self.journal.is_empty() {
            self.journal.record(Undo::Loaded { kind, owner, relation });
        }
    }

    /// Keeps some members of a collection, which counts as never loaded.
    pub(in crate::unit) fn unload_members(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        kept: Vec<Slot>,
    ) {
        if let Some(collection) = self.collection_mut(kind, owner, relation) {
            (collection.members, collection.epoch) = (kept.into(), 0);
        }
    }

    /// Expires a collection.
    pub(in crate::unit) fn expire_members(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition) {
        if let Some(collection) = self.collection_mut(kind, owner, relation) {
            collection.epoch = EXPIRED;
        }
    }

    /// Expires the collections of an entity that were loaded.
    pub(in crate::unit) fn expire_loaded_members(&mut self, kind: ArenaId, owner: Slot) {
        for relation in self.arenas[kind].meta.relations.positions() {
            if let Some(collection) = self.collection_mut(kind, owner, relation)
                && collection.epoch != 0
            {
                collection.epoch = EXPIRED;
            }
        }
    }

    /// Takes all members out of a collection of an entity that leaves; `None` where the relationship is no collection.
    pub(in crate::unit) fn take_members(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
    ) -> Option<Members> {
        Some(std::mem::take(self.collection_mut(kind, owner, relation)?).members)
    }

    /// Makes searches among the members of a collection cost the same however many there are.
    pub(in crate::unit) fn index_members(&mut self, kind: ArenaId, owner: Slot, relation: RelationPosition) {
        if let Some(collection) = self.collection_mut(kind, owner, relation) {
            collection.members.index();
        }
    }

    /// Returns the members that were put into a collection since the last call, as [`Members::take_news`].
    pub(in crate::unit) fn take_member_news(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
    ) -> Option<Vec<Slot>> {
        self.collection_mut(kind, owner, relation)?.members.take_recently_added()
    }

    /// Makes a collection wait for members that a rollback handed back.
    pub(in crate::unit) fn set_former_members(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        former: FormerLinks,
    ) {
        if let Some(collection) = self.collection_mut(kind, owner, relation) {
            collection.former = Some(Box::new(former));
        }
    }

    /// Takes the members for which a collection waits.
    pub(in crate::unit) fn take_former_members(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
    ) -> Option<Box<FormerLinks>> {
        self.collection_mut(kind, owner, relation)?.former.take()
    }

    /// Makes a collection wait for one member less.
    pub(in crate::unit) fn forget_former_member(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        member: FormerSlot,
    ) {
        if let Some(former) = self.collection_mut(kind, owner, relation).and_then(|known| known.former.as_mut()) {
            former.ends.retain(|end| *end != member);
        }
    }

    /// Takes back [`push_member`](Self::push_member).
    pub(in crate::unit) fn revert_pushed(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        member: Slot,
    ) {
        if let Some(collection) = self.collection_mut(kind, owner, relation) {
            collection.members.remove(member);
        }
    }

    /// Takes back [`pull_member`](Self::pull_member).
    pub(in crate::unit) fn revert_pulled(
        &mut self,
        kind: ArenaId,
        owner: Slot,
        relation: RelationPosition,
        member: Slot,
        front: Option<Slot>,
    ) {
        let member_kind = self.kind_of((self.arenas[kind].meta.relations[relation].target)());
        let has_left = self.arenas[member_kind].place(member).is_none();
        self.holders.note(kind, relation, owner, member);
        if let Some(collection) = self.collection_mut(kind, owner, relation) {
            match has_left {
                false => collection.members.insert_behind(front, member),
                // Its row is a member again, and whoever holds that by now must be found.
                true if collection.epoch != 0 => collection.epoch = EXPIRED,
                true => {}
            }
        }
    }
}
