//! The ends of a transaction, and the savepoints within.

use super::Session;
use crate::error::{Error, Result};
use crate::unit::RolledBack;

/// A savepoint of a session: the place to which [`Session::rollback_to`] goes back, in the database and in memory.
///
/// Counterpart: what `Session.begin_nested` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Savepoint {
    session: std::num::NonZeroU32,
    mark: usize,
    number: usize,
}

impl Savepoint {
    fn name(self) -> String {
        format!("savepoint_{}", self.number)
    }
}

impl Session {
    /// Sends every change and makes all that was sent permanent; the connection goes back to the pool.
    ///
    /// # Errors
    /// What the flush says, and then the transaction goes on; what the database says to COMMIT.
    ///
    /// Counterpart: `Session.commit`.
    pub fn commit(&mut self) -> Result<()> {
        self.flush()?;
        self.link.commit()?;
        self.unit.commit(self.options.expire_on_commit);
        self.savepoints = 0;
        Ok(())
    }

    /// Undoes the transaction, in the database and in memory: entities read as they did when it began, and are expired; those that were added are handed back.
    ///
    /// # Errors
    /// What the database says to ROLLBACK; memory is rolled back all the same, and the connection is closed.
    ///
    /// Counterpart: `Session.rollback`.
    pub fn rollback(&mut self) -> Result<RolledBack> {
        let outcome = self.link.rollback();
        let handed_back = self.unit.rollback();
        self.savepoints = 0;
        outcome.map(|()| handed_back)
    }

    /// Rolls back and drops every entity. The session can be used again.
    ///
    /// # Errors
    /// What the database says to ROLLBACK.
    ///
    /// Counterpart: `Session.close`.
    pub fn close(&mut self) -> Result<()> {
        let outcome = self.rollback().map(drop);
        self.unit.expunge_all();
        outcome
    }

    /// Whether a transaction is open; the first statement begins one.
    pub fn in_transaction(&self) -> bool {
        self.link.in_transaction()
    }

    /// Flushes and sets a savepoint.
    ///
    /// # Errors
    /// What the flush or the database says.
    ///
    /// Counterpart: `Session.begin_nested`.
    pub fn begin_nested(&mut self) -> Result<Savepoint> {
        self.flush()?;
        self.savepoints += 1;
        let savepoint = Savepoint { session: self.unit.session(), mark: self.unit.mark(), number: self.savepoints };
        self.link.savepoint(&savepoint.name())?;
        Ok(savepoint)
    }

    /// Flushes and lets go of a savepoint: what was done since is part of the transaction around it.
    ///
    /// # Errors
    /// What the flush or the database says; [`Error::InvalidRequest`] when the savepoint is no longer set.
    ///
    /// Counterpart: `nested.commit()`.
    pub fn release(&mut self, savepoint: Savepoint) -> Result<()> {
        self.check_savepoint(savepoint)?;
        self.flush()?;
        self.link.release(&savepoint.name())
    }

    /// Undoes what was done since a savepoint, in the database and in memory, and lets go of it; entities that were added since are handed back.
    ///
    /// # Errors
    /// What the database says; [`Error::InvalidRequest`] when the savepoint is no longer set.
    ///
    /// Counterpart: `nested.rollback()`.
    pub fn rollback_to(&mut self, savepoint: Savepoint) -> Result<RolledBack> {
        self.check_savepoint(savepoint)?;
        self.link.rollback_to(&savepoint.name())?;
        Ok(self.unit.undo_to(savepoint.mark))
    }

    /// Runs `work` within a savepoint: releases it when that gives `Ok`, rolls back to it when that gives `Err`.
    ///
    /// # Errors
    /// What `work` gives, or the savepoint.
    ///
    /// Counterpart: `with session.begin_nested():`.
    pub fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let savepoint = self.begin_nested()?;
        match work(self).and_then(|value| self.release(savepoint).map(|()| value)) {
            Ok(value) => Ok(value),
            Err(error) => {
                // The first error says what went wrong; a second one would only say that the transaction is lost.
                let _ = self.rollback_to(savepoint);
                Err(error)
            }
        }
    }

    fn check_savepoint(&self, savepoint: Savepoint) -> Result<()> {
        if savepoint.session == self.unit.session() {
            return Ok(());
        }
        Err(Error::invalid("the savepoint belongs to another session"))
    }
}
