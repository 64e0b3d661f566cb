//! A flush that is listened to: who is told of which row, and the statements that listeners add.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::listener::RowEvent;
use super::listeners::Listeners;
use super::scope::{EntityKey, FlushScope, FlushedScope};
use super::told_changes::ToldChanges;
use crate::engine::{Command, Outcome, Plan, Statement};
use crate::error::{BoxedResult, Error, Result};
use crate::row::RowReader;
use crate::unit::{EntityRow, Flush, UnitOfWork};

/// Rounds in which listeners may change rows that were not to be written before. Far more than any chain of listeners
/// needs.
const MOST_ROUNDS: usize = 100;

/// The statements that listeners have added to a flush.
pub(crate) type Statements = Vec<Box<dyn Statement>>;

/// The changes of attributes, and the rows whose coming write, that were told to listeners.
pub(crate) struct Told {
    changes: ToldChanges,
    rows: FxHashSet<(RowEvent, EntityRow)>,
    rounds: usize,
}

impl Told {
    /// Nothing but the changes of attributes that were told at once.
    pub(crate) fn new(changes: ToldChanges) -> Self {
        Self { changes, rows: FxHashSet::default(), rounds: 0 }
    }

    /// Tells listeners of the changes of attributes that are new since the last call.
    ///
    /// # Errors
    /// Any error of a listener.
    pub(crate) fn tell_changes(&mut self, listeners: &Listeners, unit: &mut UnitOfWork) -> Result<bool> {
        self.changes.tell(listeners, unit)
    }

    /// Tells listeners of the changes and the rows that are new since the last call; returns whether there were any, as
    /// the listeners may have changed others.
    ///
    /// # Errors
    /// Any error of a listener; [`Error::InvalidRequest`] when changes come up without end.
    pub(crate) fn tell(
        &mut self,
        listeners: &Listeners,
        unit: &mut UnitOfWork,
        statements: &mut Statements,
    ) -> Result<bool> {
        let changes = self.tell_changes(listeners, unit)?;
        let rows = self.tell_rows(listeners, unit, statements)?;
        self.rounds += 1;
        if self.rounds > MOST_ROUNDS {
            return Err(Error::invalid(format!(
                "the listeners of this flush change new rows in each of {MOST_ROUNDS} rounds: a listener of `before_insert` must not add an \
                 entity for each one that it is called for, unless it tells its own from others, and a listener of `on_set` must \
                 not replace its own replacement"
            )));
        }
        Ok(changes || rows)
    }

    fn tell_rows(&mut self, listeners: &Listeners, unit: &mut UnitOfWork, statements: &mut Statements) -> Result<bool> {
        if !listeners.hear_rows_before() {
            return Ok(false);
        }
        let inserts = unit.pending_rows().map(|row| (RowEvent::Insert, row));
        let updates = unit.dirty_rows().map(|row| (RowEvent::Update, row));
        let deletes = unit.deleted_rows().map(|row| (RowEvent::Delete, row));
        let rows: Vec<_> = inserts.chain(updates).chain(deletes).filter(|told| !self.rows.contains(told)).collect();
        for (event, row) in &rows {
            self.rows.insert((*event, *row));
            let mut scope = FlushScope { unit, statements };
            listeners.before_row(*event, &mut scope, EntityKey { row: *row })?;
        }
        Ok(!rows.is_empty())
    }
}

/// A flush with the statements of its listeners in front and behind.
pub(crate) struct HeardFlush<'f> {
    flush: Flush<'f>,
    listeners: Listeners,
    before: VecDeque<Box<dyn Statement>>,
    /// None until the flush has sent its last statement.
    after: Option<VecDeque<Box<dyn Statement>>>,
    /// A statement of a listener that is being sent.
    own: Option<Box<dyn Statement>>,
}

impl<'f> HeardFlush<'f> {
    pub(crate) fn new(flush: Flush<'f>, listeners: Listeners, before: Statements) -> Self {
        Self { flush, listeners, before: before.into(), after: None, own: None }
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.flush.commands() == 0 && self.before.is_empty()
    }

    /// Whether the flush writes all or nothing without a savepoint around it.
    pub(crate) fn is_atomic(&self) -> bool {
        self.flush.is_atomic() && self.before.is_empty() && !self.listeners.hear_after()
    }

    /// Takes note that everything is written.
    pub(crate) fn finish(self) {
        self.flush.finish();
    }

    /// Tells listeners of the written rows; returns the statements that the listeners add.
    fn tell_after(&mut self) -> Result<VecDeque<Box<dyn Statement>>> {
        let mut statements = Vec::new();
        if self.listeners.hear_after() {
            let (unit, written) = self.flush.written();
            let rows = written.inserted.iter().map(|row| (RowEvent::Insert, *row));
            let rows = rows.chain(written.updated.iter().map(|row| (RowEvent::Update, *row)));
            let rows = rows.chain(written.deleted.iter().map(|row| (RowEvent::Delete, *row)));
            let mut scope = FlushedScope { unit, written: &written, statements: &mut statements };
            for (event, row) in rows {
                self.listeners.after_row(event, &mut scope, EntityKey { row })?;
            }
            self.listeners.after_flush(&mut scope)?;
        }
        Ok(statements.into())
    }
}

impl Plan for HeardFlush<'_> {
    fn next_command(&mut self) -> Result<Option<Command>> {
        self.own = self.before.pop_front();
        if self.own.is_some() {
            return Ok(Some(Command::Execute));
        }
        if self.after.is_none() {
            if let Some(command) = self.flush.next_command()? {
                return Ok(Some(command));
            }
            self.after = Some(self.tell_after()?);
        }
        self.own = self.after.as_mut().and_then(VecDeque::pop_front);
        Ok(self.own.is_some().then_some(Command::Execute))
    }

    fn write(&self) -> Result<Box<dyn Statement + '_>> {
        match &self.own {
            Some(own) => Ok(Box::new(&**own)),
            None => self.flush.write(),
        }
    }

    fn row(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        self.flush.row(row)
    }

    fn finished(&mut self) -> Result<()> {
        self.flush.finished()
    }

    fn executed(&mut self, outcome: Outcome) -> Result<()> {
        match self.own.take() {
            Some(_) => Ok(()),
            None => self.flush.executed(outcome),
        }
    }

    fn failed(&mut self, error: Error) -> Error {
        match self.own.take() {
            Some(_) => error,
            None => self.flush.failed(error),
        }
    }
}
