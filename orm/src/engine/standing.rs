//! How the transaction of a connection stands. The database is asked after each failure, and after each statement by hand that could have ended the transaction.

use super::connection::Core;
use super::dialect::form::TransactionProbe;
use super::statement::{Statement, StatementKind};
use super::transaction::Transaction;
use super::wire::{Fault, Mode, Taker, Wire};
use crate::error::{DatabaseErrorKind, Error, Result, Slim};

/// How a transaction stands that `commit` or `rollback` has not ended yet.
#[derive(Debug, Default)]
pub(super) enum Standing {
    /// Statements run in it.
    #[default]
    Open,
    /// A statement failed, where that spoils the transaction: a rollback is possible, to a savepoint at least.
    Failed(String),
    /// The database has rolled it back.
    Undone(String),
    /// A statement by hand has ended it. What was written before may be committed.
    Ended(String),
}

/// A savepoint that ends with its transaction, even if another one has begun since.
const MARK: &str = "SAVEPOINT orm_mark";
const RELEASE_MARK: &str = "RELEASE SAVEPOINT orm_mark";

/// What was true before a statement by hand.
pub(super) struct Before {
    asks: bool,
    marked: bool,
    /// Whether a rollback would undo anything.
    to_lose: bool,
}

impl<M: Mode> Core<M> {
    /// Runs a statement that somebody wrote by hand, and finds out what it did to the transaction.
    pub(crate) async fn execute_by_hand(&mut self, statement: &dyn Statement) -> Result<usize> {
        let parts = statement.parts(self.engine.capabilities());
        if !parts.is_empty() {
            return Box::pin(self.execute_parts(&parts)).await;
        }
        let before = self.before_by_hand(statement).await?;
        let outcome = self.execute(statement).await;
        match before.asks {
            true => self.after_by_hand(before, statement, outcome).await,
            false => outcome,
        }
    }

    /// The same for one that gives rows.
    pub(crate) async fn load_by_hand(&mut self, statement: &dyn Statement, rows: &mut impl Taker) -> Result<usize> {
        let parts = statement.parts(self.engine.capabilities());
        if !parts.is_empty() {
            return Box::pin(self.load_parts(&parts, rows)).await;
        }
        let before = self.before_by_hand(statement).await?;
        let outcome = self.load(&statement, rows).await.map_err(|error| *error);
        match before.asks {
            true => self.after_by_hand(before, statement, outcome).await,
            false => outcome,
        }
    }

    /// Refuses a statement about a transaction that has methods for it, and marks the transaction where the statement could end it unseen.
    async fn before_by_hand(&mut self, statement: &dyn Statement) -> Result<Before> {
        let kind = statement.kind();
        let hidden_commits = self.engine.capabilities().hidden_commits;
        let Some(transaction) = &self.line.transaction else {
            // It may begin one.
            let asks = kind == StatementKind::Transaction || (kind == StatementKind::Other && hidden_commits);
            return Ok(Before { asks, marked: false, to_lose: false });
        };
        let asks = matches!(kind, StatementKind::Transaction | StatementKind::Ddl | StatementKind::Other);
        if kind == StatementKind::Transaction && !transaction.by_hand {
            return Err(Error::TransactionStatement { statement: self.beginning(statement).to_string() });
        }
        let (to_lose, marks) = (transaction.has_to_lose(), asks && hidden_commits && !transaction.by_hand);
        // Where the mark cannot be set, the statement fails of itself.
        let marked = marks && self.ask(MARK).await.is_ok();
        Ok(Before { asks, marked, to_lose })
    }

    /// Believes what the database says of the transaction after a statement by hand.
    async fn after_by_hand(
        &mut self,
        before: Before,
        statement: &dyn Statement,
        outcome: Result<usize>,
    ) -> Result<usize> {
        let by_hand = self.line.transaction.as_ref().is_none_or(|transaction| transaction.by_hand);
        if by_hand {
            return self.adopt(outcome).await;
        }
        let spoiled = self
            .line
            .transaction
            .as_ref()
            .is_some_and(|transaction| matches!(transaction.standing, Standing::Failed(_)));
        if spoiled || self.is_useless() {
            return outcome;
        }
        let alive = if before.marked { self.ask(RELEASE_MARK).await.is_ok() } else { self.is_in_transaction().await };
        match alive {
            true => outcome,
            false => self.ended_by_hand(&before, statement, outcome).await,
        }
    }

    /// A transaction that begins and ends by hand is known like any other, so that `commit` commits it and a drop rolls it back.
    async fn adopt(&mut self, outcome: Result<usize>) -> Result<usize> {
        let failed =
            self.line.transaction.as_ref().is_some_and(|transaction| !matches!(transaction.standing, Standing::Open));
        if self.is_useless() || (failed && outcome.is_err()) {
            return outcome;
        }
        match self.is_in_transaction().await {
            true => self.line.transaction.get_or_insert_with(Transaction::by_hand).standing = Standing::Open,
            false => self.line.transaction = None,
        }
        outcome
    }

    /// A transaction that had nothing to lose begins anew; another one is over.
    async fn ended_by_hand(
        &mut self,
        before: &Before,
        statement: &dyn Statement,
        outcome: Result<usize>,
    ) -> Result<usize> {
        if !before.to_lose && outcome.is_ok() {
            if let Some(ended) = self.line.transaction.take() {
                self.begin_at(ended.options).await?;
                if let Some(anew) = &mut self.line.transaction {
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
        if let Some(transaction) = &mut self.line.transaction {
            transaction.standing = Standing::Ended(reason.clone());
        }
        outcome.and(Err(Error::PendingRollback { reason }))
    }

    /// Believes what the database says of the transaction after a failure. Where any failure spoils it, there is nothing to ask.
    pub(super) async fn after_failure(&mut self, error: Box<Error>) -> Box<Error> {
        let open =
            self.line.transaction.as_ref().is_some_and(|transaction| matches!(transaction.standing, Standing::Open));
        let asks = open && self.engine.capabilities().statement_atomic && !self.is_useless();
        if let (true, Error::Database(refused)) = (asks, &*error)
            && !self.is_in_transaction().await
            && let Some(transaction) = &mut self.line.transaction
        {
            transaction.standing = Standing::Undone(refused.message.clone());
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
                    self.line.break_off();
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
                    self.line.break_off();
                }
                false
            }
        }
    }

    /// Sends a question about the connection itself, which is no statement of the program: nobody who listens hears of it.
    async fn ask(&mut self, sql: &str) -> Result<(), Fault> {
        let wire = self.line.wire()?;
        let answer = wire.batch(sql).await;
        self.line.rest();
        answer
    }

    /// Whether the transaction is over, though neither `commit` nor `rollback` has ended it.
    pub(crate) fn is_over(&self) -> bool {
        let over = |standing: &Standing| matches!(standing, Standing::Undone(_) | Standing::Ended(_));
        self.is_useless() || self.line.transaction.as_ref().is_none_or(|transaction| over(&transaction.standing))
    }

    /// Whether nothing but a rollback is possible, to a savepoint at least.
    pub(crate) fn is_spoiled(&self) -> bool {
        self.line.transaction.as_ref().is_some_and(|transaction| matches!(transaction.standing, Standing::Failed(_)))
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

impl<M: Mode> super::connection::Line<M> {
    /// Takes note of a failure: the connection may be gone, the transaction may be spoiled.
    pub(super) fn note_failure(&mut self, spoils: bool, error: &Error) {
        if error.database_kind() == Some(DatabaseErrorKind::Disconnected) {
            self.break_off();
        }
        if let (true, Some(transaction), Error::Database(refused)) = (spoils, &mut self.transaction, error)
            && matches!(transaction.standing, Standing::Open)
        {
            transaction.standing = Standing::Failed(refused.message.clone());
        }
    }

    /// Refuses what would run outside of a transaction that is over; of one that is spoiled, all but statements about the transaction itself.
    pub(super) fn check_transaction(&self, kind: StatementKind) -> Slim<()> {
        match self.transaction.as_ref().map(|transaction| &transaction.standing) {
            Some(Standing::Undone(reason) | Standing::Ended(reason)) => Err(pending(reason)),
            Some(Standing::Failed(reason)) if kind != StatementKind::Transaction => Err(pending(reason)),
            _ => Ok(()),
        }
    }
}

#[cold]
fn pending(reason: &str) -> Box<Error> {
    Box::new(Error::PendingRollback { reason: reason.to_owned() })
}
