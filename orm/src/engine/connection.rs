//! A connection taken out of the pool: runs statements, hands over rows.

use std::fmt;
use std::sync::Arc;

use super::EngineOf;
use super::cause::Cause;
use super::dialect::Capabilities;
use super::flat::Flat;
use super::packet;
use super::prepared::Prepared;
use super::record::Watched;
use super::refusal;
use super::set_up::set_up;
use super::slot::Slot;
use super::statement::{SqlWriter, Statement, StatementKind};
use super::transaction::{BeginOptions, Isolation, Transaction};
use super::wire::{Fault, Mode, Taker, Wire};
use crate::error::{Error, Result, Slim};
use crate::row::{ReadError, RowReader};
use crate::value::Value;
use crate::value_row::ValueRow;

/// A connection of an engine: a [`Connection`](super::Connection), which blocks while the database works, or one to await.
///
/// Dropping it rolls an open transaction back and gives the connection back to the pool.
/// Outside of `begin` and `commit` every statement commits by itself.
///
/// Counterpart: `sqlalchemy.engine.Connection`; there, the first statement begins a transaction.
pub struct ConnectionOf<M: Mode> {
    pub(crate) core: Core<M>,
}

impl<M: Mode> EngineOf<M> {
    /// Takes a connection out of the pool, opening one if need be.
    pub(crate) async fn take(&self) -> Result<ConnectionOf<M>> {
        let options = self.options();
        let mut place = M::take(self.pool()).await?;
        let interrupted = place.busy;
        if options.pre_ping {
            // Whoever gives up in the middle of it leaves the mark to the next.
            place.busy = true;
            if !answers::<M>(&mut place).await {
                place.close();
            }
        }
        place.busy = false;
        if place.is_open() {
            let mut connection = ConnectionOf::new(self.clone(), place);
            if interrupted {
                connection.core.rollback_now().await?;
            }
            return Ok(connection);
        }
        // Apart, or every statement would carry the room of this around.
        Box::pin(self.open(place)).await
    }

    /// A new connection in an empty place.
    async fn open(&self, mut place: M::Place) -> Result<ConnectionOf<M>> {
        let mut opened = M::open(self).await?;
        let prepared = Prepared::default();
        if let Some(wire) = M::wire(&mut opened) {
            set_up(wire, self).await?;
            wire.count_prepared(prepared.clone());
        }
        place.set(opened, prepared);
        let connection = ConnectionOf::new(self.clone(), place);
        if self.options().hooks.is_empty() { Ok(connection) } else { M::run_hooks(connection).await }
    }

    /// Runs `work` in a transaction of its own.
    pub(crate) async fn within_transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut ConnectionOf<M>) -> Result<T>,
    ) -> Result<T> {
        self.within_transaction_as(BeginOptions::default(), work).await
    }

    /// The same, where the transaction begins in a way of its own.
    pub(crate) async fn within_transaction_as<T>(
        &self,
        options: BeginOptions,
        work: impl AsyncFnOnce(&mut ConnectionOf<M>) -> Result<T>,
    ) -> Result<T> {
        let mut connection = self.take().await?;
        connection.core.begin_with(options).await?;
        connection.core.lend();
        let outcome = work(&mut connection).await;
        connection.core.take_back();
        match outcome {
            Ok(value) => connection.core.commit().await.map(|()| value),
            Err(error) => {
                // What cannot be rolled back is closed instead of going back to the pool.
                let _ = connection.core.rollback().await;
                Err(error)
            }
        }
    }
}

async fn answers<M: Mode>(place: &mut Slot<M::Backend>) -> bool {
    match place.wire().and_then(M::wire) {
        Some(wire) => wire.batch("SELECT 1").await.is_ok(),
        None => false,
    }
}

impl<M: Mode> ConnectionOf<M> {
    pub(super) fn new(engine: EngineOf<M>, place: M::Place) -> Self {
        let line = Line { place: Some(place), ..Line::default() };
        Self::resume(engine, line, None)
    }

    /// A connection that goes on where another left off.
    pub(super) fn resume(engine: EngineOf<M>, line: Line<M>, isolation: Option<Isolation>) -> Self {
        Self { core: Core { engine, line, isolation } }
    }

    /// The engine that the connection belongs to.
    pub fn engine(&self) -> &EngineOf<M> {
        &self.core.engine
    }

    /// What the database can do.
    pub fn capabilities(&self) -> &Capabilities {
        self.core.engine.capabilities()
    }

    /// Whether the connection is gone, or was interrupted in the middle of a statement; it will not go back to the pool.
    pub fn is_broken(&self) -> bool {
        self.core.is_useless()
    }

    /// The isolation level of the transactions that this connection begins; the engine's unless set.
    pub fn isolation(&self) -> Option<Isolation> {
        self.core.isolation()
    }

    /// Sets the isolation level of the transactions that this connection begins from now on.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a level that the database lacks.
    pub fn set_isolation(&mut self, level: Isolation) -> Result<()> {
        level.check(self.capabilities())?;
        self.core.isolation = Some(level);
        Ok(())
    }

    /// Whether a transaction is open.
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

/// The rules of a connection, for whoever waits in whatever way.
pub struct Core<M: Mode> {
    pub(super) engine: EngineOf<M>,
    pub(super) line: Line<M>,
    pub(super) isolation: Option<Isolation>,
}

/// The driver's connection, and what is known about it.
pub(super) struct Line<M: Mode> {
    /// None when it was handed on.
    pub(super) place: Option<M::Place>,
    pub(super) transaction: Option<Transaction>,
    /// A call that was given up may have begun a transaction.
    pub(super) unsure: bool,
    /// The reason for the next statements, for recorders and echo.
    pub(super) cause: Cause,
}

impl<M: Mode> Core<M> {
    /// Runs a statement; gives how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
        let mut flat = Flat::new(&statement, self.engine.capabilities());
        flat.write()?;
        self.line.bound_prepared(&mut flat).await;
        let (wire, watched) = self.line.begin(&self.engine, &flat)?;
        let outcome = execute(wire, &flat).await;
        let changes = match flat.kind {
            StatementKind::Insert | StatementKind::Update | StatementKind::Delete => true,
            // Rows that were read are not changed. SQLite would even repeat the count of the statement before.
            StatementKind::Select | StatementKind::Ddl | StatementKind::Transaction => false,
            StatementKind::Other => self.engine.capabilities().counts_other,
        };
        let outcome = outcome.map(|rows| if changes { rows } else { 0 });
        match self.line.end(&self.engine, &flat, watched, outcome) {
            Ok(rows) => Ok(rows),
            Err(error) => Err(*Box::pin(self.after_failure(error)).await),
        }
    }

    /// Runs a statement and takes its rows off the connection.
    pub(crate) async fn query(&mut self, statement: &dyn Statement) -> Result<Vec<ValueRow>> {
        let mut rows = Vec::new();
        let mut reader = Values::default();
        self.load_by_hand(statement, &mut |row: &mut dyn RowReader| {
            rows.push(reader.read(row)?);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// Runs a statement and hands over every row as it arrives; gives how many there were.
    ///
    /// Not by `dyn`, so that what is known of a kind of statement costs nothing to ask for.
    pub(crate) async fn load<S: Statement>(&mut self, statement: &S, rows: &mut impl Taker) -> Slim<usize> {
        let mut flat = Flat::new(statement, self.engine.capabilities());
        flat.write_or_shape(statement)?;
        self.line.bound_prepared(&mut flat).await;
        let (wire, watched) = self.line.begin(&self.engine, &flat)?;
        let outcome = wire.load(&flat, rows).await;
        match self.line.end(&self.engine, &flat, watched, outcome) {
            Ok(count) => Ok(count),
            Err(error) => Err(Box::pin(self.after_failure(error)).await),
        }
    }

    /// Runs plain SQL of the crate's own that is about the transaction.
    pub(super) async fn control(&mut self, sql: &str) -> Result<()> {
        let control = Control(sql);
        let flat = Flat::of(&control, self.engine.capabilities())?;
        let (wire, watched) = self.line.begin(&self.engine, &flat)?;
        let outcome = wire.batch(sql).await.map(|()| 0);
        match self.line.end(&self.engine, &flat, watched, outcome) {
            Ok(_) => Ok(()),
            Err(error) => Err(*Box::pin(self.after_failure(error)).await),
        }
    }

    /// States the reason for the next statements, for recorders and echo.
    pub(crate) fn set_cause(&mut self, cause: Cause) {
        self.line.cause = cause;
    }

    /// Whether nothing more can be done here: the connection is gone, or was interrupted in the middle of a statement.
    pub(crate) fn is_useless(&self) -> bool {
        self.line.place.as_ref().is_none_or(|place| place.is_useless())
    }

    pub(super) fn isolation(&self) -> Option<Isolation> {
        self.isolation.or(self.engine.options().isolation)
    }
}

impl<M: Mode> Line<M> {
    /// Makes room for one more statement to be kept prepared; one for which there is no room is not kept.
    #[inline]
    async fn bound_prepared(&mut self, flat: &mut Flat<'_>) {
        if self.place.as_ref().is_some_and(|place| place.prepared.is_full()) {
            flat.cacheable = flat.cacheable && Box::pin(self.forget_prepared()).await;
        }
    }

    /// Makes the driver let go of the statements that it keeps prepared; false where it cannot.
    async fn forget_prepared(&mut self) -> bool {
        let Some(slot) = self.place.as_deref_mut() else { return false };
        if slot.worn {
            return false;
        }
        let Some(wire) = slot.begin_call().and_then(M::wire) else { return false };
        let forgotten = wire.forget_prepared().await;
        slot.busy = false;
        match forgotten {
            true => slot.prepared.clear(),
            false => slot.worn = true,
        }
        forgotten
    }

    /// A statement is about to be sent: whoever listens gets to know. Gives the driver's connection, and what [`end`](Self::end) takes when
    /// the statement is done.
    ///
    /// The place is marked as busy meanwhile: whoever gives up waiting leaves it so, and then it serves nobody any more.
    #[inline(always)]
    fn begin(&mut self, engine: &EngineOf<M>, flat: &Flat<'_>) -> Slim<(&mut M::Wire, Option<Box<Watched>>)> {
        self.check_transaction(flat.kind)?;
        if let Some(limit) = engine.tally().packet_limit() {
            packet::check(flat, limit)?;
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.wrote |= !matches!(flat.kind, StatementKind::Select | StatementKind::Transaction);
        }
        let cause = self.cause;
        Ok((self.wire()?, engine.watch().start(flat, cause)))
    }

    /// The driver's connection, whose place is marked as busy until [`rest`](Self::rest).
    pub(super) fn wire(&mut self) -> Slim<&mut M::Wire> {
        self.place.as_deref_mut().and_then(Slot::begin_call).and_then(M::wire).ok_or_else(closed)
    }

    /// The driver is done.
    pub(super) fn rest(&mut self) {
        if let Some(slot) = self.place.as_deref_mut() {
            slot.busy = false;
        }
    }

    /// The statement is done: whoever listens gets to know, and what the driver says becomes an error of ours.
    #[inline]
    fn end(
        &mut self,
        engine: &EngineOf<M>,
        flat: &Flat<'_>,
        watched: Option<Box<Watched>>,
        outcome: Result<usize, Fault>,
    ) -> Slim<usize> {
        self.rest();
        match (outcome, watched) {
            (Ok(rows), None) => Ok(rows),
            (outcome, watched) => self.settle(engine, flat, watched, outcome),
        }
    }

    /// The rest of [`end`](Self::end), where somebody listens or something is wrong.
    #[cold]
    fn settle(
        &mut self,
        engine: &EngineOf<M>,
        flat: &Flat<'_>,
        watched: Option<Box<Watched>>,
        outcome: Result<usize, Fault>,
    ) -> Slim<usize> {
        if let (Err(Fault::Reader(_)), Some(transaction)) = (&outcome, &mut self.transaction) {
            transaction.unread |= !engine.capabilities().statement_atomic;
        }
        let result = outcome.map_err(|fault| match fault {
            Fault::Reader(error) => error,
            Fault::Driver(error) => Box::new(refusal::refusal(error, flat)),
        });
        if let Some(watched) = watched {
            engine.watch().finish(*watched, result.as_ref().copied().map_err(|error| &**error));
        }
        result.inspect_err(|error| self.note_failure(!engine.capabilities().statement_atomic, error))
    }
}

#[cold]
fn closed() -> Box<Error> {
    Box::new(Error::ConnectionClosed {})
}

/// Runs a statement. What MySQL refuses to prepare, such as USE and LOCK TABLES, goes as plain text: nothing of it was done.
async fn execute(wire: &mut impl Wire, flat: &Flat<'_>) -> Result<usize, Fault> {
    match wire.execute(flat).await {
        Err(Fault::Driver(error))
            if refusal::is_unprepared(&error, flat.capabilities) && flat.binds().next().is_none() =>
        {
            wire.batch(&flat.sql().map_err(Fault::from)?).await.map(|()| 0)
        }
        result => result,
    }
}

impl<M: Mode> Default for Line<M> {
    /// What is left of a line that was handed on.
    fn default() -> Self {
        Self { place: None, transaction: None, unsure: false, cause: Cause::Query }
    }
}

impl<M: Mode> Drop for Core<M> {
    fn drop(&mut self) {
        let in_memory = self.engine.url().is_in_memory();
        let Some(slot) = self.line.place.as_deref_mut() else { return };
        if slot.busy && in_memory {
            // To close it would be to lose the database: SQLite is well again after a ROLLBACK.
            slot.busy = false;
            self.line.unsure = true;
        }
        if !slot.is_useless() && (self.line.transaction.take().is_some() || self.line.unsure) {
            M::leave(self);
        }
    }
}

/// Takes rows off a connection.
#[derive(Default)]
pub(super) struct Values {
    names: Option<Arc<[String]>>,
}

impl Values {
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

/// The full error, with the name that the database gives the column.
pub(super) fn locate(row: &dyn RowReader, error: ReadError) -> Error {
    let name = row.column_name(error.column).map_or_else(|| error.column.to_string(), str::to_owned);
    error.locate("row", name)
}

/// A statement about the transaction.
struct Control<'s>(&'s str);

impl Statement for Control<'_> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql(self.0);
        Ok(())
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Transaction
    }
}
