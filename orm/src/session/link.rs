//! The session's line to the database: a connection from the first statement to the end of the transaction.
//!
//! It knows whether the transaction has anything to lose. A failure in one that has not rolls it back and begins anew at the next statement;
//! a failure in one that has is undone to a savepoint, or the session asks for a rollback.

use crate::engine::{Connection, Engine, Isolation, Plan};
use crate::error::{DatabaseErrorKind, Error, Result};

/// The savepoint around a flush in a transaction that was written to before.
const FLUSH: &str = "flush";

pub(super) struct Link {
    engine: Engine,
    connection: Option<Connection>,
    isolation: Option<Isolation>,
    /// Whether the transaction has written anything that is not committed.
    wrote: bool,
    /// The savepoints that are set, by name, outermost first.
    savepoints: Vec<String>,
    /// Why nothing can be done but to roll back.
    lost: Option<String>,
}

impl Link {
    pub(super) fn new(engine: Engine, isolation: Option<Isolation>) -> Self {
        Self { engine, connection: None, isolation, wrote: false, savepoints: Vec::new(), lost: None }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.connection.is_some() || self.lost.is_some()
    }

    /// The connection, in a transaction.
    pub(super) fn connection(&mut self) -> Result<&mut Connection> {
        if let Some(reason) = &self.lost {
            return Err(Error::PendingRollback { reason: reason.clone() });
        }
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => {
                let mut connection = self.engine.connect()?;
                match self.isolation {
                    Some(level) => connection.begin_with(level)?,
                    None => connection.begin()?,
                }
                Ok(none.insert(connection))
            }
        }
    }

    /// Runs a plan that reads.
    pub(super) fn read(&mut self, plan: &mut dyn Plan) -> Result<()> {
        let outcome = self.connection()?.run(plan);
        outcome.map_err(|error| self.read_failed(error))
    }

    /// Runs something by hand that may write.
    pub(super) fn by_hand<T>(&mut self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let outcome = work(self.connection()?);
        self.wrote = true;
        outcome.map_err(|error| self.read_failed(error))
    }

    /// Runs a plan that writes `commands` statements: all of them or none.
    pub(super) fn write(&mut self, plan: &mut dyn Plan, commands: usize) -> Result<()> {
        let to_lose = self.wrote || !self.savepoints.is_empty();
        let atomic = commands == 1 && self.engine.capabilities().statement_atomic;
        let guarded = to_lose && !atomic;
        let connection = self.connection()?;
        if guarded {
            connection.savepoint(FLUSH)?;
        }
        match connection.run(plan).and_then(|()| if guarded { connection.release(FLUSH) } else { Ok(()) }) {
            Ok(()) => {
                self.wrote = true;
                Ok(())
            }
            Err(error) => Err(self.write_failed(error, to_lose, guarded)),
        }
    }

    pub(super) fn savepoint(&mut self, name: &str) -> Result<()> {
        self.connection()?.savepoint(name)?;
        self.savepoints.push(name.to_owned());
        Ok(())
    }

    pub(super) fn release(&mut self, name: &str) -> Result<()> {
        let position = self.position(name)?;
        self.connection()?.release(name)?;
        self.savepoints.truncate(position);
        Ok(())
    }

    pub(super) fn rollback_to(&mut self, name: &str) -> Result<()> {
        let position = self.position(name)?;
        let Some(connection) = &mut self.connection else {
            let reason = self.lost.clone().unwrap_or_else(|| "there is no transaction".to_owned());
            return Err(Error::PendingRollback { reason });
        };
        connection.rollback_to(name)?;
        self.savepoints.truncate(position);
        self.lost = None;
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Result<()> {
        if let Some(reason) = &self.lost {
            return Err(Error::PendingRollback { reason: reason.clone() });
        }
        if let Some(connection) = &mut self.connection
            && let Err(error) = connection.commit()
        {
            if !connection.in_transaction() || error.is_disconnect() {
                self.connection = None;
                self.lost = Some(format!("COMMIT failed: {error}"));
            }
            return Err(error);
        }
        self.reset();
        Ok(())
    }

    /// Ends the transaction; what cannot be rolled back is gone with its connection.
    pub(super) fn rollback(&mut self) -> Result<()> {
        let outcome = match &mut self.connection {
            Some(connection) => connection.rollback(),
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
    }

    fn position(&self, name: &str) -> Result<usize> {
        self.savepoints.iter().position(|set| set == name).ok_or_else(|| {
            Error::invalid(
                "the savepoint is no longer set: it, or the transaction around it, was released or rolled back",
            )
        })
    }

    fn read_failed(&mut self, error: Error) -> Error {
        let to_lose = self.wrote || !self.savepoints.is_empty();
        let spoiled = error.database_kind().is_some() && !self.engine.capabilities().statement_atomic;
        if self.is_over(&error) || (spoiled && !to_lose) {
            self.abandon(&error, to_lose);
        } else if spoiled {
            self.lost = Some(format!("a statement failed: {}", first_line(&error)));
        }
        error
    }

    fn write_failed(&mut self, error: Error, to_lose: bool, guarded: bool) -> Error {
        if self.is_over(&error) || !to_lose {
            self.abandon(&error, to_lose);
        } else if guarded
            && let Some(connection) = &mut self.connection
            && let Err(second) = connection.rollback_to(FLUSH).and_then(|()| connection.release(FLUSH))
        {
            self.abandon(&second, true);
        }
        error
    }

    /// Whether an error has ended the transaction, savepoints and all: a deadlock does, where other failures spoil nothing.
    fn is_over(&self, error: &Error) -> bool {
        let deadlock = error.database_kind() == Some(DatabaseErrorKind::SerializationFailure);
        error.is_disconnect() || (deadlock && self.engine.capabilities().statement_atomic)
    }

    /// Gives the connection up. A transaction that had nothing to lose begins anew with the next statement.
    fn abandon(&mut self, error: &Error, to_lose: bool) {
        if let Some(mut connection) = self.connection.take() {
            // What cannot be rolled back is closed by the pool.
            let _ = connection.rollback();
        }
        if to_lose {
            self.lost = Some(format!("what it wrote is lost: {}", first_line(error)));
        }
    }
}

fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
