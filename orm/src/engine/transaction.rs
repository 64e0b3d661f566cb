//! Transactions, savepoints and isolation levels, driven by plain statements.

use std::sync::atomic::{AtomicU64, Ordering};

use super::connection::{Core, Line};
use super::dialect::form::IsolationForm;
use super::dialect::{Capabilities, identifier, length};
use super::standing::Standing;
use super::statement::StatementKind;
use super::wire::Mode;
use crate::error::{Error, Result};

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

/// When a transaction of SQLite locks the database for writing. The other databases lock rows, and ignore the mode.
///
/// A transaction that reads first and writes later asks for the lock in the middle. SQLite refuses it there at once when another
/// transaction holds the lock, whatever the busy timeout says: waiting could last for ever.
///
/// Counterpart: the words behind `BEGIN` in SQLite; `transaction_mode` in Django.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BeginMode {
    /// At the first write. Readers wait for nobody. The default.
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

/// How a transaction begins: an [`Isolation`], a [`BeginMode`], or both as a pair. What is not said is the engine's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BeginOptions {
    /// What the transaction sees of others.
    pub isolation: Option<Isolation>,
    /// SQLite: when it locks the database for writing.
    pub mode: Option<BeginMode>,
}

impl BeginOptions {
    /// The same, with `others` where nothing is said here.
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
    /// Whether code to which the transaction was lent has set it.
    by_borrower: bool,
}

/// A transaction of a connection.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// No other transaction of this process has it.
    number: u64,
    pub(super) options: BeginOptions,
    savepoints: Vec<Savepoint>,
    pub(super) standing: Standing,
    /// A result was given up, where a failed statement spoils the transaction: it may have failed further on, unseen.
    pub(super) unread: bool,
    /// Whether anything was run in it but queries.
    pub(super) wrote: bool,
    /// Whether a statement by hand has begun it.
    pub(super) by_hand: bool,
    /// Lent to code that may neither end it nor touch the first so many savepoints: the owner does.
    lent: Option<usize>,
}

impl Transaction {
    fn new(options: BeginOptions) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self { number: NUMBERS.fetch_add(1, Ordering::Relaxed), options, ..Self::default() }
    }

    /// One that a statement by hand has begun.
    pub(super) fn by_hand() -> Self {
        Self { by_hand: true, ..Self::new(BeginOptions::default()) }
    }

    /// Whether a rollback would undo anything.
    pub(super) fn has_to_lose(&self) -> bool {
        self.wrote || !self.savepoints.is_empty()
    }

    /// Goes on in place of a transaction that had nothing to lose.
    pub(super) fn take_place_of(&mut self, ended: &Self) {
        (self.number, self.lent) = (ended.number, ended.lent);
    }

    /// How many savepoints are the owner's.
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
    /// Begins a transaction as the connection, the engine or the database says, whichever is set first.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        self.begin_with(BeginOptions::default()).await
    }

    /// Begins a transaction; what the options leave open is said by the connection, the engine or the database, whichever is set first.
    pub(crate) async fn begin_with(&mut self, options: impl Into<BeginOptions>) -> Result<()> {
        let isolation = self.isolation();
        let options = options.into().or(BeginOptions { isolation, mode: self.engine.options().begin_mode });
        if let Some(level) = options.isolation {
            level.check(self.engine.capabilities())?;
        }
        if self.line.transaction.is_some() {
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
        self.line.transaction = Some(Transaction::new(options));
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
        self.check_owner()?;
        let unread = self.line.transaction.as_ref().is_some_and(|transaction| transaction.unread);
        // A transaction that is spoiled refuses it, which is noted.
        if unread
            && let Err(error) = self.control("SELECT 1").await
            && error.is_disconnect()
        {
            return Err(error);
        }
        let Some(transaction) = &self.line.transaction else { return Ok(()) };
        if let Standing::Failed(reason) = &transaction.standing {
            // PostgreSQL would answer COMMIT with a silent rollback.
            return Err(Error::PendingRollback { reason: reason.clone() });
        }
        self.line.check_transaction(StatementKind::Transaction)?;
        let committed = self.control("COMMIT").await.map_err(Error::of_commit);
        // A COMMIT that failed has ended the transaction, or it has not: SQLite keeps it when it is busy.
        if committed.is_ok() || self.is_over() || !self.engine.capabilities().statement_atomic {
            self.line.transaction = None;
        }
        committed
    }

    /// Rolls the transaction back; without one there is nothing to do. A connection that is gone has rolled back already.
    pub(crate) async fn rollback(&mut self) -> Result<()> {
        self.check_owner()?;
        let Some(transaction) = self.line.transaction.take() else { return Ok(()) };
        if !self.is_useless() {
            self.rollback_now().await?;
        }
        match transaction.standing {
            Standing::Ended(reason) => Err(Error::NotRolledBack { reason: reason.to_string() }),
            _ => Ok(()),
        }
    }

    /// Lends the transaction to code that must not end it.
    pub(crate) fn lend(&mut self) {
        if let Some(transaction) = &mut self.line.transaction {
            transaction.lent = Some(transaction.savepoints.len());
        }
    }

    /// The transaction is its owner's again.
    pub(crate) fn take_back(&mut self) {
        if let Some(transaction) = &mut self.line.transaction {
            transaction.lent = None;
        }
    }

    /// The number of the transaction, by which its owner knows it again.
    pub(crate) fn transaction_number(&self) -> Option<u64> {
        self.line.transaction.as_ref().map(|transaction| transaction.number)
    }

    fn check_owner(&self) -> Result<()> {
        match &self.line.transaction {
            Some(Transaction { lent: Some(_), .. }) => Err(Error::TransactionBorrowed {}),
            _ => Ok(()),
        }
    }

    /// Sends ROLLBACK, whether or not a transaction is known to be open.
    pub(super) async fn rollback_now(&mut self) -> Result<()> {
        let without = self.engine.capabilities().no_transaction_error;
        match self.control("ROLLBACK").await {
            Err(error) if error.is_disconnect() => Ok(()),
            // SQLite rolls back by itself when a disk is full and the like.
            Err(Error::Database(error)) if without.is_some_and(|words| error.message.contains(words)) => Ok(()),
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
        self.savepoint_after(None, name).await
    }

    /// Lets go of a savepoint and sets another, both by one text.
    pub(crate) async fn savepoint_after(&mut self, released: Option<&str>, name: &str) -> Result<()> {
        let transaction = self.open_transaction()?;
        let (kept, own) = transaction.savepoints.split_at(transaction.kept());
        if kept.iter().any(|set| !set.by_borrower && set.name.eq_ignore_ascii_case(name)) {
            // MariaDB would move it here, and its owner would roll back too little.
            return Err(Error::invalid(format!("savepoint `{name}` is the session's: choose another name")));
        }
        let differs = |set: &&Savepoint| set.name != name && set.name.eq_ignore_ascii_case(name);
        if let Some(Savepoint { name: set, .. }) = own.iter().find(differs) {
            // To SQLite and MariaDB they are the same, and a rollback to the one would be to the other.
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
        self.control(&verbs).await?;
        let transaction = self.open_transaction()?;
        transaction.savepoints.truncate(kept);
        let by_borrower = transaction.lent.is_some();
        transaction.savepoints.push(Savepoint { name: name.to_owned(), by_borrower });
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
        (transaction.standing, transaction.unread) = (Standing::Open, false);
        Ok(())
    }

    /// Sends a statement about a savepoint; gives the position of that savepoint.
    async fn savepoint_control(&mut self, verb: &str, name: &str, must_exist: bool) -> Result<usize> {
        let mut sql = String::new();
        let at = self.write_savepoint(verb, name, must_exist, &mut sql)?;
        self.control(&sql).await?;
        Ok(at)
    }

    /// Writes a statement about a savepoint; gives the position of that savepoint.
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
        self.line.transaction.as_mut().ok_or_else(|| Error::NoTransaction {})
    }
}

impl<M: Mode> Line<M> {
    pub(super) fn break_off(&mut self) {
        if let Some(place) = &mut self.place {
            place.broken = true;
        }
    }
}
