//! Events of an engine: listeners that are called when the pool hands connections out, when statements are sent, and
//! when transactions begin and end.
//!
//! A listener is a function and its event, made by one of the functions of this module. An engine takes listeners by
//! [`EngineOf::listen`](super::EngineOf::listen) and [`EngineBuilder::listen`](super::EngineBuilder::listen). Blocking
//! and async engines call the same listeners, on the thread that uses the connection. The listener that was added first
//! is called first.
//!
//! | event | called | an error fails |
//! | --- | --- | --- |
//! | [`on_checkout`] | when a connection is taken from the pool | the call that needed it |
//! | [`on_checkin`] | when a connection is given back | |
//! | [`on_close`] | when the pool closes a connection | |
//! | [`before_execute`] | before a statement is sent; may rewrite its text | the statement |
//! | [`after_execute`] | when a statement has ended, or has failed | |
//! | [`on_begin`] | when a transaction has begun | |
//! | [`on_commit`] | before COMMIT | the commit |
//! | [`on_rollback`] | before ROLLBACK | |
//! | [`on_savepoint`] | before a savepoint is set, released or rolled back to | |
//!
//! Code that runs statements on each new connection is a hook:
//! [`EngineBuilder::on_connect`](super::EngineBuilder::on_connect). Listeners of CREATE and DROP belong to a schema:
//! [`Schema::listen`](crate::schema::Schema::listen). A session has events of its own: [`orm::event`](crate::event).
//!
//! A listener may use the engine. Statements that it sends, and connections that it takes, call no listener.
//!
//! Counterpart: `ConnectionEvents` and `PoolEvents`.

use std::fmt;
use std::panic::Location;

use super::cause::Cause;
use super::compiled::CompiledStatement;
use super::record::RecordedStatement;
use super::statement::StatementKind;
use crate::error::Result;

type Checkout = Box<dyn Fn(&PooledConnection) -> Result<()> + Send + Sync>;
type Told<T> = Box<dyn Fn(&T) + Send + Sync>;
type BeforeExecute = Box<dyn Fn(&mut OutgoingStatement<'_, '_>) -> Result<()> + Send + Sync>;
type Savepoints = Box<dyn Fn(&PooledConnection, SavepointChange<'_>) + Send + Sync>;

/// A function that an engine calls at an event; made by [`before_execute`] and the other functions of
/// [`engine::event`](self).
///
/// Counterpart: the function that `event.listen(engine, ..)` is given.
#[must_use = "a listener is never called unless it is given to an engine"]
pub struct EngineListener {
    pub(super) event: EngineEvent,
    pub(super) name: &'static str,
    pub(super) location: &'static Location<'static>,
    pub(super) once: bool,
}

/// An event, and the function to call.
pub(super) enum EngineEvent {
    Checkout(Checkout),
    Checkin(Told<PooledConnection>),
    Close(Told<PooledConnection>),
    BeforeExecute(BeforeExecute),
    AfterExecute(Told<RecordedStatement>),
    Begin(Told<PooledConnection>),
    Commit(Checkout),
    Rollback(Told<PooledConnection>),
    Savepoint(Savepoints),
}

impl EngineListener {
    #[track_caller]
    fn new(name: &'static str, event: EngineEvent) -> Self {
        Self { event, name, location: Location::caller(), once: false }
    }

    /// Calls the listener once only.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }
}

impl fmt::Debug for EngineListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}:{}", self.name, self.location.file(), self.location.line())
    }
}

/// A connection of a pool, as a listener sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PooledConnection {
    /// Number of the connection, counted from 1 in the order in which the engine opened its connections.
    pub number: u64,
}

/// Change of a savepoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SavepointChange<'n> {
    /// The savepoint is set.
    Set(&'n str),
    /// The savepoint is released: its changes stay part of the transaction.
    Released(&'n str),
    /// The changes since the savepoint are undone.
    RolledBack(&'n str),
}

impl<'n> SavepointChange<'n> {
    /// The name of the savepoint.
    pub fn name(self) -> &'n str {
        match self {
            Self::Set(name) | Self::Released(name) | Self::RolledBack(name) => name,
        }
    }
}

/// A statement that is about to be sent.
pub struct OutgoingStatement<'o, 's> {
    pub(super) compiled: &'o mut CompiledStatement<'s>,
    pub(super) cause: Cause,
}

impl OutgoingStatement<'_, '_> {
    /// The kind of the statement.
    pub fn kind(&self) -> StatementKind {
        self.compiled.kind
    }

    /// The reason for the statement: a query of the program, a flush, a lazy load.
    pub fn cause(&self) -> Cause {
        self.cause.of(self.kind(), self.sql())
    }

    /// The text, with the database's placeholders.
    pub fn sql(&self) -> &str {
        self.compiled.text()
    }

    /// The parameters as text, in the order of the placeholders; sensitive ones are masked.
    pub fn parameters(&self) -> Vec<String> {
        self.compiled.rendered().parameters
    }

    /// Replaces the text. The new text has the same placeholders in the same order, and returns the same columns.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for a text that is empty or has other placeholders;
    /// the statement keeps its text then.
    pub fn set_sql(&mut self, sql: impl Into<String>) -> Result<()> {
        self.compiled.set_text(sql.into())
    }
}

impl fmt::Debug for OutgoingStatement<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingStatement")
            .field("kind", &self.kind())
            .field("sql", &self.sql())
            .finish_non_exhaustive()
    }
}

/// Called when a connection is taken from the pool, or opened. An error gives the connection back, and is the error of
/// the call that needed it.
///
/// ```
/// use orm::engine::event::on_checkout;
/// let engine = orm::Engine::new("sqlite://")?;
/// engine.listen(on_checkout(|connection| {
///     println!("connection {} is in use", connection.number);
///     Ok(())
/// }));
/// engine.connect()?;
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `PoolEvents.checkout`.
#[track_caller]
pub fn on_checkout(listener: impl Fn(&PooledConnection) -> Result<()> + Send + Sync + 'static) -> EngineListener {
    EngineListener::new("on_checkout", EngineEvent::Checkout(Box::new(listener)))
}

/// Called when a connection is given back to the pool, which then may close it. A panic of the listener is caught, and
/// told to `tracing`, as the connection is given back from a destructor.
///
/// Counterpart: `PoolEvents.checkin`.
#[track_caller]
pub fn on_checkin(listener: impl Fn(&PooledConnection) + Send + Sync + 'static) -> EngineListener {
    EngineListener::new("on_checkin", EngineEvent::Checkin(Box::new(listener)))
}

/// Called when the pool closes a connection: the connection is broken, or above the pool's size, or the engine is
/// dropped. A panic of the listener is caught, and told to `tracing`.
///
/// Counterpart: `PoolEvents.close`.
#[track_caller]
pub fn on_close(listener: impl Fn(&PooledConnection) + Send + Sync + 'static) -> EngineListener {
    EngineListener::new("on_close", EngineEvent::Close(Box::new(listener)))
}

/// Called before each statement is sent, except BEGIN, COMMIT, ROLLBACK and savepoints. The listener may rewrite the
/// text: a hint, a comment for the server's log, the name of a table. An error is the error of the statement, which is
/// not sent then.
///
/// Drivers keep prepared statements by their text: a comment that differs each time makes each statement be prepared
/// again.
///
/// ```
/// use orm::engine::event::before_execute;
/// let engine = orm::Engine::new("sqlite://")?;
/// engine.listen(before_execute(|statement| {
///     let sql = format!("/* nightly report */ {}", statement.sql());
///     statement.set_sql(sql)
/// }));
/// let recorder = engine.record();
/// engine.connect()?.query(&orm::text("SELECT :id").bind("id", 7))?;
/// assert_eq!(recorder.take().sql(), ["/* nightly report */ SELECT ?"]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `ConnectionEvents.before_cursor_execute` with `retval=True`.
#[track_caller]
pub fn before_execute(
    listener: impl Fn(&mut OutgoingStatement<'_, '_>) -> Result<()> + Send + Sync + 'static,
) -> EngineListener {
    EngineListener::new("before_execute", EngineEvent::BeforeExecute(Box::new(listener)))
}

/// Called when a statement has ended, with its rows and duration, or its error; BEGIN, COMMIT, ROLLBACK and savepoints
/// included.
///
/// ```
/// use std::time::Duration;
/// use orm::engine::event::after_execute;
/// let engine = orm::Engine::builder("sqlite://")
///     .listen(after_execute(|statement| {
///         if statement.elapsed > Duration::from_millis(200) {
///             eprintln!("slow: {}", statement.sql);
///         }
///     }))
///     .build()?;
/// engine.connect()?.query(&orm::text("SELECT 1"))?;
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `ConnectionEvents.after_cursor_execute` and `handle_error`.
#[track_caller]
pub fn after_execute(listener: impl Fn(&RecordedStatement) + Send + Sync + 'static) -> EngineListener {
    EngineListener::new("after_execute", EngineEvent::AfterExecute(Box::new(listener)))
}

/// Called when a transaction has begun.
///
/// Counterpart: `ConnectionEvents.begin`.
#[track_caller]
pub fn on_begin(listener: impl Fn(&PooledConnection) + Send + Sync + 'static) -> EngineListener {
    EngineListener::new("on_begin", EngineEvent::Begin(Box::new(listener)))
}

/// Called before COMMIT is sent. An error is the error of the commit; the transaction stays open and can only be rolled
/// back by the program.
///
/// Counterpart: `ConnectionEvents.commit`.
#[track_caller]
pub fn on_commit(listener: impl Fn(&PooledConnection) -> Result<()> + Send + Sync + 'static) -> EngineListener {
    EngineListener::new("on_commit", EngineEvent::Commit(Box::new(listener)))
}

/// Called before ROLLBACK is sent, also for a connection that is dropped within its transaction. A panic of the
/// listener is caught, and told to `tracing`.
///
/// Counterpart: `ConnectionEvents.rollback`.
#[track_caller]
pub fn on_rollback(listener: impl Fn(&PooledConnection) + Send + Sync + 'static) -> EngineListener {
    EngineListener::new("on_rollback", EngineEvent::Rollback(Box::new(listener)))
}

/// Called before a savepoint is set, released or rolled back to. The flushes of a session set savepoints too.
///
/// Counterpart: `ConnectionEvents.savepoint`, `release_savepoint` and `rollback_savepoint`.
#[track_caller]
pub fn on_savepoint(
    listener: impl Fn(&PooledConnection, SavepointChange<'_>) + Send + Sync + 'static,
) -> EngineListener {
    EngineListener::new("on_savepoint", EngineEvent::Savepoint(Box::new(listener)))
}
