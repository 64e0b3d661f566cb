//! How a session behaves.

use super::link::Link;
use super::{Core, SessionOf};
use crate::engine::{BeginMode, BeginOptions, Blocking, EngineOf, Isolation, Mode, NPlusOne};
use crate::event::{Listener, ListenerToken, Listeners};
use crate::load::{ExecutionOptions, LoaderCriterion};
use crate::unit::UnitOfWork;

#[derive(Clone, Debug)]
pub(super) struct SessionOptions {
    pub(super) autoflush: bool,
    pub(super) expire_on_commit: bool,
    pub(super) n_plus_one: NPlusOne,
    pub(super) execution: ExecutionOptions,
    pub(super) listeners: Listeners,
}

impl SessionOptions {
    /// Adds a listener behind the others.
    pub(super) fn listen(&mut self, listener: Listener) -> ListenerToken {
        let token = self.listeners.add(listener);
        self.execution.set_hook(self.listeners.statement_hook());
        token
    }

    /// Removes a listener; returns whether it was there.
    pub(super) fn unlisten(&mut self, token: ListenerToken) -> bool {
        let removed = self.listeners.remove(token);
        self.execution.set_hook(self.listeners.statement_hook());
        removed
    }
}

/// Options for a session to be; reusable, so that it serves as a factory.
///
/// Counterpart: `sessionmaker`.
pub type SessionBuilder = SessionBuilderOf<Blocking>;

/// Options for a session of either kind.
#[derive(Debug)]
pub struct SessionBuilderOf<M: Mode> {
    engine: EngineOf<M>,
    options: SessionOptions,
    begin: BeginOptions,
}

impl<M: Mode> SessionBuilderOf<M> {
    pub(super) fn new(engine: &EngineOf<M>) -> Self {
        let options = SessionOptions {
            autoflush: true,
            expire_on_commit: true,
            n_plus_one: engine.n_plus_one(),
            execution: ExecutionOptions::default(),
            listeners: Listeners::default(),
        };
        Self { engine: engine.clone(), options, begin: BeginOptions::default() }
    }

    /// Whether queries and loads flush first; on by default.
    #[must_use]
    pub fn autoflush(mut self, autoflush: bool) -> Self {
        self.options.autoflush = autoflush;
        self
    }

    /// Whether a commit expires every entity, so that [`load`](super::Session::load) reads it again; on by default.
    #[must_use]
    pub fn expire_on_commit(mut self, expire: bool) -> Self {
        self.options.expire_on_commit = expire;
        self
    }

    /// The isolation level of the session's transactions; the engine's unless given.
    #[must_use]
    pub fn isolation(mut self, level: Isolation) -> Self {
        self.begin.isolation = Some(level);
        self
    }

    /// SQLite: when the session's transactions lock the database for writing; as the engine says unless given.
    #[must_use]
    pub fn begin_mode(mut self, mode: BeginMode) -> Self {
        self.begin.mode = Some(mode);
        self
    }

    /// Sets the policy for N+1 loads; that of the engine by default.
    #[must_use]
    pub fn n_plus_one(mut self, policy: NPlusOne) -> Self {
        self.options.n_plus_one = policy;
        self
    }

    /// Restricts all that the sessions read of an entity: soft deletion, tenants. A query leaves out a criterion that has a name by
    /// [`without_criteria`](crate::load::without_criteria).
    ///
    /// Counterpart: `with_loader_criteria` in a `do_orm_execute` listener.
    #[must_use]
    pub fn criterion(mut self, criterion: LoaderCriterion) -> Self {
        self.options.execution.add_criterion(criterion);
        self
    }

    /// Adds a listener to all sessions made from here on.
    ///
    /// Counterpart: `event.listen(sessionmaker, ..)`.
    #[must_use]
    pub fn listen(mut self, listener: Listener) -> Self {
        self.options.listen(listener);
        self
    }

    /// Another engine for sessions made from here on.
    ///
    /// Counterpart: `sessionmaker.configure(bind=...)`.
    #[must_use]
    pub fn engine(mut self, engine: &EngineOf<M>) -> Self {
        self.engine = engine.clone();
        self
    }

    /// A session with these options. Opens nothing.
    #[must_use]
    pub fn build(&self) -> SessionOf<M> {
        let mut link = Link::new(self.engine.clone(), self.begin);
        link.set_listeners(self.options.listeners.clone());
        let mut core = Core::new(UnitOfWork::new(), link, self.options.clone());
        core.watch_states();
        SessionOf { core }
    }
}

impl<M: Mode> Clone for SessionBuilderOf<M> {
    fn clone(&self) -> Self {
        Self { engine: self.engine.clone(), options: self.options.clone(), begin: self.begin }
    }
}
