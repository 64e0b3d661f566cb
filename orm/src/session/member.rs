//! What can be put into a relationship.

use super::Session;
use crate::key::Key;
use crate::mapping::Entity;

/// Something that can be put into a relationship: an entity, which is added, or the key of one that the session owns.
pub trait IntoMember<T: Entity> {
    /// The key.
    fn into_member(self, session: &mut Session) -> Key<T>;
}

impl<T: Entity> IntoMember<T> for T {
    fn into_member(self, session: &mut Session) -> Key<T> {
        session.add(self)
    }
}

impl<T: Entity> IntoMember<T> for Key<T> {
    fn into_member(self, _session: &mut Session) -> Self {
        self
    }
}
