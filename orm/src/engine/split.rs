//! Sends a statement that is too large for the database in several parts, all or none.

use super::connection::ConnectionCore;
use super::mode::{Mode, RowSink};
use super::statement::Statement;
use super::transaction_status::TransactionStatus;
use crate::error::{Error, Result};

/// The savepoint around the parts of a statement within a transaction.
const SAVEPOINT: &str = "orm_parts";

impl<M: Mode> ConnectionCore<M> {
    /// Runs the parts of a statement; returns the number of changed rows.
    pub(super) async fn execute_split(&mut self, parts: &[Box<dyn Statement + '_>]) -> Result<usize> {
        let within = self.begin_split().await?;
        let mut rows = 0;
        for part in parts {
            match self.execute(&**part).await {
                Ok(changed) => rows += changed,
                Err(error) => return Err(self.undo_split(within, error).await),
            }
        }
        self.end_split(within).await?;
        Ok(rows)
    }

    /// Runs the parts of a statement and passes on their rows; returns the number of rows.
    pub(super) async fn load_split(
        &mut self,
        parts: &[Box<dyn Statement + '_>],
        sink: &mut impl RowSink,
    ) -> Result<usize> {
        let within = self.begin_split().await?;
        let mut rows = 0;
        for part in parts {
            match self.load(&&**part, sink).await {
                Ok(given) => rows += given,
                Err(error) => return Err(self.undo_split(within, error.into()).await),
            }
        }
        self.end_split(within).await?;
        Ok(rows)
    }

    /// Sets a savepoint, or begins a transaction outside of one. Returns whether a transaction was open.
    async fn begin_split(&mut self) -> Result<bool> {
        let within = self.in_transaction();
        if within {
            self.savepoint(SAVEPOINT).await?;
        } else {
            self.begin().await?;
        }
        Ok(within)
    }

    async fn end_split(&mut self, within: bool) -> Result<()> {
        if within { self.release(SAVEPOINT).await } else { self.commit().await }
    }

    /// Undoes the parts before a failed one. If that fails, the transaction is marked as failed.
    async fn undo_split(&mut self, within: bool, error: Error) -> Error {
        let undone = match within {
            true => match self.rollback_to(SAVEPOINT).await {
                Ok(()) => self.release(SAVEPOINT).await,
                failed => failed,
            },
            false => self.rollback().await,
        };
        if let (Err(_), Some(transaction)) = (undone, &mut self.state.transaction)
            && matches!(transaction.status, TransactionStatus::Open)
        {
            let reason = "a part of a statement failed, and the parts before it could not be undone".to_owned();
            transaction.status = TransactionStatus::Failed(reason);
        }
        error
    }
}
