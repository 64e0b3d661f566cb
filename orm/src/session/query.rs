//! The older style: a query that is bound to its session.

use super::SessionOf;
#[cfg(feature = "async")]
use crate::engine::Awaiting;
use crate::engine::{Blocking, Mode, facades};
use crate::error::Result;
use crate::key::Key;
use crate::load::{IntoSource, JoinPath, LoadOptions, OrderKeys, Select, entity, select};
use crate::mapping::Entity;
use crate::sql::{IntoExpr, IntoNodes};

/// A query for entities, bound to its session: the same statement as [`select`], with the ways to run it at hand.
///
/// Counterpart: `sqlalchemy.orm.Query`.
pub type Query<'s, E> = QueryOf<'s, Blocking, E>;

/// A [`Query`], on an [`AsyncSession`](super::AsyncSession).
#[cfg(feature = "async")]
pub type AsyncQuery<'s, E> = QueryOf<'s, Awaiting, E>;

/// A [`Query`], bound to a session of either kind.
#[must_use = "a query does nothing until it is run"]
pub struct QueryOf<'s, M: Mode, E: Entity> {
    pub(super) session: &'s mut SessionOf<M>,
    pub(super) select: Select<Key<E>>,
}

impl<M: Mode> SessionOf<M> {
    /// A query for the entities of a type.
    ///
    /// Counterpart: `Session.query`.
    pub fn query<E: Entity>(&mut self) -> QueryOf<'_, M, E> {
        QueryOf { session: self, select: select(entity::<E>()) }
    }
}

impl<M: Mode, E: Entity> QueryOf<'_, M, E> {
    fn with(mut self, change: impl FnOnce(Select<Key<E>>) -> Select<Key<E>>) -> Self {
        self.select = change(self.select);
        self
    }

    /// Only entities for which this holds; further calls add conditions that must hold too.
    pub fn filter(self, condition: impl IntoExpr<bool>) -> Self {
        self.with(|select| select.filter(condition))
    }

    /// Sorts by a key, or a tuple of keys.
    pub fn order_by(self, keys: impl OrderKeys) -> Self {
        self.with(|select| select.order_by(keys))
    }

    /// At most so many entities.
    pub fn limit(self, rows: u64) -> Self {
        self.with(|select| select.limit(rows))
    }

    /// Without the first so many entities.
    pub fn offset(self, rows: u64) -> Self {
        self.with(|select| select.offset(rows))
    }

    /// Equal rows once.
    pub fn distinct(self) -> Self {
        self.with(Select::distinct)
    }

    /// One row for each value of an expression.
    pub fn group_by(self, expressions: impl IntoNodes) -> Self {
        self.with(|select| select.group_by(expressions))
    }

    /// Only groups for which this holds.
    pub fn having(self, condition: impl IntoExpr<bool>) -> Self {
        self.with(|select| select.having(condition))
    }

    /// Joins the target of a relationship.
    pub fn join(self, path: impl Into<JoinPath>) -> Self {
        self.with(|select| select.join(path))
    }

    /// Joins the target of a relationship, and keeps entities that have none.
    pub fn left_join(self, path: impl Into<JoinPath>) -> Self {
        self.with(|select| select.left_join(path))
    }

    /// Joins an entity by the sole foreign key.
    pub fn join_entity<T: Entity>(self) -> Self {
        self.with(Select::join_entity::<T>)
    }

    /// Joins an entity on a condition.
    pub fn join_on<T: Entity>(self, condition: impl IntoExpr<bool>) -> Self {
        self.with(|select| select.join_on::<T>(condition))
    }

    /// Joins an entity by the sole foreign key, and keeps entities that have no partner.
    pub fn left_join_entity<T: Entity>(self) -> Self {
        self.with(Select::left_join_entity::<T>)
    }

    /// Joins an entity on a condition, and keeps entities that have no partner.
    pub fn left_join_on<T: Entity>(self, condition: impl IntoExpr<bool>) -> Self {
        self.with(|select| select.left_join_on::<T>(condition))
    }

    /// Joins an alias or a subquery on a condition.
    pub fn join_to(self, source: impl IntoSource, condition: impl IntoExpr<bool>) -> Self {
        self.with(|select| select.join_to(source, condition))
    }

    /// Joins an alias or a subquery on a condition, and keeps entities that have no partner.
    pub fn left_join_to(self, source: impl IntoSource, condition: impl IntoExpr<bool>) -> Self {
        self.with(|select| select.left_join_to(source, condition))
    }

    /// Takes rows from this source, and not from what is selected; further calls add more.
    pub fn select_from(self, source: impl IntoSource) -> Self {
        self.with(|select| select.select_from(source))
    }

    /// Loads relationships of the entities as one option or a tuple of them says.
    pub fn options(self, options: impl LoadOptions) -> Self {
        self.with(|select| select.options(options))
    }

    /// Overwrites entities that the session holds, unless they have unflushed edits.
    pub fn populate_existing(self) -> Self {
        self.with(Select::populate_existing)
    }

    /// The query as a value, free of the session.
    pub fn into_select(self) -> Select<Key<E>> {
        self.select
    }
}

facades! {
    impl Query<'_, E>, AsyncQuery<'_, E> where [E: Entity] {
        /// Every entity.
        ///
        /// # Errors
        /// As [`Session::all`](super::Session::all).
        pub fn all(self) -> Result<Vec<Key<E>>> {
            self.session.core.all(self.select)
        }

        /// The only entity.
        ///
        /// # Errors
        /// As [`Session::one`](super::Session::one).
        pub fn one(self) -> Result<Key<E>> {
            self.session.core.one(self.select)
        }

        /// The only entity, or none.
        ///
        /// # Errors
        /// As [`Session::one_or_none`](super::Session::one_or_none).
        pub fn one_or_none(self) -> Result<Option<Key<E>>> {
            self.session.core.one_or_none(self.select)
        }

        /// The first entity, or none.
        ///
        /// # Errors
        /// As [`Session::first`](super::Session::first).
        pub fn first(self) -> Result<Option<Key<E>>> {
            self.session.core.first(self.select)
        }

        /// How many rows there are.
        ///
        /// # Errors
        /// As [`Session::count`](super::Session::count).
        pub fn count(self) -> Result<i64> {
            self.session.core.count(self.select)
        }

        /// Hands every entity to `each` as it arrives.
        ///
        /// # Errors
        /// As [`Session::for_each`](super::Session::for_each).
        pub fn for_each(self, each: impl FnMut(Key<E>) -> Result<()>) -> Result<()> {
            self.session.core.for_each(self.select, each)
        }
    }
}
