//! An entity becomes a new row: its row stays in the database, and no entity stands for that row any more.

use super::UnitOfWork;
use super::history::take_snapshot;
use super::lifecycle::State;
use super::store::{ArenaId, Change};
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{Entity, KeyValues, RelationKind, RelationPosition};
use crate::value::Value;

impl UnitOfWork {
    /// Makes an entity with a row pending, with the values that it has in memory. One that is pending is left alone.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored; [`Error::RowDeleted`] when the row was deleted;
    /// [`Error::InvalidRequest`] when memory may differ from the row, when a deferred column is not loaded, and when the
    /// entity is marked for deletion.
    pub fn make_pending<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        let (kind, slot) = (self.check_row(key)?, key.slot());
        let name = E::entity_meta().name;
        match self.arenas[kind].state(slot) {
            Some(State::Pending) => return Ok(()),
            Some(State::Deleting) => {
                return Err(Error::invalid(format!("the {name} is marked for deletion, and cannot become a new row")));
            }
            _ => {}
        }
        if self.is_expired_at(kind, slot) || self.intent(kind, slot).is_some_and(|intent| intent.blind) {
            return Err(Error::invalid(format!(
                "the {name} was expired when it was edited, so that its other values may not be those of its row: \
                 `session.load(key)?` before the edit"
            )));
        }
        self.check_complete(kind, slot)?;
        self.renew(kind, slot);
        Ok(())
    }

    fn renew(&mut self, kind: ArenaId, slot: Slot) {
        let Some(before) = self.record(kind, slot).map(take_snapshot) else { return };
        let kept = self.unflushed_collections(kind, slot);
        self.leave_row(kind, slot);
        if let Some(key) = self.identity_of(kind, slot) {
            self.apply(kind, slot, Change::Struck(key));
        }
        self.apply(kind, slot, Change::Renewed(before));
        let meta = self.arenas[kind].meta;
        let generated = meta.primary_key.iter().filter(|column| meta.columns[**column].generated);
        generated.for_each(|column| self.overwrite(kind, slot, *column, None));
        for (relation, members) in kept {
            for member in members {
                self.keep_member(kind, slot, relation, member);
            }
        }
    }

    /// The members of an entity that are no members of its row yet: pending entities, and links that are not flushed.
    fn unflushed_collections(&self, kind: ArenaId, slot: Slot) -> Vec<(RelationPosition, Vec<Slot>)> {
        let relations = self.arenas[kind].meta.relations.enumerate();
        let collections = relations.filter(|(_, relation)| relation.kind != RelationKind::BelongsTo);
        let kept = collections.map(|(index, relation)| {
            let member_kind = self.known_kind((relation.target)());
            let members = self.collection(kind, slot, index).map(|known| known.members.to_vec()).unwrap_or_default();
            let is_new = |member: &Slot| match relation.kind {
                RelationKind::ManyToMany => self.last_link(kind, slot, index, *member) == Some(true),
                _ => member_kind.is_some_and(|kind| self.arenas[kind].state(*member) == Some(State::Pending)),
            };
            (index, members.into_iter().filter(is_new).collect())
        });
        kept.collect()
    }

    /// Takes an entity out of all relationships that are those of its row; its own references stay.
    fn leave_row(&mut self, kind: ArenaId, slot: Slot) {
        let meta = self.arenas[kind].meta;
        let targets: Vec<(RelationPosition, Option<Slot>)> =
            meta.relations.positions().map(|relation| (relation, self.target_of(kind, slot, relation))).collect();
        for (kind, owner, relation) in self.detach(&[(kind, slot)]) {
            // The row is still a member.
            self.expire_members(kind, owner, relation);
        }
        for (index, relation) in meta.relations.enumerate() {
            if relation.kind != RelationKind::BelongsTo {
                let members = self.collection(kind, slot, index).map(|known| known.members.to_vec());
                for member in members.unwrap_or_default() {
                    self.pull_member(kind, slot, index, member);
                }
            }
        }
        self.forget_row_under_references(kind, slot);
        for (relation, target) in targets {
            if let Some(target) = target {
                self.enter(kind, slot, relation, target);
            }
        }
    }

    /// References to a row keep their foreign key, and lead to no entity. Costs a look at each entity that may refer to
    /// the row.
    fn forget_row_under_references(&mut self, kind: ArenaId, slot: Slot) {
        let mut referring = Vec::new();
        for other in self.arenas.ids() {
            for (index, relation) in self.arenas[other].meta.relations.enumerate() {
                if relation.kind == RelationKind::BelongsTo && self.known_kind((relation.target)()) == Some(kind) {
                    let refers = |from: &Slot| self.target_of(other, *from, index) == Some(slot);
                    referring.extend(self.arenas[other].slots().filter(refers).map(|from| (other, from, index)));
                }
            }
        }
        for (other, from, relation) in referring {
            self.note_referred(other, from, relation);
            self.set_known_target(other, from, relation, None);
        }
    }

    /// Puts a member back that comes along: its foreign key is that of the new row, which the flush finds out.
    fn keep_member(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, member: Slot) {
        let meta = &self.arenas[kind].meta.relations[relation];
        let Some(member_kind) = self.known_kind((meta.target)()) else { return };
        let inverse = self.arenas[kind].inverses[relation];
        self.push_member(kind, slot, relation, member);
        let Some(inverse) = inverse else { return };
        if meta.kind == RelationKind::ManyToMany {
            self.push_member(member_kind, member, inverse, slot);
            return;
        }
        let parts = self.arenas[member_kind].meta.relations[inverse].columns.len();
        let unknown = KeyValues::from_elem(Value::Null, parts);
        self.note_referred(member_kind, member, inverse);
        self.set_reference(member_kind, member, inverse, &unknown, Some(slot));
    }
}
