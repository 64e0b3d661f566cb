//! Rows pulled one by one out of a driver that pushes them.

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

use crate::engine::connection::{Core, Values};
use crate::engine::statement::Statement;
use crate::engine::wire::Taker;
use crate::error::{Error, Result, Slim};
use crate::row::RowReader;
use crate::value_row::ValueRow;

use super::Awaiting;

/// How many rows lie ready before the driver gives way.
const READY: usize = 64;

/// The rows of a statement as they arrive; no more than a handful is held. Dropping it gives the rest of the rows up.
///
/// Counterpart: `AsyncResult`, as `await connection.stream(statement)` gives it.
#[must_use = "a stream does nothing unless it is asked for rows"]
pub struct RowStream<'c> {
    /// None when it is done.
    load: Option<BoxFuture<'c, Result<usize>>>,
    ready: Ready,
    /// What comes after the rows.
    failure: Option<Error>,
}

type Ready = Arc<Mutex<VecDeque<ValueRow>>>;

impl<'c> RowStream<'c> {
    /// The rows of a statement, which the stream keeps or borrows.
    pub(crate) fn of(
        core: &'c mut Core<Awaiting>,
        statement: impl Deref<Target = dyn Statement + 'c> + Send + 'c,
    ) -> Self {
        let ready = Ready::default();
        let mut taken = Taken { reader: Values::default(), ready: Arc::clone(&ready) };
        let load = Box::pin(async move { core.load_by_hand(&*statement, &mut taken).await });
        Self { load: Some(load), ready, failure: None }
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// Whatever the database says; nothing comes after an error.
    pub async fn next(&mut self) -> Result<Option<ValueRow>> {
        StreamExt::next(self).await.transpose()
    }

    /// Waits until there is something to take: a row, an error, or the end.
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
            // The driver has given way for what it has brought, or waits for the database.
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
    reader: Values,
    ready: Ready,
}

impl Taker for Taken {
    fn take(&mut self, row: &mut dyn RowReader) -> Slim<()> {
        let row = self.reader.read(row)?;
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).push_back(row);
        Ok(())
    }

    fn is_full(&mut self) -> bool {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).len() >= READY
    }
}
