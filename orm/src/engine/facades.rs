//! The macro `facades!`, which declares waiting methods once for the blocking and the async type, and the methods of
//! connections.

use super::statement::Statement;
use super::{BeginOptions, Connection, ParameterSet, Plan, TextClause};
use crate::error::Result;
use crate::value_row::ValueRow;

/// Generates the blocking and the async version of methods that wait for a database.
///
/// A body is a future. The blocking version runs the future to its end (`run_ready(self.core.flush())`), the async one
/// awaits it (`self.core.flush().await`). Generic parameters of the two types stand in brackets after `where`. A boxed
/// error is unboxed.
macro_rules! facades {
    (impl $blocking:ty, $awaiting:ty $(where [$($parameter:tt)*])? { $(
        $(#[$attribute:meta])*
        pub fn $name:ident $(<$($generic:ident : $($lifetime:lifetime)? $($bound:path)?),*>)? ($($argument:tt)*) -> $output:ty { $future:expr }
    )* }) => {
        impl $(<$($parameter)*>)? $blocking { $(
            $(#[$attribute])*
            pub fn $name $(<$($generic: $($lifetime)? $($bound)?),*>)? ($($argument)*) -> $output { $crate::engine::run_ready($future).map_err(Into::into) }
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
        /// Runs a statement; returns the number of changed rows.
        ///
        /// In a transaction that [`begin`](Self::begin) began, BEGIN, COMMIT, ROLLBACK and savepoint statements are
        /// refused: use the methods instead. After DDL, CALL, SET and similar statements the connection asks the
        /// database whether the transaction is still open (one question; two on MariaDB and MySQL).
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// connection.execute(&orm::text("CREATE TABLE user (name TEXT)"))?;
        /// let insert = orm::text("INSERT INTO user (name) VALUES (:name)").bind("name", "ed");
        /// assert_eq!(connection.execute(&insert)?, 1);
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::Database`](crate::Error::Database), with the statement and its parameters.
        /// [`Error::PendingRollback`](crate::Error::PendingRollback) when the statement ended the transaction, as DDL
        /// does on MariaDB and MySQL. A transaction without changes begins again instead.
        pub fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
            self.core.execute_by_hand(statement)
        }

        /// Runs a statement and returns all its rows.
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// let rows = connection.query(&orm::text("SELECT 1 AS id, 'ed' AS name"))?;
        /// assert_eq!(rows[0].get::<String>("name")?, "ed");
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::Database`](crate::Error::Database); [`Error::Decode`](crate::Error::Decode) for a column whose type
        /// the crate does not support.
        pub fn query(&mut self, statement: &dyn Statement) -> Result<Vec<ValueRow>> {
            self.core.query(statement)
        }

        /// Runs a plan to its end on this connection.
        ///
        /// ```
        /// use orm::{DataType, schema::{Column, Schema, SchemaPlan, Table}};
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// let users = Table::new("user").column(Column::new("id", DataType::BigInteger).primary_key());
        /// let mut plan = SchemaPlan::create_all(&Schema::new().table(users), connection.capabilities())?;
        /// connection.run(&mut plan)?;
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// The first failure, of the database or of the plan, as [`Plan::failed`] reports it. The plan then stops.
        pub fn run(&mut self, plan: &mut (impl Plan + ?Sized)) -> Result<()> {
            self.core.run(plan)
        }

        /// Begins a transaction. The isolation level is that of the connection, else of the engine, else of the
        /// database.
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// connection.execute(&orm::text("CREATE TABLE user (name TEXT)"))?;
        /// connection.begin()?;
        /// connection.execute(&orm::text("INSERT INTO user (name) VALUES ('ed')"))?;
        /// connection.rollback()?;
        /// assert!(connection.query(&orm::text("SELECT name FROM user"))?.is_empty());
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::TransactionOpen`](crate::Error::TransactionOpen) when a transaction is open;
        /// [`Error::Database`](crate::Error::Database).
        pub fn begin(&mut self) -> Result<()> {
            self.core.begin()
        }

        /// Begins a transaction with its own [`Isolation`](super::Isolation) level or [`BeginMode`](super::BeginMode).
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// connection.begin_with(orm::BeginMode::Immediate)?;
        /// connection.commit()?;
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::TransactionOpen`](crate::Error::TransactionOpen) when a transaction is open,
        /// [`Error::Unsupported`](crate::Error::Unsupported) for a level that the database lacks.
        ///
        /// Counterpart: `connection.execution_options(isolation_level=...)`.
        pub fn begin_with(&mut self, options: impl Into<BeginOptions>) -> Result<()> {
            self.core.begin_with(options)
        }

        /// Commits the transaction, if one is open.
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// connection.begin()?;
        /// connection.execute(&orm::text("CREATE TABLE user (name TEXT)"))?;
        /// connection.commit()?;
        /// assert!(!connection.in_transaction());
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::Database`](crate::Error::Database). SQLite keeps the transaction open when the database is busy or
        /// a deferred foreign key is violated; see [`in_transaction`](Self::in_transaction).
        /// [`Error::CommitInDoubt`](crate::Error::CommitInDoubt) when the connection was lost during the commit,
        /// [`Error::PendingRollback`](crate::Error::PendingRollback) when a statement aborted or ended the transaction,
        /// [`Error::TransactionBorrowed`](crate::Error::TransactionBorrowed) when the transaction belongs to a session
        /// or to a block given to `begin`.
        pub fn commit(&mut self) -> Result<()> {
            self.core.commit()
        }

        /// Rolls the transaction back, if one is open. The transaction of a lost connection is rolled back already.
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// connection.begin()?;
        /// connection.execute(&orm::text("CREATE TABLE user (name TEXT)"))?;
        /// connection.rollback()?;
        /// assert!(connection.query(&orm::text("SELECT name FROM user")).is_err());
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::Database`](crate::Error::Database); the connection is then closed instead of returning to the pool.
        /// [`Error::NotRolledBack`](crate::Error::NotRolledBack) when a hand-written statement ended the transaction,
        /// so that its changes may be committed; [`Error::TransactionBorrowed`](crate::Error::TransactionBorrowed) when
        /// the transaction belongs to a session or to a block given to `begin`.
        pub fn rollback(&mut self) -> Result<()> {
            self.core.rollback()
        }

        /// Sets a savepoint in the transaction.
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// connection.execute(&orm::text("CREATE TABLE user (name TEXT)"))?;
        /// connection.begin()?;
        /// connection.savepoint("before_ed")?;
        /// connection.execute(&orm::text("INSERT INTO user (name) VALUES ('ed')"))?;
        /// connection.rollback_to("before_ed")?;
        /// connection.release("before_ed")?;
        /// connection.commit()?;
        /// assert!(connection.query(&orm::text("SELECT name FROM user"))?.is_empty());
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::NoTransaction`](crate::Error::NoTransaction) without a transaction;
        /// [`Error::Unsupported`](crate::Error::Unsupported) for a name that is too long for the database;
        /// [`Error::Database`](crate::Error::Database).
        ///
        /// Counterpart: `connection.begin_nested()`.
        pub fn savepoint(&mut self, name: &str) -> Result<()> {
            self.core.savepoint(name)
        }

        /// Releases a savepoint and all later ones. Changes since the savepoint stay part of the transaction.
        /// [`savepoint`](Self::savepoint) has an example.
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// connection.begin()?;
        /// connection.savepoint("one")?;
        /// connection.release("one")?;
        /// assert!(connection.release("one").is_err());
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::UnknownSavepoint`](crate::Error::UnknownSavepoint) when no such savepoint is set;
        /// [`Error::Database`](crate::Error::Database).
        pub fn release(&mut self, name: &str) -> Result<()> {
            self.core.release(name)
        }

        /// Undoes all changes since a savepoint. The savepoint stays set, and a transaction that was aborted since then
        /// can continue.
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// connection.begin()?;
        /// connection.savepoint("empty")?;
        /// connection.execute(&orm::text("CREATE TABLE user (name TEXT)"))?;
        /// connection.rollback_to("empty")?;
        /// assert!(connection.query(&orm::text("SELECT name FROM user")).is_err());
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::UnknownSavepoint`](crate::Error::UnknownSavepoint) when no such savepoint is set;
        /// [`Error::Database`](crate::Error::Database).
        pub fn rollback_to(&mut self, name: &str) -> Result<()> {
            self.core.rollback_to(name)
        }

        /// Runs a statement once for each set of parameters, all or none; returns the number of changed rows. The
        /// statement is prepared once.
        ///
        /// ```
        /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
        /// connection.execute(&orm::text("CREATE TABLE user (name TEXT)"))?;
        /// let insert = orm::text("INSERT INTO user (name) VALUES (:name)");
        /// assert_eq!(connection.execute_many(insert, [[("name", "ed")], [("name", "wendy")]])?, 2);
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// The first failure. A transaction that this call began is then rolled back; an open transaction stays open.
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
