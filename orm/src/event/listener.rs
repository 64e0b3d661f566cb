//! Listeners: a function and its event.

use std::any::TypeId;
use std::fmt;
use std::panic::Location;

use super::attribute::{AttributeFilter, Changed, Replaced};
use super::scope::{EntityKey, FlushScope, FlushedScope};
use crate::error::Result;
use crate::key::Key;
use crate::load::ExecutedStatement;
use crate::mapping::{Entity, EntityMeta};

type BeforeFlush = Box<dyn Fn(&mut FlushScope<'_>) -> Result<()> + Send + Sync>;
type AfterFlush = Box<dyn Fn(&mut FlushedScope<'_>) -> Result<()> + Send + Sync>;
type BeforeRow = Box<dyn Fn(&mut FlushScope<'_>, EntityKey) -> Result<()> + Send + Sync>;
type AfterRow = Box<dyn Fn(&mut FlushedScope<'_>, EntityKey) -> Result<()> + Send + Sync>;
type Told = Box<dyn Fn() + Send + Sync>;
type Executed = Box<dyn Fn(&mut ExecutedStatement<'_>) -> Result<()> + Send + Sync>;

/// A function that a session calls at an event; made by [`before_flush`](super::before_flush) and the other functions
/// of [`event`](super).
///
/// Counterpart: the function that `event.listen` is given.
#[must_use = "a listener is never called unless it is given to a session or a factory"]
pub struct Listener {
    pub(super) event: Event,
    pub(super) name: &'static str,
    pub(super) location: &'static Location<'static>,
    pub(super) once: bool,
}

/// An event, and who is called.
pub(super) enum Event {
    BeforeFlush(BeforeFlush),
    AfterFlush(AfterFlush),
    BeforeCommit(BeforeFlush),
    BeforeRow(RowEvent, Rows, BeforeRow),
    AfterRow(RowEvent, Rows, AfterRow),
    Transaction(TransactionEvent, Told),
    Execute(Executed),
    Attribute(AttributeFilter, Changed),
    BulkReplace(AttributeFilter, Replaced),
    State(Rows, super::state::Changed),
}

/// Change of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RowEvent {
    Insert,
    Update,
    Delete,
}

/// Begin or end of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionEvent {
    Begun,
    Committed,
    RolledBack,
    RolledBackToSavepoint,
}

/// The entities of a listener.
#[derive(Clone, Copy)]
pub(super) enum Rows {
    /// Of one type; of a hierarchy, of the class and those below it.
    Of(fn() -> &'static EntityMeta),
    /// Of the types that embed a struct.
    Embedding(TypeId),
    /// All.
    All,
}

impl Rows {
    pub(super) fn include(self, entity: EntityKey) -> bool {
        match self {
            Self::Of(meta) => entity.row.is_one_of(meta()),
            Self::Embedding(mixin) => entity.row.first_column_of(mixin).is_some(),
            Self::All => true,
        }
    }
}

impl Listener {
    #[track_caller]
    pub(super) fn new(name: &'static str, event: Event) -> Self {
        Self { event, name, location: Location::caller(), once: false }
    }

    /// Removes the listener after its first call.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}:{}", self.name, self.location.file(), self.location.line())
    }
}

/// Called when a flush begins, with all rows that are about to be written.
///
/// ```
/// use orm::event::before_flush;
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
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User])?;
/// let trim = before_flush(|scope| {
///     for user in scope.pending_of::<User>() {
///         scope[user].name = scope[user].name.trim().to_owned();
///     }
///     Ok(())
/// });
/// let mut session = Session::builder(&engine).listen(trim).build();
/// let user = session.add(User { name: " ed ".into(), ..User::default() });
/// session.flush()?;
/// assert_eq!(session[user].name, "ed");
/// # Ok(()) }
/// ```
///
/// Counterpart: `SessionEvents.before_flush`.
#[track_caller]
pub fn before_flush(listener: impl Fn(&mut FlushScope<'_>) -> Result<()> + Send + Sync + 'static) -> Listener {
    Listener::new("before_flush", Event::BeforeFlush(Box::new(listener)))
}

/// Called after the last statement of a flush, with all rows that the flush has written and their values before.
///
/// Counterpart: `SessionEvents.after_flush`.
#[track_caller]
pub fn after_flush(listener: impl Fn(&mut FlushedScope<'_>) -> Result<()> + Send + Sync + 'static) -> Listener {
    Listener::new("after_flush", Event::AfterFlush(Box::new(listener)))
}

/// Called when a commit begins, before its flush; the changes of the listener are committed.
///
/// Counterpart: `SessionEvents.before_commit`.
#[track_caller]
pub fn before_commit(listener: impl Fn(&mut FlushScope<'_>) -> Result<()> + Send + Sync + 'static) -> Listener {
    Listener::new("before_commit", Event::BeforeCommit(Box::new(listener)))
}

macro_rules! row_events {
    ($($(#[$doc:meta])* $name:ident $scope:ident $when:ident $event:ident;)+) => {
        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name<E: Entity>(
                listener: impl Fn(&mut $scope<'_>, Key<E>) -> Result<()> + Send + Sync + 'static,
            ) -> Listener {
                let call = move |scope: &mut $scope<'_>, entity: EntityKey| match entity.key::<E>() {
                    Some(key) => listener(scope, key),
                    None => Ok(()),
                };
                let rows = Rows::Of(E::entity_meta);
                Listener::new(stringify!($name), Event::$when(RowEvent::$event, rows, Box::new(call)))
            }
        )+
    };
}

row_events! {
    /// Called before a row of `E`, or of a class below `E`, is inserted. Defaults, and keys that the database
    /// generates, are not set yet.
    ///
    /// ```
    /// use orm::event::before_insert;
    /// use orm::prelude::*;
    ///
    /// #[derive(Entity, Debug, Default)]
    /// struct User {
    ///     #[entity(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    ///     initial: String,
    /// }
    ///
    /// # fn main() -> orm::Result<()> {
    /// let engine = Engine::new("sqlite://")?;
    /// engine.create_all(schema![User])?;
    /// let mut session = Session::new(&engine);
    /// session.listen(before_insert::<User>(|scope, user| {
    ///     scope[user].initial = scope[user].name.chars().take(1).collect();
    ///     Ok(())
    /// }));
    /// session.add(User { name: "ed".into(), ..User::default() });
    /// assert_eq!(session.one(select(User::INITIAL))?, "e");
    /// # Ok(()) }
    /// ```
    ///
    /// Counterpart: `MapperEvents.before_insert`, which runs between the statements of a flush.
    before_insert FlushScope BeforeRow Insert;
    /// Called before a row of `E`, or of a class below `E`, is changed. [`FlushScope::history`] gives the values before
    /// and after.
    ///
    /// Counterpart: `MapperEvents.before_update`.
    before_update FlushScope BeforeRow Update;
    /// Called before a row of `E`, or of a class below `E`, is deleted, by the program or by a cascade.
    ///
    /// Counterpart: `MapperEvents.before_delete`.
    before_delete FlushScope BeforeRow Delete;
    /// Called when a row of `E`, or of a class below `E`, was inserted and has all values that the database generates.
    ///
    /// Counterpart: `MapperEvents.after_insert`.
    after_insert FlushedScope AfterRow Insert;
    /// Called when a row of `E`, or of a class below `E`, was changed. [`FlushedScope::history`] gives the values
    /// before and after.
    ///
    /// Counterpart: `MapperEvents.after_update`.
    after_update FlushedScope AfterRow Update;
    /// Called when a row of `E`, or of a class below `E`, was deleted.
    ///
    /// Counterpart: `MapperEvents.after_delete`.
    after_delete FlushedScope AfterRow Delete;
}

macro_rules! any_row_events {
    ($($(#[$doc:meta])* $name:ident $mixin:ident $scope:ident $when:ident $event:ident;)+) => {
        $(
            $(#[$doc])*
            ///
            /// Counterpart: a listener on a base class with `propagate=True`.
            #[track_caller]
            pub fn $name(
                listener: impl Fn(&mut $scope<'_>, EntityKey) -> Result<()> + Send + Sync + 'static,
            ) -> Listener {
                Listener::new(stringify!($name), Event::$when(RowEvent::$event, Rows::All, Box::new(listener)))
            }

            $(#[$doc])*
            /// The entities are those that embed `M`.
            ///
            /// Counterpart: a listener on a mixin with `propagate=True`.
            #[track_caller]
            pub fn $mixin<M: crate::mapping::Embedded>(
                listener: impl Fn(&mut $scope<'_>, super::MixinKey<M>) -> Result<()> + Send + Sync + 'static,
            ) -> Listener {
                let call = move |scope: &mut $scope<'_>, entity: EntityKey| match entity.mixin::<M>() {
                    Some(key) => listener(scope, key),
                    None => Ok(()),
                };
                let rows = Rows::Embedding(TypeId::of::<M>());
                Listener::new(stringify!($mixin), Event::$when(RowEvent::$event, rows, Box::new(call)))
            }
        )+
    };
}

any_row_events! {
    /// Called before a row of any entity is inserted.
    before_any_insert before_mixin_insert FlushScope BeforeRow Insert;
    /// Called before a row of any entity is changed.
    before_any_update before_mixin_update FlushScope BeforeRow Update;
    /// Called before a row of any entity is deleted.
    before_any_delete before_mixin_delete FlushScope BeforeRow Delete;
    /// Called when a row of any entity was inserted.
    after_any_insert after_mixin_insert FlushedScope AfterRow Insert;
    /// Called when a row of any entity was changed.
    after_any_update after_mixin_update FlushedScope AfterRow Update;
    /// Called when a row of any entity was deleted.
    after_any_delete after_mixin_delete FlushedScope AfterRow Delete;
}

macro_rules! transaction_events {
    ($($(#[$doc:meta])* $name:ident $event:ident;)+) => {
        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(listener: impl Fn() + Send + Sync + 'static) -> Listener {
                Listener::new(stringify!($name), Event::Transaction(TransactionEvent::$event, Box::new(listener)))
            }
        )+
    };
}

transaction_events! {
    /// Called when the session has begun a transaction, before its first statement.
    ///
    /// Counterpart: `SessionEvents.after_begin`.
    after_begin Begun;
    /// Called when a transaction is committed.
    ///
    /// Counterpart: `SessionEvents.after_commit`.
    after_commit Committed;
    /// Called when a transaction and memory are rolled back.
    ///
    /// Counterpart: `SessionEvents.after_rollback`.
    after_rollback RolledBack;
    /// Called when a transaction and memory went back to a savepoint.
    ///
    /// Counterpart: `SessionEvents.after_soft_rollback`.
    after_soft_rollback RolledBackToSavepoint;
}
