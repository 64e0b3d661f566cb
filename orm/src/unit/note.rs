//! What a flush takes note of after its rows are sent: who has a row now, who has none any more.

use rustc_hash::{FxHashMap, FxHashSet};

use super::UnitOfWork;
use super::fill::unfit;
use super::lifecycle::State;
use super::store::{ArenaId, Change};
use crate::error::Result;
use crate::key::Slot;
use crate::mapping::{ColumnPosition, RelationKind, RelationPosition};
use crate::value::Value;

impl UnitOfWork {
    pub(super) fn note_inserted(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        assigned: u64,
        values: impl Iterator<Item = (ColumnPosition, Value)>,
    ) -> Result<()> {
        let meta = self.arenas[kind].meta;
        for (column, value) in values {
            if column.0 >= 64 {
                self.write_column(kind, slot, column, value)?;
                continue;
            }
            let found = value.kind();
            if assigned >> column.0 & 1 == 1 {
                self.set_column(kind, slot, column, value).map_err(|expected| unfit(meta, column, expected, found))?;
            }
        }
        self.replace_rival(kind, slot)?;
        self.apply(kind, slot, Change::Inserted);
        Ok(())
    }

    /// The row is as memory has it: the next edit compares with that.
    pub(super) fn note_written(&mut self, kind: ArenaId, slot: Slot) {
        self.apply(kind, slot, Change::Written);
    }

    /// The row is gone. Its key was struck when the DELETE was sent, as another row of the flush may have taken the key since.
    pub(super) fn note_deleted(&mut self, kind: ArenaId, slot: Slot) {
        self.apply(kind, slot, Change::State(State::Deleted));
    }

    /// Takes entities that go out of every collection; gives those that they were in.
    pub(super) fn detach(&mut self, gone: &[(ArenaId, Slot)]) -> Vec<(ArenaId, Slot, RelationPosition)> {
        let mut left = Vec::new();
        if gone.is_empty() {
            return left;
        }
        // Many-to-many members of which it is not known where they are.
        let mut sought: FxHashMap<(ArenaId, RelationPosition), FxHashSet<Slot>> = FxHashMap::default();
        for (kind, slot) in gone.iter().copied() {
            for (index, relation) in self.arenas[kind].meta.relations.enumerate() {
                if let Some(target) = self.target_of(kind, slot, index) {
                    self.exit(kind, slot, index, target);
                    let inverse = self.arenas[kind].inverses[index].zip(self.known_kind((relation.target)()));
                    left.extend(inverse.map(|(inverse, target_kind)| (target_kind, target, inverse)));
                }
                if relation.kind == RelationKind::ManyToMany
                    && let Some(inverse) = self.arenas[kind].inverses[index]
                    && let Some(member_kind) = self.known_kind((relation.target)())
                {
                    let members = self.collection(kind, slot, index).map(|known| known.members.to_vec());
                    for member in members.unwrap_or_default() {
                        self.pull_member(member_kind, member, inverse, slot);
                        left.push((member_kind, member, inverse));
                    }
                    if !self.is_collection_loaded(kind, slot, index) {
                        sought.entry((member_kind, inverse)).or_default().insert(slot);
                    }
                }
            }
        }
        for (owner_kind, index) in self.one_way.iter().copied() {
            let member_kind = self.known_kind((self.arenas[owner_kind].meta.relations[index].target)());
            let mut members =
                gone.iter().filter(|(kind, _)| Some(*kind) == member_kind).map(|(_, slot)| *slot).peekable();
            if members.peek().is_some() {
                sought.entry((owner_kind, index)).or_default().extend(members);
            }
        }
        for ((kind, relation), gone) in sought {
            let gone: Vec<Slot> = gone.into_iter().collect();
            for (owner, member) in self.holders(kind, relation, &gone) {
                if self.pull_member(kind, owner, relation, member) {
                    left.push((kind, owner, relation));
                }
            }
        }
        left
    }
}
