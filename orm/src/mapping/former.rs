//! What the link fields of an entity keep that a rollback handed back: places in the session, its own and those at the
//! other ends.

use std::num::NonZeroU32;

use crate::key::Slot;

/// A place in a session before a rollback took it away.
pub type FormerPlace = (NonZeroU32, Slot);

/// Places before a rollback, by which entities find each other when they are added again.
#[derive(Clone, Debug)]
pub struct Former {
    /// The place of the entity itself.
    pub own: FormerPlace,
    /// The places of those at the other end.
    pub ends: Vec<FormerPlace>,
}
