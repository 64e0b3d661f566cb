//! `FormerLinks`: the links of entities that a rollback returned to the program, by their former slots in the session.

use std::num::NonZeroU32;

use crate::key::Slot;

/// A session and a slot in it, before a rollback.
pub type FormerSlot = (NonZeroU32, Slot);

/// Slots before a rollback. Entities that are added again are linked again by them.
#[derive(Clone, Debug)]
pub struct FormerLinks {
    /// Former slot of the entity.
    pub own: FormerSlot,
    /// Former slots of the related entities.
    pub ends: Vec<FormerSlot>,
}
