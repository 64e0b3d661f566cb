//! The session: who talks to the database, and when. No rule of its own: each method hands the unit of work to a loop.
//!
//! What waits is written once, as an `async fn` of `Core`; a blocking session runs it on the spot, an awaited one awaits it.
//!
//! Invariants: nothing waits for a database but methods that take the session mutably and give a `Result`;
//! a transaction begins with the first statement and ends with `commit`, `rollback`, `close` or the drop of the session;
//! whatever fails leaves a session that says what to do and can be used after a rollback at the latest.

mod attribute;
#[cfg(feature = "async")]
mod awaiting;
mod bulk;
mod column;
mod finish;
mod get;
#[cfg(all(test, feature = "sqlite"))]
mod growth;
mod hybrid;
mod link;
mod member;
mod merge;
mod n_plus_one;
mod options;
mod proxy;
mod query;
mod rel;
mod retry;
mod run;
mod states;
#[cfg(all(test, feature = "sqlite"))]
mod tests;

use std::ops::{Index, IndexMut};
use std::sync::Weak;

#[cfg(feature = "async")]
pub use awaiting::{AsyncSession, AsyncSessionBuilder, SessionStream};
pub use finish::Savepoint;
pub use member::{IntoMember, MemberKey};
pub use n_plus_one::RepeatedLoad;
pub use options::{SessionBuilder, SessionBuilderOf};
#[cfg(feature = "async")]
pub use proxy::AsyncProxyView;
pub use proxy::{IntoProxied, ProxyInner, ProxyValue, ProxyView, ProxyViewOf};
#[cfg(feature = "async")]
pub use query::AsyncQuery;
pub use query::{Query, QueryOf};
#[cfg(feature = "async")]
pub use rel::AsyncRel;
pub use rel::{Rel, RelOf};
pub use retry::Retry;

use self::link::Link;
use self::n_plus_one::LazyLoads;
use self::options::SessionOptions;
use crate::column_type::ColumnType;
use crate::engine::{Blocking, EngineOf, Mode, Recorded, Recorder};
use crate::error::Result;
use crate::event::{Listener, ListenerToken, Listeners, ToldChanges};
use crate::key::{IsA, Key};
use crate::mapping::{Entity, Relationship};
use crate::sql::Column;
use crate::unit::{FlushPlan, History, Memory, State, StateMark, UnitOfWork};

/// A workspace: the entities of one conversation with a database, each once, and their changes. It blocks while the database works.
///
/// Programs hold [`Key`]s; the session owns the entities. `session[key]` reads one from memory, `session[key].name = ...` edits it; both panic on a
/// key that this session does not honor, as an index out of range does. [`peek`](Session::peek) and [`edit`](Session::edit) give an error instead.
///
/// `session[key]` never asks the database. After a commit, an entity is expired: memory shows the values of the transaction that is over.
/// [`load`](Session::load) reads the row again if needed. An edit of expired memory is allowed and guarded: its UPDATE requires that the edited
/// columns still have the values which memory had, so a change by another transaction gives
/// [`Error::StaleData`](crate::Error::StaleData) instead of being overwritten. An assignment of the value that memory already has is found by
/// nothing: use [`set`](Session::set) where it must count. SQLAlchemy reads an expired object at the first access instead, at one SELECT each.
///
/// Counterpart: `sqlalchemy.orm.Session`.
pub type Session = SessionOf<Blocking>;

/// A workspace of either kind: a [`Session`], which blocks while the database works, or one to await.
pub struct SessionOf<M: Mode> {
    core: Core<M>,
}

/// What a session consists of, for whoever waits in whatever way.
struct Core<M: Mode> {
    unit: UnitOfWork,
    link: Link<M>,
    options: SessionOptions,
    lazy_loads: LazyLoads,
    /// The changes that attribute listeners have heard of since the last flush.
    told_changes: ToldChanges,
    /// Up to where changes of state were told; `None` while nobody listens.
    state_mark: Option<StateMark>,
    /// How many savepoints this transaction has set.
    savepoints: usize,
    /// How many transactions have ended, so that nobody takes the savepoint of one for that of another.
    transactions: usize,
    /// Who keeps it from flushing on its own account.
    quiet: Weak<()>,
    /// Blocking code that was given up, and works on the entities all the same.
    #[cfg(feature = "async")]
    away: Option<awaiting::Away>,
}

impl<M: Mode> Core<M> {
    fn new(unit: UnitOfWork, link: Link<M>, options: SessionOptions) -> Self {
        Self {
            unit,
            link,
            lazy_loads: LazyLoads::new(options.n_plus_one),
            options,
            told_changes: ToldChanges::default(),
            state_mark: None,
            savepoints: 0,
            transactions: 0,
            quiet: Weak::new(),
            #[cfg(feature = "async")]
            away: None,
        }
    }
}

impl<M: Mode> SessionOf<M> {
    /// A session with the default options. Opens nothing: a connection is taken when the first statement is sent.
    pub fn new(engine: &EngineOf<M>) -> Self {
        Self::builder(engine).build()
    }

    /// Options for a session to be.
    ///
    /// Counterpart: `sessionmaker()`.
    pub fn builder(engine: &EngineOf<M>) -> SessionBuilderOf<M> {
        SessionBuilderOf::new(engine)
    }

    /// Takes an entity in as pending, with everything new that hangs on it by relationships with the `save-update` cascade; the next flush inserts it.
    /// Sends nothing.
    ///
    /// Counterpart: `Session.add`.
    pub fn add<E: Entity>(&mut self, entity: E) -> Key<E> {
        let key = self.core.unit.add(entity);
        self.core.tell_states();
        key
    }

    /// Takes several entities in.
    ///
    /// Counterpart: `Session.add_all`.
    pub fn add_all<E: Entity>(&mut self, entities: impl IntoIterator<Item = E>) -> Vec<Key<E>> {
        entities.into_iter().map(|entity| self.add(entity)).collect()
    }

    /// The entity as it is in memory; never asks the database.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    pub fn peek<E: Entity>(&self, key: Key<E>) -> Result<&E> {
        self.core.unit.entity(key)
    }

    /// The entity to edit; the next flush writes what differs. An entity whose row this transaction deleted has no row to write: an edit of
    /// the entity is not written, and a rollback takes the edit back with the deletion.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    pub fn edit<E: Entity>(&mut self, key: Key<E>) -> Result<&mut E> {
        self.core.unit.edit(key)
    }

    /// Assigns a column of an entity. The next flush writes the column whatever memory held, even if the value is the same.
    ///
    /// A plain `session[key].name = ..` is found by comparison, so an assignment of the value that memory already has leaves no trace;
    /// on an expired entity that value may differ from the row's. `set` is the assignment that always counts. Sends nothing.
    ///
    /// [Listeners of the column](crate::event::on_set) are called at once, and may refuse or replace the value; of a
    /// plain assignment they hear at the next flush.
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Entity, Debug, Default)]
    /// # struct Door { #[entity(primary_key)] id: Auto<i64>, state: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::new("sqlite://")?;
    /// # engine.create_all(schema![Door])?;
    /// let mut session = Session::new(&engine);
    /// let door = session.add(Door { state: "open".into(), ..Door::default() });
    /// session.commit()?; // expires `door`: another session may close it from here on
    /// session.set(door, Door::STATE, "open")?;
    /// session.commit()?; // UPDATE door SET state = 'open'
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored;
    /// [`Error::RowDeleted`](crate::Error::RowDeleted) when the entity was deleted in this transaction;
    /// [`Error::ListenerFailed`](crate::Error::ListenerFailed) when a listener refuses the value.
    ///
    /// Counterpart: `user.name = ..` in SQLAlchemy, which notices every assignment.
    pub fn set<C: IsA<O>, O: Entity, T: ColumnType, L>(
        &mut self,
        key: Key<C>,
        column: Column<O, T, L>,
        value: impl Into<T>,
    ) -> Result<()> {
        self.core.assign(key.as_a(), column.name(), value.into().into())
    }

    /// Marks an entity for deletion by the next flush, which also deletes or lets go what its cascades reach. Sends nothing.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored;
    /// [`Error::RowPending`](crate::Error::RowPending) when the entity has no row yet;
    /// [`Error::ObjectDeleted`](crate::Error::ObjectDeleted) when its row is gone and another has its primary key.
    ///
    /// Counterpart: `Session.delete`, which loads what the cascades need at once; here the flush does, for all deletions together.
    pub fn delete<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        self.core.unit.delete(key)
    }

    /// Makes an entity with a row pending: the next flush inserts it as a new row, with the values that it has in
    /// memory, and the row that it had stays in the database as it is. The key stays the same. A generated primary key
    /// is unset; assign another one where keys are not generated.
    ///
    /// The entity keeps its references. Its collections are those of the old row, so they are empty, but for members
    /// that have no row yet. Other entities that refer to the old row still do: `rel(..)` makes them refer to the new
    /// one. Sends nothing. Costs a look at each entity in memory of the types that may refer to the row.
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Entity, Debug, Default)]
    /// # struct Price { #[entity(primary_key)] id: Auto<i64>, cents: i64 }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::new("sqlite://")?;
    /// # engine.create_all(schema![Price])?;
    /// let mut session = Session::new(&engine);
    /// let price = session.add(Price { cents: 100, ..Price::default() });
    /// session.flush()?;
    /// session[price].cents = 120;
    /// session.make_pending(price)?;
    /// session.flush()?; // INSERT INTO price (cents) VALUES (120)
    /// assert_eq!(session.all(select(Price::CENTS).order_by(Price::ID))?, [100, 120]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored;
    /// [`Error::RowDeleted`](crate::Error::RowDeleted) when the entity was deleted in this transaction;
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when the entity is or was expired, so that its other
    /// values may not be those of its row, and when it is marked for deletion.
    ///
    /// Counterpart: `make_transient(entity)` and `Session.add(entity)`.
    pub fn make_pending<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        self.core.unit.make_pending(key)?;
        self.core.tell_states();
        Ok(())
    }

    /// Takes an entity out of the session: it is a value of yours again, its row stays. What its `expunge` cascades reach leaves the session as well
    /// and is dropped; take out first what you want to keep of it.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    ///
    /// Counterpart: `Session.expunge`.
    pub fn expunge<E: Entity>(&mut self, key: Key<E>) -> Result<E> {
        let leaving = self.core.coming_transitions(|core| core.unit.transitions_of_expunge(key).unwrap_or_default());
        let entity = self.core.unit.expunge(key)?;
        self.core.tell_transitions(&leaving);
        Ok(entity)
    }

    /// Drops every entity, and every unflushed change with them. The transaction goes on.
    ///
    /// Counterpart: `Session.expunge_all`.
    pub fn expunge_all(&mut self) {
        self.core.expunge_all();
    }

    /// Drops what is known about an entity, unflushed edits included; [`load`](Session::load) reads it again.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored; [`Error::RowPending`](crate::Error::RowPending) when the entity has no row yet.
    ///
    /// Counterpart: `Session.expire`.
    pub fn expire<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        self.core.unit.expire(key)
    }

    /// Nothing that is known is trusted any more; unflushed edits stay. Costs nothing per entity.
    ///
    /// Counterpart: `Session.expire_all`.
    pub fn expire_all(&mut self) {
        self.core.unit.expire_all();
    }

    /// Whether a key is honored by this session.
    pub fn contains<E: Entity>(&self, key: Key<E>) -> bool {
        self.core.unit.state(key).is_ok()
    }

    /// The same entity as one of a class of its hierarchy; `None` when it is of another. Sends nothing.
    ///
    /// The way back is [`Key::upcast`].
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    ///
    /// Counterpart: `isinstance(employee, Engineer)`.
    pub fn downcast<E: Entity>(&self, key: Key<impl Entity<Root = E::Root>>) -> Result<Option<Key<E>>> {
        self.core.unit.state(key)?;
        self.core.unit.downcast(key.upcast())
    }

    /// What an entity is to the database.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    pub fn state<E: Entity>(&self, key: Key<E>) -> Result<State> {
        self.core.unit.state(key)
    }

    /// The primary key of an entity's row; `None` while the entity has no row. Sends nothing: the key of an expired
    /// entity is known, and that of a deleted one is the last that the row had. An edit of the key counts once it is
    /// flushed.
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// #[derive(Entity, Debug, Default)]
    /// struct User {
    ///     #[entity(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::new("sqlite://")?;
    /// # engine.create_all(schema![User])?;
    /// let mut session = Session::new(&engine);
    /// let ed = session.add(User { name: "ed".into(), ..User::default() });
    /// assert_eq!(session.id(ed)?, None);
    /// session.commit()?;
    /// assert_eq!(session.id(ed)?, Some(1));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    ///
    /// Counterpart: `inspect(user).identity`.
    pub fn id<E: Entity>(&self, key: Key<E>) -> Result<Option<E::PrimaryKey>> {
        self.core.unit.id(key)
    }

    /// Whether an entity must be read again before it can be trusted.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    pub fn is_expired<E: Entity>(&self, key: Key<E>) -> Result<bool> {
        self.core.unit.is_expired(key)
    }

    /// The entities of a type that the next flush inserts, in the order in which they were added.
    ///
    /// Counterpart: `Session.new`.
    pub fn pending<E: Entity>(&self) -> Vec<Key<E>> {
        self.core.unit.new_keys()
    }

    /// The entities of a type that differ from their rows, in the order of their first edit.
    ///
    /// Counterpart: `Session.dirty`, which also lists entities that were set to the value that they had.
    pub fn dirty<E: Entity>(&self) -> Vec<Key<E>> {
        self.core.unit.dirty_keys()
    }

    /// The entities of a type that are marked for deletion, in that order.
    ///
    /// Counterpart: `Session.deleted`.
    pub fn deleted<E: Entity>(&self) -> Vec<Key<E>> {
        self.core.unit.deleted_keys()
    }

    /// Every entity of a type that the session holds, in order of arrival.
    pub fn held<E: Entity>(&self) -> Vec<Key<E>> {
        self.core.unit.keys()
    }

    /// Whether the next flush would write an entity.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    ///
    /// Counterpart: `Session.is_modified`.
    pub fn is_modified<E: Entity>(&self, key: Key<E>) -> Result<bool> {
        self.core.unit.is_modified(key)
    }

    /// The columns that the next flush writes, with the values before and after.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored.
    ///
    /// Counterpart: `inspect(entity).attrs.name.history`.
    pub fn history<E: Entity>(&self, key: Key<E>) -> Result<Vec<History>> {
        self.core.unit.history(key)
    }

    /// Adds a listener behind the others.
    ///
    /// Counterpart: `event.listen(session, ..)`.
    pub fn listen(&mut self, listener: Listener) -> ListenerToken {
        let token = self.core.options.listen(listener);
        self.core.watch_states();
        self.core.link.set_listeners(self.core.options.listeners.clone());
        token
    }

    /// Removes a listener; returns whether it was there. A listener of the factory is removed from this session alone.
    ///
    /// Counterpart: `event.remove`.
    pub fn unlisten(&mut self, token: ListenerToken) -> bool {
        let removed = self.core.options.unlisten(token);
        self.core.watch_states();
        self.core.link.set_listeners(self.core.options.listeners.clone());
        removed
    }

    /// Returns the listeners of the session, those of its factory included, in the order in which they are called.
    pub fn listeners(&self) -> &Listeners {
        &self.core.options.listeners
    }

    /// What a flush would do, in which order and why. Sends nothing and changes nothing.
    ///
    /// # Errors
    /// What the flush would find wrong before it sends anything.
    pub fn flush_plan(&mut self) -> Result<FlushPlan> {
        self.core.unit.flush_plan(self.core.link.engine().capabilities())
    }

    /// How much the session holds.
    pub fn memory(&self) -> Memory {
        self.core.unit.memory()
    }

    /// Relationships that were loaded lazily for one entity after another, each once, as the session's [`NPlusOne`](crate::engine::NPlusOne) policy counts them.
    pub fn repeated_loads(&self) -> &[RepeatedLoad] {
        self.core.lazy_loads.repeated()
    }

    /// The engine that the session works on.
    pub fn engine(&self) -> &EngineOf<M> {
        self.core.link.engine()
    }

    /// A relationship of an entity: to read it, and the only way to change it.
    ///
    /// A change calls the [listeners](crate::event) of both ends at once, before memory changes. One that refuses makes
    /// the change fail with [`Error::ListenerFailed`](crate::Error::ListenerFailed), and leaves memory as before.
    ///
    /// Of a class of a hierarchy, the relationships of the classes that it extends are asked by the same key.
    #[track_caller]
    pub fn rel<C: IsA<O>, O: Entity, T: Entity, K>(
        &mut self,
        key: Key<C>,
        relationship: Relationship<O, T, K>,
    ) -> RelOf<'_, M, O, T, K> {
        RelOf::new(self, key.as_a(), relationship)
    }
}

impl<M: Mode, E: Entity> Index<Key<E>> for SessionOf<M> {
    type Output = E;

    fn index(&self, key: Key<E>) -> &E {
        &self.core.unit[key]
    }
}

impl<M: Mode, E: Entity> IndexMut<Key<E>> for SessionOf<M> {
    fn index_mut(&mut self, key: Key<E>) -> &mut E {
        match self.core.unit.edit(key) {
            Ok(entity) => entity,
            Err(error) => panic!("{error}"),
        }
    }
}

impl<M: Mode> std::fmt::Debug for SessionOf<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("unit", &self.core.unit).field("engine", self.engine()).finish_non_exhaustive()
    }
}

impl<M: Mode> Recorded for SessionOf<M> {
    fn recorder(&self) -> Recorder {
        self.engine().record()
    }
}
