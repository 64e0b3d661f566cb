//! Bookkeeping over slots: sets in order of arrival, and members by owner without a list per owner.

use rustc_hash::FxHashMap;

use crate::key::Slot;

/// Slots in order of arrival, each once.
#[derive(Debug, Default)]
pub(crate) struct SlotSet {
    order: Vec<Slot>,
    places: FxHashMap<Slot, u32>,
    last: u32,
}

impl SlotSet {
    /// The place of a slot, and whether it came just now. Runs of the same slot cost no lookup.
    pub(crate) fn insert(&mut self, slot: Slot) -> (u32, bool) {
        if self.order.get(self.last as usize) == Some(&slot) {
            return (self.last, false);
        }
        let next = self.order.len() as u32;
        let place = *self.places.entry(slot).or_insert(next);
        self.last = place;
        if place == next {
            self.order.push(slot);
        }
        (place, place == next)
    }

    /// The slots.
    pub(crate) fn as_slice(&self) -> &[Slot] {
        &self.order
    }

    /// The slots; the set is empty afterwards.
    pub(crate) fn take(&mut self) -> Vec<Slot> {
        self.places.clear();
        self.last = 0;
        std::mem::take(&mut self.order)
    }
}

/// Members and the numbers of their owners, in the order in which the rows came.
#[derive(Debug, Default)]
pub(crate) struct Members {
    slots: Vec<Slot>,
    /// An owner's number, and how many of the slots follow for it: rows of one owner mostly come together.
    runs: Vec<(u32, u32)>,
    /// How many owners there are, if that is known.
    owners: usize,
}

impl Members {
    /// Adds a member of the owner with this number.
    pub(crate) fn push(&mut self, owner: u32, member: Slot) {
        if self.slots.len() == self.slots.capacity() {
            self.make_room();
        }
        match self.runs.last_mut() {
            Some((last, count)) if *last == owner => *count += 1,
            _ => self.runs.push((owner, 1)),
        }
        self.slots.push(member);
    }

    /// Says how many owners there are.
    pub(crate) fn expect_owners(&mut self, owners: usize) {
        self.owners = owners;
    }

    /// Makes room for as many members as those of the owners so far lead to expect, so that it is seldom made: at least for twice as many as
    /// there are, and for eight times as many at most.
    #[cold]
    fn make_room(&mut self) {
        let members = self.slots.len();
        // More of the last one may come.
        let last = self.runs.last().map_or(0, |(_, count)| *count as usize);
        let expected = (members - last).saturating_mul(self.owners).div_ceil(self.runs.len().max(2) - 1);
        let room = expected.clamp(members.saturating_mul(2), members.saturating_mul(8)).max(16);
        self.slots.reserve_exact(room - members);
    }

    /// The same without the members of some owners.
    pub(crate) fn without(self, is_left_out: impl Fn(u32) -> bool) -> Self {
        let mut kept = Self { owners: self.owners, ..Self::default() };
        for (owner, run) in self.runs().filter(|(owner, _)| !is_left_out(*owner)) {
            run.iter().for_each(|member| kept.push(owner, *member));
        }
        kept
    }

    /// Each run of members of one owner, in the order in which they came.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (u32, &[Slot])> {
        let mut rest = self.slots.as_slice();
        self.runs.iter().map(move |(owner, count)| {
            let (run, behind) = rest.split_at(*count as usize);
            rest = behind;
            (*owner, run)
        })
    }

    /// The members owner by owner, each owner's in the order in which they came.
    pub(crate) fn grouped(self, owners: usize) -> Grouped {
        let mut ends = vec![0_u32; owners];
        for (owner, count) in &self.runs {
            ends[*owner as usize] += count;
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total - *end;
        }
        if self.runs.is_sorted_by_key(|(owner, _)| *owner) {
            ends.push(total);
            ends.drain(..1);
            return Grouped { slots: self.slots, ends };
        }
        // `ends` holds where each owner's members begin, and after placing them where they end.
        let mut slots = self.slots.clone();
        for (owner, run) in self.runs() {
            let place = ends[owner as usize] as usize;
            slots[place..place + run.len()].copy_from_slice(run);
            ends[owner as usize] += run.len() as u32;
        }
        Grouped { slots, ends }
    }
}

/// Members owner by owner.
#[derive(Debug)]
pub(crate) struct Grouped {
    slots: Vec<Slot>,
    ends: Vec<u32>,
}

impl Grouped {
    /// The members of an owner.
    pub(crate) fn of(&self, owner: usize) -> &[Slot] {
        let start = if owner == 0 { 0 } else { self.ends[owner - 1] as usize };
        &self.slots[start..self.ends[owner] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    fn slot(index: u32) -> Slot {
        Slot { index, generation: NonZeroU32::MIN }
    }

    fn check_grouped(pairs: &[(u32, u32)], owners: usize, expected: &[&[u32]]) {
        let mut members = Members::default();
        for (owner, member) in pairs {
            members.push(*owner, slot(*member));
        }
        let grouped = members.grouped(owners);
        let got: Vec<Vec<u32>> =
            (0..owners).map(|owner| grouped.of(owner).iter().map(|slot| slot.index).collect()).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn members_are_grouped_by_owner_in_the_order_of_the_rows() {
        check_grouped(&[], 0, &[]);
        check_grouped(&[], 2, &[&[], &[]]);
        check_grouped(&[(0, 7), (0, 8), (2, 9)], 3, &[&[7, 8], &[], &[9]]);
        check_grouped(&[(2, 9), (0, 8), (2, 1), (0, 7)], 4, &[&[8, 7], &[], &[9, 1], &[]]);
    }

    #[test]
    fn room_is_made_for_what_is_expected_and_never_for_much_more() {
        let mut even = Members::default();
        even.expect_owners(500);
        (0..50_000).for_each(|member| even.push(member / 100, slot(member)));
        assert_eq!(even.slots.capacity(), 50_000);
        let mut skewed = Members::default();
        skewed.expect_owners(1_000_000);
        (0..1_000).for_each(|member| skewed.push(0, slot(member)));
        assert!(skewed.slots.capacity() <= 8_000, "{}", skewed.slots.capacity());
    }

    #[test]
    fn a_set_keeps_the_order_of_arrival() {
        let mut set = SlotSet::default();
        assert_eq!(set.insert(slot(5)), (0, true));
        assert_eq!(set.insert(slot(5)), (0, false));
        assert_eq!(set.insert(slot(3)), (1, true));
        assert_eq!(set.insert(slot(5)), (0, false));
        assert_eq!(set.take(), [slot(5), slot(3)]);
        assert_eq!(set.insert(slot(3)), (0, true));
    }
}
