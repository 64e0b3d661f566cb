//! Transactions, savepoints and isolation levels, driven by plain statements.

use super::connection::{Core, Line};
use super::dialect::{Capabilities, DialectName, identifier};
use super::wire::Mode;
use crate::error::{DatabaseErrorKind, Error, Result};

/// What a transaction sees of others that run at the same time.
///
/// Counterpart: the `isolation_level` argument of `create_engine()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isolation {
    /// Even what others have not committed. PostgreSQL gives `ReadCommitted` for it; SQLite knows it between connections with a shared cache.
    ReadUncommitted,
    /// What others have committed, as of each statement. PostgreSQL's own level.
    ReadCommitted,
    /// What others had committed when the transaction began.
    RepeatableRead,
    /// As if transactions ran one after another. SQLite's own level.
    Serializable,
}

/// A transaction that is open on a connection.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    savepoints: Vec<String>,
    /// Why nothing but a rollback is possible, where a failed statement spoils the transaction.
    pub(super) failed: Option<String>,
    /// A result was given up, where a failed statement spoils the transaction: it may have failed further on, unseen.
    pub(super) unread: bool,
}

impl Isolation {
    fn sql(self) -> &'static str {
        match self {
            Self::ReadUncommitted => "READ UNCOMMITTED",
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        }
    }

    /// Whether a database has this level.
    ///
    /// # Errors
    /// [`Error::Unsupported`], with what to use instead.
    pub(super) fn check(self, capabilities: &Capabilities) -> Result<()> {
        match self {
            Self::ReadCommitted | Self::RepeatableRead if !capabilities.isolation_levels => Err(Error::Unsupported {
                dialect: capabilities.name,
                feature: format!("isolation level {}", self.sql()),
                instead: "use Isolation::Serializable, its own level, which promises more".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

impl<M: Mode> Core<M> {
    /// Begins a transaction at the isolation level of the connection, the engine or the database, whichever is set first.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        match self.isolation() {
            Some(level) => self.begin_with(level).await,
            None => self.begin_at(None).await,
        }
    }

    /// Begins a transaction at an isolation level of its own.
    pub(crate) async fn begin_with(&mut self, level: Isolation) -> Result<()> {
        level.check(self.engine.capabilities())?;
        self.begin_at(Some(level)).await
    }

    async fn begin_at(&mut self, level: Option<Isolation>) -> Result<()> {
        if self.line.transaction.is_some() {
            return Err(Error::invalid(
                "a transaction is open on this connection: commit it, roll it back, or use a savepoint",
            ));
        }
        match (self.engine.capabilities().dialect, level) {
            (DialectName::Sqlite, level) => {
                self.set_read_uncommitted(level == Some(Isolation::ReadUncommitted)).await?;
                self.control("BEGIN").await?;
            }
            (DialectName::Mysql, Some(level)) => {
                self.control(&format!("SET TRANSACTION ISOLATION LEVEL {}", level.sql())).await?;
                self.control("BEGIN").await?;
            }
            (_, Some(level)) => self.control(&format!("BEGIN ISOLATION LEVEL {}", level.sql())).await?,
            (_, None) => self.control("BEGIN").await?,
        }
        self.line.transaction = Some(Transaction::default());
        Ok(())
    }

    async fn set_read_uncommitted(&mut self, wanted: bool) -> Result<()> {
        let is = self.line.place.as_ref().is_some_and(|place| place.read_uncommitted);
        if is != wanted {
            self.control(if wanted { "PRAGMA read_uncommitted = 1" } else { "PRAGMA read_uncommitted = 0" }).await?;
            if let Some(place) = &mut self.line.place {
                place.read_uncommitted = wanted;
            }
        }
        Ok(())
    }

    /// Commits the transaction; without one there is nothing to do.
    pub(crate) async fn commit(&mut self) -> Result<()> {
        let unread = self.line.transaction.as_ref().is_some_and(|transaction| transaction.unread);
        // A transaction that is spoiled refuses it, which is noted.
        if unread
            && let Err(error) = self.control("SELECT 1").await
            && error.is_disconnect()
        {
            return Err(error);
        }
        let Some(transaction) = &self.line.transaction else { return Ok(()) };
        if let Some(reason) = &transaction.failed {
            // PostgreSQL would answer COMMIT with a silent rollback.
            return Err(Error::PendingRollback { reason: reason.clone() });
        }
        let committed = self.control("COMMIT").await.map_err(Error::of_commit);
        if committed.is_ok() || !self.engine.capabilities().statement_atomic {
            self.line.transaction = None;
        }
        committed
    }

    /// Rolls the transaction back; without one there is nothing to do. A connection that is gone has rolled back already.
    pub(crate) async fn rollback(&mut self) -> Result<()> {
        if self.line.transaction.take().is_none() || self.is_useless() {
            return Ok(());
        }
        self.rollback_now().await
    }

    /// Sends ROLLBACK, whether or not a transaction is known to be open.
    pub(super) async fn rollback_now(&mut self) -> Result<()> {
        match self.control("ROLLBACK").await {
            Err(error) if error.is_disconnect() => Ok(()),
            // SQLite rolls back by itself when a disk is full and the like.
            Err(Error::Database(error)) if error.message.contains("no transaction is active") => Ok(()),
            Err(error) => {
                self.line.break_off();
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }

    /// Whether a transaction is open.
    pub(crate) fn in_transaction(&self) -> bool {
        self.line.transaction.is_some()
    }

    /// Sets a savepoint within the transaction.
    pub(crate) async fn savepoint(&mut self, name: &str) -> Result<()> {
        let differs = |set: &&String| *set != name && set.eq_ignore_ascii_case(name);
        if let Some(set) = self.open_transaction()?.savepoints.iter().find(differs) {
            // To SQLite and MariaDB they are the same, and a rollback to the one would be to the other.
            return Err(Error::invalid(format!(
                "savepoint `{name}` differs from `{set}` in capitals only: name it otherwise"
            )));
        }
        self.savepoint_control("SAVEPOINT ", name, false).await?;
        self.open_transaction()?.savepoints.push(name.to_owned());
        Ok(())
    }

    /// Lets go of a savepoint and of those set after it; what was done since stays part of the transaction.
    pub(crate) async fn release(&mut self, name: &str) -> Result<()> {
        let at = self.savepoint_control("RELEASE SAVEPOINT ", name, true).await?;
        self.open_transaction()?.savepoints.truncate(at);
        Ok(())
    }

    /// Undoes what was done since a savepoint, which stays set; a transaction spoiled since then goes on.
    pub(crate) async fn rollback_to(&mut self, name: &str) -> Result<()> {
        let at = self.savepoint_control("ROLLBACK TO SAVEPOINT ", name, true).await?;
        let transaction = self.open_transaction()?;
        transaction.savepoints.truncate(at + 1);
        (transaction.failed, transaction.unread) = (None, false);
        Ok(())
    }

    /// Sends a statement about a savepoint; gives the position of that savepoint.
    async fn savepoint_control(&mut self, verb: &str, name: &str, must_exist: bool) -> Result<usize> {
        let savepoints = &self.open_transaction()?.savepoints;
        let at = savepoints.iter().rposition(|set| set == name);
        if must_exist && at.is_none() {
            return Err(Error::invalid(format!("no savepoint `{name}` is set; there are: {}", savepoints.join(", "))));
        }
        let at = at.unwrap_or(savepoints.len());
        let mut sql = verb.to_owned();
        identifier::write_identifier(self.engine.capabilities(), name, |part| sql.push_str(part));
        self.control(&sql).await?;
        Ok(at)
    }

    fn open_transaction(&mut self) -> Result<&mut Transaction> {
        self.line
            .transaction
            .as_mut()
            .ok_or_else(|| Error::invalid("a savepoint needs a transaction: call begin() first"))
    }
}

impl<M: Mode> Line<M> {
    pub(super) fn break_off(&mut self) {
        if let Some(place) = &mut self.place {
            place.broken = true;
        }
    }

    /// Takes note of a failure: the connection may be gone, the transaction may be spoiled.
    pub(super) fn note_failure(&mut self, capabilities: &Capabilities, error: &Error) {
        let Some(kind) = error.database_kind() else { return };
        if kind == DatabaseErrorKind::Disconnected {
            self.break_off();
        }
        // A deadlock ends the whole transaction, also where other failures leave it as it was.
        let spoiled = kind == DatabaseErrorKind::SerializationFailure || !capabilities.statement_atomic;
        if let (true, Some(transaction), Error::Database(refused)) = (spoiled, &mut self.transaction, error) {
            transaction.failed.get_or_insert_with(|| refused.message.clone());
        }
    }

    /// Refuses what would run outside of the transaction that a deadlock has ended. Where any failure spoils, the database refuses by itself.
    pub(super) fn check_transaction(&self, capabilities: &Capabilities) -> Result<()> {
        match self.transaction.as_ref().and_then(|transaction| transaction.failed.as_ref()) {
            Some(reason) if capabilities.statement_atomic => Err(Error::PendingRollback { reason: reason.clone() }),
            _ => Ok(()),
        }
    }
}
