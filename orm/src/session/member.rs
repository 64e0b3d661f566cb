//! What can be put into a relationship.

use super::SessionOf;
use crate::engine::Mode;
use crate::key::Key;
use crate::mapping::Entity;

/// Something that can be put into a relationship: an entity, which is added, or the key of one that the session owns.
pub trait IntoMember<T: Entity> {
    /// The key.
    fn into_member<M: Mode>(self, session: &mut SessionOf<M>) -> Key<T>;
}

impl<T: Entity> IntoMember<T> for T {
    fn into_member<M: Mode>(self, session: &mut SessionOf<M>) -> Key<T> {
        session.add(self)
    }
}

impl<T: Entity> IntoMember<T> for Key<T> {
    fn into_member<M: Mode>(self, _session: &mut SessionOf<M>) -> Self {
        self
    }
}
