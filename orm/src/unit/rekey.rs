//! Primary keys that change, and the foreign keys that lead to them: those that the flush writes, and those that the database writes of itself.

use rustc_hash::FxHashMap;

use super::UnitOfWork;
use super::column_set::ColumnSet;
use super::fill::unfit;
use super::lifecycle::State;
use super::store::{ArenaId, Change};
use crate::error::Result;
use crate::key::Slot;
use crate::mapping::{KeyValues, RelationKind, RelationPosition};
use crate::schema::ReferentialAction;
use crate::value::Value;

/// Keys of rows of one kind, and what has become of them.
type NewKeys = FxHashMap<KeyValues, KeyValues>;

/// A row whose primary key has changed.
struct Move {
    slot: Slot,
    before: KeyValues,
    after: KeyValues,
}

fn by_old_key(moves: Vec<Move>) -> NewKeys {
    moves.into_iter().map(|moved| (moved.before, moved.after)).collect()
}

impl UnitOfWork {
    /// Brings a foreign key up to date with the key of its target, where this flush changes that.
    pub(super) fn follow_key(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> Result<()> {
        let meta = self.arenas[kind].meta;
        let Some(target) = self.target_of(kind, slot, relation) else { return Ok(()) };
        let target_kind = self.kind_of((meta.relations[relation].target)());
        let (before, now) = (self.snapshot_key(target_kind, target), self.arenas[target_kind].key_values(target));
        let Some(now) = now.filter(|now| before.is_some_and(|before| before != *now)) else { return Ok(()) };
        let now = (meta.relations[relation].target)().key_from_root(now);
        self.note_reference(kind, slot, relation);
        self.set_new_key(kind, slot, relation, &now)
    }

    /// Rows were updated: where that changed their keys, `on_update = "cascade"` has changed the foreign keys that led to them, and so
    /// the keys of which those are a part, and so on.
    pub(super) fn note_new_keys(&mut self, kind: ArenaId, rows: &[Slot], columns: &ColumnSet) -> Result<()> {
        if !self.arenas[kind].meta.primary_key.iter().any(|column| columns.contains(*column)) {
            return Ok(());
        }
        let keys = |slot: &Slot| Some((self.snapshot_key(kind, *slot)?, self.arenas[kind].key_values(*slot)?));
        let moves: Vec<Move> = rows
            .iter()
            .filter_map(|slot| keys(slot).map(|(before, after)| Move { slot: *slot, before, after }))
            .filter(|moved| moved.before != moved.after)
            .collect();
        self.note_identities(kind, &moves)?;
        let mut waiting = vec![(kind, by_old_key(moves))];
        while let Some((kind, new_keys)) = waiting.pop() {
            for referring in self.arenas.ids() {
                for (index, relation) in self.arenas[referring].meta.relations.enumerate() {
                    if relation.kind == RelationKind::BelongsTo
                        && relation.on_update == Some(ReferentialAction::Cascade)
                        && self.known_kind((relation.target)()) == Some(kind)
                    {
                        let further = self.follow_new_keys(referring, index, &new_keys)?;
                        waiting.extend((!further.is_empty()).then_some((referring, further)));
                    }
                }
            }
        }
        Ok(())
    }

    /// The same for one reference of all rows of a kind; gives the keys of which that is a part.
    fn follow_new_keys(&mut self, kind: ArenaId, relation: RelationPosition, new_keys: &NewKeys) -> Result<NewKeys> {
        let meta = self.arenas[kind].meta;
        let through = &meta.relations[relation];
        let target = (through.target)();
        let is_in_key = through.columns.iter().any(|column| meta.primary_key.contains(column));
        let slots: Vec<Slot> = self.arenas[kind].slots().collect();
        let mut further = Vec::new();
        for slot in slots {
            if !matches!(self.arenas[kind].state(slot), Some(State::Persistent | State::Deleting)) {
                continue;
            }
            let Some(id) = self.row_reference(kind, slot, relation) else { continue };
            let Some(new) = new_keys.get(target.key_in_root(&id).as_ref()) else { continue };
            let new = target.key_from_root(new.clone());
            let key_before = self.identity_of(kind, slot).filter(|_| is_in_key);
            // What was assigned since is for the flush to write.
            let reference = self.arenas[kind].tenant(slot)?.reference(relation);
            if reference.is_some_and(|reference| reference.holds(&id)) {
                self.note_referred(kind, slot, relation);
                self.set_new_key(kind, slot, relation, &new)?;
            }
            if self.snapshot(kind, slot).is_some() {
                self.set_row_reference(kind, slot, relation, Some(id), &new);
            }
            if let (Some(before), Some(after)) = (key_before, self.identity_of(kind, slot)) {
                further.push(Move { slot, before, after });
            }
        }
        self.note_identities(kind, &further)?;
        Ok(by_old_key(further))
    }

    /// Rows are known by other keys from now on. All leave their old keys first, as one may take that of another.
    fn note_identities(&mut self, kind: ArenaId, moves: &[Move]) -> Result<()> {
        for Move { slot, before, .. } in moves {
            self.apply(kind, *slot, Change::Struck(before.clone()));
        }
        for Move { slot, after, .. } in moves {
            self.replace_holder(kind, *slot, after)?;
            self.apply(kind, *slot, Change::Entered(after.clone()));
        }
        Ok(())
    }

    /// A foreign key as the row has it, if it has one.
    pub(super) fn row_reference(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> Option<KeyValues> {
        let columns = &self.arenas[kind].meta.relations[relation].columns;
        let id: KeyValues = match self.snapshot(kind, slot) {
            Some(before) => columns.iter().map(|column| before.values[*column].clone()).collect(),
            None => {
                let reference = self.record(kind, slot)?.reference(relation)?;
                (0..columns.len()).map(|part| reference.id_part(part).to_value()).collect()
            }
        };
        (!id.iter().any(Value::is_null)).then_some(id)
    }

    fn set_new_key(&mut self, kind: ArenaId, slot: Slot, relation: RelationPosition, id: &[Value]) -> Result<()> {
        let meta = self.arenas[kind].meta;
        let column = meta.relations[relation].columns[0];
        let set = self.set_foreign_key(kind, slot, relation, id);
        set.map(|_| ()).map_err(|expected| unfit(meta, column, expected, "another key"))
    }
}
