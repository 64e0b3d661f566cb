//! `BelongsTo`: the many-to-one side, which is the foreign key column.

use std::fmt;
use std::num::NonZeroU32;

use super::drop_iteratively::drop_iteratively;
use super::entity::{Entity, Record};
use super::former::FormerLinks;
use super::key::{IntoPrimaryKey, KeyValues, PrimaryKey};
use crate::key::{IsA, Key, Slot};
use crate::row::{ReadError, RowReader};
use crate::value::{Value, ValueRef};

/// Type argument of `BelongsTo`: an entity, or an `Option` of one when the foreign key is nullable.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity, so `BelongsTo` cannot refer to it",
    label = "not an entity",
    note = "derive `Entity` for the struct; for a nullable foreign key write `BelongsTo<Option<Entity>>`"
)]
pub trait ReferenceTarget: 'static {
    /// The entity.
    type Entity: Entity;
    /// Whether the foreign key can be `NULL`.
    const NULLABLE: bool;
}

#[diagnostic::do_not_recommend]
impl<E: Entity> ReferenceTarget for E {
    type Entity = E;
    const NULLABLE: bool = false;
}

#[diagnostic::do_not_recommend]
impl<E: Entity> ReferenceTarget for Option<E> {
    type Entity = E;
    const NULLABLE: bool = true;
}

/// The primary key of a target.
pub type KeyOf<T> = <<T as ReferenceTarget>::Entity as Entity>::PrimaryKey;

/// The many-to-one side of a relationship: the foreign key, and the related entity if it is loaded.
///
/// `BelongsTo<User>` is required; `BelongsTo<Option<User>>` can be empty.
///
/// Counterpart: a foreign key column together with its many-to-one `relationship()`.
pub struct BelongsTo<T: ReferenceTarget>(ReferenceState<KeyOf<T>, T::Entity>);

/// State of a `BelongsTo`. Kept small, as tables with many rows usually have one.
enum ReferenceState<K, E: Entity> {
    /// The related entity, if there is one. Its key is not known.
    Target(Option<Key<E>>),
    /// The foreign key, and the related entity if the session has it.
    Id(K, Option<Key<E>>),
    /// A rare state, boxed.
    Unresolved(Box<Unresolved<K, E>>),
}

/// A temporary state of a `BelongsTo`.
struct Unresolved<K, E: Entity> {
    id: Option<K>,
    target: Option<Key<E>>,
    pending: PendingReference<E>,
}

/// A value that is not a foreign key yet.
enum PendingReference<E> {
    /// A new entity, which belongs to no session.
    New(E),
    /// A foreign key of several columns of which some are not set yet (`NULL` there).
    PartialKey(KeyValues),
    /// The entity that was related before a rollback returned both to the program.
    Former(FormerLinks),
}

impl<K, E: Entity> ReferenceState<K, E> {
    fn new(id: Option<K>, target: Option<Key<E>>) -> Self {
        match id {
            Some(id) => Self::Id(id, target),
            None => Self::Target(target),
        }
    }

    fn unresolved(target: Option<Key<E>>, pending: PendingReference<E>) -> Self {
        Self::Unresolved(Box::new(Unresolved { id: None, target, pending }))
    }
}

impl<K, E: Entity> Unresolved<K, E> {
    /// Takes the new entity out.
    fn take_new(&mut self) -> Option<Box<dyn Record>> {
        match std::mem::replace(&mut self.pending, PendingReference::PartialKey(KeyValues::default())) {
            PendingReference::New(entity) => Some(Box::new(entity.into_root())),
            parts => {
                self.pending = parts;
                None
            }
        }
    }
}

impl<K, E: Entity> Drop for Unresolved<K, E> {
    fn drop(&mut self) {
        if let Some(entity) = self.take_new() {
            drop_iteratively(vec![entity]);
        }
    }
}

impl<T: ReferenceTarget> BelongsTo<T> {
    /// Makes an empty reference. A required one must be set before the flush.
    pub const fn empty() -> Self {
        Self(ReferenceState::Target(None))
    }

    /// Refers to a new entity, which is added to the session together with the owner.
    pub fn new(entity: T::Entity) -> Self {
        Self(ReferenceState::unresolved(None, PendingReference::New(entity)))
    }

    /// Refers to an entity of a session.
    pub fn to(key: Key<impl IsA<T::Entity>>) -> Self {
        Self(ReferenceState::Target(Some(key.as_a())))
    }

    /// Refers to the row with this primary key, without loading it.
    pub fn by_id(id: impl IntoPrimaryKey<KeyOf<T>>) -> Self {
        Self(ReferenceState::Id(id.into_primary_key(), None))
    }

    /// Returns the foreign key. For a new parent it is known after the flush.
    pub const fn id(&self) -> Option<&KeyOf<T>> {
        match &self.0 {
            ReferenceState::Target(_) => None,
            ReferenceState::Id(id, _) => Some(id),
            ReferenceState::Unresolved(unresolved) => unresolved.id.as_ref(),
        }
    }

    /// Returns the related entity, if the session has it. Sends no statement.
    pub const fn loaded(&self) -> Option<Key<T::Entity>> {
        match &self.0 {
            ReferenceState::Target(target) | ReferenceState::Id(_, target) => *target,
            ReferenceState::Unresolved(unresolved) => unresolved.target,
        }
    }

    /// Reads the foreign key from a row.
    #[doc(hidden)]
    pub fn read(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError> {
        let id = KeyOf::<T>::read(row, at)?;
        if id.is_none() && !T::NULLABLE {
            return Err(ReadError::new(at, "a foreign key", "NULL"));
        }
        Ok(Self(ReferenceState::new(id, None)))
    }

    /// Overwrites the foreign key from a row. If the key changed, the related entity is forgotten.
    #[doc(hidden)]
    pub fn refresh(&mut self, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError> {
        let fresh = Self::read(row, at)?;
        if fresh.id() != self.id() {
            *self = fresh;
        }
        Ok(())
    }

    fn pending(&self) -> Option<&PendingReference<T::Entity>> {
        match &self.0 {
            ReferenceState::Unresolved(unresolved) => Some(&unresolved.pending),
            _ => None,
        }
    }
}

impl<T: ReferenceTarget> Default for BelongsTo<T> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T: ReferenceTarget> From<Key<T::Entity>> for BelongsTo<T> {
    fn from(key: Key<T::Entity>) -> Self {
        Self::to(key)
    }
}

impl<T: ReferenceTarget> fmt::Debug for BelongsTo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.id(), self.loaded()) {
            (Some(_), _) if T::Entity::KEY_IS_SENSITIVE => f.write_str("***"),
            (Some(id), _) => id.fmt(f),
            (None, Some(key)) => key.fmt(f),
            (None, None) if self.has_new() => f.write_str("new"),
            (None, None) => f.write_str("None"),
        }
    }
}

/// The foreign key, or `None` while there is none.
impl<T: ReferenceTarget> fmt::Display for BelongsTo<T>
where
    KeyOf<T>: fmt::Display,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id() {
            Some(id) => id.fmt(f),
            None => f.pad("None"),
        }
    }
}

/// A `BelongsTo` field without its entity type.
pub trait ReferenceField {
    /// The session and slot of the related entity, if the session has it.
    fn target(&self) -> Option<(NonZeroU32, Slot)>;
    /// Sets the related entity; the foreign key is unchanged.
    fn set_target(&mut self, target: Option<(NonZeroU32, Slot)>);
    /// Whether the foreign key equals a primary key.
    fn holds(&self, key: &[Value]) -> bool;
    /// Sets the related entity, if there is none and the foreign key equals its primary key. Returns whether it did.
    fn claim(&mut self, key: &[Value], target: (NonZeroU32, Slot)) -> bool {
        let claimed = self.target().is_none() && self.holds(key);
        if claimed {
            self.set_target(Some(target));
        }
        claimed
    }
    /// The values of the foreign key, `NULL` where unknown.
    fn id_part(&self, part: usize) -> ValueRef<'_>;
    /// Whether the foreign key is known.
    fn has_id(&self) -> bool;
    /// Sets the foreign key; all `NULL` means none.
    ///
    /// # Errors
    /// The expected type, in words.
    fn set_id(&mut self, parts: &[Value]) -> Result<(), String>;
    /// Sets one column of the foreign key. The key is known when all its columns are set, and none of them is `NULL`.
    ///
    /// # Errors
    /// The expected type, in words.
    fn set_part(&mut self, part: usize, value: Value) -> Result<(), String>;
    /// Whether the field holds a new entity, which belongs to no session.
    fn has_new(&self) -> bool;
    /// Takes the new entity out of the field.
    fn take_new(&mut self) -> Option<Box<dyn Record>>;
    /// The places before a rollback.
    fn former(&self) -> Option<&FormerLinks>;
    /// Keeps or forgets the places before a rollback, beside foreign key and target; a new entity under the reference
    /// wins.
    fn set_former(&mut self, former: Option<FormerLinks>);
}

impl<T: ReferenceTarget> ReferenceField for BelongsTo<T> {
    fn target(&self) -> Option<(NonZeroU32, Slot)> {
        self.loaded().map(|key| (key.session(), key.slot()))
    }

    fn set_target(&mut self, target: Option<(NonZeroU32, Slot)>) {
        let place = match &mut self.0 {
            ReferenceState::Target(place) | ReferenceState::Id(_, place) => place,
            ReferenceState::Unresolved(unresolved) => &mut unresolved.target,
        };
        *place = target.map(|(session, slot)| Key::from_parts(session, slot));
    }

    fn holds(&self, key: &[Value]) -> bool {
        self.id().is_some_and(|id| id.has_values(key))
    }

    fn id_part(&self, part: usize) -> ValueRef<'_> {
        match (self.id(), self.pending()) {
            (Some(id), _) => id.part(part),
            (None, Some(PendingReference::PartialKey(parts))) => {
                parts.get(part).map_or(ValueRef::Null, Value::as_value_ref)
            }
            (None, _) => ValueRef::Null,
        }
    }

    fn has_id(&self) -> bool {
        self.id().is_some()
    }

    fn set_id(&mut self, parts: &[Value]) -> Result<(), String> {
        let id = if parts.iter().any(Value::is_null) { None } else { Some(PrimaryKey::from_parts(parts)?) };
        match &mut self.0 {
            ReferenceState::Unresolved(unresolved) if matches!(unresolved.pending, PendingReference::New(_)) => {
                unresolved.id = id
            }
            _ => self.0 = ReferenceState::new(id, self.loaded()),
        }
        Ok(())
    }

    fn set_part(&mut self, part: usize, value: Value) -> Result<(), String> {
        let mut parts: KeyValues =
            (0..KeyOf::<T>::ARITY).map(|part| ReferenceField::id_part(self, part).to_value()).collect();
        *parts.get_mut(part).ok_or("a column of this foreign key")? = value;
        self.set_id(&parts)?;
        // The columns are set one by one, so incomplete values must be kept.
        if !self.has_id() && !self.has_new() && !parts.iter().all(Value::is_null) {
            self.0 = ReferenceState::unresolved(self.loaded(), PendingReference::PartialKey(parts));
        }
        Ok(())
    }

    fn has_new(&self) -> bool {
        matches!(self.pending(), Some(PendingReference::New(_)))
    }

    fn former(&self) -> Option<&FormerLinks> {
        match self.pending() {
            Some(PendingReference::Former(former)) => Some(former),
            _ => None,
        }
    }

    fn set_former(&mut self, former: Option<FormerLinks>) {
        let is_open = match self.pending() {
            None => former.is_some(),
            Some(PendingReference::Former(_)) => true,
            Some(_) => false,
        };
        if !is_open {
            return;
        }
        let (id, target) = match std::mem::replace(&mut self.0, ReferenceState::Target(None)) {
            ReferenceState::Target(target) => (None, target),
            ReferenceState::Id(id, target) => (Some(id), target),
            ReferenceState::Unresolved(mut unresolved) => (unresolved.id.take(), unresolved.target),
        };
        self.0 = match former {
            Some(former) => ReferenceState::Unresolved(Box::new(Unresolved {
                id,
                target,
                pending: PendingReference::Former(former),
            })),
            None => ReferenceState::new(id, target),
        };
    }

    fn take_new(&mut self) -> Option<Box<dyn Record>> {
        let ReferenceState::Unresolved(unresolved) = &mut self.0 else { return None };
        let new = unresolved.take_new()?;
        self.0 = ReferenceState::new(unresolved.id.take(), unresolved.target);
        Some(new)
    }
}
