//! Transactions, savepoints and isolation levels, driven by plain statements.

use std::sync::atomic::{AtomicU64, Ordering};

use super::connection::{ConnectionCore, ConnectionState};
use super::dialect::form::IsolationForm;
use super::dialect::{Capabilities, identifier, length};
use super::event::SavepointChange;
use super::listeners::Heard;
use super::mode::Mode;
use super::statement::StatementKind;
use super::transaction_status::TransactionStatus;
use crate::error::{Error, Result};

/// Isolation level of a transaction: the changes of concurrent transactions that it sees.
///
/// Counterpart: the `isolation_level` argument of `create_engine()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isolation {
    /// Sees uncommitted changes of other transactions. PostgreSQL treats it as `ReadCommitted`; SQLite has it between
    /// connections with a shared cache.
    ReadUncommitted,
    /// Each statement sees the changes that were committed before the statement. The default of PostgreSQL.
    ReadCommitted,
    /// All statements see the changes that were committed before the transaction began.
    RepeatableRead,
    /// The result is that of some serial order of the transactions. The default of SQLite.
    Serializable,
}

/// Time at which a transaction of SQLite locks the database for writing. Other databases lock rows and ignore the mode.
///
/// A transaction that reads first and writes later needs the lock in the middle. If another transaction holds the lock,
/// SQLite then refuses the write at once, regardless of the busy timeout, as waiting could be a deadlock.
///
/// Counterpart: the words after `BEGIN` in SQLite; `transaction_mode` in Django.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BeginMode {
    /// Locks at the first write, and readers never wait. The default.
    #[default]
    Deferred,
    /// At the beginning, where the busy timeout counts. Others can read meanwhile.
    Immediate,
    /// At the beginning. Others can read meanwhile only in WAL mode.
    Exclusive,
}

impl BeginMode {
    fn sql(self) -> &'static str {
        match self {
            Self::Deferred => "BEGIN",
            Self::Immediate => "BEGIN IMMEDIATE",
            Self::Exclusive => "BEGIN EXCLUSIVE",
        }
    }
}

/// Options of a transaction: an [`Isolation`], a [`BeginMode`], or both as a pair. The engine's options fill the rest.
///
/// ```
/// use orm::{BeginMode, Engine, Isolation};
/// let mut connection = Engine::new("sqlite://")?.connect()?;
/// connection.begin_with((Isolation::Serializable, BeginMode::Immediate))?;
/// connection.commit()?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BeginOptions {
    /// The isolation level.
    pub isolation: Option<Isolation>,
    /// Time of the write lock on SQLite.
    pub mode: Option<BeginMode>,
}

impl BeginOptions {
    /// Fills unset options from `others`.
    pub(crate) fn or(self, others: Self) -> Self {
        Self { isolation: self.isolation.or(others.isolation), mode: self.mode.or(others.mode) }
    }
}

impl From<Isolation> for BeginOptions {
    fn from(level: Isolation) -> Self {
        Self { isolation: Some(level), mode: None }
    }
}

impl From<BeginMode> for BeginOptions {
    fn from(mode: BeginMode) -> Self {
        Self { isolation: None, mode: Some(mode) }
    }
}

impl From<(Isolation, BeginMode)> for BeginOptions {
    fn from((level, mode): (Isolation, BeginMode)) -> Self {
        Self { isolation: Some(level), mode: Some(mode) }
    }
}

/// A savepoint that is set.
#[derive(Debug)]
struct Savepoint {
    name: String,
    /// Whether code that borrows the transaction has set the savepoint.
    by_borrower: bool,
}

/// A transaction of a connection.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// Unique within the process.
    number: u64,
    pub(super) options: BeginOptions,
    savepoints: Vec<Savepoint>,
    pub(super) status: TransactionStatus,
    /// Reading of a result was stopped early, on a database where a failed statement aborts the transaction. The unread
    /// part may have failed.
    pub(super) unread: bool,
    /// Whether a statement other than a query ran in the transaction.
    pub(super) wrote: bool,
    /// Whether a hand-written statement began the transaction.
    pub(super) by_hand: bool,
    /// Set while code borrows the transaction. The code can neither end the transaction nor change the first `lent`
    /// savepoints.
    lent: Option<usize>,
}

impl Transaction {
    fn new(options: BeginOptions) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self { number: NUMBERS.fetch_add(1, Ordering::Relaxed), options, ..Self::default() }
    }

    /// A transaction that a hand-written statement began.
    pub(super) fn by_hand() -> Self {
        Self { by_hand: true, ..Self::new(BeginOptions::default()) }
    }

    /// Whether a rollback would undo anything.
    pub(super) fn has_to_lose(&self) -> bool {
        self.wrote || !self.savepoints.is_empty()
    }

    /// Takes over the identity of an ended transaction that had changed nothing.
    pub(super) fn take_place_of(&mut self, ended: &Self) {
        (self.number, self.lent) = (ended.number, ended.lent);
    }

    /// Number of savepoints that belong to the owner.
    fn kept(&self) -> usize {
        self.lent.unwrap_or(0)
    }
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

    /// Refuses a level that the database lacks.
    ///
    /// # Errors
    /// [`Error::Unsupported`], with the level to use instead.
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

impl<M: Mode> ConnectionCore<M> {
    /// Begins a transaction with the options of the connection or of the engine.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        self.begin_with(BeginOptions::default()).await
    }

    /// Begins a transaction. Unset options come from the connection, then from the engine, then from the database.
    pub(crate) async fn begin_with(&mut self, options: impl Into<BeginOptions>) -> Result<()> {
        let isolation = self.isolation();
        let options = options.into().or(BeginOptions { isolation, mode: self.engine.options().begin_mode });
        if let Some(level) = options.isolation {
            level.check(self.engine.capabilities())?;
        }
        if self.state.transaction.is_some() {
            return Err(Error::TransactionOpen {
                message: "a transaction is open on this connection: commit it, roll it back, or use a savepoint",
            });
        }
        self.begin_at(options).await
    }

    pub(super) async fn begin_at(&mut self, options: BeginOptions) -> Result<()> {
        match (self.engine.capabilities().isolation_form, options.isolation) {
            (IsolationForm::ReadUncommittedPragma, level) => {
                self.set_read_uncommitted(level == Some(Isolation::ReadUncommitted)).await?;
                self.control(options.mode.unwrap_or_default().sql()).await?;
            }
            (IsolationForm::BeforeBegin, Some(level)) => {
                self.control(&format!("SET TRANSACTION ISOLATION LEVEL {}", level.sql())).await?;
                self.control("BEGIN").await?;
            }
            (IsolationForm::WithinBegin, Some(level)) => {
                self.control(&format!("BEGIN ISOLATION LEVEL {}", level.sql())).await?
            }
            (_, None) => self.control("BEGIN").await?,
        }
        self.state.transaction = Some(Transaction::new(options));
        self.engine.observers().listeners().on_connection(Heard::Begin, self.pooled());
        Ok(())
    }

    async fn set_read_uncommitted(&mut self, wanted: bool) -> Result<()> {
        let is = self.state.slot.as_ref().is_some_and(|slot| slot.read_uncommitted);
        if is != wanted {
            self.control(if wanted { "PRAGMA read_uncommitted = 1" } else { "PRAGMA read_uncommitted = 0" }).await?;
            if let Some(slot) = &mut self.state.slot {
                slot.read_uncommitted = wanted;
            }
        }
        Ok(())
    }

    /// Commits the transaction, if one is open.
    pub(crate) async fn commit(&mut self) -> Result<()> {
        self.check_owner()?;
        let unread = self.state.transaction.as_ref().is_some_and(|transaction| transaction.unread);
        // An aborted transaction refuses the probe, and `control` records the failure.
        if unread
            && let Err(error) = self.control("SELECT 1").await
            && error.is_disconnect()
        {
            return Err(error);
        }
        let Some(transaction) = &self.state.transaction else { return Ok(()) };
        if let TransactionStatus::Failed(reason) = &transaction.status {
            // PostgreSQL would answer COMMIT with a silent rollback.
            return Err(Error::PendingRollback { reason: reason.clone() });
        }
        self.state.check_transaction(StatementKind::Transaction)?;
        self.engine.observers().listeners().on_commit(self.pooled())?;
        let committed = self.control("COMMIT").await.map_err(Error::of_commit);
        // A failed COMMIT has not always ended the transaction: SQLite keeps it open when the database is busy.
        if committed.is_ok() || self.is_over() || !self.engine.capabilities().statement_atomic {
            self.state.transaction = None;
        }
        committed
    }

    /// Rolls the transaction back, if one is open. A lost connection is rolled back already.
    pub(crate) async fn rollback(&mut self) -> Result<()> {
        self.check_owner()?;
        let Some(transaction) = self.state.transaction.take() else { return Ok(()) };
        if !self.is_useless() {
            self.rollback_now().await?;
        }
        match transaction.status {
            TransactionStatus::EndedByHand(reason) => Err(Error::NotRolledBack { reason: reason.to_string() }),
            _ => Ok(()),
        }
    }

    /// Lends the transaction to code that must not end it.
    pub(crate) fn lend(&mut self) {
        if let Some(transaction) = &mut self.state.transaction {
            transaction.lent = Some(transaction.savepoints.len());
        }
    }

    /// Ends the loan of the transaction.
    pub(crate) fn take_back(&mut self) {
        if let Some(transaction) = &mut self.state.transaction {
            transaction.lent = None;
        }
    }

    /// The number by which the session recognizes its transaction.
    pub(crate) fn transaction_number(&self) -> Option<u64> {
        self.state.transaction.as_ref().map(|transaction| transaction.number)
    }

    fn check_owner(&self) -> Result<()> {
        match &self.state.transaction {
            Some(Transaction { lent: Some(_), .. }) => Err(Error::TransactionBorrowed {}),
            _ => Ok(()),
        }
    }

    /// Sends ROLLBACK, even when no transaction is known to be open.
    pub(super) async fn rollback_now(&mut self) -> Result<()> {
        let without = self.engine.capabilities().no_transaction_error;
        self.engine.observers().listeners().on_connection(Heard::Rollback, self.pooled());
        match self.control("ROLLBACK").await {
            Err(error) if error.is_disconnect() => Ok(()),
            // SQLite rolls back by itself when a disk is full and the like.
            Err(Error::Database(error)) if without.is_some_and(|words| error.message.contains(words)) => Ok(()),
            Err(error) => {
                self.state.mark_broken();
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }

    /// Whether a transaction is open.
    pub(crate) fn in_transaction(&self) -> bool {
        self.state.transaction.is_some()
    }

    /// Sets a savepoint within the transaction.
    pub(crate) async fn savepoint(&mut self, name: &str) -> Result<()> {
        self.savepoint_after(None, name).await
    }

    /// Lets go of a savepoint and sets another, both by one text.
    pub(crate) async fn savepoint_after(&mut self, released: Option<&str>, name: &str) -> Result<()> {
        let transaction = self.open_transaction()?;
        let (kept, own) = transaction.savepoints.split_at(transaction.kept());
        if kept.iter().any(|set| !set.by_borrower && set.name.eq_ignore_ascii_case(name)) {
            // MariaDB would move the session's savepoint here, and the session would then roll back too little.
            return Err(Error::invalid(format!("savepoint `{name}` is the session's: choose another name")));
        }
        let differs = |set: &&Savepoint| set.name != name && set.name.eq_ignore_ascii_case(name);
        if let Some(Savepoint { name: set, .. }) = own.iter().find(differs) {
            // SQLite and MariaDB ignore case, so a rollback to one would be a rollback to the other.
            return Err(Error::invalid(format!(
                "savepoint `{name}` differs from `{set}` in capitals only: name it otherwise"
            )));
        }
        let mut verbs = String::new();
        let kept = match released {
            Some(released) => self.write_savepoint("RELEASE SAVEPOINT ", released, true, &mut verbs)?,
            None => self.open_transaction()?.savepoints.len(),
        };
        if released.is_some() {
            verbs.push_str("; ");
        }
        self.write_savepoint("SAVEPOINT ", name, false, &mut verbs)?;
        if let Some(released) = released {
            self.engine.observers().listeners().on_savepoint(self.pooled(), SavepointChange::Released(released));
        }
        self.engine.observers().listeners().on_savepoint(self.pooled(), SavepointChange::Set(name));
        self.control(&verbs).await?;
        let transaction = self.open_transaction()?;
        transaction.savepoints.truncate(kept);
        let by_borrower = transaction.lent.is_some();
        transaction.savepoints.push(Savepoint { name: name.to_owned(), by_borrower });
        Ok(())
    }

    /// Releases a savepoint and all later ones. Changes since the savepoint stay part of the transaction.
    pub(crate) async fn release(&mut self, name: &str) -> Result<()> {
        let at = self.savepoint_control("RELEASE SAVEPOINT ", SavepointChange::Released(name)).await?;
        self.open_transaction()?.savepoints.truncate(at);
        Ok(())
    }

    /// Undoes all changes since a savepoint. The savepoint stays set, and an aborted transaction can continue.
    pub(crate) async fn rollback_to(&mut self, name: &str) -> Result<()> {
        let at = self.savepoint_control("ROLLBACK TO SAVEPOINT ", SavepointChange::RolledBack(name)).await?;
        let transaction = self.open_transaction()?;
        transaction.savepoints.truncate(at + 1);
        (transaction.status, transaction.unread) = (TransactionStatus::Open, false);
        Ok(())
    }

    /// Sends a statement about a savepoint; returns the savepoint's position.
    async fn savepoint_control(&mut self, verb: &str, change: SavepointChange<'_>) -> Result<usize> {
        let mut sql = String::new();
        let at = self.write_savepoint(verb, change.name(), true, &mut sql)?;
        self.engine.observers().listeners().on_savepoint(self.pooled(), change);
        self.control(&sql).await?;
        Ok(at)
    }

    /// Writes a statement about a savepoint; returns the savepoint's position.
    fn write_savepoint(&mut self, verb: &str, name: &str, must_exist: bool, sql: &mut String) -> Result<usize> {
        let transaction = self.open_transaction()?;
        let kept = transaction.kept();
        let savepoints = &transaction.savepoints[kept..];
        let at = savepoints.iter().rposition(|set| set.name == name);
        if must_exist && at.is_none() {
            let set: Vec<&str> = savepoints.iter().map(|set| set.name.as_str()).collect();
            return Err(Error::UnknownSavepoint {
                name: name.to_owned(),
                set: set.into_iter().map(|name| name.to_string()).collect(),
            });
        }
        let at = kept + at.unwrap_or(savepoints.len());
        let capabilities = self.engine.capabilities();
        if !capabilities.max_alias.holds(name) {
            return Err(length::too_long(name, capabilities.max_alias, capabilities));
        }
        sql.push_str(verb);
        identifier::write_identifier(capabilities, name, |part| sql.push_str(part));
        Ok(at)
    }

    fn open_transaction(&mut self) -> Result<&mut Transaction> {
        self.state.transaction.as_mut().ok_or_else(|| Error::NoTransaction {})
    }
}

impl<M: Mode> ConnectionState<M> {
    pub(super) fn mark_broken(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.broken = true;
        }
    }
}
