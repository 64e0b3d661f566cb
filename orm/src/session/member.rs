//! What can be put into a relationship.

use super::SessionOf;
use crate::engine::Mode;
use crate::key::{IsA, Key};
use crate::mapping::Entity;

/// Something that can be put into a relationship: an entity, which is added, or the key of one that the session owns; also of a class
/// below the one that is wanted.
pub trait IntoMember<T: Entity> {
    /// The key.
    fn into_member<M: Mode>(self, session: &mut SessionOf<M>) -> Key<T>;
}

impl<T: Entity, C: Entity + IsA<T>> IntoMember<T> for C {
    fn into_member<M: Mode>(self, session: &mut SessionOf<M>) -> Key<T> {
        session.add(self).as_a()
    }
}

impl<T: Entity, C: Entity + IsA<T>> IntoMember<T> for Key<C> {
    fn into_member<M: Mode>(self, _session: &mut SessionOf<M>) -> Key<T> {
        self.as_a()
    }
}
