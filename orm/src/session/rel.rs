//! A relationship of one entity: to read it, and the only way to change it.

use std::panic::Location;

use rustc_hash::FxHashSet;

use super::{Core, IntoMember, MemberKey, SessionOf};
use crate::column_type::ColumnType;
#[cfg(feature = "async")]
use crate::engine::Awaiting;
use crate::engine::{Blocking, LoadedRelationship, Mode, facades};
use crate::error::{Error, Result};
use crate::key::{IsA, Key};
use crate::load::{EntitySink, RelationPlan, Select, members_select};
use crate::mapping::{CollectionShape, Entity, Keyed, RelationKind, Relationship, ToMany, ToOne, Viewed};
use crate::value::Value;

/// A relationship of one entity, on its session. Changes act on both sides at once and are written by the next flush.
pub type Rel<'s, O, T, K> = RelOf<'s, Blocking, O, T, K>;

/// A [`Rel`], on an [`AsyncSession`](super::AsyncSession).
#[cfg(feature = "async")]
pub type AsyncRel<'s, O, T, K> = RelOf<'s, Awaiting, O, T, K>;

/// A [`Rel`], on a session of either kind.
pub struct RelOf<'s, M: Mode, O: Entity, T: Entity, K> {
    session: &'s mut SessionOf<M>,
    owner: Key<O>,
    relationship: Relationship<O, T, K>,
    location: &'static Location<'static>,
}

impl<'s, M: Mode, O: Entity, T: Entity, K> RelOf<'s, M, O, T, K> {
    #[track_caller]
    pub(super) fn new(session: &'s mut SessionOf<M>, owner: Key<O>, relationship: Relationship<O, T, K>) -> Self {
        Self::at(session, owner, relationship, Location::caller())
    }

    /// The same, asked for at a place of the program that is known.
    pub(super) fn at(
        session: &'s mut SessionOf<M>,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        location: &'static Location<'static>,
    ) -> Self {
        Self { session, owner, relationship, location }
    }

    /// Whether the other end is known: a collection that is loaded, a reference that is empty or whose entity is held and fresh.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the owner's key is not honored.
    pub fn is_loaded(&self) -> Result<bool> {
        let unit = &self.session.core.unit;
        let expired = unit.is_expired(self.owner)?;
        // The foreign key itself may have changed.
        let stale = expired && self.relationship.meta().kind == RelationKind::BelongsTo;
        Ok(!stale && unit.is_loaded(O::entity_meta(), self.owner.slot(), self.relationship.index()))
    }

    /// Loads what is not known yet: no statement when it is.
    async fn ensure(&mut self) -> Result<()> {
        // What a view shows depends on columns that the program may have changed.
        if self.is_loaded()? && !self.relationship.meta().kind.is_view() {
            return Ok(());
        }
        self.session.core.autoflush().await?;
        if self.is_stale_reference()? {
            self.session.core.freshen(self.owner).await?;
        }
        if self.is_loaded()? {
            return Ok(());
        }
        let Core { unit, link, lazy_loads, transactions, options, .. } = &mut self.session.core;
        let owner = self.owner.slot();
        let plan = RelationPlan::lazy(unit, O::entity_meta(), owner, self.relationship.index())?;
        let mut plan = plan.under(&options.execution);
        if lazy_loads.is_watching() && plan.is_single_load() {
            let relationship = LoadedRelationship::new(O::entity_meta().name, self.relationship.name());
            lazy_loads.note(*transactions, relationship, self.location)?;
        }
        link.read(plan.lazy_cause(), &mut plan).await?;
        drop(plan);
        self.session.core.tell_states();
        Ok(())
    }

    fn is_stale_reference(&self) -> Result<bool> {
        Ok(self.relationship.meta().kind == RelationKind::BelongsTo && self.session.core.unit.is_expired(self.owner)?)
    }

    pub(super) fn join(&mut self, member: impl IntoMember<T>) -> Result<Key<T>> {
        self.session.core.unit.is_expired(self.owner)?;
        let mark = self.session.core.unit.mark();
        let member = member.into_member(self.session);
        self.session.core.put_in(mark, self.owner, self.relationship, member)
    }

    /// Reads an entity again if it is expired, as what is to be done depends on its foreign key.
    async fn read_again<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        self.session.core.freshen(key).await?;
        match self.session.core.unit.is_expired(key)? {
            false => Ok(()),
            true => Err(Error::UnflushedChanges {
                entity: E::entity_meta().name,
                message: format!(
                    "the {} is expired and has edits that are not flushed, so that {}.{} cannot be decided: \
                     `session.flush()?` or `session.refresh(key)?` first",
                    E::entity_meta().name,
                    O::entity_meta().name,
                    self.relationship.name()
                ),
            }),
        }
    }

    /// The query of the members.
    fn query(&self) -> Result<Select<Key<T>>> {
        let (meta, unit) = (O::entity_meta(), &self.session.core.unit);
        unit.is_expired(self.owner)?;
        let Some(mut key) = unit.identity(meta, self.owner.slot()) else {
            return Err(Error::RowPending { entity: meta.name, way_out: ": flush it before its members are queried" });
        };
        // Members refer to the row of the owner's table.
        key.drain(..key.len() - meta.row_key().len());
        members_select(meta, self.relationship.meta(), &key)
    }

    pub(super) async fn members(&mut self) -> Result<Vec<Key<T>>> {
        self.ensure().await?;
        self.session.core.unit.members(self.owner, self.relationship)
    }

    /// Whether an entity is a member.
    async fn has(&mut self, member: Key<T>) -> Result<bool> {
        self.ensure().await?;
        self.session.core.unit.holds_member(self.owner, self.relationship, member)
    }

    /// The entity at the other end.
    pub(super) async fn other(&mut self) -> Result<Option<Key<T>>> {
        self.ensure().await?;
        self.session.core.unit.other_end(self.owner, self.relationship)
    }

    /// The entity at the other end, where there has to be one.
    async fn required(&mut self) -> Result<Key<T>> {
        let relationship = self.relationship;
        self.other().await?.ok_or_else(|| Error::EmptyRelationship {
            entity: O::entity_meta().name,
            relationship: relationship.name(),
        })
    }
}

/// Declares `select` for the kinds of collection.
macro_rules! collection_query {
    ($(impl [$($parameter:ident)?] $kind:ty),+ $(,)?) => {
        $(
            impl<M: Mode, O: Entity, T: Entity $(, $parameter)?> RelOf<'_, M, O, T, $kind> {
                /// Returns the SELECT of the members, in the order of the mapping, to filter, count and limit in the database. Loads no collection, so it
                /// is the way to ask a collection that is too large to load. Members that were added are seen, as a query flushes first.
                ///
                /// # Errors
                /// [`Error::UnknownKey`] when the owner's key is not honored, [`Error::RowPending`] when the owner has no row yet.
                ///
                /// ```
                /// # use orm::prelude::*;
                /// # #[derive(Entity, Debug, Default)]
                /// # struct User { #[entity(primary_key)] id: Auto<i64>, #[entity(inverse = "user")] addresses: HasMany<Address> }
                /// # #[derive(Entity, Debug, Default)]
                /// # struct Address {
                /// #     #[entity(primary_key)] id: Auto<i64>,
                /// #     email: String,
                /// #     #[entity(inverse = "addresses")] user: BelongsTo<User>,
                /// # }
                /// # let engine = Engine::new("sqlite://")?;
                /// # engine.create_all(schema![User, Address])?;
                /// let mut session = Session::new(&engine);
                /// let ed = session.add(User::default());
                /// session.flush()?;
                /// for email in ["ed@example.org", "ed@example.com"] {
                ///     session.rel(ed, User::ADDRESSES).push(Address { email: email.into(), ..Address::default() })?;
                /// }
                /// let addresses = session.rel(ed, User::ADDRESSES).select()?;
                /// assert_eq!(session.count(addresses.clone())?, 2);
                /// let org = session.one(addresses.filter(Address::EMAIL.like("%.org")))?;
                /// assert_eq!(session[org].email, "ed@example.org");
                /// # Ok::<(), orm::Error>(())
                /// ```
                ///
                /// Counterpart: the query of a `lazy="dynamic"` relationship, `WriteOnlyCollection.select()`.
                pub fn select(&self) -> Result<Select<Key<T>>> {
                    self.query()
                }
            }
        )+
    };
}

collection_query!(impl [] ToMany, impl [C] Keyed<C>, impl [] Viewed<ToMany>);

facades! {
    impl Rel<'_, O, T, ToMany>, AsyncRel<'_, O, T, ToMany> where [O: Entity, T: Entity] {
        /// The members, in order; loads them if need be.
        ///
        /// # Errors
        /// [`Error::UnknownKey`], [`Error::RaisedLoad`], whatever the database says.
        pub fn load(mut self) -> Result<Vec<Key<T>>> {
            self.members()
        }

        /// Takes a member out; with `delete-orphan` the next flush deletes it. One that is not in it is left alone;
        /// where memory is expired, the member is read again first, and where only the rows of a many-to-many relationship can tell, they are loaded.
        ///
        /// # Errors
        /// [`Error::UnknownKey`] when a key is not honored; as [`load`](Self::load) when it loads.
        pub fn remove(mut self, member: Key<impl IsA<T>>) -> Result<()> {
            self.take_out(member.as_a())
        }

        /// Whether an entity is a member; loads them if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn contains(mut self, member: Key<impl IsA<T>>) -> Result<bool> {
            self.has(member.as_a())
        }

        /// Makes these the members, in this order: what is missing is put in, what is not among them is taken out. Loads them if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load) and [`push`](Self::push).
        pub fn set<M: IntoMember<T>>(mut self, members: impl IntoIterator<Item = M>) -> Result<Vec<Key<T>>> {
            self.replace(members)
        }
    }
}

impl<M: Mode, O: Entity, T: Entity> RelOf<'_, M, O, T, ToMany> {
    /// Puts an entity, or the key of one, at the end. Loads nothing; what is there already stays where it is. A many-to-many link
    /// of which neither side knows is inserted again, which the database refuses: load one side first where that can be.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when a key is not honored; [`Error::RowDeleted`] when the row of one was deleted in this transaction.
    pub fn push(mut self, member: impl IntoMember<T>) -> Result<Key<T>> {
        self.join(member)
    }

    /// Puts several at the end.
    ///
    /// # Errors
    /// As [`push`](Self::push); those before the failure are in.
    pub fn extend<N: IntoMember<T>>(mut self, members: impl IntoIterator<Item = N>) -> Result<Vec<Key<T>>> {
        members.into_iter().map(|member| self.join(member)).collect()
    }

    /// Takes a member out; where only the rows can tell whether it is one, they are loaded.
    pub(super) async fn take_out(&mut self, member: Key<T>) -> Result<()> {
        if self.session.core.unit.is_member(self.owner, self.relationship, member)?.is_none() {
            match self.relationship.meta().kind {
                RelationKind::ManyToMany => self.ensure().await?,
                // The member's foreign key tells, once it has been read again.
                _ => match self.read_again(member).await {
                    Err(Error::ObjectDeleted { .. }) => return Ok(()),
                    read => read?,
                },
            }
        }
        self.session.core.take_out(self.owner, self.relationship, member)
    }

    /// Makes these the members, in this order.
    pub(super) async fn replace<N: IntoMember<T>>(
        &mut self,
        members: impl IntoIterator<Item = N>,
    ) -> Result<Vec<Key<T>>> {
        let before = self.members().await?;
        let mark = self.session.core.unit.mark();
        let after: Vec<Key<T>> = members.into_iter().map(|member| member.into_member(self.session)).collect();
        if self.session.core.hears_attributes() {
            return self.session.core.replace_heard(mark, self.owner, self.relationship, (&before, after));
        }
        let kept: FxHashSet<Key<T>> = after.iter().copied().collect();
        for gone in before.iter().filter(|member| !kept.contains(member)) {
            self.session.core.unit.take_out(self.owner, self.relationship, *gone)?;
        }
        for member in &after {
            self.session.core.unit.put_in(self.owner, self.relationship, *member)?;
        }
        self.session.core.unit.order_members(self.owner, self.relationship, &after)?;
        Ok(after)
    }
}

facades! {
    impl Rel<'_, O, T, Viewed<ToMany>>, AsyncRel<'_, O, T, Viewed<ToMany>> where [O: Entity, T: Entity] {
        /// The entities that are found, in order; loads them if rows were written since they were found last.
        ///
        /// # Errors
        /// [`Error::UnknownKey`], [`Error::RaisedLoad`], whatever the database says.
        pub fn load(mut self) -> Result<Vec<Key<T>>> {
            self.members()
        }

        /// Whether an entity is among those that are found; loads them as [`load`](Self::load) does.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn contains(mut self, member: Key<impl IsA<T>>) -> Result<bool> {
            self.has(member.as_a())
        }
    }
}

/// Explains, in a compile error, that a view-only relationship is not changed. Never implemented.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a view-only relationship is never changed",
    label = "what is in it follows from the condition `on`",
    note = "change the columns that the condition compares: the next `load` shows what the rows say then"
)]
pub trait ChangesView {}

impl<M: Mode, O: Entity, T: Entity, K> RelOf<'_, M, O, T, Viewed<K>> {
    /// Explains, in a compile error, that a view-only relationship is not changed.
    #[doc(hidden)]
    pub fn push<N: ChangesView>(self, _member: N) {}

    /// Explains, in a compile error, that a view-only relationship is not changed.
    #[doc(hidden)]
    pub fn remove<N: ChangesView>(self, _member: N) {}

    /// Explains, in a compile error, that a view-only relationship is not changed.
    #[doc(hidden)]
    pub fn set<N: ChangesView>(self, _members: N) {}
}

facades! {
    impl Rel<'_, O, T, Viewed<ToOne>>, AsyncRel<'_, O, T, Viewed<ToOne>> where [O: Entity, T: Entity] {
        /// The entity that is found; loads it if rows were written since it was found last.
        ///
        /// # Errors
        /// [`Error::UnknownKey`], [`Error::RaisedLoad`], whatever the database says.
        pub fn load(mut self) -> Result<Option<Key<T>>> {
            self.other()
        }

        /// The entity that is found, where there has to be one; loads it as [`load`](Self::load) does.
        ///
        /// # Errors
        /// Those of [`load`](Self::load); [`Error::EmptyRelationship`] when there is no entity.
        pub fn one(mut self) -> Result<Key<T>> {
            self.required()
        }
    }
}

facades! {
    impl Rel<'_, O, T, Keyed<C>>, AsyncRel<'_, O, T, Keyed<C>> where [O: Entity, T: Entity, C: ColumnType<Base = C>] {
        /// Keys and members, in order; loads them if need be.
        ///
        /// # Errors
        /// [`Error::UnknownKey`], [`Error::RaisedLoad`], whatever the database says.
        pub fn load(mut self) -> Result<Vec<(C, Key<T>)>> {
            self.entries()
        }

        /// The member under a key; loads them if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn get(mut self, key: impl MemberKey<C>) -> Result<Option<Key<T>>> {
            self.find(key.into_value())
        }

        /// Puts an entity, or the key of one, in under its own key; a member that was there under that key is taken out. Loads them if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn insert(mut self, member: impl IntoMember<T>) -> Result<Key<T>> {
            self.put(member)
        }

        /// Takes the member under a key out, and gives it; with `delete-orphan` the next flush deletes it. Loads them if need be.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn remove(mut self, key: impl MemberKey<C>) -> Result<Option<Key<T>>> {
            self.take(key.into_value())
        }
    }
}

impl<M: Mode, O: Entity, T: Entity, C: ColumnType<Base = C>> RelOf<'_, M, O, T, Keyed<C>> {
    /// Keys and members, in order.
    pub(super) async fn entries(&mut self) -> Result<Vec<(C, Key<T>)>> {
        let members = self.members().await?;
        members.into_iter().map(|member| Ok((self.key_of(member)?, member))).collect()
    }

    /// Puts a member in under its own key.
    pub(super) async fn put(&mut self, member: impl IntoMember<T>) -> Result<Key<T>> {
        self.ensure().await?;
        self.join(member)
    }

    /// Takes the member under a key out.
    pub(super) async fn take(&mut self, key: Value) -> Result<Option<Key<T>>> {
        let found = self.find(key).await?;
        if let Some(member) = found {
            self.session.core.take_out(self.owner, self.relationship, member)?;
        }
        Ok(found)
    }

    /// The member under a key.
    pub(super) async fn find(&mut self, key: Value) -> Result<Option<Key<T>>> {
        self.ensure().await?;
        self.session.core.unit.member_under(self.owner, self.relationship, &key)
    }

    fn key_of(&self, member: Key<T>) -> Result<C> {
        let meta = T::entity_meta();
        let CollectionShape::Keyed(field) = self.relationship.meta().shape else {
            return Err(Error::invalid(format!("{}.{} has no key", O::entity_meta().name, self.relationship.name())));
        };
        let column = meta.column_of_field(field).ok_or_else(|| Error::Mapping {
            faults: vec![format!("{} has no field `{field}` to be the key of {}", meta.name, self.relationship.name())],
        })?;
        let value = crate::mapping::Record::value(self.session.core.unit.entity(member)?, column).to_value();
        let found = value.kind();
        C::from_value(value).map_err(|expected| Error::Decode {
            entity: meta.name.to_owned(),
            column: meta.columns[column].name.to_owned(),
            expected,
            found: found.to_owned(),
        })
    }
}

facades! {
    impl Rel<'_, O, T, ToOne>, AsyncRel<'_, O, T, ToOne> where [O: Entity, T: Entity] {
        /// The entity at the other end; loads it if need be.
        ///
        /// # Errors
        /// [`Error::UnknownKey`], [`Error::RaisedLoad`], whatever the database says.
        pub fn load(mut self) -> Result<Option<Key<T>>> {
            self.other()
        }

        /// The entity at the other end, where there has to be one; loads it if need be.
        ///
        /// # Errors
        /// Those of [`load`](Self::load); [`Error::EmptyRelationship`] when there is no entity.
        pub fn one(mut self) -> Result<Key<T>> {
            self.required()
        }

        /// Sets the other end to an entity, or the key of one.
        ///
        /// # Errors
        /// [`Error::UnknownKey`] when a key is not honored; [`Error::RowDeleted`] when the row of whoever refers was deleted in this transaction. Where the other end holds the foreign key, as [`load`](Self::load): who was there must be known.
        pub fn set(mut self, other: impl IntoMember<T>) -> Result<Key<T>> {
            self.point_to(other)
        }

        /// Empties the relationship; a required one must be set again before the flush. With `delete-orphan` at the other end the flush deletes
        /// the entity, which is read again first if it is expired.
        ///
        /// # Errors
        /// As [`set`](Self::set); as [`load`](Self::load) when it reads.
        pub fn clear(mut self) -> Result<()> {
            self.empty()
        }
    }
}

impl<M: Mode, O: Entity, T: Entity> RelOf<'_, M, O, T, ToOne> {
    /// Sets the other end.
    pub(super) async fn point_to(&mut self, other: impl IntoMember<T>) -> Result<Key<T>> {
        if self.relationship.meta().kind != RelationKind::BelongsTo {
            self.ensure().await?;
            return self.join(other);
        }
        self.session.core.unit.is_expired(self.owner)?;
        let mark = self.session.core.unit.mark();
        let other = other.into_member(self.session);
        let target = self.session.core.point_to(mark, self.owner, self.relationship, Some(other))?;
        Ok(target.unwrap_or(other))
    }

    /// Empties the relationship.
    async fn empty(&mut self) -> Result<()> {
        if self.relationship.meta().kind == RelationKind::BelongsTo {
            if self.session.core.unit.may_orphan(self.owner, self.relationship)? {
                // Only what had an owner is an orphan without.
                self.read_again(self.owner).await?;
            }
            let mark = self.session.core.unit.mark();
            return self.session.core.point_to(mark, self.owner, self.relationship, None).map(drop);
        }
        for member in self.members().await? {
            self.session.core.take_out(self.owner, self.relationship, member)?;
        }
        Ok(())
    }
}
