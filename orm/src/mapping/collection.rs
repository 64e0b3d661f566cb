//! `HasMany`, `HasOne` and `ManyToMany`: the sides of a relationship that hold no column.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;

use super::drop_iteratively::drop_iteratively;
use super::entity::{Entity, Record};
use super::former::FormerLinks;
use super::members::Members;
use crate::key::Key;

/// The members of a collection that the session knows.
///
/// `epoch` is the session's epoch at the load of the whole collection. With epoch 0 the collection was never loaded,
/// and `members` contains only added entities.
#[derive(Clone, Debug, Default)]
pub struct Collection {
    /// The members, in order.
    pub members: Members,
    /// Epoch of the load of the whole collection; 0 when it was never loaded.
    pub epoch: u32,
    /// The session that owns the members.
    pub session: Option<NonZeroU32>,
    /// The links before a rollback returned the entity to the program.
    pub former: Option<Box<FormerLinks>>,
}

/// A collection field without its entity type.
pub trait CollectionField {
    /// The members.
    fn collection(&self) -> &Collection;
    /// Returns the members for a change.
    fn collection_mut(&mut self) -> &mut Collection;
    /// Whether the field contains new entities, which belong to no session.
    fn has_new(&self) -> bool;
    /// Takes the new entities out of the field.
    fn take_new(&mut self) -> Vec<Box<dyn Record>>;
}

/// Explains, in a compile error, that a collection is changed through the session. Never implemented.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a collection is changed through its session",
    label = "use `session.rel(owner, Owner::COLLECTION).push(member)?`",
    note = "`session.rel(..)` keeps both sides of the relationship in step; for a new owner, `HasMany::of([..])` takes new members"
)]
pub trait ChangedThroughSession {}

macro_rules! collection_field {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<T: Entity> {
            collection: Collection,
            new: Vec<T>,
            target: PhantomData<fn() -> T>,
        }

        impl<T: Entity> Default for $name<T> {
            fn default() -> Self {
                Self::holding(Vec::new())
            }
        }

        impl<T: Entity> CollectionField for $name<T> {
            fn collection(&self) -> &Collection {
                &self.collection
            }

            fn collection_mut(&mut self) -> &mut Collection {
                &mut self.collection
            }

            fn has_new(&self) -> bool {
                !self.new.is_empty()
            }

            fn take_new(&mut self) -> Vec<Box<dyn Record>> {
                let new = std::mem::take(&mut self.new).into_iter();
                new.map(|entity| Box::new(entity.into_root()) as Box<dyn Record>).collect()
            }
        }

        impl<T: Entity> Drop for $name<T> {
            fn drop(&mut self) {
                if !self.new.is_empty() {
                    drop_iteratively(self.take_new());
                }
            }
        }

        impl<T: Entity> $name<T> {
            /// Explains, in a compile error, that a collection is changed through the session.
            #[doc(hidden)]
            pub fn push<M: ChangedThroughSession>(&mut self, _member: M) {}

            /// Explains, in a compile error, that a collection is changed through the session.
            #[doc(hidden)]
            pub fn remove<M: ChangedThroughSession>(&mut self, _member: M) {}

            fn holding(new: Vec<T>) -> Self {
                Self { collection: Collection::default(), new, target: PhantomData }
            }
        }

        impl<T: Entity> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match (self.collection.epoch, self.new.len()) {
                    (0, 0) if self.collection.members.is_empty() => f.write_str("(not loaded)"),
                    (0, 0) => write!(f, "(not loaded) + {:?}", self.collection.members),
                    (0, new) => write!(f, "{new} new"),
                    _ => f.debug_list().entries(&self.collection.members).finish(),
                }
            }
        }
    };
}

collection_field! {
    /// The one side of a one-to-many relationship: the target's inverse `BelongsTo` holds the foreign key.
    ///
    /// Counterpart: a `relationship()` with `uselist=True`.
    HasMany
}

collection_field! {
    /// One side of a one-to-one relationship: the target's inverse `BelongsTo` holds the foreign key.
    ///
    /// Counterpart: a `relationship()` with `uselist=False` on the side without the foreign key.
    HasOne
}

collection_field! {
    /// A many-to-many relationship through a table of two foreign keys.
    ///
    /// Counterpart: a `relationship()` with `secondary=`.
    ManyToMany
}

impl<T: Entity> HasMany<T> {
    /// Makes a collection of new entities, which are added to the session together with the owner.
    pub fn of(entities: impl IntoIterator<Item = T>) -> Self {
        Self::holding(entities.into_iter().collect())
    }

    /// Returns the members, or `None` when the collection is not loaded. Sends no statement.
    pub fn loaded(&self) -> Option<impl ExactSizeIterator<Item = Key<T>> + '_> {
        loaded(&self.collection)
    }
}

impl<T: Entity> ManyToMany<T> {
    /// Makes a collection of new entities, which are added to the session together with the owner.
    pub fn of(entities: impl IntoIterator<Item = T>) -> Self {
        Self::holding(entities.into_iter().collect())
    }

    /// Returns the members, or `None` when the collection is not loaded. Sends no statement.
    pub fn loaded(&self) -> Option<impl ExactSizeIterator<Item = Key<T>> + '_> {
        loaded(&self.collection)
    }
}

impl<T: Entity> HasOne<T> {
    /// Holds a new entity, which is added to the session together with the owner.
    pub fn new(entity: T) -> Self {
        Self::holding(vec![entity])
    }

    /// Returns the other side: `None` when it is not loaded, `Some(None)` when there is none. Sends no statement.
    pub fn loaded(&self) -> Option<Option<Key<T>>> {
        loaded(&self.collection).map(|mut members| members.next())
    }
}

fn loaded<T>(collection: &Collection) -> Option<impl ExactSizeIterator<Item = Key<T>> + '_> {
    let session = collection.session.filter(|_| collection.epoch > 0)?;
    Some(collection.members.iter().map(move |slot| Key::from_parts(session, *slot)))
}
