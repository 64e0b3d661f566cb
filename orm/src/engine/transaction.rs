//! Transactions, savepoints and isolation levels, driven by plain statements.

use super::connection::Connection;
use super::dialect::{Capabilities, DialectName, identifier};
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
        match (capabilities.dialect, self) {
            (DialectName::Sqlite, Self::ReadCommitted | Self::RepeatableRead) => Err(Error::Unsupported {
                dialect: capabilities.name,
                feature: format!("isolation level {}", self.sql()),
                instead: "use Isolation::Serializable, its own level, which promises more".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

impl Connection {
    /// Begins a transaction at the isolation level of the connection, the engine or the database, whichever is set first.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when a transaction is open; whatever the database says.
    pub fn begin(&mut self) -> Result<()> {
        match self.isolation() {
            Some(level) => self.begin_with(level),
            None => self.begin_at(None),
        }
    }

    /// Begins a transaction at an isolation level of its own.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when a transaction is open, [`Error::Unsupported`] for a level that the database lacks.
    ///
    /// Counterpart: `connection.execution_options(isolation_level=...)`.
    pub fn begin_with(&mut self, level: Isolation) -> Result<()> {
        level.check(self.capabilities())?;
        self.begin_at(Some(level))
    }

    fn begin_at(&mut self, level: Option<Isolation>) -> Result<()> {
        if self.transaction.is_some() {
            return Err(Error::invalid(
                "a transaction is open on this connection: commit it, roll it back, or use a savepoint",
            ));
        }
        match (self.capabilities().dialect, level) {
            (DialectName::Sqlite, level) => {
                self.set_read_uncommitted(level == Some(Isolation::ReadUncommitted))?;
                self.control("BEGIN")?;
            }
            (DialectName::Mysql, Some(level)) => {
                self.control(&format!("SET TRANSACTION ISOLATION LEVEL {}", level.sql()))?;
                self.control("BEGIN")?;
            }
            (_, Some(level)) => self.control(&format!("BEGIN ISOLATION LEVEL {}", level.sql()))?,
            (_, None) => self.control("BEGIN")?,
        }
        self.transaction = Some(Transaction::default());
        Ok(())
    }

    fn set_read_uncommitted(&mut self, wanted: bool) -> Result<()> {
        if self.place.read_uncommitted != wanted {
            self.control(if wanted { "PRAGMA read_uncommitted = 1" } else { "PRAGMA read_uncommitted = 0" })?;
            self.place.read_uncommitted = wanted;
        }
        Ok(())
    }

    /// Commits the transaction; without one there is nothing to do.
    ///
    /// # Errors
    /// Whatever the database says. SQLite keeps the transaction open when it is busy, or when a deferred foreign key does not hold:
    /// [`in_transaction`](Self::in_transaction) tells. [`Error::PendingRollback`] when a statement failed and spoiled the transaction.
    pub fn commit(&mut self) -> Result<()> {
        let Some(transaction) = &self.transaction else { return Ok(()) };
        if let Some(reason) = &transaction.failed {
            // PostgreSQL would answer COMMIT with a silent rollback.
            return Err(Error::PendingRollback { reason: reason.clone() });
        }
        let committed = self.control("COMMIT");
        if committed.is_ok() || !self.capabilities().statement_atomic {
            self.transaction = None;
        }
        committed
    }

    /// Rolls the transaction back; without one there is nothing to do. A connection that is gone has rolled back already.
    ///
    /// # Errors
    /// Whatever the database says; the connection is then closed instead of going back to the pool.
    pub fn rollback(&mut self) -> Result<()> {
        if self.transaction.take().is_none() || self.place.broken {
            return Ok(());
        }
        self.rollback_now()
    }

    /// Sends ROLLBACK, whether or not a transaction is known to be open.
    pub(super) fn rollback_now(&mut self) -> Result<()> {
        match self.control("ROLLBACK") {
            Err(error) if error.is_disconnect() => Ok(()),
            // SQLite rolls back by itself when a disk is full and the like.
            Err(Error::Database(error)) if error.message.contains("no transaction is active") => Ok(()),
            Err(error) => {
                self.place.broken = true;
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// Sets a savepoint within the transaction.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] without a transaction; whatever the database says.
    ///
    /// Counterpart: `connection.begin_nested()`.
    pub fn savepoint(&mut self, name: &str) -> Result<()> {
        self.savepoint_control("SAVEPOINT ", name, false)?;
        self.open_transaction()?.savepoints.push(name.to_owned());
        Ok(())
    }

    /// Lets go of a savepoint and of those set after it; what was done since stays part of the transaction.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when no such savepoint is set; whatever the database says.
    pub fn release(&mut self, name: &str) -> Result<()> {
        let at = self.savepoint_control("RELEASE SAVEPOINT ", name, true)?;
        self.open_transaction()?.savepoints.truncate(at);
        Ok(())
    }

    /// Undoes what was done since a savepoint, which stays set; a transaction spoiled since then goes on.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when no such savepoint is set; whatever the database says.
    pub fn rollback_to(&mut self, name: &str) -> Result<()> {
        let at = self.savepoint_control("ROLLBACK TO SAVEPOINT ", name, true)?;
        let transaction = self.open_transaction()?;
        transaction.savepoints.truncate(at + 1);
        transaction.failed = None;
        Ok(())
    }

    /// Sends a statement about a savepoint; gives the position of that savepoint.
    fn savepoint_control(&mut self, verb: &str, name: &str, must_exist: bool) -> Result<usize> {
        let savepoints = &self.open_transaction()?.savepoints;
        let at = savepoints.iter().rposition(|set| set == name);
        if must_exist && at.is_none() {
            return Err(Error::invalid(format!("no savepoint `{name}` is set; there are: {}", savepoints.join(", "))));
        }
        let at = at.unwrap_or(savepoints.len());
        let mut sql = verb.to_owned();
        identifier::write_identifier(self.capabilities(), name, |part| sql.push_str(part));
        self.control(&sql)?;
        Ok(at)
    }

    fn open_transaction(&mut self) -> Result<&mut Transaction> {
        self.transaction.as_mut().ok_or_else(|| Error::invalid("a savepoint needs a transaction: call begin() first"))
    }

    /// Takes note of a failure: the connection may be gone, the transaction may be spoiled.
    pub(super) fn note_failure(&mut self, error: &Error) {
        let Some(kind) = error.database_kind() else { return };
        if kind == DatabaseErrorKind::Disconnected {
            self.place.broken = true;
        }
        // A deadlock ends the whole transaction, also where other failures leave it as it was.
        let spoiled = kind == DatabaseErrorKind::SerializationFailure || !self.capabilities().statement_atomic;
        if let (true, Some(transaction), Error::Database(refused)) = (spoiled, &mut self.transaction, error) {
            transaction.failed.get_or_insert_with(|| refused.message.clone());
        }
    }

    /// Refuses what would run outside of the transaction that a deadlock has ended. Where any failure spoils, the database refuses by itself.
    pub(super) fn check_transaction(&self) -> Result<()> {
        match self.transaction.as_ref().and_then(|transaction| transaction.failed.as_ref()) {
            Some(reason) if self.capabilities().statement_atomic => {
                Err(Error::PendingRollback { reason: reason.clone() })
            }
            _ => Ok(()),
        }
    }
}
