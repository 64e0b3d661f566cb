//! Where a connection that is awaited is at home: the tokio runtime that a thread waits on for it.

use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::{Handle, Runtime};

use crate::error::Error;

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
        if Handle::try_current().is_ok() && !may_wait() {
            return Err(E::from(Error::invalid(
                "a task of a tokio runtime must not block: await an `AsyncEngine` there, \
                 or move what blocks into `tokio::task::spawn_blocking`",
            )));
        }
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
