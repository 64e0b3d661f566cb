//! Relationships that a program assigned as values, past the session: taken in by the flush where what is meant is plain, refused where not.

use super::UnitOfWork;
use super::arena::Kind;
use super::relation::Found;
use crate::error::{Error, Result};
use crate::key::Slot;
use crate::mapping::RelationKind;

impl UnitOfWork {
    /// Begins a flush, before anything is marked to be undone: takes in what `session[key].parent = BelongsTo::new(..)` holds.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for a collection that was assigned: whether its members join or replace those that are there, nobody knows.
    pub fn begin_flush(&mut self) -> Result<()> {
        self.asked.clear();
        let mut found = Vec::new();
        for index in 0..self.pending.len() {
            self.take_assigned_of(self.pending[index], &mut found)?;
        }
        for index in 0..self.edited.len() {
            self.take_assigned_of(self.edited[index], &mut found)?;
        }
        self.settle_all(found);
        Ok(())
    }

    fn take_assigned_of(&mut self, (kind, slot): (Kind, Slot), found: &mut Vec<Found>) -> Result<()> {
        let meta = self.arenas[kind].meta;
        for (index, relation) in meta.relations.iter().enumerate() {
            let Some(record) = self.record(kind, slot) else { return Ok(()) };
            if relation.kind == RelationKind::BelongsTo {
                if record.reference(index).is_some_and(|reference| reference.has_new()) {
                    self.leave_assigned(kind, slot, index);
                    self.settle_reference(kind, slot, index, relation, found);
                }
            } else if record.collection(index).is_some_and(|collection| collection.has_new()) {
                let (entity, constant) = (meta.name, relation.name.to_uppercase());
                return Err(Error::invalid(format!(
                    "{entity}.{} was assigned after {entity} was added: say `session.rel(key, {entity}::{constant})` \
                     and `.extend(..)` or `.set(..)` instead, and take what was assigned out again",
                    relation.name
                )));
            }
        }
        Ok(())
    }

    /// Takes an entity out of the collection that it was in before its reference was assigned.
    fn leave_assigned(&mut self, kind: Kind, slot: Slot, relation: usize) {
        let before = self.snapshot(kind, slot).and_then(|before| before.targets.get(relation).copied().flatten());
        if let Some(before) = before {
            self.exit(kind, slot, relation, before);
        }
    }
}
