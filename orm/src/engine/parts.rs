//! A statement that is too large for the database, sent in parts: all of them or none.

use super::connection::Core;
use super::standing::Standing;
use super::statement::Statement;
use super::wire::{Mode, Taker};
use crate::error::{Error, Result};

/// The savepoint around the parts of a statement within a transaction.
const PARTS: &str = "orm_parts";

impl<M: Mode> Core<M> {
    /// Runs the parts of a statement; gives how many rows they changed.
    pub(super) async fn execute_parts(&mut self, parts: &[Box<dyn Statement + '_>]) -> Result<usize> {
        let within = self.begin_parts().await?;
        let mut rows = 0;
        for part in parts {
            match self.execute(&**part).await {
                Ok(changed) => rows += changed,
                Err(error) => return Err(self.undo_parts(within, error).await),
            }
        }
        self.end_parts(within).await?;
        Ok(rows)
    }

    /// Runs the parts of a statement and hands over their rows; gives how many there were.
    pub(super) async fn load_parts(
        &mut self,
        parts: &[Box<dyn Statement + '_>],
        taker: &mut impl Taker,
    ) -> Result<usize> {
        let within = self.begin_parts().await?;
        let mut rows = 0;
        for part in parts {
            match self.load(&&**part, taker).await {
                Ok(given) => rows += given,
                Err(error) => return Err(self.undo_parts(within, error.into()).await),
            }
        }
        self.end_parts(within).await?;
        Ok(rows)
    }

    /// Sets a savepoint, or begins a transaction; gives whether there was one.
    async fn begin_parts(&mut self) -> Result<bool> {
        let within = self.in_transaction();
        if within {
            self.savepoint(PARTS).await?;
        } else {
            self.begin().await?;
        }
        Ok(within)
    }

    async fn end_parts(&mut self, within: bool) -> Result<()> {
        if within { self.release(PARTS).await } else { self.commit().await }
    }

    /// Undoes what was done before a part failed. Where that fails, the transaction is lost, which the connection notes.
    async fn undo_parts(&mut self, within: bool, error: Error) -> Error {
        let undone = match within {
            true => match self.rollback_to(PARTS).await {
                Ok(()) => self.release(PARTS).await,
                failed => failed,
            },
            false => self.rollback().await,
        };
        if let (Err(_), Some(transaction)) = (undone, &mut self.line.transaction)
            && matches!(transaction.standing, Standing::Open)
        {
            let reason = "a part of a statement failed, and the parts before it could not be undone".to_owned();
            transaction.standing = Standing::Failed(reason);
        }
        error
    }
}
