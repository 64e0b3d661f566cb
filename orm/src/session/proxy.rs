//! A proxy of one entity: an attribute of the entities at the other end of a relationship, to read and to change.

mod inner;
mod value;

use std::panic::Location;

use rustc_hash::{FxHashMap, FxHashSet};

pub use self::inner::ProxyInner;
pub use self::value::{IntoProxied, ProxyValue};
use super::rel::RelOf;
use super::{MemberKey, SessionOf};
use crate::column_type::ColumnType;
#[cfg(feature = "async")]
use crate::engine::Awaiting;
use crate::engine::{Blocking, Mode, facades};
use crate::error::Result;
use crate::key::Key;
use crate::mapping::{Creates, Entity, Keyed, Proxy, ProxyKind, ProxyTarget, ToMany, ToOne};
use crate::value::Value;

/// A [`Proxy`] of one entity, on its session.
pub type ProxyView<'s, O, T, K, V, C = Creates> = ProxyViewOf<'s, Blocking, O, T, K, V, C>;

/// A [`ProxyView`], on an [`AsyncSession`](super::AsyncSession).
#[cfg(feature = "async")]
pub type AsyncProxyView<'s, O, T, K, V, C = Creates> = ProxyViewOf<'s, Awaiting, O, T, K, V, C>;

/// A [`ProxyView`], on a session of either kind.
pub struct ProxyViewOf<'s, M: Mode, O: Entity, T: Entity, K: ProxyKind, V: ProxyTarget<T>, C = Creates> {
    session: &'s mut SessionOf<M>,
    owner: Key<O>,
    proxy: Proxy<O, T, K, V, C>,
    location: &'static Location<'static>,
}

impl<M: Mode> SessionOf<M> {
    /// Returns the view of a proxy of an entity, which reads and changes the attribute. Sends nothing; methods of the
    /// view load what they need.
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Entity, Debug, Default)]
    /// # struct Animal {
    /// #     #[entity(primary_key)] id: Auto<i64>,
    /// #     #[entity(inverse = "animal", key = "name")] facts: HasMany<Fact>,
    /// # }
    /// # #[derive(Entity, Debug, Default)]
    /// # struct Fact {
    /// #     #[entity(primary_key, inverse = "facts")] animal: BelongsTo<Animal>,
    /// #     #[entity(primary_key, length = 30)] name: String,
    /// #     value: String,
    /// # }
    /// impl Animal {
    ///     const CHARACTERISTICS: Proxy<Animal, Fact, Keyed<String>, String> =
    ///         Animal::FACTS.proxy_values(Fact::VALUE, |name, value| Fact { name, value, ..Fact::default() });
    /// }
    /// # let engine = Engine::new("sqlite://")?;
    /// # engine.create_all(schema![Animal, Fact])?;
    /// # let mut session = Session::new(&engine);
    /// let stoat = session.add(Animal::default());
    /// session.proxy(stoat, Animal::CHARACTERISTICS).insert("color", "reddish")?;
    /// session.proxy(stoat, Animal::CHARACTERISTICS).insert("color", "brown")?;
    /// assert_eq!(session.proxy(stoat, Animal::CHARACTERISTICS).get("color")?.as_deref(), Some("brown"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// Counterpart: `order.items`, where `items` is an `association_proxy`.
    #[track_caller]
    pub fn proxy<O: Entity, T: Entity, K: ProxyKind, V: ProxyTarget<T>, C>(
        &mut self,
        owner: Key<O>,
        proxy: Proxy<O, T, K, V, C>,
    ) -> ProxyViewOf<'_, M, O, T, K, V, C> {
        ProxyViewOf { session: self, owner, proxy, location: Location::caller() }
    }
}

impl<M: Mode, O: Entity, T: Entity, K: ProxyKind, V: ProxyTarget<T>, C> ProxyViewOf<'_, M, O, T, K, V, C> {
    fn rel(&mut self) -> RelOf<'_, M, O, T, K> {
        RelOf::at(self.session, self.owner, self.proxy.relationship(), self.location)
    }
}

impl<M: Mode, O: Entity, T: Entity, K: ProxyKind, V: ProxyValue<T>, C> ProxyViewOf<'_, M, O, T, K, V, C> {
    /// Takes a value in, unless the owner is unknown: an entity would be added for nothing.
    fn take_in(&mut self, value: impl IntoProxied<V>) -> Result<V> {
        self.session.core.unit.is_expired(self.owner)?;
        Ok(value.into_proxied(self.session))
    }

    async fn read(&mut self, member: Key<T>) -> Result<Option<V>> {
        V::read(self.session, member, self.proxy.path(), self.location).await
    }

    async fn write(&mut self, member: Key<T>, value: V) -> Result<()> {
        value.write(self.session, member, self.proxy.path(), self.location).await
    }

    async fn create(&mut self, name: K::Name, value: V) -> Result<T> {
        value.create(self.session, self.proxy.creator(), name).await
    }

    /// Members whose attribute has a value, with the value.
    async fn entries(&mut self) -> Result<Vec<(Key<T>, V)>> {
        let members = self.rel().members().await?;
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            if let Some(value) = self.read(member).await? {
                entries.push((member, value));
            }
        }
        Ok(entries)
    }
}

facades! {
    impl ProxyView<'_, O, T, ToMany, V, C>, AsyncProxyView<'_, O, T, ToMany, V, C> where [O: Entity, T: Entity, V: ProxyValue<T>, C] {
        /// Returns the values, in the order of the members; loads the members if need be, and the entities that they
        /// refer to.
        ///
        /// # Errors
        /// The errors of [`Rel::load`](super::Rel::load).
        pub fn load(mut self) -> Result<Vec<V>> {
            self.values()
        }

        /// Returns whether a value is among the values. Loads as [`load`](Self::load).
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn contains(mut self, value: impl IntoProxied<V>) -> Result<bool> {
            self.holds(value)
        }

        /// Takes the first member with a value out of the relationship; returns whether there was one. With
        /// `delete-orphan` the next flush deletes it. Loads as [`load`](Self::load).
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn remove(mut self, value: impl IntoProxied<V>) -> Result<bool> {
            self.take_out(value)
        }

        /// Takes every member out of the relationship; loads the members if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn clear(mut self) -> Result<()> {
            self.empty()
        }
    }
}

facades! {
    impl ProxyView<'_, O, T, ToMany, V>, AsyncProxyView<'_, O, T, ToMany, V> where [O: Entity, T: Entity, V: ProxyValue<T>] {
        /// Adds a value at the end: the creator makes the member. Loads nothing, but for a creator that reads an
        /// expired entity. Returns the member.
        ///
        /// # Errors
        /// As [`Rel::push`](super::Rel::push); whatever the database says when an entity is read again.
        pub fn push(mut self, value: impl IntoProxied<V>) -> Result<Key<T>> {
            self.add(value)
        }

        /// Adds several values, as [`push`](Self::push). Returns the members.
        ///
        /// # Errors
        /// As [`push`](Self::push); the values before the failure are added.
        pub fn extend<N: IntoProxied<V>>(mut self, values: impl IntoIterator<Item = N>) -> Result<Vec<Key<T>>> {
            self.add_all(values)
        }

        /// Adds a value that is not among the values yet, as to a set; returns whether it was added. Loads as
        /// [`load`](Self::load).
        ///
        /// # Errors
        /// As [`load`](Self::load) and [`push`](Self::push).
        pub fn insert(mut self, value: impl IntoProxied<V>) -> Result<bool> {
            self.add_once(value)
        }

        /// Makes these the values, in this order. A member whose value is among them stays, other members are taken
        /// out, missing ones are created. Loads as [`load`](Self::load).
        ///
        /// # Errors
        /// As [`load`](Self::load) and [`push`](Self::push).
        pub fn set<N: IntoProxied<V>>(mut self, values: impl IntoIterator<Item = N>) -> Result<()> {
            self.replace(values)
        }
    }
}

impl<M: Mode, O: Entity, T: Entity, V: ProxyValue<T>, C> ProxyViewOf<'_, M, O, T, ToMany, V, C> {
    async fn values(&mut self) -> Result<Vec<V>> {
        Ok(self.entries().await?.into_iter().map(|(_, value)| value).collect())
    }

    async fn find(&mut self, value: &V) -> Result<Option<Key<T>>> {
        let wanted = value.identity();
        let entries = self.entries().await?;
        Ok(entries.into_iter().find(|(_, value)| value.identity() == wanted).map(|(member, _)| member))
    }

    async fn holds(&mut self, value: impl IntoProxied<V>) -> Result<bool> {
        let value = self.take_in(value)?;
        Ok(self.find(&value).await?.is_some())
    }

    async fn take_out(&mut self, value: impl IntoProxied<V>) -> Result<bool> {
        let value = self.take_in(value)?;
        let Some(member) = self.find(&value).await? else { return Ok(false) };
        self.rel().take_out(member).await?;
        Ok(true)
    }

    async fn empty(&mut self) -> Result<()> {
        self.rel().replace(Vec::<Key<T>>::new()).await.map(drop)
    }

    async fn add(&mut self, value: impl IntoProxied<V>) -> Result<Key<T>> {
        let value = self.take_in(value)?;
        let member = self.create((), value).await?;
        self.rel().join(member)
    }

    async fn add_all<N: IntoProxied<V>>(&mut self, values: impl IntoIterator<Item = N>) -> Result<Vec<Key<T>>> {
        let mut added = Vec::new();
        for value in values {
            added.push(self.add(value).await?);
        }
        Ok(added)
    }

    async fn add_once(&mut self, value: impl IntoProxied<V>) -> Result<bool> {
        let value = self.take_in(value)?;
        if self.find(&value).await?.is_some() {
            return Ok(false);
        }
        self.add(value).await?;
        Ok(true)
    }

    async fn replace<N: IntoProxied<V>>(&mut self, values: impl IntoIterator<Item = N>) -> Result<()> {
        let mut free: FxHashMap<V::Identity, Vec<Key<T>>> = FxHashMap::default();
        for (member, value) in self.entries().await?.into_iter().rev() {
            free.entry(value.identity()).or_default().push(member);
        }
        let mut after = Vec::new();
        for value in values {
            let value = self.take_in(value)?;
            after.push(match free.get_mut(&value.identity()).and_then(Vec::pop) {
                Some(member) => Ok(member),
                None => Err(self.create((), value).await?),
            });
        }
        // What can fail is done: the members are added and linked at once.
        let after: Vec<Key<T>> =
            after.into_iter().map(|member| member.unwrap_or_else(|new| self.session.add(new))).collect();
        self.rel().replace(after).await.map(drop)
    }
}

facades! {
    impl ProxyView<'_, O, T, Keyed<Q>, V, C>, AsyncProxyView<'_, O, T, Keyed<Q>, V, C>
    where [O: Entity, T: Entity, Q: ColumnType<Base = Q>, V: ProxyValue<T>, C] {
        /// Returns keys and values, in the order of the members; loads the members if need be, and the entities that
        /// they refer to.
        ///
        /// # Errors
        /// The errors of [`Rel::load`](super::Rel::load).
        pub fn load(mut self) -> Result<Vec<(Q, V)>> {
            self.pairs()
        }

        /// Returns the value under a key. Loads the members if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn get(mut self, key: impl MemberKey<Q>) -> Result<Option<V>> {
            self.value_under(key.into_value())
        }

        /// Takes the member under a key out of the relationship, and returns its value. With `delete-orphan` the next
        /// flush deletes it. Loads the members if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn remove(mut self, key: impl MemberKey<Q>) -> Result<Option<V>> {
            self.take(key.into_value())
        }
    }
}

facades! {
    impl ProxyView<'_, O, T, Keyed<Q>, V>, AsyncProxyView<'_, O, T, Keyed<Q>, V>
    where [O: Entity, T: Entity, Q: ColumnType<Base = Q>, V: ProxyValue<T>] {
        /// Puts a value under a key: the member there gets the value, or the creator makes a member. Returns the
        /// value that was there. Loads the members if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load) and [`Rel::push`](super::Rel::push).
        pub fn insert(mut self, key: impl Into<Q>, value: impl IntoProxied<V>) -> Result<Option<V>> {
            self.put(key.into(), value)
        }

        /// Makes these the keys and values: members under other keys are taken out. Loads the members if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load) and [`insert`](Self::insert).
        pub fn set<N: Into<Q>, W: IntoProxied<V>>(mut self, pairs: impl IntoIterator<Item = (N, W)>) -> Result<()> {
            self.replace_pairs(pairs)
        }
    }
}

impl<M: Mode, O: Entity, T: Entity, Q: ColumnType<Base = Q>, V: ProxyValue<T>, C>
    ProxyViewOf<'_, M, O, T, Keyed<Q>, V, C>
{
    async fn pairs(&mut self) -> Result<Vec<(Q, V)>> {
        let members = self.rel().entries().await?;
        let mut pairs = Vec::with_capacity(members.len());
        for (key, member) in members {
            if let Some(value) = self.read(member).await? {
                pairs.push((key, value));
            }
        }
        Ok(pairs)
    }

    async fn value_under(&mut self, key: Value) -> Result<Option<V>> {
        match self.rel().find(key).await? {
            Some(member) => self.read(member).await,
            None => Ok(None),
        }
    }

    async fn take(&mut self, key: Value) -> Result<Option<V>> {
        let before = self.value_under(key.clone()).await?;
        self.rel().take(key).await?;
        Ok(before)
    }

    async fn put(&mut self, key: Q, value: impl IntoProxied<V>) -> Result<Option<V>> {
        let value = self.take_in(value)?;
        let Some(member) = self.rel().find(key.to_value().to_value()).await? else {
            let member = self.create(key, value).await?;
            self.rel().put(member).await?;
            return Ok(None);
        };
        let before = self.read(member).await?;
        self.write(member, value).await?;
        Ok(before)
    }

    async fn replace_pairs<N: Into<Q>, W: IntoProxied<V>>(
        &mut self,
        pairs: impl IntoIterator<Item = (N, W)>,
    ) -> Result<()> {
        let pairs: Vec<(Q, W)> = pairs.into_iter().map(|(key, value)| (key.into(), value)).collect();
        let kept: FxHashSet<Value> = pairs.iter().map(|(key, _)| key.to_value().to_value()).collect();
        for (key, _) in self.rel().entries().await? {
            let key = key.to_value().to_value();
            if !kept.contains(&key) {
                self.rel().take(key).await?;
            }
        }
        for (key, value) in pairs {
            self.put(key, value).await?;
        }
        Ok(())
    }
}

facades! {
    impl ProxyView<'_, O, T, ToOne, V, C>, AsyncProxyView<'_, O, T, ToOne, V, C> where [O: Entity, T: Entity, V: ProxyValue<T>, C] {
        /// Returns the value; `None` where there is no entity at the other end. Loads that entity if need be, and the
        /// one that it refers to.
        ///
        /// # Errors
        /// The errors of [`Rel::load`](super::Rel::load).
        pub fn load(mut self) -> Result<Option<V>> {
            self.value()
        }
    }
}

facades! {
    impl ProxyView<'_, O, T, ToOne, V>, AsyncProxyView<'_, O, T, ToOne, V> where [O: Entity, T: Entity, V: ProxyValue<T>] {
        /// Sets the value: the entity at the other end gets it, or the creator makes an entity. Loads the entity if
        /// need be.
        ///
        /// # Errors
        /// As [`load`](Self::load) and [`Rel::set`](super::Rel::set).
        pub fn set(mut self, value: impl IntoProxied<V>) -> Result<()> {
            self.assign(value)
        }
    }
}

impl<M: Mode, O: Entity, T: Entity, V: ProxyValue<T>, C> ProxyViewOf<'_, M, O, T, ToOne, V, C> {
    async fn value(&mut self) -> Result<Option<V>> {
        match self.rel().other().await? {
            Some(other) => self.read(other).await,
            None => Ok(None),
        }
    }

    async fn assign(&mut self, value: impl IntoProxied<V>) -> Result<()> {
        let value = self.take_in(value)?;
        match self.rel().other().await? {
            Some(other) => self.write(other, value).await,
            None => {
                let other = self.create((), value).await?;
                self.rel().point_to(other).await.map(drop)
            }
        }
    }
}
