//! Proxies whose attribute is a collection or a proxy: the view of the inner one.

use std::panic::Location;

use super::super::rel::RelOf;
use super::super::{MemberKey, SessionOf};
use super::ProxyViewOf;
use super::value::creates_nothing;
use crate::column_type::ColumnType;
#[cfg(feature = "async")]
use crate::engine::Awaiting;
use crate::engine::{Blocking, Mode, run_ready};
use crate::error::Result;
use crate::key::{IsA, Key};
use crate::mapping::{Creator, Entity, Keyed, Proxy, ProxyKind, ProxyTarget, Relationship, ToOne};
use crate::value::Value;

/// An attribute that is a collection or a proxy itself: the view of the inner one.
pub trait ProxyInner<T: Entity>: ProxyTarget<T> {
    /// View of the attribute of a member.
    type View<'s, M: Mode + 's>;

    /// Returns the view of the attribute of a member.
    #[doc(hidden)]
    fn view<'s, M: Mode>(
        session: &'s mut SessionOf<M>,
        member: Key<T>,
        path: Self::Path,
        location: &'static Location<'static>,
    ) -> Self::View<'s, M>;

    /// Creates a member with an empty attribute.
    #[doc(hidden)]
    fn create_empty<K: ProxyKind>(creator: Self::Creator<K>, name: K::Name) -> T;
}

impl<T: Entity + IsA<B>, B: Entity, U: Entity, I: ProxyKind> ProxyInner<T> for Relationship<B, U, I> {
    type View<'s, M: Mode + 's> = RelOf<'s, M, B, U, I>;

    fn view<'s, M: Mode>(
        session: &'s mut SessionOf<M>,
        member: Key<T>,
        path: Self,
        location: &'static Location<'static>,
    ) -> RelOf<'s, M, B, U, I> {
        RelOf::at(session, member.as_a(), path, location)
    }

    fn create_empty<K: ProxyKind>(creator: K::Empty<T>, name: K::Name) -> T {
        K::create_empty(creator, name)
    }
}

impl<T: Entity + IsA<B>, B: Entity, U: Entity, I: ProxyKind, V: ProxyTarget<U>, C> ProxyInner<T>
    for Proxy<B, U, I, V, C>
{
    type View<'s, M: Mode + 's> = ProxyViewOf<'s, M, B, U, I, V, C>;

    fn view<'s, M: Mode>(
        session: &'s mut SessionOf<M>,
        member: Key<T>,
        path: Self,
        location: &'static Location<'static>,
    ) -> ProxyViewOf<'s, M, B, U, I, V, C> {
        ProxyViewOf { session, owner: member.as_a(), proxy: path, location }
    }

    fn create_empty<K: ProxyKind>(creator: K::Empty<T>, name: K::Name) -> T {
        K::create_empty(creator, name)
    }
}

impl<'s, M: Mode, O: Entity, T: Entity, K: ProxyKind, V: ProxyInner<T>, C> ProxyViewOf<'s, M, O, T, K, V, C> {
    fn into_view(self, member: Key<T>) -> V::View<'s, M> {
        V::view(self.session, member, self.proxy.path(), self.location)
    }

    fn create_empty(&self, name: K::Name) -> Result<T> {
        match self.proxy.creator() {
            Creator::Value(creator) => Ok(V::create_empty::<K>(creator, name)),
            Creator::Entity(_) | Creator::Absent => Err(creates_nothing::<T>()),
        }
    }
}

impl<'s, M: Mode, O: Entity, T: Entity, V: ProxyInner<T>, C> ProxyViewOf<'s, M, O, T, ToOne, V, C> {
    async fn inner_of_other(mut self) -> Result<Option<V::View<'s, M>>> {
        Ok(self.rel().other().await?.map(|other| self.into_view(other)))
    }

    async fn inner_of_other_or_new(mut self) -> Result<V::View<'s, M>> {
        let other = match self.rel().other().await? {
            Some(other) => other,
            None => {
                let new = self.create_empty(())?;
                self.rel().point_to(new).await?
            }
        };
        Ok(self.into_view(other))
    }
}

impl<'s, M: Mode, O: Entity, T: Entity, Q: ColumnType<Base = Q>, V: ProxyInner<T>, C>
    ProxyViewOf<'s, M, O, T, Keyed<Q>, V, C>
{
    async fn inner_under(mut self, key: Value) -> Result<Option<V::View<'s, M>>> {
        Ok(self.rel().find(key).await?.map(|member| self.into_view(member)))
    }

    async fn inner_under_or_new(mut self, key: Q) -> Result<V::View<'s, M>> {
        let member = match self.rel().find(key.to_value().to_value()).await? {
            Some(member) => member,
            None => {
                let new = self.create_empty(key)?;
                self.rel().put(new).await?
            }
        };
        Ok(self.into_view(member))
    }

    async fn names(mut self) -> Result<Vec<Q>> {
        Ok(self.rel().entries().await?.into_iter().map(|(key, _)| key).collect())
    }

    async fn take_member(mut self, key: Value) -> Result<bool> {
        Ok(self.rel().take(key).await?.is_some())
    }
}

/// Declares the methods of proxies whose attribute is a collection or a proxy, for a kind of session. Their views
/// differ by that kind, so that `facades!` cannot.
macro_rules! inner_views {
    ($mode:ty, [$($async:tt)?], |$future:ident| $run:expr) => {
        impl<'s, O: Entity, T: Entity, V: ProxyInner<T>, C> ProxyViewOf<'s, $mode, O, T, ToOne, V, C> {
            /// Returns the view of the attribute; `None` where there is no entity at the other end. Loads that entity
            /// if need be.
            ///
            /// # Errors
            /// The errors of [`Rel::load`](crate::session::RelOf::load).
            pub $($async)? fn inner(self) -> Result<Option<V::View<'s, $mode>>> {
                let $future = self.inner_of_other();
                $run
            }
        }

        impl<'s, O: Entity, T: Entity, V: ProxyInner<T>> ProxyViewOf<'s, $mode, O, T, ToOne, V> {
            /// Returns the view of the attribute; where there is no entity at the other end, the creator makes one.
            /// Loads that entity if need be.
            ///
            /// # Errors
            /// The errors of [`Rel::load`](crate::session::RelOf::load) and [`Rel::set`](crate::session::RelOf::set).
            pub $($async)? fn entry(self) -> Result<V::View<'s, $mode>> {
                let $future = self.inner_of_other_or_new();
                $run
            }
        }

        impl<'s, O: Entity, T: Entity, Q: ColumnType<Base = Q>, V: ProxyInner<T>, C>
            ProxyViewOf<'s, $mode, O, T, Keyed<Q>, V, C>
        {
            /// Returns the view of the attribute of the member under a key. Loads the members if need be.
            ///
            /// # Errors
            /// The errors of [`Rel::load`](crate::session::RelOf::load).
            pub $($async)? fn inner(self, key: impl MemberKey<Q>) -> Result<Option<V::View<'s, $mode>>> {
                let $future = self.inner_under(key.into_value());
                $run
            }

            /// Returns the keys, in the order of the members. Loads the members if need be.
            ///
            /// # Errors
            /// The errors of [`Rel::load`](crate::session::RelOf::load).
            pub $($async)? fn keys(self) -> Result<Vec<Q>> {
                let $future = self.names();
                $run
            }

            /// Takes the member under a key out of the relationship; returns whether there was one. Loads the members
            /// if need be.
            ///
            /// # Errors
            /// The errors of [`Rel::load`](crate::session::RelOf::load).
            pub $($async)? fn take_out(self, key: impl MemberKey<Q>) -> Result<bool> {
                let $future = self.take_member(key.into_value());
                $run
            }
        }

        impl<'s, O: Entity, T: Entity, Q: ColumnType<Base = Q>, V: ProxyInner<T>>
            ProxyViewOf<'s, $mode, O, T, Keyed<Q>, V>
        {
            /// Returns the view of the attribute of the member under a key; where there is none, the creator makes
            /// one, as `or_insert_with` does for a map. Loads the members if need be.
            ///
            /// # Errors
            /// The errors of [`Rel::load`](crate::session::RelOf::load) and [`Rel::push`](crate::session::RelOf::push).
            pub $($async)? fn entry(self, key: impl Into<Q>) -> Result<V::View<'s, $mode>> {
                let $future = self.inner_under_or_new(key.into());
                $run
            }
        }
    };
}

inner_views!(Blocking, [], |future| run_ready(future));
#[cfg(feature = "async")]
inner_views!(Awaiting, [async], |future| future.await);
