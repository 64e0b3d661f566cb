//! Where a connection that is awaited is at home: the tokio runtime that a thread waits on for it.

use std::future::ready;
use std::iter::from_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::QueryResult;
use diesel::row::Row;
use futures_core::Stream;
use futures_util::StreamExt;
use tokio::runtime::{Handle, Runtime};

use super::driver::{Driven, hand_over};
use super::wire::{Fault, Taker};
use crate::error::Error;

/// How many rows the thread waits for at once, at most; it takes those that are there.
const AT_ONCE: usize = 64;

/// The runtime of a connection: the program's, or one of its own, which does something only while a thread waits for it.
pub(super) struct Home {
    handle: Handle,
    own: Option<Runtime>,
}

impl Home {
    /// A runtime of the program's.
    pub(super) fn of(handle: Handle) -> Self {
        Self { handle, own: None }
    }

    /// A runtime of its own, which has no thread.
    #[cfg(feature = "postgres")]
    pub(super) fn own() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), own: Some(runtime) })
    }

    /// Runs a future to its end; the thread waits, unless it must not, as it runs the tasks of a runtime.
    pub(super) fn wait<T, E: From<Error>>(&self, future: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        // Only tokio knows, and says so by a panic.
        let may_wait = || catch_unwind(AssertUnwindSafe(|| self.handle.block_on(ready(())))).is_ok();
        let refused = match Handle::try_current() {
            Ok(_) if !may_wait() => {
                "a task of a tokio runtime must not block: await an `AsyncEngine` there, \
                 or move what blocks into `tokio::task::spawn_blocking`"
            }
            // What the thread holds for itself is dropped when it ends, in any order. tokio would panic, and the program abort.
            Err(gone) if gone.is_thread_local_destroyed() => "the thread is at its end, and waits for nothing any more",
            _ => return self.block_on(future),
        };
        Err(E::from(Error::BlockingForbidden { reason: refused }))
    }

    /// Hands over the rows that a statement gives; gives how many there were. The thread does not wait while somebody has a row in hand, who may so
    /// wait for another connection.
    pub(super) fn load<'r, D: Driven, R: Row<'r, D>, S: Stream<Item = QueryResult<R>> + Unpin>(
        &self,
        statement: impl Future<Output = Result<Option<S>, Fault>>,
        taker: &mut impl Taker,
    ) -> Result<usize, Fault> {
        let Some(rows) = self.wait(statement)? else { return Ok(0) };
        let mut chunks = rows.ready_chunks(AT_ONCE);
        let mut rows = from_fn(|| self.block_on(chunks.next())).flatten();
        let outcome = hand_over(&mut rows, taker);
        if matches!(outcome, Err(Fault::Reader(_))) {
            // The server holds its locks until somebody takes what it has to send, and nobody does while no thread waits here.
            rows.take_while(Result::is_ok).for_each(drop);
        }
        outcome
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.own {
            None => self.handle.block_on(future),
            // Not by its handle, which leaves the sockets to somebody else.
            Some(runtime) => runtime.block_on(future),
        }
    }
}

impl Drop for Home {
    /// Within a task too, where a runtime must not just be dropped.
    fn drop(&mut self) {
        if let Some(runtime) = self.own.take() {
            runtime.shutdown_background();
        }
    }
}
