//! The listeners of a session, in the order of their addition.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::attribute::BulkEdit;
use super::change::AttributeChange;
use super::listener::{Event, Listener, RowEvent, TransactionEvent};
use super::scope::{ChangeScope, EntityKey, FlushScope, FlushedScope, StateScope};
use crate::error::{Error, Result};
use crate::load::{ExecutedStatement, StatementHook};
use crate::unit::{Transitions, UnitOfWork};

/// Names a listener for [`Session::unlisten`](crate::Session::unlisten).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListenerToken(u64);

/// The listeners of a session or a factory. `Debug` lists them.
#[derive(Clone, Default)]
pub struct Listeners(Arc<Vec<Arc<Registered>>>);

struct Registered {
    token: ListenerToken,
    listener: Listener,
    /// Set by the first call of a listener that is called once.
    is_done: AtomicBool,
}

impl Registered {
    /// Takes the one call of a listener that is called once; returns whether the listener may be called.
    fn takes(&self) -> bool {
        !self.listener.once || !self.is_done.swap(true, Ordering::Relaxed)
    }

    /// Adds the listener to the error.
    fn outcome(&self, outcome: Result<()>) -> Result<()> {
        self.outcome_at(outcome, None)
    }

    /// Adds the listener and the attribute that changes to the error.
    fn outcome_at(&self, outcome: Result<()>, attribute: Option<(&'static str, &'static str)>) -> Result<()> {
        let Listener { name, location, .. } = self.listener;
        let attribute = attribute.map(|(entity, attribute)| format!("{entity}.{attribute}"));
        outcome.map_err(|error| Error::ListenerFailed { event: name, location, attribute, source: Box::new(error) })
    }
}

impl Listeners {
    /// Adds a listener behind the others.
    pub(crate) fn add(&mut self, listener: Listener) -> ListenerToken {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let token = ListenerToken(NEXT.fetch_add(1, Ordering::Relaxed));
        Arc::make_mut(&mut self.0).push(Arc::new(Registered { token, listener, is_done: AtomicBool::new(false) }));
        token
    }

    /// Removes a listener; returns whether it was there.
    pub(crate) fn remove(&mut self, token: ListenerToken) -> bool {
        let before = self.0.len();
        Arc::make_mut(&mut self.0).retain(|registered| registered.token != token);
        self.0.len() < before
    }

    /// Returns the event of each listener, and where the listener was made.
    pub fn list(&self) -> Vec<(&'static str, &'static Location<'static>)> {
        self.0.iter().map(|registered| (registered.listener.name, registered.listener.location)).collect()
    }

    /// Whether anybody listens to flushes.
    pub(crate) fn hear_flushes(&self) -> bool {
        let hears = |event: &Event| {
            matches!(
                event,
                Event::BeforeFlush(_)
                    | Event::AfterFlush(_)
                    | Event::BeforeRow(..)
                    | Event::AfterRow(..)
                    | Event::Attribute(..)
            )
        };
        self.0.iter().any(|registered| hears(&registered.listener.event))
    }

    /// Whether anybody listens to changes of attributes.
    pub(crate) fn hear_attributes(&self) -> bool {
        let hears = |event: &Event| matches!(event, Event::Attribute(..) | Event::BulkReplace(..));
        self.0.iter().any(|registered| hears(&registered.listener.event))
    }

    /// Whether anybody listens to changes of state.
    pub(crate) fn hear_states(&self) -> bool {
        self.0.iter().any(|registered| matches!(registered.listener.event, Event::State(..)))
    }

    /// Whether anybody listens to the beginning of commits.
    pub(crate) fn hear_commits(&self) -> bool {
        self.0.iter().any(|registered| matches!(registered.listener.event, Event::BeforeCommit(_)))
    }

    /// Whether anybody listens to coming writes of rows.
    pub(super) fn hear_rows_before(&self) -> bool {
        self.0.iter().any(|registered| matches!(registered.listener.event, Event::BeforeRow(..)))
    }

    /// Whether anybody listens to written rows.
    pub(super) fn hear_after(&self) -> bool {
        let hears = |event: &Event| matches!(event, Event::AfterFlush(_) | Event::AfterRow(..));
        self.0.iter().any(|registered| hears(&registered.listener.event))
    }

    /// The listeners of statements; none where nobody listens to statements.
    pub(crate) fn statement_hook(&self) -> Option<Arc<dyn StatementHook>> {
        let hears = |event: &Event| matches!(event, Event::Execute(_));
        let hear = self.0.iter().any(|registered| hears(&registered.listener.event));
        hear.then(|| Arc::new(self.clone()) as Arc<dyn StatementHook>)
    }

    pub(crate) fn before_flush(&self, scope: &mut FlushScope<'_>) -> Result<()> {
        for registered in &*self.0 {
            if let Event::BeforeFlush(call) = &registered.listener.event
                && registered.takes()
            {
                registered.outcome(call(scope))?;
            }
        }
        Ok(())
    }

    pub(crate) fn before_commit(&self, scope: &mut FlushScope<'_>) -> Result<()> {
        for registered in &*self.0 {
            if let Event::BeforeCommit(call) = &registered.listener.event
                && registered.takes()
            {
                registered.outcome(call(scope))?;
            }
        }
        Ok(())
    }

    pub(super) fn before_row(&self, event: RowEvent, scope: &mut FlushScope<'_>, entity: EntityKey) -> Result<()> {
        for registered in &*self.0 {
            if let Event::BeforeRow(heard, rows, call) = &registered.listener.event
                && *heard == event
                && rows.include(entity)
                && registered.takes()
            {
                registered.outcome(call(scope, entity))?;
            }
        }
        Ok(())
    }

    pub(super) fn after_row(&self, event: RowEvent, scope: &mut FlushedScope<'_>, entity: EntityKey) -> Result<()> {
        for registered in &*self.0 {
            if let Event::AfterRow(heard, rows, call) = &registered.listener.event
                && *heard == event
                && rows.include(entity)
                && registered.takes()
            {
                registered.outcome(call(scope, entity))?;
            }
        }
        Ok(())
    }

    pub(super) fn after_flush(&self, scope: &mut FlushedScope<'_>) -> Result<()> {
        for registered in &*self.0 {
            if let Event::AfterFlush(call) = &registered.listener.event
                && registered.takes()
            {
                registered.outcome(call(scope))?;
            }
        }
        Ok(())
    }

    pub(super) fn on_execute(&self, statement: &mut ExecutedStatement<'_>) -> Result<()> {
        for registered in &*self.0 {
            if let Event::Execute(call) = &registered.listener.event
                && registered.takes()
            {
                registered.outcome(call(statement))?;
            }
        }
        Ok(())
    }

    pub(super) fn on_change(&self, unit: &mut UnitOfWork, change: &mut AttributeChange) -> Result<()> {
        for registered in &*self.0 {
            if let Event::Attribute(filter, call) = &registered.listener.event
                && filter.hears(&change.edit)
                && registered.takes()
            {
                let attribute = (change.entity().entity(), change.attribute());
                registered.outcome_at(call(&mut ChangeScope { unit }, change), Some(attribute))?;
            }
        }
        Ok(())
    }

    pub(super) fn on_replace(&self, unit: &mut UnitOfWork, edit: &mut BulkEdit) -> Result<()> {
        for registered in &*self.0 {
            if let Event::BulkReplace(filter, call) = &registered.listener.event
                && filter.hears_bulk(edit)
                && registered.takes()
            {
                let attribute = (edit.owner.name(), edit.owner.meta().relations[edit.relation].name);
                registered.outcome_at(call(&mut ChangeScope { unit }, edit), Some(attribute))?;
            }
        }
        Ok(())
    }

    pub(crate) fn on_transitions(&self, unit: &UnitOfWork, transitions: &Transitions) {
        for (row, transition) in transitions {
            let entity = EntityKey { row: *row };
            for registered in &*self.0 {
                if let Event::State(rows, call) = &registered.listener.event
                    && rows.include(entity)
                    && registered.takes()
                {
                    call(&StateScope { unit }, entity, *transition);
                }
            }
        }
    }

    pub(crate) fn tell(&self, event: TransactionEvent) {
        for registered in &*self.0 {
            if let Event::Transaction(heard, call) = &registered.listener.event
                && *heard == event
                && registered.takes()
            {
                call();
            }
        }
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|registered| &registered.listener)).finish()
    }
}
