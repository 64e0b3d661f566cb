//! The ends of a transaction, and the savepoints within.

use super::link::no_longer_set;
use super::{Core, Session, SessionOf};
use crate::engine::{BeginOptions, Cause, Mode, facades, run_ready};
use crate::error::{Error, Result};
use crate::event::TransactionEvent;
use crate::unit::{RolledBack, SavepointMark};

/// A savepoint of a session: the place to which [`Session::rollback_to`] goes back, in the database and in memory.
///
/// Counterpart: what `Session.begin_nested` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Savepoint {
    session: std::num::NonZeroU32,
    transaction: usize,
    mark: SavepointMark,
    number: usize,
}

impl Savepoint {
    fn name(self) -> String {
        format!("savepoint_{}", self.number)
    }
}

facades! {
    impl Session, super::AsyncSession {
        /// Begins the transaction before its first statement, at an [`Isolation`](crate::Isolation) level or in a
        /// [`BeginMode`](crate::engine::BeginMode) of its own: `session.begin_with(BeginMode::Immediate)?`. Without it the first statement begins
        /// the transaction as the session or the engine says.
        ///
        /// # Errors
        /// [`Error::TransactionOpen`] when the transaction has begun already; [`Error::Unsupported`] for a level that the database lacks;
        /// whatever the database says.
        ///
        /// Counterpart: `session.connection(execution_options={"isolation_level": ...})`.
        pub fn begin_with(&mut self, options: impl Into<BeginOptions>) -> Result<()> {
            self.core.link.begin_with(options.into())
        }

        /// Sends every change and makes all that was sent permanent; the connection goes back to the pool.
        ///
        /// # Errors
        /// What the flush says, and then the transaction goes on; what the database says to COMMIT.
        ///
        /// Counterpart: `Session.commit`.
        pub fn commit(&mut self) -> Result<()> {
            self.core.commit()
        }

        /// Flushes and sets a savepoint.
        ///
        /// # Errors
        /// What the flush or the database says.
        ///
        /// Counterpart: `Session.begin_nested`.
        pub fn begin_nested(&mut self) -> Result<Savepoint> {
            self.core.begin_nested()
        }

        /// Flushes and lets go of a savepoint: what was done since is part of the transaction around it.
        ///
        /// # Errors
        /// Any error of the flush or the database; [`Error::SavepointEnded`] when the savepoint is no longer set.
        ///
        /// Counterpart: `nested.commit()`.
        pub fn release(&mut self, savepoint: Savepoint) -> Result<()> {
            self.core.release(savepoint)
        }

        /// Undoes what was done since a savepoint, in the database and in memory, and lets go of it; entities that were added since are handed back with
        /// their [links](RolledBack), and what was read since is expired.
        ///
        /// # Errors
        /// Any error of the database; [`Error::SavepointEnded`] when the savepoint is no longer set.
        ///
        /// Counterpart: `nested.rollback()`.
        pub fn rollback_to(&mut self, savepoint: Savepoint) -> Result<RolledBack> {
            self.core.rollback_to(savepoint)
        }
    }
}

impl Session {
    /// Undoes the transaction, in the database and in memory: entities read as they did when it began, and are expired; those that were added
    /// are handed back with their [links](RolledBack). Without a transaction and without changes nothing happens.
    ///
    /// # Errors
    /// What the database says to ROLLBACK; memory is rolled back all the same, and the connection is closed. [`Error::NotRolledBack`] when a statement by
    /// hand has ended the transaction, so that what was written before it may be committed; the session can be used again.
    ///
    /// Counterpart: `Session.rollback`.
    pub fn rollback(&mut self) -> Result<RolledBack> {
        run_ready(self.core.rollback())
    }

    /// Rolls back and drops every entity. The session can be used again.
    ///
    /// # Errors
    /// What the database says to ROLLBACK.
    ///
    /// Counterpart: `Session.close`.
    pub fn close(&mut self) -> Result<()> {
        run_ready(self.core.close())
    }

    /// Runs `work` within a savepoint: releases it when that gives `Ok`, rolls back to it when that gives `Err`.
    ///
    /// # Errors
    /// What `work` gives, or the savepoint.
    ///
    /// Counterpart: `with session.begin_nested():`.
    pub fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        run_ready(self.within_savepoint(async |session| work(session)))
    }
}

impl<M: Mode> SessionOf<M> {
    pub(super) async fn within_savepoint<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let savepoint = self.core.begin_nested().await?;
        let token = self.core.link.enter();
        let outcome = work(self).await;
        self.core.link.leave(token);
        self.core.end_nested(savepoint, outcome).await
    }

    /// Whether a transaction is open; the first statement begins one.
    pub fn in_transaction(&self) -> bool {
        self.core.link.in_transaction()
    }
}

impl<M: Mode> Core<M> {
    /// Sends every change and makes all that was sent permanent.
    pub(super) async fn commit(&mut self) -> Result<()> {
        if self.options.listeners.hear_commits() {
            Box::pin(self.flush_for_commit()).await?;
        } else {
            self.flush(Cause::Flush).await?;
        }
        self.link.commit().await?;
        let leaving = self.coming_transitions(|core| core.unit.transitions_of_commit());
        self.unit.commit(self.options.expire_on_commit);
        self.tell_transitions(&leaving);
        self.forget_savepoints();
        self.options.listeners.tell(TransactionEvent::Committed);
        Ok(())
    }

    /// Undoes the transaction, in the database and in memory.
    pub(super) async fn rollback(&mut self) -> Result<RolledBack> {
        if !self.link.in_transaction() && self.unit.is_as_begun() {
            // There is nothing to undo, and so nothing that memory shows is less true than before.
            self.forget_savepoints();
            return Ok(RolledBack::default());
        }
        let outcome = self.link.rollback().await;
        let leaving = self.coming_transitions(|core| core.unit.transitions_of_rollback());
        let handed_back = self.unit.rollback();
        self.told_changes.clear();
        self.tell_transitions(&leaving);
        self.forget_savepoints();
        self.options.listeners.tell(TransactionEvent::RolledBack);
        outcome.map(|()| handed_back)
    }

    /// Rolls back and drops every entity.
    pub(super) async fn close(&mut self) -> Result<()> {
        let outcome = self.rollback().await.map(drop);
        self.expunge_all();
        outcome
    }

    /// Flushes and sets a savepoint.
    pub(super) async fn begin_nested(&mut self) -> Result<Savepoint> {
        self.flush(Cause::Flush).await?;
        self.savepoints += 1;
        let (session, mark) = (self.unit.session(), self.unit.set_savepoint());
        let savepoint = Savepoint { session, transaction: self.transactions, mark, number: self.savepoints };
        self.link.savepoint(&savepoint.name()).await?;
        Ok(savepoint)
    }

    /// Flushes and lets go of a savepoint.
    pub(super) async fn release(&mut self, savepoint: Savepoint) -> Result<()> {
        self.check_savepoint(savepoint)?;
        self.flush(Cause::Flush).await?;
        self.link.release(&savepoint.name()).await
    }

    /// Undoes what was done since a savepoint.
    pub(super) async fn rollback_to(&mut self, savepoint: Savepoint) -> Result<RolledBack> {
        self.check_savepoint(savepoint)?;
        self.link.rollback_to(&savepoint.name()).await?;
        let leaving = self.coming_transitions(|core| core.unit.transitions_of_rollback_to(savepoint.mark));
        let handed_back = self.unit.roll_back_to(savepoint.mark);
        self.told_changes.clear();
        self.tell_transitions(&leaving);
        self.options.listeners.tell(TransactionEvent::RolledBackToSavepoint);
        Ok(handed_back)
    }

    /// Releases the savepoint around something that went well, rolls back to it where it did not.
    pub(super) async fn end_nested<T>(&mut self, savepoint: Savepoint, outcome: Result<T>) -> Result<T> {
        let outcome = match outcome {
            Ok(value) => self.release(savepoint).await.map(|()| value),
            failed => failed,
        };
        if outcome.is_err() {
            // The first error says what went wrong; a second one would only say that the transaction is lost.
            let _ = self.rollback_to(savepoint).await;
        }
        outcome
    }

    /// The next transaction counts its savepoints anew, so that they are called as those of this one were.
    fn forget_savepoints(&mut self) {
        self.savepoints = 0;
        self.transactions = self.transactions.wrapping_add(1);
    }

    fn check_savepoint(&self, savepoint: Savepoint) -> Result<()> {
        if savepoint.session != self.unit.session() {
            return Err(Error::invalid("the savepoint belongs to another session"));
        }
        match savepoint.transaction == self.transactions {
            true => Ok(()),
            false => Err(no_longer_set()),
        }
    }
}
