//! What a type that blocks and its twin that is awaited have in common, from one list: how such a list is written, and that of connections.

use super::statement::Statement;
use super::{BeginOptions, Connection, ParameterSet, Plan, TextClause};
use crate::error::Result;
use crate::value_row::ValueRow;

/// Writes the methods that wait of two types, of which one blocks and the other is awaited. A body gives the future of a rule: the one runs it to
/// its end on the spot (`now(self.core.flush())`), the other awaits it (`self.core.flush().await`). Parameters of the types stand in brackets
/// after `where`. Errors may come behind a pointer.
macro_rules! facades {
    (impl $blocking:ty, $awaiting:ty $(where [$($parameter:tt)*])? { $(
        $(#[$attribute:meta])*
        pub fn $name:ident $(<$($generic:ident : $($lifetime:lifetime)? $($bound:path)?),*>)? ($($argument:tt)*) -> $output:ty { $future:expr }
    )* }) => {
        impl $(<$($parameter)*>)? $blocking { $(
            $(#[$attribute])*
            pub fn $name $(<$($generic: $($lifetime)? $($bound)?),*>)? ($($argument)*) -> $output { $crate::engine::now($future).map_err(Into::into) }
        )* }

        #[cfg(feature = "async")]
        impl $(<$($parameter)*>)? $awaiting { $(
            $(#[$attribute])*
            pub async fn $name $(<$($generic: $($lifetime)? $($bound)?),*>)? ($($argument)*) -> $output { $future.await.map_err(Into::into) }
        )* }
    };
}

pub(crate) use facades;

facades! {
    impl Connection, super::AsyncConnection {
        /// Runs a statement; gives how many rows it changed.
        ///
        /// Within a transaction that [`begin`](Self::begin) began, BEGIN, COMMIT, ROLLBACK and the statements about savepoints are refused: methods do that.
        /// After DDL, CALL, SET and the like the database is asked once whether the transaction is still open (on MariaDB and MySQL twice, before and after).
        ///
        /// # Errors
        /// Whatever the database says, with the statement and its parameters. [`Error::PendingRollback`](crate::Error::PendingRollback) when the statement has
        /// ended the transaction, as DDL does on MariaDB and MySQL; one in which nothing was written before begins anew instead.
        pub fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
            self.core.execute_by_hand(statement)
        }

        /// Runs a statement and takes its rows off the connection.
        ///
        /// # Errors
        /// Whatever the database says; [`Error::Decode`](crate::Error::Decode) for a column of a type that this crate does not know.
        pub fn query(&mut self, statement: &dyn Statement) -> Result<Vec<ValueRow>> {
            self.core.query(statement)
        }

        /// Runs a plan to its end on this connection.
        ///
        /// # Errors
        /// The first failure, whether of the database or of the plan, as [`Plan::failed`] words it; the plan is not asked for more.
        pub fn run(&mut self, plan: &mut (impl Plan + ?Sized)) -> Result<()> {
            self.core.run(plan)
        }

        /// Begins a transaction at the isolation level of the connection, the engine or the database, whichever is set first.
        ///
        /// # Errors
        /// [`Error::TransactionOpen`](crate::Error::TransactionOpen) when a transaction is open; whatever the database says.
        pub fn begin(&mut self) -> Result<()> {
            self.core.begin()
        }

        /// Begins a transaction at an [`Isolation`](super::Isolation) level, or in a [`BeginMode`](super::BeginMode), of its own.
        ///
        /// # Errors
        /// [`Error::TransactionOpen`](crate::Error::TransactionOpen) when a transaction is open, [`Error::Unsupported`](crate::Error::Unsupported) for a level that the database lacks.
        ///
        /// Counterpart: `connection.execution_options(isolation_level=...)`.
        pub fn begin_with(&mut self, options: impl Into<BeginOptions>) -> Result<()> {
            self.core.begin_with(options)
        }

        /// Commits the transaction; without one there is nothing to do.
        ///
        /// # Errors
        /// Whatever the database says. SQLite keeps the transaction open when it is busy, or when a deferred foreign key does not hold:
        /// [`in_transaction`](Self::in_transaction) tells. [`Error::CommitInDoubt`](crate::Error::CommitInDoubt) when the connection was lost meanwhile,
        /// [`Error::PendingRollback`](crate::Error::PendingRollback) when a statement failed and spoiled the transaction, or has ended it;
        /// [`Error::TransactionBorrowed`](crate::Error::TransactionBorrowed) where the transaction is the session's, or that of a block given to `begin`.
        pub fn commit(&mut self) -> Result<()> {
            self.core.commit()
        }

        /// Rolls the transaction back; without one there is nothing to do. A connection that is gone has rolled back already.
        ///
        /// # Errors
        /// Whatever the database says; the connection is then closed instead of going back to the pool.
        /// [`Error::NotRolledBack`](crate::Error::NotRolledBack) when a statement by hand has ended the transaction, so that what it wrote may be committed;
        /// [`Error::TransactionBorrowed`](crate::Error::TransactionBorrowed) where the transaction is the session's, or that of a block given to `begin`.
        pub fn rollback(&mut self) -> Result<()> {
            self.core.rollback()
        }

        /// Sets a savepoint within the transaction.
        ///
        /// # Errors
        /// [`Error::NoTransaction`](crate::Error::NoTransaction) without a transaction; [`Error::Unsupported`](crate::Error::Unsupported)
        /// for a longer name than the database takes; whatever the database says.
        ///
        /// Counterpart: `connection.begin_nested()`.
        pub fn savepoint(&mut self, name: &str) -> Result<()> {
            self.core.savepoint(name)
        }

        /// Lets go of a savepoint and of those set after it; what was done since stays part of the transaction.
        ///
        /// # Errors
        /// [`Error::UnknownSavepoint`](crate::Error::UnknownSavepoint) when no such savepoint is set; whatever the database says.
        pub fn release(&mut self, name: &str) -> Result<()> {
            self.core.release(name)
        }

        /// Undoes what was done since a savepoint, which stays set; a transaction spoiled since then goes on.
        ///
        /// # Errors
        /// [`Error::UnknownSavepoint`](crate::Error::UnknownSavepoint) when no such savepoint is set; whatever the database says.
        pub fn rollback_to(&mut self, name: &str) -> Result<()> {
            self.core.rollback_to(name)
        }

        /// Runs one statement with many sets of parameters, prepared once; all of them or none. Gives how many rows changed in all.
        ///
        /// # Errors
        /// The first failure. A transaction that the call began is then rolled back; one that was open is left to the caller.
        ///
        /// Counterpart: `connection.execute(statement, [{...}, {...}])`.
        pub fn execute_many<S: ParameterSet>(
            &mut self,
            statement: TextClause,
            sets: impl IntoIterator<Item = S>,
        ) -> Result<usize> {
            self.core.execute_many(statement, sets)
        }
    }
}
