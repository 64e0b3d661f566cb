//! The session's line to the database: a connection from the first statement to the end of the transaction.
//!
//! It knows whether the transaction has anything to lose. A failure in one that has not rolls it back and begins anew at the next statement;
//! a failure in one that has is undone to a savepoint, or the session asks for a rollback. What was given up in the middle, by a panic or by a
//! future that was dropped, has failed with its connection.

use crate::engine::{ConnectionCore as Core, ConnectionOf, EngineOf, Isolation, Mode, Plan};
use crate::error::{DatabaseErrorKind, Error, Result};

/// The savepoint around a flush in a transaction that was written to before.
const FLUSH: &str = "flush";

pub(super) struct Link<M: Mode> {
    engine: EngineOf<M>,
    connection: Option<ConnectionOf<M>>,
    isolation: Option<Isolation>,
    /// Whether the transaction has written anything that is not committed.
    wrote: bool,
    /// The savepoints that are set, by name, outermost first.
    savepoints: Vec<String>,
    /// Why nothing can be done but to roll back.
    lost: Option<String>,
    /// What is being done; found so by the next call, it was given up.
    under_way: Option<Step>,
}

/// What is being done, as far as it matters to whoever gives it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Statements,
    Commit,
    Rollback,
}

impl<M: Mode> Link<M> {
    pub(super) fn new(engine: EngineOf<M>, isolation: Option<Isolation>) -> Self {
        Self { engine, connection: None, isolation, wrote: false, savepoints: Vec::new(), lost: None, under_way: None }
    }

    pub(super) fn engine(&self) -> &EngineOf<M> {
        &self.engine
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.connection.is_some() || self.lost.is_some()
    }

    /// The connection, in a transaction, for statements; [`done`](Self::done) when they are.
    async fn begin(&mut self) -> Result<&mut ConnectionOf<M>> {
        self.check()?;
        if self.connection.is_none() {
            let mut connection = M::connect(&self.engine).await?;
            match self.isolation {
                Some(level) => connection.core.begin_with(level).await?,
                None => connection.core.begin().await?,
            }
            self.connection = Some(connection);
        }
        self.under_way = Some(Step::Statements);
        self.connection.as_mut().ok_or_else(|| Error::invalid("the session has no connection"))
    }

    fn done(&mut self) {
        self.under_way = None;
    }

    /// Runs a plan that reads.
    pub(super) async fn read<P: Plan + ?Sized>(&mut self, plan: &mut P) -> Result<()> {
        let outcome = self.begin().await?.core.run(plan).await;
        self.done();
        match outcome {
            Ok(()) => Ok(()),
            Err(error) => Err(self.read_failed(error).await),
        }
    }

    /// Lends the connection for something by hand that may write; [`take_back`](Self::take_back) when it is done.
    pub(super) async fn lend(&mut self) -> Result<&mut ConnectionOf<M>> {
        self.begin().await?;
        self.wrote = true;
        self.connection.as_mut().ok_or_else(|| Error::invalid("the session has no connection"))
    }

    pub(super) async fn take_back<T>(&mut self, outcome: Result<T>) -> Result<T> {
        self.done();
        match outcome {
            Ok(value) => Ok(value),
            Err(error) => Err(self.read_failed(error).await),
        }
    }

    /// Runs a plan that writes `commands` statements: all of them or none.
    pub(super) async fn write<P: Plan + ?Sized>(&mut self, plan: &mut P, commands: usize) -> Result<()> {
        let to_lose = self.to_lose();
        let atomic = commands == 1 && self.engine.capabilities().statement_atomic;
        let guarded = to_lose && !atomic;
        let core = &mut self.begin().await?.core;
        let outcome = match guarded {
            true => match core.savepoint(FLUSH).await {
                Ok(()) => run_guarded(core, plan).await.map_err(|error| (error, true)),
                Err(error) => Err((error, false)),
            },
            false => core.run(plan).await.map_err(|error| (error, false)),
        };
        self.done();
        match outcome {
            Ok(()) => {
                self.wrote = true;
                Ok(())
            }
            Err((error, guarded)) => Err(self.write_failed(error, to_lose, guarded).await),
        }
    }

    pub(super) async fn savepoint(&mut self, name: &str) -> Result<()> {
        let outcome = self.begin().await?.core.savepoint(name).await;
        self.done();
        outcome?;
        self.savepoints.push(name.to_owned());
        Ok(())
    }

    pub(super) async fn release(&mut self, name: &str) -> Result<()> {
        let position = self.position(name)?;
        let outcome = self.begin().await?.core.release(name).await;
        self.done();
        outcome?;
        self.savepoints.truncate(position);
        Ok(())
    }

    pub(super) async fn rollback_to(&mut self, name: &str) -> Result<()> {
        let position = self.position(name)?;
        self.notice();
        let Some(connection) = &mut self.connection else {
            let reason = self.lost.clone().unwrap_or_else(|| "there is no transaction".to_owned());
            return Err(Error::PendingRollback { reason });
        };
        self.under_way = Some(Step::Statements);
        let outcome = connection.core.rollback_to(name).await;
        self.done();
        outcome?;
        self.savepoints.truncate(position);
        self.lost = None;
        Ok(())
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        self.check()?;
        if let Some(connection) = &mut self.connection {
            self.under_way = Some(Step::Commit);
            let outcome = connection.core.commit().await;
            self.under_way = None;
            if let Err(error) = outcome {
                if !connection.in_transaction() || error.is_disconnect() {
                    self.connection = None;
                    self.lost = Some(format!("COMMIT failed: {error}"));
                }
                return Err(error);
            }
        }
        self.reset();
        Ok(())
    }

    /// Ends the transaction; what cannot be rolled back is gone with its connection.
    pub(super) async fn rollback(&mut self) -> Result<()> {
        self.notice();
        self.under_way = Some(Step::Rollback);
        let outcome = match &mut self.connection {
            Some(connection) => connection.core.rollback().await,
            None => Ok(()),
        };
        self.reset();
        outcome
    }

    fn reset(&mut self) {
        self.connection = None;
        self.wrote = false;
        self.savepoints.clear();
        self.lost = None;
        self.under_way = None;
    }

    fn to_lose(&self) -> bool {
        self.wrote || !self.savepoints.is_empty()
    }

    /// Refuses what would run outside of a transaction that is lost.
    fn check(&mut self) -> Result<()> {
        self.notice();
        match &self.lost {
            Some(reason) => Err(Error::PendingRollback { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Takes note of what was given up: its connection goes. A transaction that had nothing to lose begins anew with the next statement.
    fn notice(&mut self) {
        let Some(step) = self.under_way.take() else { return };
        self.connection = None;
        let reason = match step {
            Step::Rollback => "ROLLBACK was given up before it was done",
            _ if !self.to_lose() => return,
            Step::Commit => "COMMIT was given up before it was done; whether it took effect, only the database knows",
            Step::Statements => "a call was given up before it was done, and what the transaction wrote is lost",
        };
        self.lost.get_or_insert_with(|| reason.to_owned());
    }

    fn position(&self, name: &str) -> Result<usize> {
        self.savepoints.iter().position(|set| set == name).ok_or_else(|| {
            Error::invalid(
                "the savepoint is no longer set: it, or the transaction around it, was released or rolled back",
            )
        })
    }

    async fn read_failed(&mut self, error: Error) -> Error {
        let to_lose = self.to_lose();
        let spoiled = error.database_kind().is_some() && !self.engine.capabilities().statement_atomic;
        if self.is_over(&error) || (spoiled && !to_lose) {
            self.abandon(&error, to_lose).await;
        } else if spoiled {
            self.lost = Some(format!("a statement failed: {}", first_line(&error)));
        }
        error
    }

    async fn write_failed(&mut self, error: Error, to_lose: bool, guarded: bool) -> Error {
        if self.is_over(&error) || !to_lose {
            self.abandon(&error, to_lose).await;
        } else if guarded && let Err(second) = self.undo_flush().await {
            self.abandon(&second, true).await;
        }
        error
    }

    /// Undoes a flush that failed, down to the savepoint around it.
    async fn undo_flush(&mut self) -> Result<()> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        self.under_way = Some(Step::Statements);
        let undone = match connection.core.rollback_to(FLUSH).await {
            Ok(()) => connection.core.release(FLUSH).await,
            failed => failed,
        };
        self.done();
        undone
    }

    /// Whether an error has ended the transaction, savepoints and all: a deadlock does, where other failures spoil nothing.
    fn is_over(&self, error: &Error) -> bool {
        let deadlock = error.database_kind() == Some(DatabaseErrorKind::SerializationFailure);
        error.is_disconnect() || (deadlock && self.engine.capabilities().statement_atomic)
    }

    /// Gives the connection up. A transaction that had nothing to lose begins anew with the next statement.
    async fn abandon(&mut self, error: &Error, to_lose: bool) {
        if to_lose {
            self.lost = Some(format!("what it wrote is lost: {}", first_line(error)));
        }
        if let Some(mut connection) = self.connection.take() {
            // What cannot be rolled back is closed by the pool.
            let _ = connection.core.rollback().await;
        }
    }
}

async fn run_guarded<M: Mode, P: Plan + ?Sized>(core: &mut Core<M>, plan: &mut P) -> Result<()> {
    core.run(plan).await?;
    core.release(FLUSH).await
}

fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
