//! A unit of work that is done again when the database asks for it.

use super::{Core, Session, SessionOf};
use crate::engine::{Mode, now};
use crate::error::{Error, Result};

impl Session {
    /// Runs `work` and commits; when that fails in a way that [may pass](Error::is_retryable) (a deadlock, a serialization failure, a lock,
    /// a connection lost before COMMIT), rolls back and runs it again, `attempts` times at most.
    ///
    /// Each attempt is a transaction of its own, and nothing of a failed one is left, in the database or in memory: entities that were
    /// held before read as they did, and are read again; those that were added are dropped. So `work` must read what it decides by, add
    /// what it adds anew, and keep to this session: what else it does happens once an attempt.
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Entity, Debug, Default)]
    /// # struct Account { #[entity(primary_key)] id: Auto<i64>, balance: i64 }
    /// # let engine = Engine::new("sqlite://")?;
    /// # engine.create_all(schema![Account])?;
    /// # let mut session = Session::new(&engine);
    /// let account = session.add(Account { balance: 100, ..Account::default() });
    /// session.commit()?;
    /// let left = session.retry(5, |session| {
    ///     session.load(account)?; // the balance as it is now, not as it was in an attempt that failed
    ///     session[account].balance -= 30;
    ///     Ok(session[account].balance)
    /// })?;
    /// assert_eq!(left, 70);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the last attempt gave; the transaction is rolled back. [`Error::CommitInDoubt`] at once: the work may be done already.
    /// [`Error::InvalidRequest`] when a transaction is open or changes are waiting, which a second attempt would not have.
    pub fn retry<T>(&mut self, attempts: usize, mut work: impl FnMut(&mut Self) -> Result<T>) -> Result<T> {
        now(self.attempt(attempts, async |session| work(session)))
    }
}

impl<M: Mode> SessionOf<M> {
    pub(super) async fn attempt<T>(
        &mut self,
        attempts: usize,
        mut work: impl AsyncFnMut(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.core.check_idle()?;
        let mut left = attempts;
        loop {
            left = left.saturating_sub(1);
            let outcome = work(self).await;
            if let Some(value) = self.core.end_attempt(outcome, left).await? {
                return Ok(value);
            }
        }
    }
}

impl<M: Mode> Core<M> {
    /// Refuses to begin where a rollback would undo more than an attempt.
    fn check_idle(&self) -> Result<()> {
        if !self.link.in_transaction() && !self.unit.has_changes() {
            return Ok(());
        }
        Err(Error::invalid(
            "retry() runs transactions of its own, and this session has one open or changes waiting: commit or roll back first",
        ))
    }

    /// Commits an attempt, or undoes it; `None` when there is to be another one, of which `left` are allowed.
    async fn end_attempt<T>(&mut self, outcome: Result<T>, left: usize) -> Result<Option<T>> {
        let error = match outcome {
            Ok(value) => match self.commit().await {
                Ok(()) => return Ok(Some(value)),
                Err(error) => error,
            },
            Err(error) => error,
        };
        // What cannot be rolled back is gone with its connection.
        let _ = self.rollback().await;
        if left > 0 && error.is_retryable() { Ok(None) } else { Err(error) }
    }
}
