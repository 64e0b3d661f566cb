//! The session's line to the database: a connection from the first statement to the end of the transaction.
//!
//! It knows whether the transaction has anything to lose. A failure in one that has not rolls it back and begins anew at the next statement;
//! a failure in one that has is undone to a savepoint, or the session asks for a rollback. What was given up in the middle, by a panic or by a
//! future that was dropped, has failed with its connection.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Weak};

use crate::engine::{BeginMode, BeginOptions, Cause, ConnectionOf, EngineOf, Mode, Plan, RowSink, Statement};
use crate::error::{BoxedResult, Error, Result};
use crate::event::{Listeners, TransactionEvent};

/// The savepoint around a flush in a transaction that was written to before.
const FLUSH: &str = "flush";

/// What a failed flush is undone to, where the transaction has something to lose.
enum Guard {
    /// The savepoint that the program has set, since which nothing was written: it stays set.
    Program(String),
    /// A savepoint of its own.
    Own,
}

pub(super) struct Link<M: Mode> {
    engine: EngineOf<M>,
    connection: Option<ConnectionOf<M>>,
    /// The way in which transactions begin.
    begin: BeginOptions,
    /// The number of the transaction: code that is lent the connection could put another one in its place.
    number: Option<u64>,
    /// Whether the transaction has written anything that is not committed.
    wrote: bool,
    /// The savepoints that are set, by name, outermost first.
    savepoints: Vec<String>,
    /// Whether nothing was written since the innermost of them was set.
    untouched: bool,
    /// Whether the savepoint of a flush that is done is still set, inside all others: where each flush sets one, it is let go of by the
    /// text that sets the next, which spares a round trip.
    flush_set: bool,
    /// Why nothing can be done but to roll back.
    lost: Option<String>,
    /// Why the rollback will not undo everything.
    committed: Option<Error>,
    /// What is being done; found so when nobody does it any more, it was given up.
    under_way: Option<Step>,
    /// The blocks of code whose savepoints are set. One whose token is gone was given up.
    blocks: Vec<Weak<()>>,
    /// Who is told that a transaction has begun.
    listeners: Listeners,
}

/// What is being done, as far as it matters to whoever gives it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Statements,
    #[cfg(feature = "async")]
    Stream,
    Commit,
    Rollback,
}

impl<M: Mode> Link<M> {
    pub(super) fn new(engine: EngineOf<M>, begin: BeginOptions) -> Self {
        Self {
            engine,
            connection: None,
            begin,
            number: None,
            wrote: false,
            savepoints: Vec::new(),
            untouched: false,
            flush_set: false,
            lost: None,
            committed: None,
            under_way: None,
            blocks: Vec::new(),
            listeners: Listeners::default(),
        }
    }

    /// Tells these listeners when a transaction has begun.
    pub(super) fn set_listeners(&mut self, listeners: Listeners) {
        self.listeners = listeners;
    }

    pub(super) fn engine(&self) -> &EngineOf<M> {
        &self.engine
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.connection.is_some() || self.lost.is_some()
    }

    /// The connection, in a transaction, for statements; [`done`](Self::done) when they are.
    async fn begin(&mut self) -> BoxedResult<&mut ConnectionOf<M>> {
        self.check()?;
        if self.connection.is_none() {
            self.open(BeginOptions::default()).await?;
        }
        self.ready()
    }

    /// Begins the transaction before its first statement.
    pub(super) async fn begin_with(&mut self, options: BeginOptions) -> Result<()> {
        self.check()?;
        if self.connection.is_some() {
            return Err(Error::TransactionOpen {
                message: "the session's transaction has begun already: commit or roll back first",
            });
        }
        self.open(options).await
    }

    /// Begins the transaction with the lock for writing, unless the session or the engine asks for more.
    pub(super) async fn lock_first(&mut self) -> Result<()> {
        let mode = match self.begin.mode {
            Some(BeginMode::Exclusive) => BeginMode::Exclusive,
            _ => BeginMode::Immediate,
        };
        self.begin_with(mode.into()).await
    }

    /// Takes a connection and begins the transaction; what the options leave open is said by the session.
    async fn open(&mut self, options: BeginOptions) -> Result<()> {
        let mut connection = self.engine.acquire().await?;
        connection.core.begin_with(options.or(self.begin)).await?;
        self.number = connection.core.transaction_number();
        self.connection = Some(connection);
        (self.untouched, self.flush_set) = (false, false);
        self.listeners.tell(TransactionEvent::Begun);
        Ok(())
    }

    /// The connection, for statements.
    fn ready(&mut self) -> BoxedResult<&mut ConnectionOf<M>> {
        self.under_way = Some(Step::Statements);
        self.connection.as_mut().ok_or_else(|| Box::new(Error::ConnectionClosed {}))
    }

    fn done(&mut self) {
        self.under_way = None;
    }

    /// Runs a plan that reads.
    pub(super) async fn read<P: Plan + ?Sized>(&mut self, cause: Cause, plan: &mut P) -> Result<()> {
        let mut attempt = Attempt(self);
        let core = &mut attempt.begin().await?.core;
        core.set_cause(cause);
        let outcome = core.run(plan).await;
        Ok(attempt.take_back(outcome).await?)
    }

    /// Runs a statement that reads, and hands over its rows; gives how many there were.
    pub(super) async fn load<S: Statement>(
        &mut self,
        cause: Cause,
        statement: &S,
        rows: &mut impl RowSink,
    ) -> BoxedResult<usize> {
        let mut attempt = Attempt(self);
        // What is seldom done is apart, as this runs for each entity that is looked up: a future with much in it takes longer to make than to run.
        attempt.check()?;
        if attempt.connection.is_none() {
            Box::pin(attempt.open(BeginOptions::default())).await?;
        }
        let core = &mut attempt.ready()?.core;
        core.set_cause(cause);
        match core.load(statement, rows).await {
            Ok(count) => {
                attempt.done();
                Ok(count)
            }
            error => Box::pin(attempt.take_back(error)).await,
        }
    }

    /// Something by hand begins: [`lend`](Attempt::lend) gives it the connection.
    pub(super) fn attempt(&mut self) -> Attempt<'_, M> {
        Attempt(self)
    }

    /// A block of code begins, within a savepoint: whoever drops the token before [`leave`](Self::leave) has given the block up.
    pub(super) fn enter(&mut self) -> Arc<()> {
        let token = Arc::new(());
        self.blocks.push(Arc::downgrade(&token));
        token
    }

    /// The block of code is done.
    pub(super) fn leave(&mut self, token: Arc<()>) {
        self.blocks.retain(|block| !block.ptr_eq(&Arc::downgrade(&token)));
    }

    /// Runs a plan that writes: all of its statements or none. One that is `atomic` needs no savepoint for that where a statement that failed is undone.
    pub(super) async fn write<P: Plan + ?Sized>(&mut self, cause: Cause, plan: &mut P, atomic: bool) -> Result<()> {
        let to_lose = self.to_lose();
        let atomic = atomic && self.engine.capabilities().statement_atomic;
        let mut guard = if to_lose && !atomic { Some(self.guard()) } else { None };
        let mut attempt = Attempt(self);
        attempt.begin().await?.core.set_cause(cause);
        let mut outcome = match guard {
            Some(Guard::Own) => attempt.set_flush_savepoint().await,
            _ => Ok(()),
        };
        match outcome {
            Ok(()) => outcome = attempt.run_guarded(plan, guard.as_ref()).await,
            Err(_) => guard = None,
        }
        attempt.done();
        match outcome {
            Ok(()) => {
                attempt.wrote = true;
                attempt.untouched = false;
                Ok(())
            }
            Err(error) => Err(attempt.write_failed(error, to_lose, guard).await),
        }
    }

    /// What the next flush is undone to if it fails.
    fn guard(&self) -> Guard {
        match self.savepoints.last() {
            Some(name) if self.untouched => Guard::Program(name.clone()),
            _ => Guard::Own,
        }
    }

    /// Sets the savepoint of a flush, in the place of that of the flush before.
    async fn set_flush_savepoint(&mut self) -> Result<()> {
        let released = self.flush_set.then_some(FLUSH);
        self.ready()?.core.savepoint_after(released, FLUSH).await?;
        self.flush_set = true;
        Ok(())
    }

    /// Runs a plan that writes, and lets go of the savepoint around it where the next flush may need none.
    async fn run_guarded<P: Plan + ?Sized>(&mut self, plan: &mut P, guard: Option<&Guard>) -> Result<()> {
        self.ready()?.core.run(plan).await?;
        match guard {
            Some(Guard::Own) if self.engine.capabilities().statement_atomic => self.release_flush_savepoint().await,
            _ => Ok(()),
        }
    }

    /// Lets go of the savepoint of a flush.
    async fn release_flush_savepoint(&mut self) -> Result<()> {
        if self.flush_set {
            self.ready()?.core.release(FLUSH).await?;
            self.flush_set = false;
        }
        Ok(())
    }

    pub(super) async fn savepoint(&mut self, name: &str) -> Result<()> {
        let mut attempt = Attempt(self);
        attempt.begin().await?.core.set_cause(Cause::Savepoint);
        let released = attempt.flush_set.then_some(FLUSH);
        let outcome = attempt.ready()?.core.savepoint_after(released, name).await;
        attempt.done();
        outcome?;
        attempt.savepoints.push(name.to_owned());
        (attempt.untouched, attempt.flush_set) = (true, false);
        Ok(())
    }

    pub(super) async fn release(&mut self, name: &str) -> Result<()> {
        let position = self.position(name)?;
        let mut attempt = Attempt(self);
        let core = &mut attempt.begin().await?.core;
        core.set_cause(Cause::Savepoint);
        let outcome = core.release(name).await;
        attempt.done();
        outcome?;
        attempt.savepoints.truncate(position);
        // That of a flush goes with the one around it; what was written since the next one is not known.
        (attempt.untouched, attempt.flush_set) = (false, false);
        Ok(())
    }

    pub(super) async fn rollback_to(&mut self, name: &str) -> Result<()> {
        let position = self.position(name)?;
        self.notice();
        let mut attempt = Attempt(self);
        let Self { connection: Some(connection), under_way, .. } = &mut *attempt.0 else {
            let reason = attempt.lost.clone().unwrap_or_else(|| "there is no transaction".to_owned());
            return Err(Error::PendingRollback { reason });
        };
        *under_way = Some(Step::Statements);
        connection.core.set_cause(Cause::Savepoint);
        let outcome = connection.core.rollback_to(name).await;
        attempt.done();
        outcome?;
        attempt.savepoints.truncate(position);
        (attempt.untouched, attempt.flush_set) = (false, false);
        attempt.lost = None;
        Ok(())
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        self.check()?;
        let mut attempt = Attempt(self);
        if let Self { connection: Some(connection), under_way, .. } = &mut *attempt.0 {
            *under_way = Some(Step::Commit);
            let outcome = connection.core.commit().await;
            let over = !connection.in_transaction();
            attempt.done();
            if let Err(error) = outcome {
                if over || error.is_disconnect() {
                    attempt.connection = None;
                    attempt.lost = Some(format!("COMMIT failed: {error}"));
                }
                return Err(error);
            }
        }
        attempt.reset();
        Ok(())
    }

    /// Ends the transaction; what cannot be rolled back is gone with its connection.
    pub(super) async fn rollback(&mut self) -> Result<()> {
        self.notice();
        let mut attempt = Attempt(self);
        attempt.under_way = Some(Step::Rollback);
        let outcome = match &mut attempt.connection {
            Some(connection) => connection.core.rollback().await,
            None => attempt.committed.take().map_or(Ok(()), Err),
        };
        attempt.reset();
        outcome
    }

    fn reset(&mut self) {
        self.connection = None;
        self.number = None;
        self.wrote = false;
        self.savepoints.clear();
        (self.untouched, self.flush_set) = (false, false);
        self.lost = None;
        self.committed = None;
        self.under_way = None;
        self.blocks.clear();
    }

    fn to_lose(&self) -> bool {
        self.wrote || !self.savepoints.is_empty()
    }

    /// Refuses what would run outside of a transaction that is lost.
    pub(super) fn check(&mut self) -> Result<()> {
        self.notice();
        match &self.lost {
            Some(reason) => Err(Error::PendingRollback { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Takes note of what was given up: its connection goes. A transaction that had nothing to lose begins anew with the next statement.
    #[inline]
    fn notice(&mut self) {
        if self.under_way.is_some() || !self.blocks.is_empty() {
            self.notice_what_was_given_up();
        }
    }

    fn notice_what_was_given_up(&mut self) {
        if self.blocks.iter().any(|block| block.strong_count() == 0) {
            self.blocks.clear();
            self.under_way.get_or_insert(Step::Statements);
        }
        let Some(step) = self.under_way.take() else { return };
        #[cfg(feature = "async")]
        if step == Step::Stream && self.connection.as_ref().is_some_and(|connection| !connection.is_broken()) {
            return;
        }
        self.connection = None;
        let reason = match step {
            Step::Rollback => "ROLLBACK was given up before it was done",
            _ if !self.to_lose() => return,
            Step::Commit => "COMMIT was given up before it was done; whether it took effect, only the database knows",
            _ => "a call was given up before it was done, and what the transaction wrote is lost",
        };
        self.lost.get_or_insert_with(|| reason.to_owned());
    }

    fn position(&self, name: &str) -> Result<usize> {
        self.savepoints.iter().rposition(|set| set == name).ok_or_else(no_longer_set)
    }

    async fn read_failed(&mut self, error: Error) -> Error {
        let to_lose = self.to_lose();
        let spoiled = self.connection.as_ref().is_some_and(|connection| connection.core.is_spoiled());
        if self.is_over() || (spoiled && !to_lose) {
            self.abandon(&error, to_lose).await;
        } else if spoiled {
            self.lost = Some(format!("a statement failed: {}", first_line(&error)));
        }
        error
    }

    async fn write_failed(&mut self, error: Error, to_lose: bool, guard: Option<Guard>) -> Error {
        // What the statement answers was not understood: it was run, and without a savepoint it cannot be undone alone.
        let written = guard.is_none() && matches!(error, Error::Decode { .. });
        // The savepoint itself could not be set.
        let spoiled =
            guard.is_none() && error.database_kind().is_some() && !self.engine.capabilities().statement_atomic;
        if self.is_over() || !to_lose || written || spoiled {
            self.abandon(&error, to_lose).await;
        } else if let Some(guard) = guard
            && let Err(second) = self.undo_flush(guard).await
        {
            self.abandon(&second, true).await;
        }
        error
    }

    /// Undoes a flush that failed, down to the savepoint around it.
    async fn undo_flush(&mut self, guard: Guard) -> Result<()> {
        let mut attempt = Attempt(self);
        let Self { connection: Some(connection), under_way, .. } = &mut *attempt.0 else { return Ok(()) };
        *under_way = Some(Step::Statements);
        let undone = match guard {
            Guard::Program(name) => connection.core.rollback_to(&name).await,
            Guard::Own => match connection.core.rollback_to(FLUSH).await {
                Ok(()) => attempt.release_flush_savepoint().await,
                failed => failed,
            },
        };
        attempt.done();
        undone
    }

    /// Whether the transaction has ended, savepoints and all, or is not the session's any more.
    fn is_over(&self) -> bool {
        self.connection
            .as_ref()
            .is_some_and(|connection| connection.core.is_over() || connection.core.transaction_number() != self.number)
    }

    /// Gives the connection up. A transaction that had nothing to lose begins anew with the next statement.
    async fn abandon(&mut self, error: &Error, to_lose: bool) {
        if to_lose {
            self.lost = Some(format!("what it wrote is lost: {}", first_line(error)));
        }
        if let Some(mut connection) = self.connection.take() {
            let rolled_back = connection.core.rollback().await;
            // What the database cannot roll back is closed by the pool.
            self.committed = rolled_back.err().filter(|error| error.database_kind().is_none());
        }
    }
}

pub(super) fn no_longer_set() -> Error {
    Error::SavepointEnded {}
}

#[cfg(feature = "async")]
impl<M: Mode> Link<M> {
    /// The connection, for a stream of rows, which ends or is dropped.
    pub(super) async fn stream(&mut self) -> Result<&mut ConnectionOf<M>> {
        self.begin().await?;
        self.under_way = Some(Step::Stream);
        let connection = self.connection.as_mut().ok_or_else(|| Error::ConnectionClosed {})?;
        connection.core.set_cause(Cause::Query);
        Ok(connection)
    }

    pub(super) fn holds_connection(&self) -> bool {
        self.connection.is_some()
    }

    /// What stands in for this line while it is away: it asks for a rollback.
    pub(super) fn substitute(&self, reason: &str) -> Self {
        Self { lost: Some(reason.to_owned()), ..Self::new(self.engine.clone(), self.begin) }
    }

    /// The same line over another engine, to which its connection is carried over.
    pub(super) fn map<N: Mode>(
        self,
        engine: EngineOf<N>,
        carry: impl FnOnce(ConnectionOf<M>) -> ConnectionOf<N>,
    ) -> Link<N> {
        Link {
            engine,
            connection: self.connection.map(carry),
            begin: self.begin,
            number: self.number,
            wrote: self.wrote,
            savepoints: self.savepoints,
            untouched: self.untouched,
            flush_set: self.flush_set,
            lost: self.lost,
            committed: self.committed,
            under_way: self.under_way,
            blocks: self.blocks,
            listeners: self.listeners,
        }
    }
}

/// The link while something is being done. Dropped before that is done, it takes note at once, so that no lock outlives who held it.
pub(super) struct Attempt<'l, M: Mode>(&'l mut Link<M>);

impl<M: Mode> Attempt<'_, M> {
    /// Lends the connection for something by hand that may write; [`take_back`](Self::take_back) when it is done.
    pub(super) async fn lend(&mut self) -> Result<&mut ConnectionOf<M>> {
        self.begin().await?;
        self.wrote = true;
        self.untouched = false;
        let connection = self.0.ready()?;
        connection.core.lend();
        connection.core.set_cause(Cause::Query);
        Ok(connection)
    }

    /// What was done with the connection is done.
    pub(super) async fn take_back<T, E: Into<Error>>(mut self, outcome: Result<T, E>) -> BoxedResult<T> {
        self.done();
        if let Some(connection) = &mut self.connection {
            connection.core.take_back();
        }
        let error = match outcome {
            Ok(value) if !self.is_over() => return Ok(value),
            Ok(_) => Error::PendingRollback { reason: "code by hand has ended the session's transaction".to_owned() },
            Err(error) => error.into(),
        };
        Err(Box::new(self.read_failed(error).await))
    }
}

impl<M: Mode> Deref for Attempt<'_, M> {
    type Target = Link<M>;

    fn deref(&self) -> &Link<M> {
        self.0
    }
}

impl<M: Mode> DerefMut for Attempt<'_, M> {
    fn deref_mut(&mut self) -> &mut Link<M> {
        self.0
    }
}

impl<M: Mode> Drop for Attempt<'_, M> {
    fn drop(&mut self) {
        self.0.notice();
    }
}

fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
