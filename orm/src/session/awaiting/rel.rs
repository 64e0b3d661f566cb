//! A relationship of one entity, awaited.

use crate::column_type::ColumnType;
use crate::engine::Awaiting;
use crate::error::Result;
use crate::key::{IsA, Key};
use crate::mapping::{Entity, Keyed, ToMany, ToOne};
use crate::session::{IntoMember, RelOf};

/// A [`Rel`](crate::session::Rel), on an [`AsyncSession`](super::AsyncSession).
pub type AsyncRel<'s, O, T, K> = RelOf<'s, Awaiting, O, T, K>;

impl<O: Entity, T: Entity> AsyncRel<'_, O, T, ToMany> {
    /// The members, in order; loads them if need be.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn load(mut self) -> Result<Vec<Key<T>>> {
        self.members().await
    }

    /// Takes a member out; with `delete-orphan` the next flush deletes it.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn remove(mut self, member: Key<impl IsA<T>>) -> Result<()> {
        self.take_out(member.as_a()).await
    }

    /// Whether an entity is a member; loads them if need be.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn contains(mut self, member: Key<impl IsA<T>>) -> Result<bool> {
        Ok(self.members().await?.contains(&member.as_a()))
    }

    /// Makes these the members, in this order. Loads them if need be.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn set<N: IntoMember<T>>(mut self, members: impl IntoIterator<Item = N>) -> Result<Vec<Key<T>>> {
        self.replace(members).await
    }
}

impl<O: Entity, T: Entity, C: ColumnType<Base = C>> AsyncRel<'_, O, T, Keyed<C>> {
    /// Keys and members, in order; loads them if need be.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn load(mut self) -> Result<Vec<(C, Key<T>)>> {
        self.entries().await
    }

    /// The member under a key; loads them if need be.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn get<Q: PartialEq<C> + ?Sized>(mut self, key: &Q) -> Result<Option<Key<T>>> {
        self.find(key).await
    }

    /// Puts an entity, or the key of one, in under its own key. Loads them if need be.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn insert(mut self, member: impl IntoMember<T>) -> Result<Key<T>> {
        self.put(member).await
    }

    /// Takes the member under a key out, and gives it. Loads them if need be.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn remove<Q: PartialEq<C> + ?Sized>(mut self, key: &Q) -> Result<Option<Key<T>>> {
        self.take(key).await
    }
}

impl<O: Entity, T: Entity> AsyncRel<'_, O, T, ToOne> {
    /// The entity at the other end; loads it if need be.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn load(mut self) -> Result<Option<Key<T>>> {
        self.other().await
    }

    /// The entity at the other end, where there has to be one; loads it if need be.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn one(mut self) -> Result<Key<T>> {
        self.required().await
    }

    /// Sets the other end to an entity, or the key of one.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn set(mut self, other: impl IntoMember<T>) -> Result<Key<T>> {
        self.point_to(other).await
    }

    /// Empties the relationship; a required one must be set again before the flush.
    ///
    /// # Errors
    /// As of a blocking session.
    pub async fn clear(mut self) -> Result<()> {
        self.empty().await
    }
}
