//! The members of a collection, in order: a plain list until a long one is searched or changed, then a linked list with an index.

use std::fmt;

use rustc_hash::FxHashMap;

use crate::key::Slot;

/// The members of a collection, in order.
///
/// Most collections are read and never searched, so a `Vec` is all they need. In a long one a search, a removal or a put-back would cost
/// the whole list each time: [`index`](Self::index) makes each of them cost the same however many members there are.
#[derive(Clone, Default)]
pub struct Members(Held);

#[derive(Clone)]
enum Held {
    List(Vec<Slot>),
    Linked(Box<Linked>),
}

impl Default for Held {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

/// A list of more members than these is not walked for each search.
const SHORT: usize = 64;

impl Members {
    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Held::List(list) => list.len(),
            Held::Linked(linked) => linked.len,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The members, in order.
    pub fn iter(&self) -> MembersIter<'_> {
        MembersIter(match &self.0 {
            Held::List(list) => Walk::List(list.iter()),
            Held::Linked(linked) => Walk::Linked { nodes: &linked.nodes, next: linked.first, left: linked.len },
        })
    }

    /// The members that were put in since this was asked last; none when it was not, or when they were too many to note. Only an indexed
    /// list takes note.
    pub fn take_news(&mut self) -> Option<Vec<Slot>> {
        match &mut self.0 {
            Held::List(_) => None,
            Held::Linked(linked) => linked.news.replace(Vec::new()),
        }
    }

    /// A copy, in order.
    pub fn to_vec(&self) -> Vec<Slot> {
        self.iter().copied().collect()
    }

    /// The members as they lie in memory, unless they are indexed.
    pub fn as_list(&self) -> Option<&[Slot]> {
        match &self.0 {
            Held::List(list) => Some(list),
            Held::Linked(_) => None,
        }
    }

    /// Makes searches cost the same however many members there are.
    pub fn index(&mut self) {
        if let Held::List(list) = &self.0
            && list.len() > SHORT
        {
            self.0 = Held::Linked(Box::new(Linked::of(list)));
        }
    }

    /// Whether an entity is a member. Walks a list that is not indexed.
    pub fn contains(&self, member: Slot) -> bool {
        match &self.0 {
            Held::List(list) => list.contains(&member),
            Held::Linked(linked) => linked.places.contains_key(&member),
        }
    }

    /// Puts a member at the end.
    pub fn push(&mut self, member: Slot) {
        match &mut self.0 {
            Held::List(list) => list.push(member),
            Held::Linked(linked) => linked.insert_behind(linked.last, member),
        }
    }

    /// Takes a member out, the last one where it stands there more than once. Gives the one that stood in front of it, if it was a member.
    pub fn remove(&mut self, member: Slot) -> Option<Option<Slot>> {
        self.index();
        match &mut self.0 {
            Held::List(list) => {
                let at = list.iter().rposition(|slot| *slot == member)?;
                list.remove(at);
                Some(at.checked_sub(1).map(|front| list[front]))
            }
            Held::Linked(linked) => linked.remove(member),
        }
    }

    /// Puts a member behind another, to the front where there is none, and at the end where that other is no member any more.
    pub fn insert_behind(&mut self, front: Option<Slot>, member: Slot) {
        self.index();
        match &mut self.0 {
            Held::List(list) => {
                let behind = |front| list.iter().rposition(|slot| *slot == front).map_or(list.len(), |at| at + 1);
                let at = front.map_or(0, behind);
                list.insert(at, member);
            }
            Held::Linked(linked) => {
                let place = |front| linked.places.get(&front).copied().unwrap_or(linked.last);
                linked.insert_behind(front.map_or(NOWHERE, place), member);
            }
        }
    }
}

impl From<Vec<Slot>> for Members {
    fn from(list: Vec<Slot>) -> Self {
        Self(Held::List(list))
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
pub struct MembersIter<'m>(Walk<'m>);

#[derive(Clone, Debug)]
enum Walk<'m> {
    List(std::slice::Iter<'m, Slot>),
    Linked { nodes: &'m [Node], next: u32, left: usize },
}

impl<'m> Iterator for MembersIter<'m> {
    type Item = &'m Slot;

    fn next(&mut self) -> Option<&'m Slot> {
        match &mut self.0 {
            Walk::List(list) => list.next(),
            Walk::Linked { nodes, next, left } => {
                let node = nodes.get(*next as usize)?;
                (*next, *left) = (node.behind, *left - 1);
                Some(&node.member)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Walk::List(list) => list.size_hint(),
            Walk::Linked { left, .. } => (*left, Some(*left)),
        }
    }
}

impl ExactSizeIterator for MembersIter<'_> {}

/// The place of no node.
const NOWHERE: u32 = u32::MAX;

/// A list in which each member leads to its neighbors, and where each stands.
#[derive(Clone, Debug)]
struct Linked {
    nodes: Vec<Node>,
    /// Where a member stands; of one that stands there more than once, the last.
    places: FxHashMap<Slot, u32>,
    first: u32,
    last: u32,
    /// The first place that is free; `behind` leads from there to the next.
    free: u32,
    len: usize,
    /// How many members stand behind an equal one.
    repeated: usize,
    /// Members that were put in since somebody asked; none while nobody does.
    news: Option<Vec<Slot>>,
}

#[derive(Clone, Debug)]
struct Node {
    member: Slot,
    front: u32,
    behind: u32,
}

impl Linked {
    fn of(list: &[Slot]) -> Self {
        let mut linked = Self {
            nodes: Vec::with_capacity(list.len()),
            places: FxHashMap::with_capacity_and_hasher(list.len(), rustc_hash::FxBuildHasher),
            first: NOWHERE,
            last: NOWHERE,
            free: NOWHERE,
            len: 0,
            repeated: 0,
            news: None,
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
        let node = Node { member, front, behind };
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
        self.join(front, place);
        self.join(place, behind);
        self.len += 1;
        self.repeated += usize::from(self.places.insert(member, place).is_some());
        if let Some(news) = &mut self.news {
            news.push(member);
            if news.len() > self.len + 16 {
                self.news = None;
            }
        }
    }

    fn remove(&mut self, member: Slot) -> Option<Option<Slot>> {
        let place = self.places.remove(&member)?;
        let Node { front, behind, .. } = self.nodes[place as usize];
        self.join(front, behind);
        self.nodes[place as usize].behind = self.free;
        self.free = place;
        self.len -= 1;
        if self.repeated > 0
            && let Some(other) = self.find_in_front(front, member)
        {
            self.places.insert(member, other);
            self.repeated -= 1;
        }
        Some(self.nodes.get(front as usize).map(|node| node.member))
    }

    /// The last place at which a member stands, up to a place.
    fn find_in_front(&self, mut place: u32, member: Slot) -> Option<u32> {
        while let Some(node) = self.nodes.get(place as usize) {
            if node.member == member {
                return Some(place);
            }
            place = node.front;
        }
        None
    }

    /// Makes two places neighbors; nowhere is beyond either end.
    fn join(&mut self, front: u32, behind: u32) {
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
        /// Whatever is done to an indexed list gives what it gives on a plain one; members may stand there more than once.
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
                        // What was taken out comes back where it was.
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
