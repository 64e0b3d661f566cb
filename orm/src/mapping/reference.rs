//! `BelongsTo`: the many-to-one side, which is the foreign key column.

use std::fmt;
use std::num::NonZeroU32;

use super::dismantle::dismantle;
use super::entity::{Entity, Record};
use super::former::Former;
use super::key::{KeyValues, PrimaryKey};
use crate::key::{IsA, Key, Slot};
use crate::row::{ReadError, RowReader};
use crate::value::{Value, ValueRef};

/// What a `BelongsTo` may name: an entity, or an `Option` of one where the foreign key is nullable.
pub trait Target: 'static {
    /// The entity.
    type Entity: Entity;
    /// Whether there may be none.
    const NULLABLE: bool;
}

impl<E: Entity> Target for E {
    type Entity = E;
    const NULLABLE: bool = false;
}

impl<E: Entity> Target for Option<E> {
    type Entity = E;
    const NULLABLE: bool = true;
}

/// The primary key of a target.
pub type KeyOf<T> = <<T as Target>::Entity as Entity>::PrimaryKey;

/// The many-to-one side of a relationship: the foreign key, and the entity under it once it is known.
///
/// `BelongsTo<User>` is required, `BelongsTo<Option<User>>` may be empty.
///
/// Counterpart: a foreign key column together with its many-to-one `relationship()`.
pub struct BelongsTo<T: Target>(Held<KeyOf<T>, T::Entity>);

/// What a `BelongsTo` holds. Of few bytes, as entities of which there are many mostly have one.
enum Held<K, E: Entity> {
    /// The entity, if there is one, whose key is not known.
    Target(Option<Key<E>>),
    /// The foreign key, and the entity under it if the session holds it.
    Id(K, Option<Key<E>>),
    /// More than that, as hardly ever.
    Waiting(Box<Waiting<K, E>>),
}

/// What a `BelongsTo` holds for a short while.
struct Waiting<K, E: Entity> {
    id: Option<K>,
    target: Option<Key<E>>,
    what: Unsettled<E>,
}

/// What something waits for to be a foreign key.
enum Unsettled<E> {
    /// An entity that no session knows yet.
    New(E),
    /// A foreign key of several columns of which some are not set yet (`NULL` there).
    Parts(KeyValues),
    /// The entity that was under it when a rollback handed both back, to be added again.
    Former(Former),
}

impl<K, E: Entity> Held<K, E> {
    fn new(id: Option<K>, target: Option<Key<E>>) -> Self {
        match id {
            Some(id) => Self::Id(id, target),
            None => Self::Target(target),
        }
    }

    fn waiting(target: Option<Key<E>>, what: Unsettled<E>) -> Self {
        Self::Waiting(Box::new(Waiting { id: None, target, what }))
    }
}

impl<K, E: Entity> Waiting<K, E> {
    /// Hands out the entity that no session knows.
    fn take_new(&mut self) -> Option<Box<dyn Record>> {
        match std::mem::replace(&mut self.what, Unsettled::Parts(KeyValues::default())) {
            Unsettled::New(entity) => Some(Box::new(entity.into_root())),
            parts => {
                self.what = parts;
                None
            }
        }
    }
}

impl<K, E: Entity> Drop for Waiting<K, E> {
    fn drop(&mut self) {
        if let Some(entity) = self.take_new() {
            dismantle(vec![entity]);
        }
    }
}

impl<T: Target> BelongsTo<T> {
    /// Holds nothing. A required one must be set before the flush.
    pub const fn empty() -> Self {
        Self(Held::Target(None))
    }

    /// Holds an entity that no session knows yet; it is added together with this one.
    pub fn new(entity: T::Entity) -> Self {
        Self(Held::waiting(None, Unsettled::New(entity)))
    }

    /// Holds an entity that a session owns.
    pub fn to(key: Key<impl IsA<T::Entity>>) -> Self {
        Self(Held::Target(Some(key.as_a())))
    }

    /// Holds the row with this primary key, without loading it.
    pub fn by_id(id: impl Into<KeyOf<T>>) -> Self {
        Self(Held::Id(id.into(), None))
    }

    /// The foreign key, once it is known: a new parent has one after the flush.
    pub const fn id(&self) -> Option<&KeyOf<T>> {
        match &self.0 {
            Held::Target(_) => None,
            Held::Id(id, _) => Some(id),
            Held::Waiting(waiting) => waiting.id.as_ref(),
        }
    }

    /// The entity, if this session holds it. Never asks the database.
    pub const fn loaded(&self) -> Option<Key<T::Entity>> {
        match &self.0 {
            Held::Target(target) | Held::Id(_, target) => *target,
            Held::Waiting(waiting) => waiting.target,
        }
    }

    /// Reads the foreign key from a row.
    #[doc(hidden)]
    pub fn read(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError> {
        let id = KeyOf::<T>::read(row, at)?;
        if id.is_none() && !T::NULLABLE {
            return Err(ReadError::new(at, "a foreign key", "NULL"));
        }
        Ok(Self(Held::new(id, None)))
    }

    /// Overwrites the foreign key from a row; the entity under it is forgotten when it changed.
    #[doc(hidden)]
    pub fn refresh(&mut self, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError> {
        let fresh = Self::read(row, at)?;
        if fresh.id() != self.id() {
            *self = fresh;
        }
        Ok(())
    }

    fn unsettled(&self) -> Option<&Unsettled<T::Entity>> {
        match &self.0 {
            Held::Waiting(waiting) => Some(&waiting.what),
            _ => None,
        }
    }
}

impl<T: Target> Default for BelongsTo<T> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T: Target> From<Key<T::Entity>> for BelongsTo<T> {
    fn from(key: Key<T::Entity>) -> Self {
        Self::to(key)
    }
}

impl<T: Target> fmt::Debug for BelongsTo<T> {
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
impl<T: Target> fmt::Display for BelongsTo<T>
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

/// A `BelongsTo` without its type.
pub trait ReferenceField {
    /// The entity under it, if the session holds it: the session's tag and the place.
    fn target(&self) -> Option<(NonZeroU32, Slot)>;
    /// Changes the entity under it; the foreign key stays.
    fn set_target(&mut self, target: Option<(NonZeroU32, Slot)>);
    /// Whether the foreign key is this primary key.
    fn holds(&self, key: &[Value]) -> bool;
    /// Whether it is, and no entity is under it: then the entity with that key is.
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
    /// Sets the whole foreign key; all `NULL` for none.
    ///
    /// # Errors
    /// What was expected, in words.
    fn set_id(&mut self, parts: &[Value]) -> Result<(), String>;
    /// Sets one value of the foreign key; a key of several columns is known once all of them are set, and unknown once one is `NULL`.
    ///
    /// # Errors
    /// What was expected, in words.
    fn set_part(&mut self, part: usize, value: Value) -> Result<(), String>;
    /// Whether it holds an entity that no session knows.
    fn has_new(&self) -> bool;
    /// Hands out the entity that no session knows.
    fn take_new(&mut self) -> Option<Box<dyn Record>>;
    /// The places before a rollback.
    fn former(&self) -> Option<&Former>;
    /// Keeps or forgets the places before a rollback, beside foreign key and target; a new entity under the reference wins.
    fn set_former(&mut self, former: Option<Former>);
}

impl<T: Target> ReferenceField for BelongsTo<T> {
    fn target(&self) -> Option<(NonZeroU32, Slot)> {
        self.loaded().map(|key| (key.session(), key.slot()))
    }

    fn set_target(&mut self, target: Option<(NonZeroU32, Slot)>) {
        let place = match &mut self.0 {
            Held::Target(place) | Held::Id(_, place) => place,
            Held::Waiting(waiting) => &mut waiting.target,
        };
        *place = target.map(|(session, slot)| Key::from_parts(session, slot));
    }

    fn holds(&self, key: &[Value]) -> bool {
        self.id().is_some_and(|id| id.has_values(key))
    }

    fn id_part(&self, part: usize) -> ValueRef<'_> {
        match (self.id(), self.unsettled()) {
            (Some(id), _) => id.part(part),
            (None, Some(Unsettled::Parts(parts))) => parts.get(part).map_or(ValueRef::Null, Value::as_value_ref),
            (None, _) => ValueRef::Null,
        }
    }

    fn has_id(&self) -> bool {
        self.id().is_some()
    }

    fn set_id(&mut self, parts: &[Value]) -> Result<(), String> {
        let id = if parts.iter().any(Value::is_null) { None } else { Some(PrimaryKey::from_parts(parts)?) };
        match &mut self.0 {
            Held::Waiting(waiting) if matches!(waiting.what, Unsettled::New(_)) => waiting.id = id,
            _ => self.0 = Held::new(id, self.loaded()),
        }
        Ok(())
    }

    fn set_part(&mut self, part: usize, value: Value) -> Result<(), String> {
        let mut parts: KeyValues =
            (0..KeyOf::<T>::ARITY).map(|part| ReferenceField::id_part(self, part).to_value()).collect();
        *parts.get_mut(part).ok_or("a column of this foreign key")? = value;
        self.set_id(&parts)?;
        // Columns are set one after the other: keep what is there until the rest arrives.
        if !self.has_id() && !self.has_new() && !parts.iter().all(Value::is_null) {
            self.0 = Held::waiting(self.loaded(), Unsettled::Parts(parts));
        }
        Ok(())
    }

    fn has_new(&self) -> bool {
        matches!(self.unsettled(), Some(Unsettled::New(_)))
    }

    fn former(&self) -> Option<&Former> {
        match self.unsettled() {
            Some(Unsettled::Former(former)) => Some(former),
            _ => None,
        }
    }

    fn set_former(&mut self, former: Option<Former>) {
        let is_open = match self.unsettled() {
            None => former.is_some(),
            Some(Unsettled::Former(_)) => true,
            Some(_) => false,
        };
        if !is_open {
            return;
        }
        let (id, target) = match std::mem::replace(&mut self.0, Held::Target(None)) {
            Held::Target(target) => (None, target),
            Held::Id(id, target) => (Some(id), target),
            Held::Waiting(mut waiting) => (waiting.id.take(), waiting.target),
        };
        self.0 = match former {
            Some(former) => Held::Waiting(Box::new(Waiting { id, target, what: Unsettled::Former(former) })),
            None => Held::new(id, target),
        };
    }

    fn take_new(&mut self) -> Option<Box<dyn Record>> {
        let Held::Waiting(waiting) = &mut self.0 else { return None };
        let new = waiting.take_new()?;
        self.0 = Held::new(waiting.id.take(), waiting.target);
        Some(new)
    }
}
