//! The journal: the inverse of every change of memory, and beside it the lists of changes that are not flushed yet.
//!
//! [`Journal::record`] is the only way in and [`Journal::pop`] the only way back. Both keep the lists in step with the entries, so that no
//! caller has to remember a list. A list that a flush has emptied has nothing left to pop.
//!
//! An event about changes of memory belongs in `record`: every change that a rollback can undo passes there, as a value that prints.

use super::super::history::Edit;
use super::super::lifecycle::State;
use super::super::links::{LinkChange, LinkEnds, Links};
use super::super::rollback::{Snapshot, Undo};
use super::ArenaId;
use crate::key::Slot;
use crate::mapping::RelationPosition;

/// Inverses of changes, in order, and the unflushed changes that they take back.
#[derive(Default)]
pub(in crate::unit) struct Journal {
    entries: Vec<Undo>,
    /// Pending entities in the order in which they were added.
    pending: Vec<(ArenaId, Slot)>,
    /// Persistent entities in the order of their first edit since the last flush.
    edited: Vec<Edit>,
    /// Entities marked for deletion, in that order.
    deleting: Vec<(ArenaId, Slot)>,
    /// Entities taken out of a collection whose cascade deletes orphans, each with the reference that led there.
    orphans: Vec<(Edit, RelationPosition)>,
    /// Changes of many-to-many links.
    links: Links,
}

impl Journal {
    /// Records the inverse of a change. An addition, a first edit and a mark for deletion join the list of their kind.
    #[inline]
    pub(super) fn record(&mut self, undo: Undo) {
        match &undo {
            Undo::Added { kind, slot } | Undo::Renewed { kind, slot, .. } => self.pending.push((*kind, *slot)),
            Undo::Edited { kind, slot, .. } => {
                let edit = Edit { kind: *kind, slot: *slot, snapshot: self.entries.len() as u32 + 1 };
                self.edited.push(edit);
            }
            // Nothing but a mark for deletion leads away from there.
            Undo::State { kind, slot, before: State::Persistent } => self.deleting.push((*kind, *slot)),
            Undo::Kept { at, .. } if (*at as usize) < self.deleting.len() => drop(self.deleting.remove(*at as usize)),
            _ => {}
        }
        self.entries.push(undo);
    }

    /// Records a possible orphan.
    pub(in crate::unit) fn record_orphan(&mut self, edit: Edit, relation: RelationPosition) {
        self.orphans.push((edit, relation));
        self.record(Undo::Orphaned);
    }

    /// Records a change of a many-to-many link.
    pub(in crate::unit) fn record_link(&mut self, change: LinkChange) {
        self.links.push(change);
        self.record(Undo::Linked);
    }

    /// Takes the last change of a link back, as the database has the row already.
    pub(in crate::unit) fn withdraw_link(&mut self, ends: &LinkEnds) {
        if let Some(at) = self.links.withdraw(ends) {
            self.record(Undo::Unlinked { at });
        }
    }

    /// Removes the last entry beyond a mark, and its change from the list that the change is in. The caller undoes it in memory.
    pub(in crate::unit) fn pop(&mut self, mark: usize) -> Option<Undo> {
        if self.entries.len() <= mark {
            return None;
        }
        let undo = self.entries.pop()?;
        match &undo {
            Undo::Added { .. } | Undo::Renewed { .. } => drop(self.pending.pop()),
            Undo::Edited { .. } => drop(self.edited.pop()),
            Undo::State { before: State::Persistent, .. } => drop(self.deleting.pop()),
            Undo::Kept { kind, slot, at } => {
                self.deleting.insert((*at as usize).min(self.deleting.len()), (*kind, *slot));
            }
            Undo::Orphaned => drop(self.orphans.pop()),
            Undo::Linked => self.links.pop(),
            Undo::Unlinked { at } => self.links.restore(*at),
            _ => {}
        }
        Some(undo)
    }

    /// Number of entries: the mark of this moment.
    pub(in crate::unit) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was recorded since the transaction began.
    pub(in crate::unit) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Entries recorded since a mark.
    pub(in crate::unit) fn since(&self, mark: usize) -> impl Iterator<Item = &Undo> {
        self.entries.iter().skip(mark)
    }

    /// Takes all entries, which nothing can undo any more.
    pub(in crate::unit) fn take_entries(&mut self) -> Vec<Undo> {
        std::mem::take(&mut self.entries)
    }

    /// Returns the snapshot at a position, as the place of an entity names it.
    pub(in crate::unit) fn snapshot(&self, position: u32) -> Option<&Snapshot> {
        match self.entries.get(position.checked_sub(1)? as usize) {
            Some(Undo::Edited { before, .. }) => Some(before),
            _ => None,
        }
    }

    /// Returns the snapshot at a position, to change what the row is known to have.
    pub(super) fn snapshot_mut(&mut self, position: u32) -> Option<&mut Snapshot> {
        match self.entries.get_mut(position.checked_sub(1)? as usize) {
            Some(Undo::Edited { before, .. }) => Some(before),
            _ => None,
        }
    }

    /// Pending entities in the order in which they were added.
    pub(in crate::unit) fn pending(&self) -> &[(ArenaId, Slot)] {
        &self.pending
    }

    /// First edits of persistent entities since the last flush, in order; some may have been dropped since.
    pub(in crate::unit) fn edited(&self) -> &[Edit] {
        &self.edited
    }

    /// Entities marked for deletion, in that order.
    pub(in crate::unit) fn deleting(&self) -> &[(ArenaId, Slot)] {
        &self.deleting
    }

    /// The position of a mark for deletion; beyond the last where there is none.
    pub(super) fn position_of_deletion(&self, kind: ArenaId, slot: Slot) -> u32 {
        let at = self.deleting.iter().rposition(|row| *row == (kind, slot));
        at.unwrap_or(self.deleting.len()) as u32
    }

    /// Possible orphans, each with the reference that led to the former owner.
    pub(in crate::unit) fn orphans(&self) -> &[(Edit, RelationPosition)] {
        &self.orphans
    }

    /// Unflushed changes of many-to-many links.
    pub(in crate::unit) fn links(&self) -> &Links {
        &self.links
    }

    /// Whether a flush would have anything to do.
    pub(in crate::unit) fn has_unflushed(&self) -> bool {
        !(self.pending.is_empty()
            && self.edited.is_empty()
            && self.deleting.is_empty()
            && self.orphans.is_empty()
            && self.links.is_empty())
    }

    /// Takes the pending entities, which a flush has inserted.
    pub(in crate::unit) fn take_pending(&mut self) -> Vec<(ArenaId, Slot)> {
        std::mem::take(&mut self.pending)
    }

    /// Takes the marks for deletion, which a flush has carried out.
    pub(in crate::unit) fn take_deleting(&mut self) -> Vec<(ArenaId, Slot)> {
        std::mem::take(&mut self.deleting)
    }

    /// Takes the edits, which a flush has written.
    pub(in crate::unit) fn take_edited(&mut self) -> Vec<Edit> {
        std::mem::take(&mut self.edited)
    }

    /// Empties every list: the changes are flushed, or dropped.
    pub(in crate::unit) fn forget_unflushed(&mut self) {
        self.pending.clear();
        self.edited.clear();
        self.deleting.clear();
        self.orphans.clear();
        self.links.clear();
    }
}
