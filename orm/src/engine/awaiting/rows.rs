//! `RowStream`: pulls rows one by one out of a driver that pushes them.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;

use crate::engine::connection::{ConnectionCore, ValueRowBuilder};
use crate::engine::mode::RowSink;
use crate::engine::statement::Statement;
use crate::error::{BoxedResult, Error, Result};
use crate::row::RowReader;
use crate::value_row::ValueRow;

use super::Awaiting;

/// Number of rows that are buffered before the driver yields.
const READY: usize = 64;

/// The rows of a statement as they arrive. At most 64 rows are buffered. Dropping the stream discards the rest of the
/// rows.
///
/// Counterpart: `AsyncResult`, the result of `await connection.stream(statement)`.
#[must_use = "a stream does nothing unless it is asked for rows"]
pub struct RowStream<'c> {
    /// `None` after the end.
    load: Option<BoxFuture<'c, Result<usize>>>,
    ready: Ready,
    /// An error that follows the buffered rows.
    failure: Option<Error>,
}

type Ready = Arc<Mutex<VecDeque<ValueRow>>>;

impl<'c> RowStream<'c> {
    /// The rows of a statement, which the stream keeps or borrows.
    pub(crate) fn of(
        core: &'c mut ConnectionCore<Awaiting>,
        statement: impl Deref<Target = dyn Statement + 'c> + Send + 'c,
    ) -> Self {
        let ready = Ready::default();
        let mut taken = Taken { reader: ValueRowBuilder::default(), ready: Arc::clone(&ready) };
        let load = Box::pin(async move { core.load_by_hand(&*statement, &mut taken).await });
        Self { load: Some(load), ready, failure: None }
    }

    /// Returns the next row, or `None` after the last.
    ///
    /// # Errors
    /// Errors of the database; the stream then ends.
    pub async fn next(&mut self) -> Result<Option<ValueRow>> {
        StreamExt::next(self).await.transpose()
    }

    /// Waits for the first row, an error, or the end.
    pub(crate) async fn started(mut self) -> Result<Self> {
        poll_fn(|context| self.poll_something(context)).await;
        let has_rows = !self.ready().is_empty();
        match self.failure.take() {
            Some(error) if !has_rows => Err(error),
            failure => {
                self.failure = failure;
                Ok(self)
            }
        }
    }

    fn poll_something(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.ready().is_empty() {
            return Poll::Ready(());
        }
        let Some(load) = &mut self.load else { return Poll::Ready(()) };
        match load.as_mut().poll(context) {
            Poll::Ready(outcome) => {
                self.load = None;
                self.failure = outcome.err();
                Poll::Ready(())
            }
            // The driver yields because the buffer is full, or waits for the database.
            Poll::Pending if !self.ready().is_empty() => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    }

    fn ready(&self) -> MutexGuard<'_, VecDeque<ValueRow>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream for RowStream<'_> {
    type Item = Result<ValueRow>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<ValueRow>>> {
        let stream = self.get_mut();
        ready!(stream.poll_something(context));
        let row = stream.ready().pop_front();
        Poll::Ready(row.map(Ok).or_else(|| stream.failure.take().map(Err)))
    }
}

impl fmt::Debug for RowStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream").field("done", &self.load.is_none()).finish_non_exhaustive()
    }
}

/// Takes rows off the connection.
struct Taken {
    reader: ValueRowBuilder,
    ready: Ready,
}

impl RowSink for Taken {
    fn take(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        let row = self.reader.read(row)?;
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).push_back(row);
        Ok(())
    }

    fn is_full(&mut self) -> bool {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).len() >= READY
    }
}
