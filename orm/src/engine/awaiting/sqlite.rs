//! SQLite for async engines: diesel's blocking connection on tokio's threads for blocking work.

use std::error::Error;
use std::sync::Arc;

use diesel::sqlite::SqliteConnection;
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use futures_core::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::engine::sqlite_functions::establish;
use crate::engine::url::SqliteConfig;

/// A connection that another thread works on.
pub(super) type AsyncSqliteConnection = SyncConnectionWrapper<SqliteConnection, Worker>;

/// Runs the work of one connection on a blocking thread.
///
/// A statement that was sent runs to its end, even when its future is dropped, and holds the connection until then.
/// diesel-async's own worker would block the task that drops the future, which deadlocks a runtime of one thread.
pub struct Worker {
    runtime: Option<Handle>,
    /// Held while a statement runs. Without this lock the threads would take the connection in any order: a ROLLBACK
    /// could run before the interrupted INSERT.
    turn: Arc<Mutex<()>>,
}

type Failure = Box<dyn Error + Send + Sync>;

impl SpawnBlocking for Worker {
    fn spawn_blocking<'a, R: Send + 'static>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Failure>> {
        let (runtime, turn) = (self.runtime.clone(), Arc::clone(&self.turn));
        Box::pin(async move {
            // The runtime of the waiting task, if there is one. The runtime of the task that opened the connection may
            // have ended since.
            let runtime = Handle::try_current().ok().or(runtime).ok_or("there is no tokio runtime to work on")?;
            // A future that is dropped here leaves the queue without effect.
            let turn = turn.lock_owned().await;
            let work = runtime.spawn_blocking(move || {
                // Moved to the thread: the next statement begins when this one has ended, whether or not a caller still
                // waits.
                let _turn = turn;
                task()
            });
            Ok(work.await?)
        })
    }

    fn get_runtime() -> Self {
        Self { runtime: Handle::try_current().ok(), turn: Arc::default() }
    }
}

/// Opens a connection on a blocking thread.
pub(super) async fn open(config: SqliteConfig) -> Result<AsyncSqliteConnection, String> {
    let mut worker = Worker::get_runtime();
    let opened = worker.spawn_blocking(move || establish(&config)).await;
    let connection = opened.map_err(|failure| failure.to_string())??;
    Ok(AsyncSqliteConnection::with_runtime(connection, worker))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::sync::mpsc::channel;
    use std::thread::sleep;
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn what_is_given_up_is_done_in_its_place_or_not_at_all() {
        let mut worker = Worker::get_runtime();
        let (done, order) = channel();
        let mut work = |name: &'static str, pause: u64| {
            let done = done.clone();
            worker.spawn_blocking(move || {
                sleep(Duration::from_millis(pause));
                done.send(name)
            })
        };
        // Polled once each, and dropped.
        let _ = work("at work", 100).now_or_never();
        let _ = work("in the line", 0).now_or_never();
        work("last", 0).await.unwrap().unwrap();
        assert_eq!(order.try_iter().collect::<Vec<_>>(), ["at work", "last"]);
    }

    #[tokio::test]
    async fn work_that_panics_lets_the_next_one_begin() {
        let mut worker = Worker::get_runtime();
        let panicked = worker.spawn_blocking(|| panic!("on purpose")).await.map(|()| "done");
        assert!(panicked.unwrap_err().to_string().contains("on purpose"));
        assert_eq!(worker.spawn_blocking(|| 7).await.unwrap(), 7);
    }
}
