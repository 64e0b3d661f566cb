//! Rollback: makes memory as it was when the transaction, the savepoint or the flush began.
//!
//! Every change of memory records its inverse in the journal; undoing runs the inverses backwards.

use std::any::{Any, TypeId};

use rustc_hash::FxHashMap;

use super::UnitOfWork;
use super::collect::Collecting;
use super::former::Departing;
use super::intent::Intent;
use super::lifecycle::State;
use super::store::ArenaId;
use crate::key::{Key, Slot};
use crate::mapping::{ColumnPosition, Entity, IndexVec, KeyValues, RelationPosition};
use crate::value::Value;

/// The columns and references of an entity before an edit.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// Every column, in the mapping's order.
    pub(super) values: IndexVec<ColumnPosition, Value>,
    /// What every relationship that is a `BelongsTo` pointed to, by its position; empty when there is none.
    pub(super) targets: IndexVec<RelationPosition, Option<Slot>>,
    /// `None` for a plain edit of fresh memory.
    pub(super) intent: Option<Box<Intent>>,
}

/// The inverse of one change. What is seldom needed is boxed: a transaction that touches many rows holds many of these.
#[derive(Debug)]
pub(super) enum Undo {
    /// An entity was added: take it out and hand it back.
    Added { kind: ArenaId, slot: Slot },
    /// A persistent entity was edited for the first time since the last flush.
    Edited { kind: ArenaId, slot: Slot, before: Snapshot },
    /// The intent of an edit changed.
    Intended { kind: ArenaId, slot: Slot, before: Option<Box<Intent>> },
    /// An edit was dropped: the snapshot is the one to compare with again.
    Dropped { kind: ArenaId, slot: Slot, snapshot: u32 },
    /// A flush took note of an edit: the snapshot is the one to compare with again.
    Noted { kind: ArenaId, slot: Slot, snapshot: u32 },
    /// A deferred column was loaded into an entity that was read before the last savepoint.
    Filled { kind: ArenaId, slot: Slot, column: ColumnPosition },
    /// A flush inserted the rows; the database assigned the columns of this mask.
    Inserted { kind: ArenaId, slots: Box<[Slot]>, assigned: u64 },
    /// A flush wrote a column itself (a key, a version, a default); before it may have been unset.
    Column { kind: ArenaId, slot: Slot, column: ColumnPosition, before: Option<Box<Value>> },
    /// The state changed.
    State { kind: ArenaId, slot: Slot, before: State },
    /// A mark for deletion, which stood at a position of their list, was taken back.
    Kept { kind: ArenaId, slot: Slot, at: u32 },
    /// An entity with a row became pending, for another row.
    Renewed { kind: ArenaId, slot: Slot, before: Box<Snapshot>, snapshot: u32 },
    /// The row was found to be gone and its key taken.
    Replaced { kind: ArenaId, slot: Slot, before: State, key: Box<KeyValues> },
    /// A bulk DELETE deleted the row.
    Removed { kind: ArenaId, slot: Slot, before: State, key: Box<KeyValues> },
    /// A row entered the identity map.
    Entered { kind: ArenaId, slot: Slot, key: Box<KeyValues> },
    /// A row left the identity map.
    Struck { kind: ArenaId, slot: Slot, key: Box<KeyValues> },
    /// A collection was loaded, as it was then.
    Loaded { kind: ArenaId, owner: Slot, relation: RelationPosition },
    /// A member was put at the end of a collection.
    Appended { kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot },
    /// A member was taken out of a collection, where it stood behind another or in front of all.
    Taken { kind: ArenaId, owner: Slot, relation: RelationPosition, member: Slot, front: Option<Slot> },
    /// A reference changed, and no snapshot says how it was.
    Referred { kind: ArenaId, slot: Slot, relation: RelationPosition, target: Option<Slot>, id: Box<KeyValues> },
    /// The database changed a foreign key, and an unflushed edit keeps what the row has.
    Rekeyed { kind: ArenaId, slot: Slot, relation: RelationPosition, id: Box<KeyValues> },
    /// A change of a many-to-many link was noted.
    Linked,
    /// A change of a many-to-many link was taken back, as the row was there.
    Unlinked { at: u32 },
    /// An entity was noted as a possible orphan.
    Orphaned,
}

/// What a rollback took out of the session: entities that have no row (any more), as values again.
///
/// They keep their relationships: added again, all or some of them and in any order, to this session or to another, they are linked as they
/// were. One that is left out is missing in the collections of the others, and a reference to it is an error of the flush. Change what made
/// the flush fail before or after adding; only an entity without any relationship field must be added as it was handed back, as nothing
/// but its columns tells which one it was.
///
/// Counterpart: pending objects, which become transient when a SQLAlchemy session rolls back.
#[derive(Default)]
pub struct RolledBack {
    entities: FxHashMap<(TypeId, Slot), Box<dyn Any + Send>>,
    /// Last added first, as the journal runs backwards.
    order: Vec<(TypeId, Slot)>,
    /// While the journal runs: how the entities are linked.
    departing: Departing,
}

/// Where memory stood when a savepoint was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavepointMark {
    journal: usize,
    epoch: u32,
}

impl SavepointMark {
    /// The length of the journal then.
    pub(super) fn journal(self) -> usize {
        self.journal
    }
}

impl RolledBack {
    /// How many entities were handed back and not taken yet.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there is nothing to take.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// The entity that went by this key. One of a class below that of the key is taken by a key of its own class, or of the root.
    pub fn take<E: Entity>(&mut self, key: Key<E>) -> Option<E> {
        self.take_slot(key.slot())
    }

    /// All entities of a type, in the order in which they were added.
    pub fn drain<E: Entity>(&mut self) -> Vec<E> {
        let mine = |(type_id, _): &&(TypeId, Slot)| *type_id == TypeId::of::<E::Root>();
        let slots: Vec<Slot> = self.order.iter().rev().filter(mine).map(|(_, slot)| *slot).collect();
        slots.into_iter().filter_map(|slot| self.take_slot(slot)).collect()
    }

    fn take_slot<E: Entity>(&mut self, slot: Slot) -> Option<E> {
        let place = (TypeId::of::<E::Root>(), slot);
        let entity = self.entities.remove(&place)?.downcast::<E::Root>().ok()?;
        match E::from_root(*entity) {
            Ok(entity) => Some(entity),
            // Of another class: it stays for whoever asks by that.
            Err(root) => {
                self.entities.insert(place, Box::new(root));
                None
            }
        }
    }

    fn put(&mut self, type_id: TypeId, slot: Slot, entity: Box<dyn Any + Send>) {
        self.order.push((type_id, slot));
        self.entities.insert((type_id, slot), entity);
    }
}

impl std::fmt::Debug for RolledBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RolledBack({} entities)", self.len())
    }
}

impl UnitOfWork {
    /// A savepoint is set: what takes [`roll_back_to`](Self::roll_back_to) back there.
    pub fn set_savepoint(&mut self) -> SavepointMark {
        SavepointMark { journal: self.mark(), epoch: self.epochs.set_savepoint() }
    }

    /// Makes memory as it was when a savepoint was set, and hands back the entities that were added since. What was read since is expired.
    pub fn roll_back_to(&mut self, savepoint: SavepointMark) -> RolledBack {
        self.epochs.undo_to(savepoint.epoch);
        self.undo_to(savepoint.journal)
    }

    /// Where the journal stands now.
    pub fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Makes memory as it was at a mark, and hands back the entities that were added since.
    pub fn undo_to(&mut self, mark: usize) -> RolledBack {
        let mut handed_back = RolledBack { departing: self.links_since(mark), ..RolledBack::default() };
        if !handed_back.departing.is_empty() {
            self.formers.forget_columns();
        }
        // Deletions that were collected since are taken back.
        self.collecting = Collecting::default();
        self.peers_seen.clear();
        while let Some(undo) = self.journal.pop(mark) {
            self.undo(undo, &mut handed_back);
        }
        handed_back.departing = Departing::default();
        handed_back
    }

    fn undo(&mut self, undo: Undo, handed_back: &mut RolledBack) {
        match undo {
            Undo::Added { kind, slot } => {
                self.hand_back(kind, slot, handed_back);
            }
            Undo::Inserted { kind, slots, assigned } => {
                slots.iter().rev().for_each(|slot| self.revert_inserted(kind, *slot, assigned));
            }
            Undo::Edited { kind, slot, before } => {
                self.restore(kind, slot, before);
                self.revert_snapshot(kind, slot, 0);
            }
            Undo::Intended { kind, slot, before } => self.revert_intent(kind, slot, before),
            Undo::Dropped { kind, slot, snapshot } => self.revert_snapshot(kind, slot, snapshot),
            Undo::Noted { kind, slot, snapshot } => self.revert_written(kind, slot, snapshot),
            Undo::Column { kind, slot, column, before } => {
                self.overwrite(kind, slot, column, before.map(|before| *before))
            }
            Undo::Filled { kind, slot, column } => self.revert_filled(kind, slot, column),
            Undo::State { kind, slot, before } => self.revert_state(kind, slot, before),
            Undo::Kept { kind, slot, .. } => self.revert_state(kind, slot, State::Deleting),
            Undo::Entered { kind, slot, key } => self.revert_entered(kind, slot, &key),
            Undo::Struck { kind, slot, key } => self.revert_struck(kind, slot, &key),
            Undo::Renewed { kind, slot, before, snapshot } => {
                self.restore(kind, slot, *before);
                self.revert_state(kind, slot, State::Persistent);
                self.revert_snapshot(kind, slot, snapshot);
            }
            Undo::Replaced { kind, slot, before, key } | Undo::Removed { kind, slot, before, key } => {
                self.revert_state(kind, slot, before);
                self.revert_struck(kind, slot, &key);
            }
            Undo::Loaded { kind, owner, relation } => {
                let members = self.unflushed_members(kind, owner, relation);
                self.unload_members(kind, owner, relation, members);
            }
            Undo::Appended { kind, owner, relation, member } => self.revert_pushed(kind, owner, relation, member),
            Undo::Taken { kind, owner, relation, member, front } => {
                self.revert_pulled(kind, owner, relation, member, front);
            }
            Undo::Referred { kind, slot, relation, target, id } => {
                let target = target.map(|slot| (self.session, slot));
                self.revert_reference(kind, slot, relation, &id, target);
            }
            Undo::Rekeyed { kind, slot, relation, id } => self.revert_row_reference(kind, slot, relation, &id),
            // These are changes of the lists alone, which the journal keeps.
            Undo::Linked | Undo::Unlinked { .. } | Undo::Orphaned => {}
        }
    }

    fn hand_back(&mut self, kind: ArenaId, slot: Slot, handed_back: &mut RolledBack) {
        let meta = self.arenas[kind].meta;
        self.close_collections(kind, slot);
        self.keep_links(kind, slot, &handed_back.departing);
        if let Some(entity) = self.evict(kind, slot) {
            handed_back.put((meta.type_id)(), slot, entity);
        }
    }
}
