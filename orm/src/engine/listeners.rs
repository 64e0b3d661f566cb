//! The listeners of an engine, in the order of their addition. Without a listener an event costs one atomic load.

use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::cause::Cause;
use super::compiled::CompiledStatement;
use super::event::{EngineEvent, EngineListener, OutgoingStatement, PooledConnection, SavepointChange};
use super::record::{RecordedStatement, notify};
use crate::error::{Error, Result};

/// Names a listener of an engine for [`EngineOf::unlisten`](super::EngineOf::unlisten).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EngineListenerToken(u64);

/// The listeners of an engine.
#[derive(Default)]
pub(super) struct EngineListeners {
    /// A bit for each event that is listened to; loaded at every event.
    heard: AtomicU32,
    list: RwLock<Arc<Vec<Arc<Registered>>>>,
}

struct Registered {
    token: EngineListenerToken,
    listener: EngineListener,
    /// Set by the first call of a listener that is called once.
    is_done: AtomicBool,
}

/// An event of an engine, as a bit.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum Heard {
    Checkout = 1,
    Checkin = 2,
    Close = 4,
    BeforeExecute = 8,
    AfterExecute = 16,
    Begin = 32,
    Commit = 64,
    Rollback = 128,
    Savepoint = 256,
}

impl EngineEvent {
    fn heard(&self) -> Heard {
        match self {
            Self::Checkout(_) => Heard::Checkout,
            Self::Checkin(_) => Heard::Checkin,
            Self::Close(_) => Heard::Close,
            Self::BeforeExecute(_) => Heard::BeforeExecute,
            Self::AfterExecute(_) => Heard::AfterExecute,
            Self::Begin(_) => Heard::Begin,
            Self::Commit(_) => Heard::Commit,
            Self::Rollback(_) => Heard::Rollback,
            Self::Savepoint(_) => Heard::Savepoint,
        }
    }
}

impl EngineListeners {
    /// Adds a listener behind the others.
    pub(super) fn add(&self, listener: EngineListener) -> EngineListenerToken {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let token = EngineListenerToken(NEXT.fetch_add(1, Ordering::Relaxed));
        self.change(|list| list.push(Arc::new(Registered { token, listener, is_done: AtomicBool::new(false) })));
        token
    }

    /// Removes a listener; returns whether it was there.
    pub(super) fn remove(&self, token: EngineListenerToken) -> bool {
        let mut found = None;
        self.change(|list| {
            let at = list.iter().position(|registered| registered.token == token);
            found = at.map(|at| list.remove(at));
        });
        // Dropped here, where no lock is held: what the listener owns may use the engine.
        found.is_some()
    }

    /// Returns the event of each listener, and where the listener was made.
    pub(super) fn list(&self) -> Vec<(&'static str, &'static Location<'static>)> {
        self.registered().iter().map(|registered| (registered.listener.name, registered.listener.location)).collect()
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Arc<Registered>>)) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut list));
        let heard = list.iter().fold(0, |heard, registered| heard | registered.listener.event.heard() as u32);
        self.heard.store(heard, Ordering::Release);
    }

    fn registered(&self) -> Arc<Vec<Arc<Registered>>> {
        Arc::clone(&self.list.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether anybody listens to an event.
    #[inline]
    pub(super) fn hear(&self, event: Heard) -> bool {
        self.heard.load(Ordering::Acquire) & event as u32 != 0
    }

    /// Calls the listeners of an event. No lock is held meanwhile, as a listener may use the engine.
    #[cold]
    fn call(&self, event: Heard, mut call: impl FnMut(&EngineEvent) -> Result<()>) -> Result<()> {
        let mut outcome = Ok(());
        notify(|| {
            for registered in &*self.registered() {
                let EngineListener { event: heard, name, location, .. } = &registered.listener;
                if heard.heard() as u32 != event as u32 || !registered.takes() {
                    continue;
                }
                if let Err(error) = call(heard) {
                    let (event, source) = (*name, Box::new(error));
                    outcome = Err(Error::ListenerFailed { event, location, attribute: None, source });
                    return;
                }
            }
        });
        outcome
    }

    /// Calls the listeners of an event that cannot fail. A panic is caught: destructors tell such events.
    #[cold]
    fn tell(&self, event: Heard, mut call: impl FnMut(&EngineEvent)) {
        let told = catch_unwind(AssertUnwindSafe(|| {
            self.call(event, |heard| {
                call(heard);
                Ok(())
            })
        }));
        if told.is_err() {
            tracing::error!(target: "orm::engine", "a listener of the engine panicked");
        }
    }

    /// A connection was taken from the pool.
    ///
    /// # Errors
    /// [`Error::ListenerFailed`].
    pub(super) fn on_checkout(&self, connection: PooledConnection) -> Result<()> {
        if !self.hear(Heard::Checkout) {
            return Ok(());
        }
        self.call(Heard::Checkout, |event| match event {
            EngineEvent::Checkout(call) => call(&connection),
            _ => Ok(()),
        })
    }

    /// A transaction is about to be committed.
    ///
    /// # Errors
    /// [`Error::ListenerFailed`].
    pub(super) fn on_commit(&self, connection: PooledConnection) -> Result<()> {
        if !self.hear(Heard::Commit) {
            return Ok(());
        }
        self.call(Heard::Commit, |event| match event {
            EngineEvent::Commit(call) => call(&connection),
            _ => Ok(()),
        })
    }

    /// Something happened to a connection or its transaction.
    pub(super) fn on_connection(&self, heard: Heard, connection: PooledConnection) {
        if self.hear(heard) {
            self.tell(heard, |event| match event {
                EngineEvent::Checkin(call)
                | EngineEvent::Close(call)
                | EngineEvent::Begin(call)
                | EngineEvent::Rollback(call) => call(&connection),
                _ => {}
            });
        }
    }

    /// A savepoint is about to change.
    pub(super) fn on_savepoint(&self, connection: PooledConnection, change: SavepointChange<'_>) {
        if self.hear(Heard::Savepoint) {
            self.tell(Heard::Savepoint, |event| {
                if let EngineEvent::Savepoint(call) = event {
                    call(&connection, change);
                }
            });
        }
    }

    /// A statement is about to be sent.
    ///
    /// # Errors
    /// [`Error::ListenerFailed`].
    #[cold]
    pub(super) fn before_execute(&self, compiled: &mut CompiledStatement<'_>, cause: Cause) -> Result<()> {
        let mut statement = OutgoingStatement { compiled, cause };
        self.call(Heard::BeforeExecute, |event| match event {
            EngineEvent::BeforeExecute(call) => call(&mut statement),
            _ => Ok(()),
        })
    }

    /// A statement has ended.
    pub(super) fn after_execute(&self, statement: &RecordedStatement) {
        self.tell(Heard::AfterExecute, |event| {
            if let EngineEvent::AfterExecute(call) = event {
                call(statement);
            }
        });
    }
}

impl Registered {
    /// Takes the one call of a listener that is called once; returns whether the listener may be called.
    fn takes(&self) -> bool {
        !self.listener.once || !self.is_done.swap(true, Ordering::Relaxed)
    }
}

impl fmt::Debug for EngineListeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.registered().iter().map(|registered| &registered.listener)).finish()
    }
}
