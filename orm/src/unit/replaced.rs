//! Entities whose row is gone and whose primary key another row has: the old key never reads or writes the new row.
//!
//! A database gives a generated key out again when the row with the highest one was deleted behind the session, and a
//! program adds a natural key again. Where the flush learns of it, the entity that was known by the key leaves the
//! identity map and is [`State::Replaced`].

use super::UnitOfWork;
use super::lifecycle::State;
use super::store::{ArenaId, Change};
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{ColumnPosition, Entity, EntityMeta, KeyValues, RelationKind, RelationPosition};

/// Rows to be read before a flush or a merge decides, by the mapping of their entity.
pub type WantedRows = Vec<(&'static EntityMeta, Vec<KeyValues>)>;

impl UnitOfWork {
    /// Primary keys of new entities that expired ones of this session hold: their rows may be gone, so they are read
    /// before the flush.
    pub fn contested_keys(&self) -> WantedRows {
        let mut wanted = WantedRows::new();
        for (kind, slot) in self.journal.pending().iter().copied() {
            // Almost every newcomer has no rival, and that is known without a list of its key's values.
            if self.arenas[kind].has_no_keys() || self.arenas[kind].has_free_key(slot) {
                continue;
            }
            if self.arenas[kind].state(slot) == Some(State::Pending)
                && let Some(key) = self.given_key(kind, slot)
                && let Some(holder) = self.arenas[kind].find(&key)
                && self.is_expired_at(kind, holder)
            {
                want(&mut wanted, self.arenas[kind].meta, key);
            }
        }
        wanted
    }

    /// Takes note of which rows of [`contested_keys`](Self::contested_keys), or of those that a merge wanted, were not
    /// found.
    ///
    /// # Errors
    /// [`Error::ObjectDeleted`] when the entity whose row is gone has unflushed changes.
    pub fn note_contested(
        &mut self,
        meta: &'static EntityMeta,
        keys: &[KeyValues],
        found: &[Option<Slot>],
    ) -> Result<()> {
        let kind = self.kind_of(meta);
        for (key, found) in keys.iter().zip(found) {
            if found.is_none()
                && let Some(holder) = self.arenas[kind].find(key)
                && self.is_expired_at(kind, holder)
            {
                self.note_replaced(kind, holder)?;
            }
        }
        Ok(())
    }

    /// A row is known to have the primary key that the columns of an entity have now: whichever other entity has it as
    /// well lost its row.
    pub(super) fn replace_rival(&mut self, kind: ArenaId, slot: Slot) -> Result<()> {
        match self.arenas[kind].rival(slot) {
            Some(rival) => self.note_replaced(kind, rival),
            None => Ok(()),
        }
    }

    /// The same for a key that the row of an entity was given.
    pub(super) fn replace_holder(&mut self, kind: ArenaId, slot: Slot, key: &KeyValues) -> Result<()> {
        match self.arenas[kind].find(key).filter(|holder| *holder != slot) {
            Some(holder) => self.note_replaced(kind, holder),
            None => Ok(()),
        }
    }

    /// The row of an entity is gone, and another has its key, or is about to.
    fn note_replaced(&mut self, kind: ArenaId, slot: Slot) -> Result<()> {
        let (Some(before), Some(key)) = (self.arenas[kind].state(slot), self.identity_of(kind, slot)) else {
            return Ok(());
        };
        if before == State::Deleting || self.differs(kind, slot) || self.has_unflushed_links(kind, slot) {
            return Err(self.replaced(kind, slot));
        }
        self.detach(&[(kind, slot)]);
        self.apply(kind, slot, Change::Replaced(key));
        Ok(())
    }

    fn has_unflushed_links(&self, kind: ArenaId, slot: Slot) -> bool {
        self.journal.links().iter().any(|link| {
            let target = (self.arenas[link.kind].meta.relations[link.relation].target)();
            (link.kind, link.owner) == (kind, slot) || (link.member == slot && self.known_kind(target) == Some(kind))
        })
    }

    /// Refuses an entity that was replaced.
    pub(super) fn check_present<E: Entity>(&self, key: Key<E>) -> Result<ArenaId> {
        let kind = self.check(key)?;
        match self.is_replaced(kind, key.slot()) {
            true => Err(self.replaced(kind, key.slot())),
            false => Ok(kind),
        }
    }

    /// Refuses unflushed edits of an entity that was replaced.
    pub(super) fn check_edit(&self, kind: ArenaId, slot: Slot) -> Result<()> {
        match self.is_replaced(kind, slot) && self.is_edited(kind, slot) {
            true => Err(self.replaced(kind, slot)),
            false => Ok(()),
        }
    }

    /// Refuses a row that is about to be written with a reference to an entity that was replaced. A reference as its
    /// row has it may stay.
    pub(super) fn check_reference(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> Result<()> {
        let meta = &self.arenas[kind].meta.relations[relation];
        let Some(reference) = self.record(kind, slot).and_then(|record| record.reference(relation)) else {
            return Ok(());
        };
        let (Some((session, target)), Some(target_kind)) = (reference.target(), self.known_kind((meta.target)()))
        else {
            return Ok(());
        };
        let is_written = || match self.snapshot(kind, slot) {
            Some(before) => {
                !reference.has_id()
                    || meta.columns.iter().any(|column| !self.is_unchanged(kind, slot, *column))
                    || before.targets.get(relation).copied().flatten() != Some(target)
            }
            None => true,
        };
        match session == self.session && self.is_replaced(target_kind, target) && is_written() {
            true => Err(self.replaced(target_kind, target)),
            false => Ok(()),
        }
    }

    pub(super) fn is_replaced(&self, kind: ArenaId, slot: Slot) -> bool {
        self.arenas[kind].state(slot) == Some(State::Replaced)
    }

    fn replaced(&self, kind: ArenaId, slot: Slot) -> Error {
        let key = self.identity_of(kind, slot).unwrap_or_default();
        Error::ObjectDeleted {
            entity: self.arenas[kind].meta.class_name(self.class_of(kind, slot)),
            key: super::key_text(self.arenas[kind].meta, &key),
        }
    }

    /// The primary key of a newcomer, if all of it was given: by its own columns, or by those of the newcomers that are
    /// part of its key.
    pub(super) fn given_key(&self, kind: ArenaId, slot: Slot) -> Option<KeyValues> {
        let mut key = self.arenas[kind].key_values(slot)?;
        let meta = self.arenas[kind].meta;
        for (value, column) in key.iter_mut().zip(&meta.primary_key).filter(|(value, _)| value.is_null()) {
            let place = |columns: &[ColumnPosition]| columns.iter().position(|through| through == column);
            let mut relations = meta.relations.enumerate();
            let (relation, part) = relations.find_map(|(index, through)| match through.kind {
                RelationKind::BelongsTo => Some((index, place(&through.columns)?)),
                _ => None,
            })?;
            let target = (meta.relations[relation].target)();
            let newcomer = self.pending_target(kind, slot, relation)?;
            *value = target.key_from_root(self.given_key(self.known_kind(target)?, newcomer)?).get(part)?.clone();
        }
        Some(key)
    }
}

/// Puts a key in the list, beside others of the same entity.
pub(super) fn want(wanted: &mut WantedRows, meta: &'static EntityMeta, key: KeyValues) {
    match wanted.iter_mut().find(|(found, _)| *found == meta) {
        Some((_, keys)) => keys.push(key),
        None => wanted.push((meta, vec![key])),
    }
}
