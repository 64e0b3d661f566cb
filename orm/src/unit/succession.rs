//! Successions: an entity takes a place that only one can have, in a one-to-one or under a key of a map.
//!
//! If the other end is loaded, `rel(..)` takes the place from its holder at once. If not, the flush loads the holder first, so the rows are
//! the same whatever was loaded.

use super::UnitOfWork;
use super::collect::MissingLoad;
use super::lifecycle::State;
use super::store::ArenaId;
use crate::key::Slot;
use crate::mapping::{CollectionShape, RelationPosition};

impl UnitOfWork {
    /// Where a reference came to lead to an owner who has room for one, and who is there is not known, asks; where it is known by now, the one
    /// who was there loses the place.
    pub(super) fn collect_successions(&mut self, missing: &mut Vec<MissingLoad>) {
        let open = match self.collecting.successions.take() {
            Some(open) => open,
            None => {
                let rows = self.journal.pending().iter().copied().chain(self.edited_rows());
                let contested = |(kind, slot): (ArenaId, Slot)| {
                    self.arenas[kind].contested.iter().map(move |relation| (kind, slot, *relation))
                };
                rows.flat_map(contested).collect()
            }
        };
        let mut waiting = Vec::new();
        for (kind, slot, relation) in open {
            let is_there = matches!(self.arenas[kind].state(slot), Some(State::Pending | State::Persistent));
            if is_there && self.collect_succession(kind, slot, relation, missing) {
                waiting.push((kind, slot, relation));
            }
        }
        self.collecting.successions = Some(waiting);
    }

    /// Settles who has the place at the other end of one reference; says whether that is being asked.
    fn collect_succession(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        missing: &mut Vec<MissingLoad>,
    ) -> bool {
        if !self.has_relation(kind, slot, relation) || !self.is_reference_unflushed(kind, slot, relation) {
            return false;
        }
        let owner_meta = (self.arenas[kind].meta.relations[relation].target)();
        let Some(inverse) = self.arenas[kind].inverses[relation] else { return false };
        let Some(owner_kind) = self.known_kind(owner_meta) else { return false };
        let target = self.target_of(kind, slot, relation).or_else(|| self.target_by_id(kind, slot, relation));
        let Some(owner) = target.filter(|owner| self.arenas[owner_kind].state(*owner) == Some(State::Persistent))
        else {
            return false;
        };
        if self.knows_all_members(owner_kind, owner, inverse) {
            // Apart, as nearly always nobody else is there: who comes later is sought among all members.
            if self.is_contested(slot, (owner_kind, owner, inverse))
                && !self.is_followed(kind, slot, relation, (owner_kind, owner, inverse))
            {
                self.displace(kind, slot, relation, owner);
            }
            return false;
        }
        if self.collecting.asked.insert((owner_kind, owner, inverse)) {
            MissingLoad::note(missing, owner_meta, owner, inverse);
        }
        true
    }

    /// Whether another member of a collection has the same place.
    fn is_contested(&mut self, slot: Slot, place: (ArenaId, Slot, RelationPosition)) -> bool {
        let (owner_kind, owner, inverse) = place;
        match self.arenas[owner_kind].meta.relations[inverse].shape {
            CollectionShape::Keyed(field) => {
                self.member_with_same_key(owner_kind, owner, inverse, slot, field).is_some()
            }
            _ => true,
        }
    }

    /// Whether a later member of a collection takes the same place, and so is the one to keep it.
    fn is_followed(
        &self,
        kind: ArenaId,
        slot: Slot,
        relation: RelationPosition,
        place: (ArenaId, Slot, RelationPosition),
    ) -> bool {
        let (owner_kind, owner, inverse) = place;
        let Some(known) = self.collection(owner_kind, owner, inverse) else { return false };
        let members = known.members.to_vec();
        let mut later = members.into_iter().rev().take_while(|member| *member != slot);
        let there = &self.arenas[owner_kind].meta.relations[inverse];
        let key = |member: Slot| match there.shape {
            CollectionShape::Keyed(field) => {
                let column = self.arenas[kind].meta.column_of_field(field)?;
                Some(self.record(kind, member)?.value(column))
            }
            _ => None,
        };
        later.any(|member| self.is_reference_unflushed(kind, member, relation) && key(member) == key(slot))
    }
}
