//! Changes of many-to-many links that are not flushed, in order, each found by its two ends.

use rustc_hash::FxHashMap;

use super::store::ArenaId;
use crate::key::Slot;
use crate::mapping::RelationPosition;

/// A change of a many-to-many link since the last flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinkChange {
    pub(super) kind: ArenaId,
    pub(super) relation: RelationPosition,
    pub(super) owner: Slot,
    pub(super) member: Slot,
    /// Whether the link is there now.
    pub(super) present: bool,
    /// Whether only expired memory said that the link was there before: the row may be gone, or not.
    pub(super) unsure: bool,
}

/// The relationship and the two ends of a link.
pub(super) type LinkEnds = (ArenaId, RelationPosition, Slot, Slot);

impl LinkChange {
    /// The same change said from the side that counts, so that a link made here and cut there cancel out.
    pub(super) fn canonical(
        kind: ArenaId,
        relation: RelationPosition,
        owner: Slot,
        member_kind: ArenaId,
        inverse: Option<RelationPosition>,
        member: Slot,
        present: bool,
    ) -> Self {
        let unsure = false;
        match inverse {
            Some(inverse) if (member_kind, inverse) < (kind, relation) => {
                Self { kind: member_kind, relation: inverse, owner: member, member: owner, present, unsure }
            }
            _ => Self { kind, relation, owner, member, present, unsure },
        }
    }

    pub(super) fn ends(&self) -> LinkEnds {
        (self.kind, self.relation, self.owner, self.member)
    }
}

/// The unflushed changes of links: a stack, of which the last change of each link is found at once.
#[derive(Debug, Default)]
pub(super) struct Links {
    changes: Vec<Noted>,
    last: FxHashMap<LinkEnds, u32>,
    withdrawn: usize,
}

#[derive(Debug)]
struct Noted {
    change: LinkChange,
    /// The position of the change before of the same link.
    before: Option<u32>,
    /// It does not count: the row was there.
    is_withdrawn: bool,
}

impl Links {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.len() == self.withdrawn
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &LinkChange> {
        self.changes.iter().filter(|noted| !noted.is_withdrawn).map(|noted| &noted.change)
    }

    pub(super) fn push(&mut self, change: LinkChange) {
        let before = self.last.insert(change.ends(), self.changes.len() as u32);
        self.changes.push(Noted { change, before, is_withdrawn: false });
    }

    pub(super) fn pop(&mut self) {
        if let Some(Noted { change, before, .. }) = self.changes.pop() {
            self.set_last(change.ends(), before);
        }
    }

    /// What the last change made of a link: whether it is there now. None if nothing changed it.
    pub(super) fn last(&self, ends: &LinkEnds) -> Option<bool> {
        self.last.get(ends).map(|at| self.changes[*at as usize].change.present)
    }

    /// How often a link was added more than it was removed.
    pub(super) fn net(&self, ends: &LinkEnds) -> i32 {
        let (mut at, mut net) = (self.last.get(ends).copied(), 0);
        while let Some(noted) = at.and_then(|at| self.changes.get(at as usize)) {
            net += if noted.change.present { 1 } else { -1 };
            at = noted.before;
        }
        net
    }

    /// Takes the last change of a link back; gives its position, for [`restore`](Self::restore).
    pub(super) fn withdraw(&mut self, ends: &LinkEnds) -> Option<u32> {
        let at = *self.last.get(ends)?;
        let noted = &mut self.changes[at as usize];
        noted.is_withdrawn = true;
        self.withdrawn += 1;
        let before = noted.before;
        self.set_last(*ends, before);
        Some(at)
    }

    /// Makes a change count again that was withdrawn last; a flush may have forgotten it since.
    pub(super) fn restore(&mut self, at: u32) {
        if let Some(noted) = self.changes.get_mut(at as usize) {
            noted.is_withdrawn = false;
            self.withdrawn -= 1;
            self.last.insert(noted.change.ends(), at);
        }
    }

    fn set_last(&mut self, ends: LinkEnds, at: Option<u32>) {
        match at {
            Some(at) => drop(self.last.insert(ends, at)),
            None => drop(self.last.remove(&ends)),
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn the_last_change_of_a_link_counts_until_it_is_undone() {
        let slot = |index| Slot { index, generation: NonZeroU32::MIN };
        let change = |member, present| LinkChange {
            kind: ArenaId::default(),
            relation: RelationPosition(2),
            owner: slot(3),
            member: slot(member),
            present,
            unsure: false,
        };
        let mut links = Links::default();
        let all = [change(4, true), change(5, true), change(4, false), change(4, true)];
        all.iter().for_each(|change| links.push(*change));
        assert!(links.iter().eq(&all));
        assert_eq!((links.net(&all[0].ends()), links.withdraw(&all[0].ends())), (1, Some(3)));
        assert_eq!((links.last(&all[0].ends()), links.iter().count()), (Some(false), 3));
        links.restore(3);
        for expected in [Some(true), Some(false), Some(true), Some(true), None] {
            assert_eq!(links.last(&all[0].ends()), expected);
            links.pop();
        }
        assert!(links.is_empty() && links.last.is_empty());
    }
}
