//! A query that is bound to its session, awaited.

use crate::engine::Awaiting;
use crate::error::Result;
use crate::key::Key;
use crate::mapping::Entity;
use crate::session::QueryOf;

/// A [`Query`](crate::session::Query), on an [`AsyncSession`](super::AsyncSession).
pub type AsyncQuery<'s, E> = QueryOf<'s, Awaiting, E>;

impl<E: Entity> AsyncQuery<'_, E> {
    /// Every entity.
    ///
    /// # Errors
    /// As [`Session::all`](crate::Session::all).
    pub async fn all(self) -> Result<Vec<Key<E>>> {
        self.session.all(self.select).await
    }

    /// The only entity.
    ///
    /// # Errors
    /// As [`Session::one`](crate::Session::one).
    pub async fn one(self) -> Result<Key<E>> {
        self.session.one(self.select).await
    }

    /// The only entity, or none.
    ///
    /// # Errors
    /// As [`Session::one_or_none`](crate::Session::one_or_none).
    pub async fn one_or_none(self) -> Result<Option<Key<E>>> {
        self.session.one_or_none(self.select).await
    }

    /// The first entity, or none.
    ///
    /// # Errors
    /// As [`Session::first`](crate::Session::first).
    pub async fn first(self) -> Result<Option<Key<E>>> {
        self.session.first(self.select).await
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// As [`Session::count`](crate::Session::count).
    pub async fn count(self) -> Result<i64> {
        self.session.count(self.select).await
    }

    /// Hands every entity to `each` as it arrives.
    ///
    /// # Errors
    /// As [`Session::for_each`](crate::Session::for_each).
    pub async fn for_each(self, each: impl FnMut(Key<E>) -> Result<()>) -> Result<()> {
        self.session.for_each(self.select, each).await
    }
}
