//! A unit of work that is done again when the database asks for it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use super::{Core, Session};
use crate::engine::{Mode, run_ready};
use crate::error::{DatabaseErrorKind, Error, Result};

/// The pause before the second attempt; it doubles before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// The longest pause: as long as it may take until a server is up again.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How often [`Session::retry`] tries, and for how long. A number is a number of attempts, a [`Duration`] a deadline.
///
/// ```
/// use std::time::Duration;
/// use orm::session::Retry;
///
/// let patient = Retry::attempts(50).within(Duration::from_secs(30));
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Retry {
    attempts: usize,
    deadline: Option<Duration>,
}

impl Retry {
    /// At most `attempts` attempts, and always one.
    pub fn attempts(attempts: usize) -> Self {
        Self { attempts, deadline: None }
    }

    /// No attempt begins later than this after the first.
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

impl From<usize> for Retry {
    fn from(attempts: usize) -> Self {
        Self::attempts(attempts)
    }
}

/// For a number without a type in the source, such as `retry(5, ..)`.
impl From<i32> for Retry {
    fn from(attempts: i32) -> Self {
        Self::attempts(usize::try_from(attempts).unwrap_or(1))
    }
}

impl From<Duration> for Retry {
    fn from(deadline: Duration) -> Self {
        Self::attempts(usize::MAX).within(deadline)
    }
}

impl Session {
    /// Runs `work` and commits; when that fails in a way that [may pass](Error::is_retryable) (a deadlock, a serialization failure, a lock,
    /// a server that cannot be reached, a connection lost before COMMIT), rolls back and runs it again: `retry(5, ..)` for five attempts at
    /// most, `retry(Duration::from_secs(10), ..)` for as many as begin in ten seconds, or a [`Retry`] for both.
    ///
    /// Between attempts lies a pause, of two milliseconds at first and twice as long each time, up to a second; chance shortens it by up
    /// to a half, so that two that met do not meet again. After a lock of SQLite's the next attempt begins `IMMEDIATE`: it waits for its turn and
    /// then keeps it.
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
    /// [`Error::TransactionOpen`] when a transaction is open or changes are waiting, which a second attempt would not have.
    pub fn retry<T>(&mut self, retry: impl Into<Retry>, mut work: impl FnMut(&mut Self) -> Result<T>) -> Result<T> {
        let mut attempts = self.core.attempts(retry.into())?;
        loop {
            let outcome = match run_ready(self.core.begin_attempt(&attempts)) {
                Ok(()) => work(self),
                Err(error) => Err(error),
            };
            if let Some(value) = run_ready(self.core.end_attempt(outcome, &mut attempts))? {
                return Ok(value);
            }
        }
    }
}

#[cfg(feature = "async")]
impl super::AsyncSession {
    /// Runs `work` and commits, again where that may help, as [`Session::retry`].
    ///
    /// Each attempt runs a clone of the closure, so that its future can move to another thread: it may borrow, and what it owns is cloned. A closure
    /// that borrows something mutably has no clone; count in an atomic, or return what was found.
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// #[derive(Entity, Debug, Default)]
    /// struct Account {
    ///     #[entity(primary_key)]
    ///     id: i64,
    ///     balance: i64,
    /// }
    ///
    /// async fn withdraw(engine: AsyncEngine, id: i64, amounts: Vec<i64>) -> orm::Result<i64> {
    ///     let mut session = AsyncSession::new(&engine);
    ///     session
    ///         .retry(5, async |session| {
    ///             let account = session.get::<Account>(id).await?.ok_or_else(|| orm::Error::invalid("no account"))?;
    ///             session.load(account).await?;
    ///             session[account].balance -= amounts.iter().sum::<i64>();
    ///             Ok(session[account].balance)
    ///         })
    ///         .await
    /// }
    ///
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// let engine = AsyncEngine::new("sqlite://")?;
    /// engine.create_all(schema![Account]).await?;
    /// let mut session = AsyncSession::new(&engine);
    /// session.add(Account { id: 1, balance: 100 });
    /// session.commit().await?;
    /// let task = tokio::spawn(withdraw(engine, 1, vec![10, 20]));
    /// assert_eq!(task.await.unwrap()?, 70);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The same.
    pub async fn retry<T>(
        &mut self,
        retry: impl Into<Retry>,
        work: impl AsyncFnOnce(&mut Self) -> Result<T> + Clone,
    ) -> Result<T> {
        let mut attempts = self.core.attempts(retry.into())?;
        loop {
            let outcome = match self.core.begin_attempt(&attempts).await {
                // A future that borrows from a closure which is called again would be `Send` for one lifetime only.
                Ok(()) => work.clone()(self).await,
                Err(error) => Err(error),
            };
            if let Some(value) = self.core.end_attempt(outcome, &mut attempts).await? {
                return Ok(value);
            }
        }
    }
}

/// The attempts of one unit of work.
struct Attempts {
    /// How many more there may be.
    left: usize,
    /// No attempt begins later.
    until: Option<Instant>,
    pause: Duration,
    /// A lock was refused in the middle of an attempt: the next one takes it first.
    locks_first: bool,
}

impl Attempts {
    /// The pause before the next attempt; `None` when there is to be none.
    fn next(&mut self, error: &Error) -> Option<Duration> {
        self.left = self.left.saturating_sub(1);
        let pause = self.pause.mul_f64(1.0 - chance() / 2.0);
        let in_time = self.until.is_none_or(|until| Instant::now() + pause <= until);
        if self.left == 0 || !in_time || !error.is_retryable() {
            return None;
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.locks_first |= error.database_kind() == Some(DatabaseErrorKind::Locked);
        Some(pause)
    }
}

/// A number between 0 and 1. The keys of the standard library's hashes are the only chance without another dependency.
fn chance() -> f64 {
    f64::from(RandomState::new().build_hasher().finish() as u32) / f64::from(u32::MAX)
}

impl<M: Mode> Core<M> {
    /// Refuses to begin where a rollback would undo more than an attempt.
    fn attempts(&mut self, retry: Retry) -> Result<Attempts> {
        if self.link.in_transaction() || self.unit.has_changes() {
            return Err(Error::TransactionOpen {
                message: "retry() runs transactions of its own, and this session has one open or changes waiting: commit or roll back first",
            });
        }
        let until = retry.deadline.and_then(|deadline| Instant::now().checked_add(deadline));
        Ok(Attempts { left: retry.attempts, until, pause: FIRST_PAUSE, locks_first: false })
    }

    async fn begin_attempt(&mut self, attempts: &Attempts) -> Result<()> {
        match attempts.locks_first && !self.link.engine().capabilities().row_locks {
            true => self.link.lock_first().await,
            false => Ok(()),
        }
    }

    /// Commits an attempt, or undoes it and pauses; `None` when there is to be another one.
    async fn end_attempt<T>(&mut self, outcome: Result<T>, attempts: &mut Attempts) -> Result<Option<T>> {
        let error = match outcome {
            Ok(value) => match self.commit().await {
                Ok(()) => return Ok(Some(value)),
                Err(error) => error,
            },
            Err(error) => error,
        };
        // What cannot be rolled back is gone with its connection.
        let _ = self.rollback().await;
        let Some(pause) = attempts.next(&error) else { return Err(error) };
        M::sleep(pause).await;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked() -> Error {
        crate::error::DatabaseError::new(DatabaseErrorKind::Locked, "database is locked").into()
    }

    #[test]
    fn pauses_grow_to_a_second_and_differ() {
        let mut attempts = Attempts { left: 20, until: None, pause: FIRST_PAUSE, locks_first: false };
        let pauses: Vec<Duration> = std::iter::from_fn(|| attempts.next(&locked())).collect();
        assert_eq!(pauses.len(), 19);
        assert!(attempts.locks_first);
        assert!(pauses[0] <= FIRST_PAUSE && pauses[0] >= FIRST_PAUSE / 2, "{pauses:?}");
        assert!(pauses[18] <= LONGEST_PAUSE && pauses[18] >= LONGEST_PAUSE / 2, "{pauses:?}");
        assert_ne!(pauses[17], pauses[18]);
    }

    #[test]
    fn nothing_begins_after_the_deadline() {
        let until = Some(Instant::now());
        let mut attempts = Attempts { left: usize::MAX, until, pause: FIRST_PAUSE, locks_first: false };
        assert_eq!(attempts.next(&locked()), None);
    }
}
