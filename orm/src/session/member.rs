//! What can be put into a relationship, and what names a member of a keyed one.

use super::SessionOf;
use crate::column_type::ColumnType;
use crate::engine::Mode;
use crate::key::{IsA, Key};
use crate::mapping::Entity;
use crate::value::Value;

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

/// Something that names the member of a keyed collection: a reference to a value of the key's type, or text where that is `String`.
pub trait MemberKey<C> {
    /// The value of the key column.
    fn into_value(self) -> Value;
}

impl<C: ColumnType> MemberKey<C> for &C {
    fn into_value(self) -> Value {
        self.to_value().to_value()
    }
}

impl MemberKey<String> for &str {
    fn into_value(self) -> Value {
        Value::from(self)
    }
}

impl MemberKey<Vec<u8>> for &[u8] {
    fn into_value(self) -> Value {
        Value::Bytes(self.to_vec())
    }
}
