//! The status of a connection's transaction. The connection asks the database after each failure, and after each
//! hand-written statement that may have ended the transaction.

use super::connection::ConnectionCore;
use super::dialect::form::TransactionProbe;
use super::mode::{DriverConnection, Fault, Mode, RowSink};
use super::statement::{Statement, StatementKind};
use super::transaction::Transaction;
use crate::error::{BoxedResult, DatabaseErrorKind, Error, Result};

/// Status of a transaction that neither `commit` nor `rollback` has ended.
#[derive(Debug, Default)]
pub(super) enum TransactionStatus {
    /// The transaction accepts statements.
    #[default]
    Open,
    /// A statement failed and aborted the transaction. Only a rollback is possible, of the transaction or to a
    /// savepoint.
    Failed(String),
    /// The database has rolled the transaction back.
    RolledBack(String),
    /// A hand-written statement has ended the transaction. Earlier changes may be committed.
    EndedByHand(String),
}

/// A savepoint that vanishes with its transaction. It detects that a transaction ended, even if another has begun
/// since.
const MARK: &str = "SAVEPOINT orm_mark";
const RELEASE_MARK: &str = "RELEASE SAVEPOINT orm_mark";

/// State of the transaction before a hand-written statement.
pub(super) struct BeforeByHand {
    asks: bool,
    marked: bool,
    /// Whether a rollback would undo anything.
    to_lose: bool,
}

impl<M: Mode> ConnectionCore<M> {
    /// Runs a hand-written statement, then finds out whether the statement ended the transaction.
    pub(crate) async fn execute_by_hand(&mut self, statement: &dyn Statement) -> Result<usize> {
        let parts = statement.split(self.engine.capabilities());
        if !parts.is_empty() {
            return Box::pin(self.execute_split(&parts)).await;
        }
        let before = self.before_by_hand(statement).await?;
        let outcome = self.execute(statement).await;
        match before.asks {
            true => self.after_by_hand(before, statement, outcome).await,
            false => outcome,
        }
    }

    /// Runs a hand-written statement that returns rows; see [`execute_by_hand`](Self::execute_by_hand).
    pub(crate) async fn load_by_hand(&mut self, statement: &dyn Statement, rows: &mut impl RowSink) -> Result<usize> {
        let parts = statement.split(self.engine.capabilities());
        if !parts.is_empty() {
            return Box::pin(self.load_split(&parts, rows)).await;
        }
        let before = self.before_by_hand(statement).await?;
        let outcome = self.load(&statement, rows).await.map_err(|error| *error);
        match before.asks {
            true => self.after_by_hand(before, statement, outcome).await,
            false => outcome,
        }
    }

    /// Refuses a transaction statement that has a method of its own. Sets the mark where the statement could end the
    /// transaction unseen.
    async fn before_by_hand(&mut self, statement: &dyn Statement) -> Result<BeforeByHand> {
        let kind = statement.kind();
        let hidden_commits = self.engine.capabilities().hidden_commits;
        let Some(transaction) = &self.state.transaction else {
            // The statement may begin a transaction.
            let asks = kind == StatementKind::Transaction || (kind == StatementKind::Other && hidden_commits);
            return Ok(BeforeByHand { asks, marked: false, to_lose: false });
        };
        let asks = matches!(kind, StatementKind::Transaction | StatementKind::Ddl | StatementKind::Other);
        if kind == StatementKind::Transaction && !transaction.by_hand {
            return Err(Error::TransactionStatement { statement: self.beginning(statement).to_string() });
        }
        let (to_lose, marks) = (transaction.has_to_lose(), asks && hidden_commits && !transaction.by_hand);
        // Where the mark cannot be set, the statement fails of itself.
        let marked = marks && self.ask(MARK).await.is_ok();
        Ok(BeforeByHand { asks, marked, to_lose })
    }

    /// Updates the status of the transaction after a hand-written statement, from the database's answer.
    async fn after_by_hand(
        &mut self,
        before: BeforeByHand,
        statement: &dyn Statement,
        outcome: Result<usize>,
    ) -> Result<usize> {
        let by_hand = self.state.transaction.as_ref().is_none_or(|transaction| transaction.by_hand);
        if by_hand {
            return self.adopt(outcome).await;
        }
        let spoiled = self
            .state
            .transaction
            .as_ref()
            .is_some_and(|transaction| matches!(transaction.status, TransactionStatus::Failed(_)));
        if spoiled || self.is_useless() {
            return outcome;
        }
        let alive = if before.marked { self.ask(RELEASE_MARK).await.is_ok() } else { self.is_in_transaction().await };
        match alive {
            true => outcome,
            false => self.ended_by_hand(&before, statement, outcome).await,
        }
    }

    /// Adopts a transaction that a hand-written statement began, so that `commit` commits it and a drop rolls it back.
    async fn adopt(&mut self, outcome: Result<usize>) -> Result<usize> {
        let failed = self
            .state
            .transaction
            .as_ref()
            .is_some_and(|transaction| !matches!(transaction.status, TransactionStatus::Open));
        if self.is_useless() || (failed && outcome.is_err()) {
            return outcome;
        }
        match self.is_in_transaction().await {
            true => self.state.transaction.get_or_insert_with(Transaction::by_hand).status = TransactionStatus::Open,
            false => self.state.transaction = None,
        }
        outcome
    }

    /// Handles a transaction that a hand-written statement ended: a transaction without changes begins again, any other
    /// is over.
    async fn ended_by_hand(
        &mut self,
        before: &BeforeByHand,
        statement: &dyn Statement,
        outcome: Result<usize>,
    ) -> Result<usize> {
        if !before.to_lose && outcome.is_ok() {
            if let Some(ended) = self.state.transaction.take() {
                self.begin_at(ended.options).await?;
                if let Some(anew) = &mut self.state.transaction {
                    anew.take_place_of(&ended);
                }
            }
            return outcome;
        }
        let reason = format!(
            "`{}` ended the transaction; {} may have committed what was written before",
            self.beginning(statement),
            self.engine.capabilities().name
        );
        if let Some(transaction) = &mut self.state.transaction {
            transaction.status = TransactionStatus::EndedByHand(reason.clone());
        }
        outcome.and(Err(Error::PendingRollback { reason }))
    }

    /// Updates the status of the transaction after a failure, from the database's answer. Where every failure aborts
    /// the transaction, no question is necessary.
    pub(super) async fn after_failure(&mut self, error: Box<Error>) -> Box<Error> {
        let open = self
            .state
            .transaction
            .as_ref()
            .is_some_and(|transaction| matches!(transaction.status, TransactionStatus::Open));
        let asks = open && self.engine.capabilities().statement_atomic && !self.is_useless();
        if let (true, Error::Database(refused)) = (asks, &*error)
            && !self.is_in_transaction().await
            && let Some(transaction) = &mut self.state.transaction
        {
            transaction.status = TransactionStatus::RolledBack(refused.message.clone());
        }
        error
    }

    /// Asks the database whether a transaction is open. A connection that does not answer the question is closed.
    pub(super) async fn is_in_transaction(&mut self) -> bool {
        match self.engine.capabilities().probe {
            TransactionProbe::Begin => self.is_begin_refused().await,
            TransactionProbe::Savepoint => self.is_savepoint_taken().await,
        }
    }

    /// Begins a transaction, which is refused within another.
    async fn is_begin_refused(&mut self) -> bool {
        match self.ask("BEGIN").await {
            Ok(()) => {
                if self.ask("ROLLBACK").await.is_err() {
                    self.state.mark_broken();
                }
                false
            }
            Err(fault) => fault.to_string().contains("within a transaction"),
        }
    }

    /// Sets a savepoint, which is refused outside of a transaction. Its name is not that of the mark, which would go.
    async fn is_savepoint_taken(&mut self) -> bool {
        match self.ask("SAVEPOINT orm_probe; RELEASE SAVEPOINT orm_probe").await {
            Ok(()) => true,
            Err(fault) => {
                if !fault.to_string().to_ascii_lowercase().contains("savepoint") {
                    self.state.mark_broken();
                }
                false
            }
        }
    }

    /// Sends a question about the connection itself. Observers do not see it.
    async fn ask(&mut self, sql: &str) -> Result<(), Fault> {
        let driver = self.state.driver()?;
        let answer = driver.batch(sql).await;
        self.state.end_call();
        answer
    }

    /// Whether the transaction has ended without `commit` or `rollback`.
    pub(crate) fn is_over(&self) -> bool {
        let over = |status: &TransactionStatus| {
            matches!(status, TransactionStatus::RolledBack(_) | TransactionStatus::EndedByHand(_))
        };
        self.is_useless() || self.state.transaction.as_ref().is_none_or(|transaction| over(&transaction.status))
    }

    /// Whether only a rollback is possible, of the transaction or to a savepoint.
    pub(crate) fn is_spoiled(&self) -> bool {
        self.state
            .transaction
            .as_ref()
            .is_some_and(|transaction| matches!(transaction.status, TransactionStatus::Failed(_)))
    }

    /// The beginning of a statement, for a message.
    fn beginning(&self, statement: &dyn Statement) -> String {
        const SHOWN: usize = 60;
        let sql = super::render(statement, self.engine.capabilities()).map(|rendered| rendered.sql).unwrap_or_default();
        let sql = sql.trim();
        match sql.char_indices().nth(SHOWN) {
            Some((at, _)) => format!("{}...", &sql[..at]),
            None => sql.to_owned(),
        }
    }
}

impl<M: Mode> super::connection::ConnectionState<M> {
    /// Takes note of a failure: the connection may be gone, the transaction may be spoiled.
    pub(super) fn note_failure(&mut self, spoils: bool, error: &Error) {
        if error.database_kind() == Some(DatabaseErrorKind::Disconnected) {
            self.mark_broken();
        }
        if let (true, Some(transaction), Error::Database(refused)) = (spoils, &mut self.transaction, error)
            && matches!(transaction.status, TransactionStatus::Open)
        {
            transaction.status = TransactionStatus::Failed(refused.message.clone());
        }
    }

    /// Refuses a statement after the end of its transaction. An aborted transaction accepts only transaction
    /// statements.
    pub(super) fn check_transaction(&self, kind: StatementKind) -> BoxedResult<()> {
        match self.transaction.as_ref().map(|transaction| &transaction.status) {
            Some(TransactionStatus::RolledBack(reason) | TransactionStatus::EndedByHand(reason)) => {
                Err(pending(reason))
            }
            Some(TransactionStatus::Failed(reason)) if kind != StatementKind::Transaction => Err(pending(reason)),
            _ => Ok(()),
        }
    }
}

#[cold]
fn pending(reason: &str) -> Box<Error> {
    Box::new(Error::PendingRollback { reason: reason.to_owned() })
}
