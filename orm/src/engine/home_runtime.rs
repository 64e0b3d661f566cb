//! `HomeRuntime`: the tokio runtime of an async connection, on which a blocking thread waits.

use std::future::ready;
use std::iter::from_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::QueryResult;
use diesel::row::Row;
use futures_core::Stream;
use futures_util::StreamExt;
use tokio::runtime::{Handle, Runtime};

use super::driver::{DieselBackend, hand_over};
use super::mode::{Fault, RowSink};
use crate::error::Error;

/// Limit on the rows that the thread takes per wait.
const AT_ONCE: usize = 64;

/// The tokio runtime of a connection: the program's, or the connection's own, which runs only while a thread waits in
/// it.
pub(super) struct HomeRuntime {
    handle: Handle,
    own: Option<Runtime>,
}

impl HomeRuntime {
    /// Uses a runtime of the program.
    pub(super) fn of(handle: Handle) -> Self {
        Self { handle, own: None }
    }

    /// Makes a runtime without threads.
    #[cfg(feature = "postgres")]
    pub(super) fn own() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), own: Some(runtime) })
    }

    /// Runs a future to its end and blocks the thread. Refuses to block a thread that runs the tasks of a runtime.
    pub(super) fn wait<T, E: From<Error>>(&self, future: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        // Only tokio knows whether the thread may block, and tells by a panic.
        let may_wait = || catch_unwind(AssertUnwindSafe(|| self.handle.block_on(ready(())))).is_ok();
        let refused = match Handle::try_current() {
            Ok(_) if !may_wait() => {
                "a task of a tokio runtime must not block: await an `AsyncEngine` there, \
                 or move what blocks into `tokio::task::spawn_blocking`"
            }
            // Thread-local values are dropped in any order at the end of a thread. tokio would panic here, which aborts
            // the program.
            Err(gone) if gone.is_thread_local_destroyed() => "the thread is at its end, and waits for nothing any more",
            _ => return self.block_on(future),
        };
        Err(E::from(Error::BlockingForbidden { reason: refused }))
    }

    /// Passes on the rows of a statement; returns their number. The thread does not wait while the sink works on a row,
    /// as the sink may wait for another connection.
    pub(super) fn load<'r, D: DieselBackend, R: Row<'r, D>, S: Stream<Item = QueryResult<R>> + Unpin>(
        &self,
        statement: impl Future<Output = Result<Option<S>, Fault>>,
        sink: &mut impl RowSink,
    ) -> Result<usize, Fault> {
        let Some(rows) = self.wait(statement)? else { return Ok(0) };
        let mut chunks = rows.ready_chunks(AT_ONCE);
        let mut rows = from_fn(|| self.block_on(chunks.next())).flatten();
        let outcome = hand_over(&mut rows, sink);
        if matches!(outcome, Err(Fault::Reader(_))) {
            // The server holds its locks until the rows are read, and nothing reads them while no thread waits here.
            rows.take_while(Result::is_ok).for_each(drop);
        }
        outcome
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.own {
            None => self.handle.block_on(future),
            // Not by the handle, which does not drive the runtime's sockets.
            Some(runtime) => runtime.block_on(future),
        }
    }
}

impl Drop for HomeRuntime {
    /// Works within a task, where dropping a runtime directly would panic.
    fn drop(&mut self) {
        if let Some(runtime) = self.own.take() {
            runtime.shutdown_background();
        }
    }
}
