//! Changes of attributes as listeners see them: typed by a column or a relationship, or of whatever attribute.

use std::fmt;

use super::scope::EntityKey;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::mapping::{Entity, EntityMeta, RelationPosition};
use crate::unit::{AttributeEdit, EntityRow};
use crate::value::Value;

/// A change of any attribute of any entity.
///
/// Counterpart: the arguments of an attribute event that is registered for many attributes.
pub struct AttributeChange {
    pub(super) edit: AttributeEdit,
    pub(super) is_replaced: bool,
}

/// Kind of a change of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A column, or a relationship to one entity, gets another value.
    Set,
    /// A collection gets a member.
    Append,
    /// A collection loses a member.
    Remove,
}

/// The value of an attribute: that of a column, or an entity at the other end of a relationship.
#[derive(Clone, PartialEq)]
pub enum AttributeValue {
    /// Value of a column.
    Column(Value),
    /// An entity.
    Related(EntityKey),
}

/// The assignment of a column, or of a relationship to one entity, whose value is an `Option<Key<_>>`.
///
/// Counterpart: the arguments of `AttributeEvents.set`.
pub struct Assignment<E, T> {
    pub(super) key: Key<E>,
    pub(super) before: Option<T>,
    pub(super) value: T,
    pub(super) is_replaced: bool,
}

/// An entity that joins or leaves a collection.
///
/// Counterpart: the arguments of `AttributeEvents.append` and `AttributeEvents.remove`.
pub struct Membership<O, T> {
    pub(super) owner: Key<O>,
    pub(super) member: Key<T>,
    pub(super) is_replaced: bool,
}

/// All members of a collection, which [`Rel::set`](crate::session::RelOf::set) replaces at once.
///
/// Counterpart: the arguments of `AttributeEvents.bulk_replace`.
pub struct Replacement<O, T> {
    pub(super) owner: Key<O>,
    pub(super) before: Vec<Key<T>>,
    pub(super) members: Vec<Key<T>>,
}

impl AttributeChange {
    pub(super) fn new(edit: AttributeEdit) -> Self {
        Self { edit, is_replaced: false }
    }

    /// Returns the entity whose attribute changes.
    pub fn entity(&self) -> EntityKey {
        EntityKey { row: self.edit.entity() }
    }

    /// Returns the name of the attribute: the field of the struct.
    pub fn attribute(&self) -> &'static str {
        self.edit.attribute()
    }

    /// Returns the kind of the change.
    pub fn kind(&self) -> ChangeKind {
        match self.edit {
            AttributeEdit::Column { .. } | AttributeEdit::Target { .. } => ChangeKind::Set,
            AttributeEdit::Added { .. } => ChangeKind::Append,
            AttributeEdit::Removed { .. } => ChangeKind::Remove,
        }
    }

    /// Returns the value that goes: the one before, or the member that leaves. `None` when nothing is known of a value
    /// before, as for the first value of a new entity and in expired memory, and for an empty relationship.
    pub fn before(&self) -> Option<AttributeValue> {
        match &self.edit {
            AttributeEdit::Column { before, .. } => before.clone().map(AttributeValue::Column),
            AttributeEdit::Target { before, .. } => before.map(|row| AttributeValue::Related(EntityKey { row })),
            AttributeEdit::Added { .. } => None,
            AttributeEdit::Removed { member, .. } => Some(AttributeValue::Related(EntityKey { row: *member })),
        }
    }

    /// Returns the value that comes: the one assigned, or the member that joins. `None` when a relationship is emptied.
    pub fn after(&self) -> Option<AttributeValue> {
        match &self.edit {
            AttributeEdit::Column { after, .. } => Some(AttributeValue::Column(after.clone())),
            AttributeEdit::Target { after, .. } => after.map(|row| AttributeValue::Related(EntityKey { row })),
            AttributeEdit::Added { member, .. } => Some(AttributeValue::Related(EntityKey { row: *member })),
            AttributeEdit::Removed { .. } => None,
        }
    }

    /// Replaces the value that comes.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for a member that leaves, and for a value that the attribute does not take.
    pub fn replace(&mut self, value: AttributeValue) -> Result<()> {
        let is_target = |entity: &EntityRow, relation: RelationPosition, value: EntityKey| {
            value.row.is_one_of((entity.meta().relations[relation].target)())
        };
        let fault = match (&mut self.edit, value) {
            (AttributeEdit::Column { after, .. }, AttributeValue::Column(value)) => {
                *after = value;
                None
            }
            (AttributeEdit::Target { after, entity, relation, .. }, AttributeValue::Related(value))
                if is_target(entity, *relation, value) =>
            {
                *after = Some(value.row);
                None
            }
            (AttributeEdit::Added { member, entity, relation }, AttributeValue::Related(value))
                if is_target(entity, *relation, value) =>
            {
                *member = value.row;
                None
            }
            (AttributeEdit::Removed { .. }, _) => Some("a replacement for a member that leaves".to_owned()),
            (_, AttributeValue::Column(_)) => Some("the value of a column".to_owned()),
            (_, AttributeValue::Related(entity)) => Some(format!("a {}", entity.entity())),
        };
        match fault {
            None => {
                self.is_replaced = true;
                Ok(())
            }
            Some(value) => {
                let (entity, attribute) = (self.entity().entity(), self.attribute());
                Err(Error::invalid(format!("{entity}.{attribute} does not take {value}")))
            }
        }
    }

    fn is_sensitive(&self) -> bool {
        match &self.edit {
            AttributeEdit::Column { entity, column, .. } => entity.meta().is_sensitive(*column),
            _ => false,
        }
    }
}

impl fmt::Debug for AttributeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}.{}", self.kind(), self.entity().entity(), self.attribute())?;
        match self.is_sensitive() {
            true => f.write_str(" *** -> ***"),
            false => write!(f, " {:?} -> {:?}", self.before(), self.after()),
        }
    }
}

impl fmt::Debug for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(value) => value.fmt(f),
            Self::Related(entity) => entity.fmt(f),
        }
    }
}

impl<E, T> Assignment<E, T> {
    /// Returns the entity whose attribute changes.
    pub fn key(&self) -> Key<E> {
        self.key
    }

    /// Returns the value before. `None` when nothing is known of one: the first value of a new entity, and in expired
    /// memory.
    pub fn before(&self) -> Option<&T> {
        self.before.as_ref()
    }

    /// Returns the value that comes.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Replaces the value that comes. The listeners after this one see the replacement.
    ///
    /// Counterpart: the return value of a listener with `retval=True`.
    pub fn replace(&mut self, value: impl Into<T>) {
        self.value = value.into();
        self.is_replaced = true;
    }
}

impl<O, T> Membership<O, T> {
    /// Returns the owner of the collection.
    pub fn owner(&self) -> Key<O> {
        self.owner
    }

    /// Returns the member that joins or leaves.
    pub fn member(&self) -> Key<T> {
        self.member
    }

    /// Puts another entity in the place of the one that joins. An entity that was given as a value stays pending,
    /// outside of the collection.
    pub fn replace(&mut self, member: Key<T>) {
        self.member = member;
        self.is_replaced = true;
    }
}

impl<O, T> Replacement<O, T> {
    /// Returns the owner of the collection.
    pub fn owner(&self) -> Key<O> {
        self.owner
    }

    /// Returns the members before.
    pub fn before(&self) -> &[Key<T>] {
        &self.before
    }

    /// Returns the members that come.
    pub fn members(&self) -> &[Key<T>] {
        &self.members
    }

    /// Returns the members that come, to reorder, leave out or add.
    pub fn members_mut(&mut self) -> &mut Vec<Key<T>> {
        &mut self.members
    }
}

impl<E: Entity, T> fmt::Debug for Assignment<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "assignment to {} {:?}", name(E::entity_meta), self.key)
    }
}

impl<O: Entity, T: Entity> fmt::Debug for Membership<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} in a collection of {:?}", self.member, self.owner)
    }
}

impl<O: Entity, T: Entity> fmt::Debug for Replacement<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} in place of {:?} in a collection of {:?}", self.members, self.before, self.owner)
    }
}

fn name(meta: fn() -> &'static EntityMeta) -> &'static str {
    meta().name
}
