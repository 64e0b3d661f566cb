//! Changes of state for listeners: read off the journal and the arenas after a call, so that a change itself costs
//! nothing more.

use rustc_hash::FxHashSet;

use super::UnitOfWork;
use super::entity_row::EntityRow;
use super::lifecycle::{State, Transition};
use super::rollback::{SavepointMark, Undo};
use super::store::ArenaId;
use crate::error::Result;
use crate::key::{Key, Slot};
use crate::mapping::Entity;

/// The moment up to which changes of state were told.
#[derive(Default)]
pub(crate) struct StateMark {
    journal: usize,
    /// Places of each arena, in all and taken again, in the order of the arenas.
    places: Vec<(usize, usize)>,
}

/// Entities, and how their state changed.
pub(crate) type Transitions = Vec<(EntityRow, Transition)>;

impl UnitOfWork {
    /// Begins to watch: states from now on count.
    pub(crate) fn state_mark(&mut self) -> StateMark {
        let mut is_restarted = false;
        for arena in self.arenas.iter_mut() {
            is_restarted |= arena.restart_reuse();
        }
        if is_restarted {
            // Whoever looks for peers counts by the places that were noted.
            self.peers_seen.clear();
        }
        StateMark {
            journal: self.journal.len(),
            places: self.arenas.iter().map(|arena| arena.places_taken()).collect(),
        }
    }

    /// Returns the changes since a mark, in order: the entities that were loaded first, as a flush loads what it
    /// deletes.
    pub(crate) fn transitions_since(&self, mark: &StateMark) -> Transitions {
        let mut transitions = self.loads_since(mark);
        for undo in self.journal.since(mark.journal) {
            let mut tell = |kind: &ArenaId, slot: &Slot, transition| {
                if self.arenas[*kind].place(*slot).is_some() {
                    transitions.push((self.entity_row((*kind, *slot)), transition));
                }
            };
            match undo {
                Undo::Added { kind, slot } => tell(kind, slot, Transition::TransientToPending),
                Undo::Renewed { kind, slot, .. } => tell(kind, slot, Transition::PersistentToPending),
                Undo::Inserted { kind, slots, .. } => {
                    slots.iter().for_each(|slot| tell(kind, slot, Transition::PendingToPersistent));
                }
                // Nothing but a flush leads away from there, to `Deleted`.
                Undo::State { kind, slot, before: State::Deleting } | Undo::Removed { kind, slot, .. } => {
                    tell(kind, slot, Transition::PersistentToDeleted)
                }
                _ => {}
            }
        }
        transitions
    }

    /// Returns the entities that arrived since a mark and were not added.
    fn loads_since(&self, mark: &StateMark) -> Transitions {
        let added: FxHashSet<(ArenaId, Slot)> = (self.journal.since(mark.journal))
            .filter_map(|undo| match undo {
                Undo::Added { kind, slot } => Some((*kind, *slot)),
                _ => None,
            })
            .collect();
        let mut loads = Transitions::new();
        for (at, kind) in self.arenas.ids().enumerate() {
            let (places, reused) = mark.places.get(at).copied().unwrap_or_default();
            let loaded = self.arenas[kind].slots_since(places, reused).filter(|slot| !added.contains(&(kind, *slot)));
            loads.extend(loaded.map(|slot| (self.entity_row((kind, slot)), Transition::LoadedAsPersistent)));
        }
        loads
    }

    /// Returns the changes that a rollback of the whole transaction is about to make.
    pub(crate) fn transitions_of_rollback(&self) -> Transitions {
        self.transitions_of_undo(0)
    }

    /// Returns the changes that a rollback to a savepoint is about to make.
    pub(crate) fn transitions_of_rollback_to(&self, savepoint: SavepointMark) -> Transitions {
        self.transitions_of_undo(savepoint.journal())
    }

    fn transitions_of_undo(&self, mark: usize) -> Transitions {
        let mut inserted = FxHashSet::default();
        let mut added = FxHashSet::default();
        for undo in self.journal.since(mark) {
            match undo {
                Undo::Inserted { kind, slots, .. } => inserted.extend(slots.iter().map(|slot| (*kind, *slot))),
                Undo::Added { kind, slot } => drop(added.insert((*kind, *slot))),
                _ => {}
            }
        }
        let transition = |undo: &Undo| match undo {
            Undo::Added { kind, slot } => {
                let transition = match inserted.contains(&(*kind, *slot)) {
                    true => Transition::PersistentToTransient,
                    false => Transition::PendingToTransient,
                };
                Some(((*kind, *slot), transition))
            }
            Undo::State { kind, slot, before: State::Deleting } | Undo::Removed { kind, slot, .. }
                if !added.contains(&(*kind, *slot)) =>
            {
                Some(((*kind, *slot), Transition::DeletedToPersistent))
            }
            Undo::Renewed { kind, slot, .. } if !inserted.contains(&(*kind, *slot)) => {
                Some(((*kind, *slot), Transition::PendingToPersistent))
            }
            _ => None,
        };
        let changes = self.journal.since(mark).filter_map(transition);
        let held = changes.filter(|((kind, slot), _)| self.arenas[*kind].place(*slot).is_some());
        held.map(|(row, transition)| (self.entity_row(row), transition)).collect()
    }

    /// Returns the changes that a commit is about to make: deleted entities leave the session.
    pub(crate) fn transitions_of_commit(&self) -> Transitions {
        let is_gone = |(kind, slot): &(ArenaId, Slot)| self.arenas[*kind].state(*slot) == Some(State::Deleted);
        let deleted = self.journal.since(0).filter_map(|undo| match undo {
            Undo::State { kind, slot, before: State::Deleting } | Undo::Removed { kind, slot, .. } => {
                Some((*kind, *slot))
            }
            _ => None,
        });
        deleted.filter(is_gone).map(|row| (self.entity_row(row), Transition::DeletedToDetached)).collect()
    }

    /// Returns the changes that [`expunge`](Self::expunge) is about to make.
    ///
    /// # Errors
    /// The errors of [`expunge`](Self::expunge).
    pub(crate) fn transitions_of_expunge<E: Entity>(&mut self, key: Key<E>) -> Result<Transitions> {
        let kind = self.check(key)?;
        let reached = self.reach(kind, key.slot(), |cascade| cascade.expunge);
        Ok(self.leaving(reached.into_iter()))
    }

    /// Returns the changes that [`expunge_all`](Self::expunge_all) is about to make.
    pub(crate) fn transitions_of_expunge_all(&self) -> Transitions {
        self.leaving(self.arenas.ids().flat_map(|kind| self.arenas[kind].slots().map(move |slot| (kind, slot))))
    }

    fn leaving(&self, rows: impl Iterator<Item = (ArenaId, Slot)>) -> Transitions {
        let transition = |(kind, slot): (ArenaId, Slot)| {
            let transition = match self.arenas[kind].state(slot)? {
                State::Pending => Transition::PendingToTransient,
                State::Persistent | State::Deleting => Transition::PersistentToDetached,
                State::Deleted | State::Replaced => Transition::DeletedToDetached,
            };
            Some((self.entity_row((kind, slot)), transition))
        };
        rows.filter_map(transition).collect()
    }
}
