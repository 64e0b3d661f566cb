//! Flushing, and running queries that are values.

use std::sync::Arc;

use tracing::Instrument;

use super::link::Link;
use super::{Core, Session, SessionOf};
use crate::engine::{Cause, Connection, ConnectionOf, Mode, Statement, facades, phase, phase_span, run_ready};
use crate::error::{BoxedResult, Error, Result};
use crate::event::{FlushScope, HeardFlush, Listeners, Statements, Told};
use crate::load::{ExecutionOptions, Existing, IdentityPlan, QueryPlan, RelationPlan, Select};
use crate::mapping::{EntityMeta, KeyValues};
use crate::sql::tree::SelectTree;
use crate::unit::UnitOfWork;

facades! {
    impl Session, super::AsyncSession {
        /// Sends every change: new rows, changed columns, deletions, in dependency order. Without changes it sends nothing.
        ///
        /// # Errors
        /// Whatever the database refuses, with entity, statement and parameters. Memory and database are then as before the flush: mend the entity and flush again,
        /// or roll back. [`Error::StaleData`] when a row was changed or deleted by somebody else.
        ///
        /// Counterpart: `Session.flush`, after whose failure everything has to be rolled back.
        pub fn flush(&mut self) -> Result<()> {
            self.core.flush(Cause::Flush)
        }

        /// Every row of a query.
        ///
        /// # Errors
        /// What went wrong while the query was built; whatever the database says; [`Error::Decode`] for a row that does not fit.
        ///
        /// Counterpart: `Session.scalars(statement).all()` for an entity, `Session.execute(statement).all()` for a tuple.
        pub fn all<Out: 'static>(&mut self, query: impl Into<Select<Out>>) -> Result<Vec<Out>> {
            self.core.all(query.into())
        }

        /// The only row of a query.
        ///
        /// # Errors
        /// As [`all`](Session::all); [`Error::NoResultFound`] and [`Error::MultipleResultsFound`].
        ///
        /// Counterpart: `Result.one`.
        pub fn one<Out: 'static>(&mut self, query: impl Into<Select<Out>>) -> Result<Out> {
            self.core.one(query.into())
        }

        /// The only row of a query, or none.
        ///
        /// # Errors
        /// As [`all`](Session::all); [`Error::MultipleResultsFound`].
        ///
        /// Counterpart: `Result.one_or_none`.
        pub fn one_or_none<Out: 'static>(&mut self, query: impl Into<Select<Out>>) -> Result<Option<Out>> {
            self.core.one_or_none(query.into())
        }

        /// The first row of a query, or none; fetches one row.
        ///
        /// # Errors
        /// As [`all`](Session::all).
        ///
        /// Counterpart: `Query.first`.
        pub fn first<Out: 'static>(&mut self, query: impl Into<Select<Out>>) -> Result<Option<Out>> {
            self.core.first(query.into())
        }

        /// The value of a query of one column, or none when there is no row.
        ///
        /// # Errors
        /// As [`one_or_none`](Session::one_or_none).
        ///
        /// Counterpart: `Query.scalar`.
        pub fn scalar<Out: 'static>(&mut self, query: impl Into<Select<Out>>) -> Result<Option<Out>> {
            self.core.one_or_none(query.into())
        }

        /// The values of a query of one column, or the entities of a query of one entity: [`all`](Session::all) by SQLAlchemy's name.
        ///
        /// # Errors
        /// As [`all`](Session::all).
        ///
        /// Counterpart: `Session.scalars`.
        pub fn scalars<Out: 'static>(&mut self, query: impl Into<Select<Out>>) -> Result<Vec<Out>> {
            self.core.all(query.into())
        }

        /// How many rows a query gives.
        ///
        /// # Errors
        /// As [`all`](Session::all).
        ///
        /// Counterpart: `Query.count`.
        pub fn count<Out: 'static>(&mut self, query: impl Into<Select<Out>>) -> Result<i64> {
            self.core.count(query.into())
        }

        /// Hands every row of a query to `each` as it arrives; keeps none, so that memory does not grow with the result.
        ///
        /// # Errors
        /// As [`all`](Session::all); what `each` gives, which stops the query.
        ///
        /// Counterpart: `yield_per`.
        pub fn for_each<Out: 'static>(
            &mut self,
            query: impl Into<Select<Out>>,
            each: impl FnMut(Out) -> Result<()>,
        ) -> Result<()> {
            self.core.for_each(query.into(), each)
        }

        /// Runs a statement on the session's transaction, after a flush; gives how many rows it changed. Entities in memory do not notice; with
        /// [`execute_synchronized`](Session::execute_synchronized) they do.
        ///
        /// # Errors
        /// Whatever the database says.
        ///
        /// Counterpart: `Session.execute` of an INSERT, UPDATE or DELETE, with `synchronize_session=False`.
        pub fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
            self.core.execute(statement)
        }
    }
}

impl Session {
    /// Works by hand on the session's transaction, after a flush. Entities in memory do not notice.
    ///
    /// # Errors
    /// What `work` gives.
    ///
    /// Counterpart: `Session.connection`.
    pub fn with_connection<T>(&mut self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        run_ready(self.lend_connection(async |connection| work(connection)))
    }

    /// Runs `work` without flushing before its queries and loads, for entities that are not complete yet.
    ///
    /// Counterpart: `with session.no_autoflush:`.
    pub fn no_autoflush<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        run_ready(self.keep_quiet(async |session| work(session)))
    }
}

impl<M: Mode> SessionOf<M> {
    pub(super) async fn lend_connection<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut ConnectionOf<M>) -> Result<T>,
    ) -> Result<T> {
        self.core.autoflush().await?;
        let mut attempt = self.core.link.attempt();
        let outcome = work(attempt.lend().await?).await;
        let outcome = attempt.take_back(outcome).await;
        self.core.unit.expire_views();
        Ok(outcome?)
    }

    pub(super) async fn keep_quiet<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> T) -> T {
        // It goes when this is given up, and then the session flushes again.
        let token = Arc::new(());
        let before = std::mem::replace(&mut self.core.quiet, Arc::downgrade(&token));
        let value = work(self).await;
        self.core.quiet = before;
        value
    }
}

impl<M: Mode> Core<M> {
    /// Sends every change. Without changes it sends nothing.
    pub(super) async fn flush(&mut self, cause: Cause) -> Result<()> {
        match self.unit.has_changes() {
            true => {
                self.write_changes(cause).instrument(phase_span!("flush")).await?;
                self.tell_states();
                Ok(())
            }
            false => Ok(()),
        }
    }

    async fn write_changes(&mut self, cause: Cause) -> Result<()> {
        if self.options.listeners.hear_flushes() {
            // Apart, or every flush would carry the room for listeners around.
            return Box::pin(self.flush_heard(cause)).await;
        }
        self.unit.begin_flush()?;
        let undo = Undo::new(&mut self.unit);
        load_missing(&mut self.link, undo.unit, cause).await?;
        read_contested(&mut self.link, undo.unit, cause).await?;
        let engine = self.link.engine().clone();
        let mut flush = phase!("plan", undo.unit.flush(engine.capabilities()))?;
        if flush.commands() > 0 {
            let atomic = flush.is_atomic();
            self.link.write(cause, &mut flush, atomic).await?;
        }
        flush.finish();
        undo.keep();
        Ok(())
    }

    /// Sends every change, and the statements of listeners, who are told of all that is written.
    async fn flush_heard(&mut self, cause: Cause) -> Result<()> {
        let listeners = self.options.listeners.clone();
        let heard = (listeners, Vec::new(), Told::new(self.told_changes.clone()));
        let undo = Undo::new(&mut self.unit);
        write_heard(&mut self.link, undo.unit, cause, heard).await?;
        undo.keep();
        self.told_changes.clear();
        Ok(())
    }

    /// Flushes for a commit. If the flush fails, what the listeners of the commit have changed is taken back with it:
    /// the next commit calls them again.
    pub(super) async fn flush_for_commit(&mut self) -> Result<()> {
        let listeners = self.options.listeners.clone();
        let (mut statements, told) = (Vec::new(), Told::new(self.told_changes.clone()));
        let undo = Undo::new(&mut self.unit);
        listeners.before_commit(&mut FlushScope::new(undo.unit, &mut statements))?;
        if undo.unit.has_changes() || !statements.is_empty() {
            let flush = write_heard(&mut self.link, undo.unit, Cause::Flush, (listeners, statements, told));
            flush.instrument(phase_span!("flush")).await?;
        }
        undo.keep();
        self.told_changes.clear();
        self.tell_states();
        Ok(())
    }

    pub(super) async fn autoflush(&mut self) -> BoxedResult<()> {
        match self.is_autoflush_due() {
            // Apart, or every query would carry the room of a whole flush around.
            true => Ok(Box::pin(self.flush(Cause::Autoflush)).await?),
            false => Ok(()),
        }
    }

    pub(super) fn is_autoflush_due(&self) -> bool {
        self.options.autoflush && self.unit.has_changes() && self.quiet.strong_count() == 0
    }

    /// Every row of a query.
    pub(super) async fn all<Out: 'static>(&mut self, query: Select<Out>) -> Result<Vec<Out>> {
        Ok(self.rows(query).await?.0)
    }

    /// Every row of a query, and the statement that gave them.
    async fn rows<Out: 'static>(&mut self, query: Select<Out>) -> Result<(Vec<Out>, Arc<SelectTree>)> {
        self.autoflush().await?;
        let plan = phase!("plan", QueryPlan::new(query, &mut self.unit))?;
        let mut plan = plan.under(&self.options.execution);
        self.link.read(Cause::Query, &mut plan).await?;
        let rows = plan.into_rows_and_statement();
        self.tell_states();
        Ok(rows)
    }

    /// The only row of a query, or none, and the statement.
    async fn only<Out: 'static>(&mut self, query: Select<Out>) -> Result<(Option<Out>, Arc<SelectTree>)> {
        let (mut rows, statement) = self.rows(query).await?;
        match rows.len() {
            0 | 1 => Ok((rows.pop(), statement)),
            _ => Err(Error::MultipleResultsFound { statement: self.text_of(&statement)? }),
        }
    }

    /// The only row of a query.
    pub(super) async fn one<Out: 'static>(&mut self, query: Select<Out>) -> Result<Out> {
        match self.only(query).await? {
            (Some(row), _) => Ok(row),
            (None, statement) => Err(Error::NoResultFound { statement: self.text_of(&statement)? }),
        }
    }

    /// The only row of a query, or none.
    pub(super) async fn one_or_none<Out: 'static>(&mut self, query: Select<Out>) -> Result<Option<Out>> {
        Ok(self.only(query).await?.0)
    }

    /// The first row of a query, or none.
    pub(super) async fn first<Out: 'static>(&mut self, query: Select<Out>) -> Result<Option<Out>> {
        let most = query.body.limit.map_or(1, |limit| limit.min(1));
        let mut rows = self.all(query.limit(most)).await?;
        rows.truncate(1);
        Ok(rows.pop())
    }

    /// How many rows a query gives.
    pub(super) async fn count<Out: 'static>(&mut self, query: Select<Out>) -> Result<i64> {
        self.one(query.count()).await
    }

    /// Hands every row of a query to `each` as it arrives.
    pub(super) async fn for_each<Out: 'static>(
        &mut self,
        query: Select<Out>,
        each: impl FnMut(Out) -> Result<()>,
    ) -> Result<()> {
        self.autoflush().await?;
        let mut plan = QueryPlan::for_each(query, &mut self.unit, each)?.under(&self.options.execution);
        self.link.read(Cause::Query, &mut plan).await?;
        drop(plan);
        self.tell_states();
        Ok(())
    }

    /// Runs a statement on the session's transaction.
    pub(super) async fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
        self.autoflush().await?;
        let mut attempt = self.link.attempt();
        let outcome = attempt.lend().await?.core.execute_by_hand(statement).await;
        let outcome = attempt.take_back(outcome).await;
        self.unit.expire_views();
        Ok(outcome.map_err(|error| self.unit.complete_violation(error))?)
    }

    fn text_of(&self, statement: &SelectTree) -> Result<String> {
        Ok(crate::engine::render(statement, self.link.engine().capabilities())?.sql)
    }
}

/// Sends every change and the statements of listeners. The caller undoes the unit of work if that fails.
async fn write_heard<M: Mode>(
    link: &mut Link<M>,
    unit: &mut UnitOfWork,
    cause: Cause,
    (listeners, mut statements, mut told): (Listeners, Statements, Told),
) -> Result<()> {
    if listeners.hear_attributes() {
        // References that were assigned are known by then.
        unit.begin_flush()?;
        told.tell_changes(&listeners, unit)?;
    }
    listeners.before_flush(&mut FlushScope::new(unit, &mut statements))?;
    loop {
        unit.begin_flush()?;
        load_missing(link, unit, cause).await?;
        if !told.tell(&listeners, unit, &mut statements)? {
            break;
        }
    }
    read_contested(link, unit, cause).await?;
    let engine = link.engine().clone();
    let flush = phase!("plan", unit.flush(engine.capabilities()))?;
    let mut flush = HeardFlush::new(flush, listeners, statements);
    if !flush.is_empty() {
        let atomic = flush.is_atomic();
        link.write(cause, &mut flush, atomic).await?;
    }
    flush.finish();
    Ok(())
}

/// Reads the rows whose keys new entities have, without criteria: a key is taken by a hidden row like by any other.
async fn read_contested<M: Mode>(link: &mut Link<M>, unit: &mut UnitOfWork, cause: Cause) -> Result<()> {
    for (meta, keys) in unit.contested_keys() {
        read_rows(link, unit, (cause, &ExecutionOptions::default()), (meta, keys)).await?;
    }
    Ok(())
}

/// Loads what a deletion reaches, level by level, until the flush knows all that it must delete or change.
async fn load_missing<M: Mode>(link: &mut Link<M>, unit: &mut UnitOfWork, cause: Cause) -> Result<()> {
    loop {
        let missing = phase!("plan", unit.collect())?;
        if missing.is_empty() {
            return Ok(());
        }
        for load in missing {
            let mut plan = RelationPlan::new(unit, load.meta, load.owners, load.relation);
            link.read(cause, &mut plan).await?;
        }
    }
}

/// Reads the rows with these primary keys, and takes note of the entities whose rows are gone.
pub(super) async fn read_rows<M: Mode>(
    link: &mut Link<M>,
    unit: &mut UnitOfWork,
    (cause, execution): (Cause, &ExecutionOptions),
    (meta, keys): (&'static EntityMeta, Vec<KeyValues>),
) -> Result<()> {
    let mut plan = IdentityPlan::new(unit, meta, keys.clone(), Existing::Keep).under(execution, cause);
    link.read(cause, &mut plan).await?;
    let found = plan.into_found();
    unit.note_contested(meta, &keys, &found)
}

/// Takes memory back to where it was, unless that which changed it is done: when it fails, panics, or is a future that is dropped.
pub(super) struct Undo<'u> {
    pub(super) unit: &'u mut UnitOfWork,
    mark: Option<usize>,
}

impl<'u> Undo<'u> {
    pub(super) fn new(unit: &'u mut UnitOfWork) -> Self {
        let mark = unit.mark();
        Self::since(unit, mark)
    }

    /// Also takes back what was done since a mark.
    pub(super) fn since(unit: &'u mut UnitOfWork, mark: usize) -> Self {
        Self { unit, mark: Some(mark) }
    }

    /// It is done.
    pub(super) fn keep(mut self) {
        self.mark = None;
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if let Some(mark) = self.mark {
            self.unit.undo_to(mark);
        }
    }
}
