//! What the rows and the memory should be: plain maps, and the rules of a flush in a page.

use std::collections::{BTreeMap, BTreeSet};

/// The kinds of entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Team,
    Person,
    Task,
    Badge,
    Profile,
    Tag,
    Node,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] =
        [Self::Team, Self::Person, Self::Task, Self::Badge, Self::Profile, Self::Tag, Self::Node];

    /// The kind of its parent.
    pub(crate) fn parent(self) -> Option<Self> {
        match self {
            Self::Team | Self::Tag => None,
            Self::Person => Some(Self::Team),
            Self::Task | Self::Badge | Self::Profile => Some(Self::Person),
            Self::Node => Some(Self::Node),
        }
    }

    /// Whether it cannot be without a parent.
    pub(crate) fn is_required(self) -> bool {
        matches!(self, Self::Task | Self::Badge | Self::Profile)
    }

    /// Whether it goes with its parent, and when it is taken from it.
    pub(crate) fn cascades(self) -> bool {
        matches!(self, Self::Task | Self::Profile | Self::Node)
    }

    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Person => "person",
            Self::Task => "task",
            Self::Badge => "badge",
            Self::Profile => "profile",
            Self::Tag => "tag",
            Self::Node => "node",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Pending,
    Persistent,
    Deleting,
}

/// An entity as the model has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) parent: Option<usize>,
    pub(crate) life: Life,
    /// Whether it was taken from a parent whose cascade deletes orphans.
    pub(crate) taken: bool,
    /// Whether its parent was assigned while it was expired, and so is written whatever memory held.
    pub(crate) assigned: bool,
}

/// Every entity by the number that the model gave it, and the links between people and tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) items: BTreeMap<usize, Item>,
    pub(crate) links: BTreeSet<(usize, usize)>,
}

impl World {
    pub(crate) fn of_kind(&self, kind: Kind) -> Vec<usize> {
        self.items.iter().filter(|(_, item)| item.kind == kind).map(|(id, _)| *id).collect()
    }

    pub(crate) fn children(&self, parent: usize, kind: Kind) -> BTreeSet<usize> {
        let mine = |(_, item): &(&usize, &Item)| item.kind == kind && item.parent == Some(parent);
        self.items.iter().filter(mine).map(|(id, _)| *id).collect()
    }

    /// Whether `id` is `ancestor` or below it.
    pub(crate) fn is_within(&self, mut id: usize, ancestor: usize) -> bool {
        for _ in 0..=self.items.len() {
            if id == ancestor {
                return true;
            }
            match self.items.get(&id).and_then(|item| item.parent) {
                Some(parent) => id = parent,
                None => return false,
            }
        }
        true
    }

    /// The child of that name, other than this one.
    pub(crate) fn namesake(&self, child: usize, parent: usize) -> Option<usize> {
        let name = &self.items[&child].name;
        let same = |other: &usize| *other != child && self.items[other].name == *name;
        self.children(parent, self.items[&child].kind).into_iter().find(same)
    }

    /// Changes a parent; who has to make room does.
    pub(crate) fn set_parent(&mut self, child: usize, parent: Option<usize>) {
        let Item { kind, parent: before, .. } = self.items[&child];
        if before == parent {
            return;
        }
        if let Some(parent) = parent
            && kind == Kind::Profile
        {
            for other in self.children(parent, kind) {
                self.set_parent(other, None);
            }
        }
        let Some(item) = self.items.get_mut(&child) else { return };
        item.taken |= parent.is_none() && kind.cascades();
        item.parent = parent;
    }

    /// The world after a flush; `None` when the flush must fail.
    pub(crate) fn flushed(&self, before: &Self) -> Option<Self> {
        let mut next = self.clone();
        let mut going: Vec<usize> = Vec::new();
        for (id, item) in &mut next.items {
            let is_orphan = item.taken && item.parent.is_none();
            if is_orphan || item.life == Life::Deleting {
                going.push(*id);
            }
        }
        let mut index = 0;
        while let Some(id) = going.get(index).copied() {
            index += 1;
            for (child, item) in &mut next.items {
                if item.parent != Some(id) || going.contains(child) {
                    continue;
                }
                if item.kind.cascades() {
                    going.push(*child);
                }
            }
        }
        // Whoever stays lets go of who goes.
        for (id, item) in &mut next.items {
            if !going.contains(id) && item.parent.is_some_and(|parent| going.contains(&parent)) {
                item.parent = None;
            }
        }
        next.items.retain(|id, _| !going.contains(id));
        next.links.retain(|(person, tag)| !going.contains(person) && !going.contains(tag));
        for (id, item) in &mut next.items {
            let is_written =
                item.life == Life::Pending || item.assigned || before.items.get(id).is_none_or(|old| old.differs(item));
            if is_written && (item.size < 0 || (item.kind.is_required() && item.parent.is_none())) {
                return None;
            }
            item.life = Life::Persistent;
            (item.taken, item.assigned) = (false, false);
        }
        Some(next)
    }
}

impl Item {
    /// Whether a column is another one.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        (&self.name, self.size, self.parent) != (&other.name, other.size, other.parent)
    }
}
