//! A connection from the pool: runs statements and passes on their rows.

use std::fmt;
use std::sync::Arc;

use super::EngineOf;
use super::cause::Cause;
use super::compiled::CompiledStatement;
use super::database_error;
use super::dialect::Capabilities;
use super::event::PooledConnection;
use super::listeners::Heard;
use super::mode::{DriverConnection, Fault, Mode, RowSink};
use super::packet;
use super::prepared::PreparedCount;
use super::record::RunningStatement;
use super::set_up::set_up;
use super::slot::PoolSlot;
use super::statement::{SqlWriter, Statement, StatementKind};
use super::transaction::{BeginOptions, Isolation, Transaction};
use crate::error::{BoxedResult, Error, Result};
use crate::row::{ReadError, RowReader};
use crate::value::Value;
use crate::value_row::ValueRow;

/// A connection of an engine: a blocking [`Connection`](super::Connection) or an async one.
///
/// Dropping a connection rolls an open transaction back and returns the connection to the pool. Outside of `begin` and
/// `commit` every statement commits by itself.
///
/// Counterpart: SQLAlchemy's `engine.Connection`, where the first statement begins a transaction.
pub struct ConnectionOf<M: Mode> {
    pub(crate) core: ConnectionCore<M>,
}

impl<M: Mode> EngineOf<M> {
    /// Takes a connection out of the pool, opening one if need be.
    pub(crate) async fn acquire(&self) -> Result<ConnectionOf<M>> {
        let connection = self.take_connection().await?;
        self.observers().listeners().on_checkout(connection.core.pooled())?;
        Ok(connection)
    }

    async fn take_connection(&self) -> Result<ConnectionOf<M>> {
        let options = self.options();
        let mut slot = M::acquire(self.pool()).await?;
        let interrupted = slot.busy;
        if options.pre_ping {
            // Stays set when this future is dropped during the ping: the next user of the slot then closes the
            // connection.
            slot.busy = true;
            if !ping::<M>(&mut slot).await {
                slot.close();
            }
        }
        slot.busy = false;
        if slot.is_open() {
            let mut connection = ConnectionOf::new(self.clone(), slot);
            if interrupted {
                connection.core.rollback_now().await?;
            }
            return Ok(connection);
        }
        // Apart, or every statement would carry the room of this around.
        Box::pin(self.open(slot)).await
    }

    /// A new connection in an empty place.
    async fn open(&self, mut slot: M::PooledSlot) -> Result<ConnectionOf<M>> {
        let mut opened = M::open(self).await?;
        let prepared = PreparedCount::default();
        if let Some(driver) = M::driver(&mut opened) {
            set_up(driver, self).await?;
            driver.count_prepared(prepared.clone());
        }
        slot.set(opened, prepared);
        let connection = ConnectionOf::new(self.clone(), slot);
        if self.options().hooks.is_empty() { Ok(connection) } else { M::run_hooks(connection).await }
    }

    /// Runs `work` in a new transaction.
    pub(crate) async fn within_transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut ConnectionOf<M>) -> Result<T>,
    ) -> Result<T> {
        self.within_transaction_as(BeginOptions::default(), work).await
    }

    /// Runs `work` in a new transaction that begins with `options`.
    pub(crate) async fn within_transaction_as<T>(
        &self,
        options: BeginOptions,
        work: impl AsyncFnOnce(&mut ConnectionOf<M>) -> Result<T>,
    ) -> Result<T> {
        let mut connection = self.acquire().await?;
        connection.core.begin_with(options).await?;
        connection.core.lend();
        let outcome = work(&mut connection).await;
        connection.core.take_back();
        match outcome {
            Ok(value) => connection.core.commit().await.map(|()| value),
            Err(error) => {
                // A connection that cannot be rolled back is closed instead of returning to the pool.
                let _ = connection.core.rollback().await;
                Err(error)
            }
        }
    }
}

async fn ping<M: Mode>(slot: &mut PoolSlot<M::Backend>) -> bool {
    match slot.driver().and_then(M::driver) {
        Some(driver) => driver.batch("SELECT 1").await.is_ok(),
        None => false,
    }
}

impl<M: Mode> ConnectionOf<M> {
    pub(super) fn new(engine: EngineOf<M>, slot: M::PooledSlot) -> Self {
        let state = ConnectionState { slot: Some(slot), ..ConnectionState::default() };
        Self::resume(engine, state, None)
    }

    /// Continues a connection in another mode, with its transaction.
    pub(super) fn resume(engine: EngineOf<M>, state: ConnectionState<M>, isolation: Option<Isolation>) -> Self {
        Self { core: ConnectionCore { engine, state, isolation } }
    }

    /// The engine of the connection.
    ///
    /// ```
    /// let engine = orm::Engine::new("sqlite://")?;
    /// let connection = engine.connect()?;
    /// assert_eq!(connection.engine().url(), engine.url());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn engine(&self) -> &EngineOf<M> {
        &self.core.engine
    }

    /// The capabilities of the database.
    ///
    /// ```
    /// let mut connection = orm::Engine::new("sqlite://")?.connect()?;
    /// assert_eq!(connection.capabilities().name, "SQLite");
    /// assert!(!connection.in_transaction() && !connection.is_broken());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn capabilities(&self) -> &Capabilities {
        self.core.engine.capabilities()
    }

    /// Whether the connection is lost, or was interrupted during a statement. A broken connection does not return to
    /// the pool.
    pub fn is_broken(&self) -> bool {
        self.core.is_useless()
    }

    /// The isolation level of transactions on this connection: its own, else that of the engine.
    pub fn isolation(&self) -> Option<Isolation> {
        self.core.isolation()
    }

    /// Sets the isolation level of later transactions on this connection.
    ///
    /// ```
    /// use orm::{Engine, Isolation};
    /// let mut connection = Engine::new("sqlite://")?.connect()?;
    /// connection.set_isolation(Isolation::Serializable)?;
    /// assert_eq!(connection.isolation(), Some(Isolation::Serializable));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a level that the database lacks.
    pub fn set_isolation(&mut self, level: Isolation) -> Result<()> {
        level.check(self.capabilities())?;
        self.core.isolation = Some(level);
        Ok(())
    }

    /// Whether a transaction is open on this connection.
    pub fn in_transaction(&self) -> bool {
        self.core.in_transaction()
    }
}

impl<M: Mode> fmt::Debug for ConnectionOf<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("url", self.core.engine.url())
            .field("in_transaction", &self.in_transaction())
            .finish_non_exhaustive()
    }
}

/// The code of connections, written once for blocking and async.
pub struct ConnectionCore<M: Mode> {
    pub(super) engine: EngineOf<M>,
    pub(super) state: ConnectionState<M>,
    pub(super) isolation: Option<Isolation>,
}

/// The driver's connection and the state of its transaction.
pub(super) struct ConnectionState<M: Mode> {
    /// `None` after the connection was passed on to another mode.
    pub(super) slot: Option<M::PooledSlot>,
    pub(super) transaction: Option<Transaction>,
    /// A statement was interrupted that may have begun a transaction.
    pub(super) may_be_in_transaction: bool,
    /// The reason for the next statements, for recorders and echo.
    pub(super) cause: Cause,
}

impl<M: Mode> ConnectionCore<M> {
    /// Runs a statement; returns the number of changed rows.
    pub(crate) async fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
        let mut compiled = CompiledStatement::new(&statement, self.engine.capabilities());
        compiled.write()?;
        if self.engine.observers().listeners().hear(Heard::BeforeExecute) {
            self.tell_before(&mut compiled)?;
        }
        self.state.limit_prepared(&mut compiled).await;
        let (driver, running) = self.state.begin_statement(&self.engine, &compiled)?;
        let outcome = execute(driver, &compiled).await;
        let changes = match compiled.kind {
            StatementKind::Insert | StatementKind::Update | StatementKind::Delete => true,
            // Rows that were read are not changed. SQLite would even repeat the count of the statement before.
            StatementKind::Select | StatementKind::Ddl | StatementKind::Transaction => false,
            StatementKind::Other => self.engine.capabilities().counts_other,
        };
        let outcome = outcome.map(|rows| if changes { rows } else { 0 });
        match self.state.end_statement(&self.engine, &compiled, running, outcome) {
            Ok(rows) => Ok(rows),
            Err(error) => Err(*Box::pin(self.after_failure(error)).await),
        }
    }

    /// Runs a statement and reads all its rows.
    pub(crate) async fn query(&mut self, statement: &dyn Statement) -> Result<Vec<ValueRow>> {
        let mut rows = Vec::new();
        let mut reader = ValueRowBuilder::default();
        self.load_by_hand(statement, &mut |row: &mut dyn RowReader| {
            rows.push(reader.read(row)?);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// Runs a statement and passes on every row as it arrives; returns the number of rows.
    ///
    /// Generic instead of `dyn`, so that the methods of the statement are inlined: this is the hot path of a load.
    pub(crate) async fn load<S: Statement>(&mut self, statement: &S, rows: &mut impl RowSink) -> BoxedResult<usize> {
        let mut compiled = CompiledStatement::new(statement, self.engine.capabilities());
        if self.engine.observers().listeners().hear(Heard::BeforeExecute) {
            compiled.write()?;
            self.tell_before(&mut compiled)?;
        } else {
            compiled.write_or_shape(statement)?;
        }
        self.state.limit_prepared(&mut compiled).await;
        let (driver, running) = self.state.begin_statement(&self.engine, &compiled)?;
        let outcome = driver.load(&compiled, rows).await;
        match self.state.end_statement(&self.engine, &compiled, running, outcome) {
            Ok(count) => Ok(count),
            Err(error) => Err(Box::pin(self.after_failure(error)).await),
        }
    }

    /// Tells listeners of a statement that is about to be sent.
    #[cold]
    fn tell_before(&self, compiled: &mut CompiledStatement<'_>) -> Result<()> {
        self.engine.observers().listeners().before_execute(compiled, self.state.cause)
    }

    /// The connection, as listeners see it.
    pub(super) fn pooled(&self) -> PooledConnection {
        self.state.slot.as_ref().map_or(PooledConnection { number: 0 }, |slot| slot.connection())
    }

    /// Runs plain SQL of the crate's own that is about the transaction.
    pub(super) async fn control(&mut self, sql: &str) -> Result<()> {
        let control = TransactionSql(sql);
        let compiled = CompiledStatement::of(&control, self.engine.capabilities())?;
        let (driver, running) = self.state.begin_statement(&self.engine, &compiled)?;
        let outcome = driver.batch(sql).await.map(|()| 0);
        match self.state.end_statement(&self.engine, &compiled, running, outcome) {
            Ok(_) => Ok(()),
            Err(error) => Err(*Box::pin(self.after_failure(error)).await),
        }
    }

    /// States the reason for the next statements, for recorders and echo.
    pub(crate) fn set_cause(&mut self, cause: Cause) {
        self.state.cause = cause;
    }

    /// Whether the connection cannot be used any more: it is lost, or was interrupted during a statement.
    pub(crate) fn is_useless(&self) -> bool {
        self.state.slot.as_ref().is_none_or(|slot| slot.is_useless())
    }

    pub(super) fn isolation(&self) -> Option<Isolation> {
        self.isolation.or(self.engine.options().isolation)
    }
}

impl<M: Mode> ConnectionState<M> {
    /// Clears the cache of prepared statements when it is full. Where the driver cannot clear it, the statement is not
    /// cached.
    #[inline]
    async fn limit_prepared(&mut self, compiled: &mut CompiledStatement<'_>) {
        if self.slot.as_ref().is_some_and(|slot| slot.prepared.is_full()) {
            compiled.cacheable = compiled.cacheable && Box::pin(self.forget_prepared()).await;
        }
    }

    /// Drops the driver's prepared statements. Returns false where the driver cannot.
    async fn forget_prepared(&mut self) -> bool {
        let Some(slot) = self.slot.as_deref_mut() else { return false };
        if slot.prepared_full {
            return false;
        }
        let Some(driver) = slot.begin_call().and_then(M::driver) else { return false };
        let forgotten = driver.forget_prepared().await;
        slot.busy = false;
        match forgotten {
            true => slot.prepared.clear(),
            false => slot.prepared_full = true,
        }
        forgotten
    }

    /// Begins a statement: notifies observers and marks the slot as busy. Returns the driver's connection, and the
    /// value that [`end_statement`](Self::end_statement) expects.
    ///
    /// A future that is dropped before `end_statement` leaves the slot busy. A busy slot is never used again.
    #[inline(always)]
    fn begin_statement(
        &mut self,
        engine: &EngineOf<M>,
        compiled: &CompiledStatement<'_>,
    ) -> BoxedResult<(&mut M::DriverConnection, Option<Box<RunningStatement>>)> {
        self.check_transaction(compiled.kind)?;
        if let Some(limit) = engine.counters().packet_limit() {
            packet::check(compiled, limit)?;
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.wrote |= !matches!(compiled.kind, StatementKind::Select | StatementKind::Transaction);
        }
        let cause = self.cause;
        Ok((self.driver()?, engine.observers().start(compiled, cause)))
    }

    /// The driver's connection, whose place is marked as busy until [`end_call`](Self::end_call).
    pub(super) fn driver(&mut self) -> BoxedResult<&mut M::DriverConnection> {
        self.slot.as_deref_mut().and_then(PoolSlot::begin_call).and_then(M::driver).ok_or_else(closed)
    }

    /// The driver is done.
    pub(super) fn end_call(&mut self) {
        if let Some(slot) = self.slot.as_deref_mut() {
            slot.busy = false;
        }
    }

    /// Ends a statement: notifies observers and turns the driver's error into an [`Error`].
    #[inline]
    fn end_statement(
        &mut self,
        engine: &EngineOf<M>,
        compiled: &CompiledStatement<'_>,
        running: Option<Box<RunningStatement>>,
        outcome: Result<usize, Fault>,
    ) -> BoxedResult<usize> {
        self.end_call();
        match (outcome, running) {
            (Ok(rows), None) => Ok(rows),
            (outcome, running) => self.end_observed_or_failed(engine, compiled, running, outcome),
        }
    }

    /// The slow path of [`end_statement`](Self::end_statement): there is an observer or an error.
    #[cold]
    fn end_observed_or_failed(
        &mut self,
        engine: &EngineOf<M>,
        compiled: &CompiledStatement<'_>,
        running: Option<Box<RunningStatement>>,
        outcome: Result<usize, Fault>,
    ) -> BoxedResult<usize> {
        if let (Err(Fault::Reader(_)), Some(transaction)) = (&outcome, &mut self.transaction) {
            transaction.unread |= !engine.capabilities().statement_atomic;
        }
        let result = outcome.map_err(|fault| match fault {
            Fault::Reader(error) => error,
            Fault::Driver(error) => Box::new(database_error::database_error(error, compiled)),
        });
        if let Some(running) = running {
            engine.observers().finish(*running, result.as_ref().copied().map_err(|error| &**error));
        }
        result.inspect_err(|error| self.note_failure(!engine.capabilities().statement_atomic, error))
    }
}

#[cold]
fn closed() -> Box<Error> {
    Box::new(Error::ConnectionClosed {})
}

/// Runs a statement. A statement that MySQL refuses to prepare, such as USE and LOCK TABLES, is sent again as plain
/// text; the refused attempt had no effect.
async fn execute(driver: &mut impl DriverConnection, compiled: &CompiledStatement<'_>) -> Result<usize, Fault> {
    match driver.execute(compiled).await {
        Err(Fault::Driver(error))
            if database_error::is_unprepared(&error, compiled.capabilities) && compiled.binds().next().is_none() =>
        {
            driver.batch(&compiled.sql().map_err(Fault::from)?).await.map(|()| 0)
        }
        result => result,
    }
}

impl<M: Mode> Default for ConnectionState<M> {
    /// The state of a connection that was passed on.
    fn default() -> Self {
        Self { slot: None, transaction: None, may_be_in_transaction: false, cause: Cause::Query }
    }
}

impl<M: Mode> Drop for ConnectionCore<M> {
    fn drop(&mut self) {
        let in_memory = self.engine.url().is_in_memory();
        let Some(slot) = self.state.slot.as_deref_mut() else { return };
        if slot.busy && in_memory {
            // Closing the connection would delete the in-memory database. After a ROLLBACK SQLite can continue.
            slot.busy = false;
            self.state.may_be_in_transaction = true;
        }
        if !slot.is_useless() && (self.state.transaction.take().is_some() || self.state.may_be_in_transaction) {
            M::drop_in_transaction(self);
        }
    }
}

/// Takes rows off a connection.
#[derive(Default)]
pub(super) struct ValueRowBuilder {
    names: Option<Arc<[String]>>,
}

impl ValueRowBuilder {
    pub(super) fn read(&mut self, row: &mut dyn RowReader) -> Result<ValueRow> {
        let names = self.names.get_or_insert_with(|| {
            (0..row.width()).map(|column| row.column_name(column).unwrap_or_default().to_owned()).collect()
        });
        let names = Arc::clone(names);
        let mut values = Vec::with_capacity(row.width());
        read_values(row, &mut values)?;
        Ok(ValueRow { names, values })
    }
}

/// Appends every column of a row.
fn read_values(row: &mut dyn RowReader, values: &mut Vec<Value>) -> Result<()> {
    for column in 0..row.width() {
        let value = row.value(column);
        values.push(value.map_err(|error| locate(row, error))?);
    }
    Ok(())
}

/// Adds the column's name to a read error.
pub(super) fn locate(row: &dyn RowReader, error: ReadError) -> Error {
    let name = row.column_name(error.column).map_or_else(|| error.column.to_string(), str::to_owned);
    error.locate("row", name)
}

/// A statement about the transaction.
struct TransactionSql<'s>(&'s str);

impl Statement for TransactionSql<'_> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql(self.0);
        Ok(())
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Transaction
    }
}
