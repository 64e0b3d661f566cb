//! Flushing, and running queries that are values.

use super::Session;
use crate::engine::{Connection, Statement};
use crate::error::{Error, Result};
use crate::load::{QueryPlan, RelationPlan, Select};

impl Session {
    /// Sends every change: new rows, changed columns, deletions, in dependency order. Without changes it sends nothing.
    ///
    /// # Errors
    /// Whatever the database refuses, with entity, statement and parameters. Memory and database are then as before the flush: mend the entity and flush again,
    /// or roll back. [`Error::StaleData`] when a row was changed or deleted by somebody else.
    ///
    /// Counterpart: `Session.flush`, after whose failure everything has to be rolled back.
    pub fn flush(&mut self) -> Result<()> {
        if !self.unit.has_changes() {
            return Ok(());
        }
        self.unit.begin_flush()?;
        let mark = self.unit.mark();
        let outcome = self.send_changes();
        if outcome.is_err() {
            self.unit.undo_to(mark);
        }
        outcome
    }

    fn send_changes(&mut self) -> Result<()> {
        loop {
            let missing = self.unit.collect()?;
            if missing.is_empty() {
                break;
            }
            for load in missing {
                self.link.read(&mut RelationPlan::new(&mut self.unit, load.meta, load.owners, load.relation))?;
            }
        }
        let engine = self.link.engine().clone();
        let mut flush = self.unit.flush(engine.capabilities())?;
        let commands = flush.commands();
        if commands > 0 {
            self.link.write(&mut flush, commands)?;
        }
        flush.finish();
        Ok(())
    }

    /// Runs `work` without flushing before its queries and loads, for entities that are not complete yet.
    ///
    /// Counterpart: `with session.no_autoflush:`.
    pub fn no_autoflush<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.options.autoflush, false);
        let value = work(self);
        self.options.autoflush = before;
        value
    }

    pub(super) fn autoflush(&mut self) -> Result<()> {
        if self.options.autoflush { self.flush() } else { Ok(()) }
    }

    /// Every row of a query.
    ///
    /// # Errors
    /// What went wrong while the query was built; whatever the database says; [`Error::Decode`] for a row that does not fit.
    ///
    /// Counterpart: `Session.scalars(statement).all()` for an entity, `Session.execute(statement).all()` for a tuple.
    pub fn all<Out: 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Vec<Out>> {
        self.autoflush()?;
        let mut plan = QueryPlan::new(query.as_ref(), &mut self.unit)?;
        self.link.read(&mut plan)?;
        Ok(plan.into_rows())
    }

    /// The only row of a query.
    ///
    /// # Errors
    /// As [`all`](Session::all); [`Error::NoResultFound`] and [`Error::MultipleResultsFound`].
    ///
    /// Counterpart: `Result.one`.
    pub fn one<Out: 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Out> {
        let query = query.as_ref();
        match self.one_or_none(query)? {
            Some(row) => Ok(row),
            None => Err(Error::NoResultFound { statement: self.statement_text(query)? }),
        }
    }

    /// The only row of a query, or none.
    ///
    /// # Errors
    /// As [`all`](Session::all); [`Error::MultipleResultsFound`].
    ///
    /// Counterpart: `Result.one_or_none`.
    pub fn one_or_none<Out: 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Option<Out>> {
        let query = query.as_ref();
        let mut rows = self.all(query)?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            _ => Err(Error::MultipleResultsFound { statement: self.statement_text(query)? }),
        }
    }

    /// The first row of a query, or none; fetches one row.
    ///
    /// # Errors
    /// As [`all`](Session::all).
    ///
    /// Counterpart: `Query.first`.
    pub fn first<Out: 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Option<Out>> {
        let mut rows = self.all(query.as_ref().clone().limit(1))?;
        rows.truncate(1);
        Ok(rows.pop())
    }

    /// The value of a query of one column, or none when there is no row.
    ///
    /// # Errors
    /// As [`one_or_none`](Session::one_or_none).
    ///
    /// Counterpart: `Query.scalar`.
    pub fn scalar<Out: 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Option<Out>> {
        self.one_or_none(query)
    }

    /// The values of a query of one column, or the entities of a query of one entity: [`all`](Session::all) by SQLAlchemy's name.
    ///
    /// # Errors
    /// As [`all`](Session::all).
    ///
    /// Counterpart: `Session.scalars`.
    pub fn scalars<Out: 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Vec<Out>> {
        self.all(query)
    }

    /// How many rows a query gives.
    ///
    /// # Errors
    /// As [`all`](Session::all).
    ///
    /// Counterpart: `Query.count`.
    pub fn count<Out: 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<i64> {
        self.one(query.as_ref().clone().count())
    }

    /// Hands every row of a query to `each` as it arrives; keeps none, so that memory does not grow with the result.
    ///
    /// # Errors
    /// As [`all`](Session::all); what `each` gives, which stops the query.
    ///
    /// Counterpart: `yield_per`.
    pub fn for_each<Out: 'static>(
        &mut self,
        query: impl AsRef<Select<Out>>,
        each: impl FnMut(Out) -> Result<()>,
    ) -> Result<()> {
        self.autoflush()?;
        let mut plan = QueryPlan::for_each(query.as_ref(), &mut self.unit, each)?;
        self.link.read(&mut plan)
    }

    /// Runs a statement on the session's transaction, after a flush; gives how many rows it changed. Entities in memory do not notice.
    ///
    /// # Errors
    /// Whatever the database says.
    ///
    /// Counterpart: `Session.execute` of an INSERT, UPDATE or DELETE.
    pub fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
        self.autoflush()?;
        self.link.by_hand(|connection| connection.execute(statement))
    }

    /// Works by hand on the session's transaction, after a flush. Entities in memory do not notice.
    ///
    /// # Errors
    /// What `work` gives.
    ///
    /// Counterpart: `Session.connection`.
    pub fn with_connection<T>(&mut self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        self.autoflush()?;
        self.link.by_hand(work)
    }

    fn statement_text<Out: 'static>(&self, query: &Select<Out>) -> Result<String> {
        Ok(crate::engine::render(&query.tree()?, self.engine().capabilities())?.sql)
    }
}
