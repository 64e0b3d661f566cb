//! `Members`: a collection in order. A plain list until a long collection is searched or changed, then a linked list
//! with an index.

use std::fmt;

use rustc_hash::FxHashMap;

use crate::key::Slot;

/// The members of a collection, in order.
///
/// Most collections are only read, so a `Vec` suffices. [`index`](Self::index) converts a long collection, so that a
/// search, a removal or an insertion takes constant time.
#[derive(Clone, Default)]
pub struct Members(MemberList);

#[derive(Clone)]
enum MemberList {
    List(Vec<Slot>),
    Linked(Box<LinkedMembers>),
}

impl Default for MemberList {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

/// A list of more members than these is not walked for each search.
const MAX_UNINDEXED: usize = 64;

impl Members {
    /// Number of members.
    pub fn len(&self) -> usize {
        match &self.0 {
            MemberList::List(list) => list.len(),
            MemberList::Linked(linked) => linked.len,
        }
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The members, in order.
    pub fn iter(&self) -> MembersIter<'_> {
        MembersIter(match &self.0 {
            MemberList::List(list) => IterState::List(list.iter()),
            MemberList::Linked(linked) => {
                IterState::Linked { nodes: &linked.nodes, next: linked.first, left: linked.len }
            }
        })
    }

    /// Returns the members that were added since the last call. Returns `None` for the first call, for a list without
    /// index, and when there were too many.
    pub fn take_recently_added(&mut self) -> Option<Vec<Slot>> {
        match &mut self.0 {
            MemberList::List(_) => None,
            MemberList::Linked(linked) => linked.recently_added.replace(Vec::new()),
        }
    }

    /// A copy, in order.
    pub fn to_vec(&self) -> Vec<Slot> {
        self.iter().copied().collect()
    }

    /// Returns the members as a slice, unless the collection has an index.
    pub fn as_list(&self) -> Option<&[Slot]> {
        match &self.0 {
            MemberList::List(list) => Some(list),
            MemberList::Linked(_) => None,
        }
    }

    /// Makes searches cost the same however many members there are.
    pub fn index(&mut self) {
        if let MemberList::List(list) = &self.0
            && list.len() > MAX_UNINDEXED
        {
            self.0 = MemberList::Linked(Box::new(LinkedMembers::of(list)));
        }
    }

    /// Whether an entity is a member. Searches the whole list when there is no index.
    pub fn contains(&self, member: Slot) -> bool {
        match &self.0 {
            MemberList::List(list) => list.contains(&member),
            MemberList::Linked(linked) => linked.positions.contains_key(&member),
        }
    }

    /// Puts a member at the end.
    pub fn push(&mut self, member: Slot) {
        match &mut self.0 {
            MemberList::List(list) => list.push(member),
            MemberList::Linked(linked) => linked.insert_behind(linked.last, member),
        }
    }

    /// Removes the last occurrence of a member. Returns `Some` when there was one, with the preceding member.
    pub fn remove(&mut self, member: Slot) -> Option<Option<Slot>> {
        self.index();
        match &mut self.0 {
            MemberList::List(list) => {
                let at = list.iter().rposition(|slot| *slot == member)?;
                list.remove(at);
                Some(at.checked_sub(1).map(|front| list[front]))
            }
            MemberList::Linked(linked) => linked.remove(member),
        }
    }

    /// Puts a member behind another, to the front where there is none, and at the end where that other is no member any
    /// more.
    pub fn insert_behind(&mut self, front: Option<Slot>, member: Slot) {
        self.index();
        match &mut self.0 {
            MemberList::List(list) => {
                let behind = |front| list.iter().rposition(|slot| *slot == front).map_or(list.len(), |at| at + 1);
                let at = front.map_or(0, behind);
                list.insert(at, member);
            }
            MemberList::Linked(linked) => {
                let place = |front| linked.positions.get(&front).copied().unwrap_or(linked.last);
                linked.insert_behind(front.map_or(NO_NODE, place), member);
            }
        }
    }
}

impl From<Vec<Slot>> for Members {
    fn from(list: Vec<Slot>) -> Self {
        Self(MemberList::List(list))
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<'m> IntoIterator for &'m Members {
    type Item = &'m Slot;
    type IntoIter = MembersIter<'m>;

    fn into_iter(self) -> MembersIter<'m> {
        self.iter()
    }
}

/// Members, in order.
#[derive(Clone, Debug)]
pub struct MembersIter<'m>(IterState<'m>);

#[derive(Clone, Debug)]
enum IterState<'m> {
    List(std::slice::Iter<'m, Slot>),
    Linked { nodes: &'m [LinkedNode], next: u32, left: usize },
}

impl<'m> Iterator for MembersIter<'m> {
    type Item = &'m Slot;

    fn next(&mut self) -> Option<&'m Slot> {
        match &mut self.0 {
            IterState::List(list) => list.next(),
            IterState::Linked { nodes, next, left } => {
                let node = nodes.get(*next as usize)?;
                (*next, *left) = (node.behind, *left - 1);
                Some(&node.member)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            IterState::List(list) => list.size_hint(),
            IterState::Linked { left, .. } => (*left, Some(*left)),
        }
    }
}

impl ExactSizeIterator for MembersIter<'_> {}

/// The place of no node.
const NO_NODE: u32 = u32::MAX;

/// A doubly linked list, with an index from member to node.
#[derive(Clone, Debug)]
struct LinkedMembers {
    nodes: Vec<LinkedNode>,
    /// Last node of each member.
    positions: FxHashMap<Slot, u32>,
    first: u32,
    last: u32,
    /// First free node; `behind` links to the next one.
    free: u32,
    len: usize,
    /// Number of nodes whose member occurs again later.
    repeated: usize,
    /// Members added since the last call of `take_recently_added`; `None` before the first call.
    recently_added: Option<Vec<Slot>>,
}

#[derive(Clone, Debug)]
struct LinkedNode {
    member: Slot,
    front: u32,
    behind: u32,
}

impl LinkedMembers {
    fn of(list: &[Slot]) -> Self {
        let mut linked = Self {
            nodes: Vec::with_capacity(list.len()),
            positions: FxHashMap::with_capacity_and_hasher(list.len(), rustc_hash::FxBuildHasher),
            first: NO_NODE,
            last: NO_NODE,
            free: NO_NODE,
            len: 0,
            repeated: 0,
            recently_added: None,
        };
        list.iter().for_each(|member| linked.insert_behind(linked.last, *member));
        linked
    }

    /// Puts a member behind the one at a place; to the front if that is nowhere.
    fn insert_behind(&mut self, front: u32, member: Slot) {
        let behind = match self.nodes.get(front as usize) {
            Some(front) => front.behind,
            None => self.first,
        };
        let node = LinkedNode { member, front, behind };
        let place = match self.nodes.get_mut(self.free as usize) {
            Some(free) => {
                let place = self.free;
                self.free = free.behind;
                *free = node;
                place
            }
            None => {
                self.nodes.push(node);
                (self.nodes.len() - 1) as u32
            }
        };
        self.connect(front, place);
        self.connect(place, behind);
        self.len += 1;
        self.repeated += usize::from(self.positions.insert(member, place).is_some());
        if let Some(recently_added) = &mut self.recently_added {
            recently_added.push(member);
            if recently_added.len() > self.len + 16 {
                self.recently_added = None;
            }
        }
    }

    fn remove(&mut self, member: Slot) -> Option<Option<Slot>> {
        let place = self.positions.remove(&member)?;
        let LinkedNode { front, behind, .. } = self.nodes[place as usize];
        self.connect(front, behind);
        self.nodes[place as usize].behind = self.free;
        self.free = place;
        self.len -= 1;
        if self.repeated > 0
            && let Some(other) = self.find_in_front(front, member)
        {
            self.positions.insert(member, other);
            self.repeated -= 1;
        }
        Some(self.nodes.get(front as usize).map(|node| node.member))
    }

    /// Last node with a member, at or before a node.
    fn find_in_front(&self, mut place: u32, member: Slot) -> Option<u32> {
        while let Some(node) = self.nodes.get(place as usize) {
            if node.member == member {
                return Some(place);
            }
            place = node.front;
        }
        None
    }

    /// Links two nodes; `NO_NODE` stands for either end of the list.
    fn connect(&mut self, front: u32, behind: u32) {
        match self.nodes.get_mut(front as usize) {
            Some(node) => node.behind = behind,
            None => self.first = behind,
        }
        match self.nodes.get_mut(behind as usize) {
            Some(node) => node.front = front,
            None => self.last = front,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;

    fn slot(index: u32) -> Slot {
        Slot { index, generation: NonZeroU32::MIN }
    }

    #[test]
    fn an_index_takes_no_room_in_the_entity() {
        assert_eq!(size_of::<Members>(), size_of::<Vec<Slot>>());
    }

    proptest! {
        /// An indexed list and a plain list behave the same, also with repeated members.
        #[test]
        fn an_index_changes_nothing_but_costs(edits in prop::collection::vec((0_u8..4, 0_u32..90, 0_u32..90), 0..200)) {
            let start: Vec<Slot> = (0..80).map(slot).collect();
            let mut plain = start.clone();
            let mut members = Members::from(start);
            members.index();
            prop_assert!(members.as_list().is_none());
            for (edit, one, other) in edits {
                let (one, other) = (slot(one), slot(other));
                match edit {
                    0 => {
                        plain.push(one);
                        members.push(one);
                    }
                    1 => {
                        let at = plain.iter().rposition(|slot| *slot == one);
                        let front = at.map(|at| {
                            plain.remove(at);
                            at.checked_sub(1).map(|front| plain[front])
                        });
                        prop_assert_eq!(members.remove(one), front);
                        // A removed member is put back at its former position.
                        if let (Some(at), Some(front), true) = (at, front, other.index % 2 == 0) {
                            let last = plain.iter().rposition(|slot| Some(*slot) == front);
                            if last.map_or(0, |last| last + 1) == at {
                                plain.insert(at, one);
                                members.insert_behind(front, one);
                            }
                        }
                    }
                    2 if !plain.contains(&one) => {
                        let at = plain.iter().rposition(|slot| *slot == other).map_or(plain.len(), |at| at + 1);
                        plain.insert(at, one);
                        members.insert_behind(Some(other), one);
                    }
                    _ => prop_assert_eq!(members.contains(one), plain.contains(&one)),
                }
                prop_assert_eq!(members.len(), plain.len());
                prop_assert!(members.iter().eq(&plain), "{:?} is not {:?}", members, plain);
                prop_assert_eq!(members.iter().len(), plain.len());
            }
        }
    }
}
