//! The states of an entity that a session owns.
//!
//! | from | to | by |
//! | --- | --- | --- |
//! | (yours) | pending | `add` |
//! | pending | persistent | flush |
//! | (a row) | persistent | a query |
//! | persistent | deleting | `delete`, a cascade, becoming an orphan |
//! | deleting | deleted | flush |
//! | persistent | deleted | `execute_synchronized` of a DELETE |
//! | persistent | replaced | a flush or merge that finds its row gone and its key taken |
//! | deleted, replaced | (gone) | commit |
//! | pending, persistent | (yours) | `expunge` |
//! | any | as it was | `rollback`; what was pending is yours again |

use std::num::NonZeroU32;

/// What an entity is to the database.
///
/// Counterpart: the states of `sqlalchemy.orm.InstanceState`; transient and detached are values that you own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// To be inserted by the next flush.
    Pending,
    /// It has a row.
    Persistent,
    /// It has a row that the next flush deletes.
    Deleting,
    /// Its row was deleted in this transaction.
    Deleted,
    /// Its row was deleted by somebody else, and another entity of this session has its primary key.
    Replaced,
}

/// A change of an entity's state. A transient entity is a value of the program that never had a row of its own; a
/// detached one has a row, and no session owns the entity.
///
/// Counterpart: the events of `SessionEvents` with these names. A detached entity never becomes persistent again:
/// `merge` reads the row, and `add` inserts another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transition {
    /// The entity was added.
    TransientToPending,
    /// A flush inserted the row; or a rollback took [`make_pending`](crate::Session::make_pending) back.
    PendingToPersistent,
    /// A rollback, or `expunge`, handed the entity back before its row was inserted.
    PendingToTransient,
    /// The row was read for the first time.
    LoadedAsPersistent,
    /// [`make_pending`](crate::Session::make_pending) makes the entity a new row.
    PersistentToPending,
    /// A flush deleted the row.
    PersistentToDeleted,
    /// A rollback took the INSERT of the row back.
    PersistentToTransient,
    /// The entity was expunged; its row stays.
    PersistentToDetached,
    /// A rollback took the deletion back.
    DeletedToPersistent,
    /// The deletion was committed.
    DeletedToDetached,
}

/// What the arena knows about one place: 16 bytes for every entity that is tracked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// How often the place has changed hands.
    pub(super) generation: NonZeroU32,
    /// As of which epoch the columns are known to be true.
    pub(super) epoch: u32,
    /// Where in the journal the snapshot of the unflushed edit is, plus one; 0 for no edit.
    pub(super) snapshot: u32,
    /// `None` for a free place.
    pub(super) state: Option<State>,
}

impl Place {
    /// Whether the tenant has a row, or will have one.
    pub(super) fn is_there(&self) -> bool {
        !matches!(self.state, Some(State::Deleted | State::Replaced))
    }
}
