//! Who holds a member of a many-to-many relationship, where the member does not know: found without a walk over all owners each time.

use crate::mapping::RelationPosition;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::UnitOfWork;
use super::store::ArenaId;
use crate::key::Slot;

/// For relationships whose holders were sought: the owners in whose collections a member was put.
#[derive(Default)]
pub(super) struct Holders(FxHashMap<(ArenaId, RelationPosition), Held>);

/// The holders of one relationship.
#[derive(Default)]
struct Held {
    /// Owners by member, none before they are sought a second time: for one search a walk is cheaper. Some may have let go of the member since.
    owners: Option<FxHashMap<Slot, SmallVec<[Slot; 1]>>>,
    /// How many pairs there were when all were noted, and how many were noted since.
    first: usize,
    since: usize,
}

impl Holders {
    /// A member was put in a collection.
    #[inline]
    pub(super) fn note(&mut self, kind: ArenaId, relation: RelationPosition, owner: Slot, member: Slot) {
        if !self.0.is_empty()
            && let Some(held) = self.0.get_mut(&(kind, relation))
            && let Some(owners) = &mut held.owners
        {
            owners.entry(member).or_default().push(owner);
            held.since += 1;
            // Collections that are read again and again are noted each time.
            if held.since > held.first + 1_000 {
                *held = Held::default();
            }
        }
    }
}

impl UnitOfWork {
    /// The owners that may hold a member in a relationship, for each of some members.
    pub(super) fn holders(&mut self, kind: ArenaId, relation: RelationPosition, members: &[Slot]) -> Vec<(Slot, Slot)> {
        let held = self.holders.0.entry((kind, relation)).or_default();
        let is_first = held.first == 0;
        if let Some(owners) = &held.owners {
            let owners_of = |member| owners.get(member).map_or(&[][..], SmallVec::as_slice);
            return members.iter().flat_map(|member| owners_of(member).iter().map(|owner| (*owner, *member))).collect();
        }
        let mut owners: FxHashMap<Slot, SmallVec<[Slot; 1]>> = FxHashMap::default();
        let sought: FxHashMap<Slot, ()> = members.iter().map(|member| (*member, ())).collect();
        let (mut found, mut count) = (Vec::new(), 1);
        for owner in self.arenas[kind].slots() {
            let Some(known) = self.collection(kind, owner, relation) else { continue };
            for member in &known.members {
                count += 1;
                if sought.contains_key(member) {
                    found.push((owner, *member));
                }
                if !is_first {
                    owners.entry(*member).or_default().push(owner);
                }
            }
        }
        let owners = (!is_first).then_some(owners);
        self.holders.0.insert((kind, relation), Held { owners, first: count, since: 0 });
        found
    }
}
