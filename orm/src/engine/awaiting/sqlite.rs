//! SQLite, which knows no waiting: diesel's connection on the threads that tokio keeps for what blocks.

use std::error::Error;

use diesel::Connection;
use diesel::sqlite::SqliteConnection;
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use futures_core::future::BoxFuture;
use tokio::runtime::Handle;

use crate::engine::url::SqliteTarget;

/// A connection that another thread works on.
pub(super) type AsyncSqliteConnection = SyncConnectionWrapper<SqliteConnection, Worker>;

/// Where the work is done.
///
/// A statement that nobody waits for any more runs to its end all the same, and holds the connection until then. diesel-async's own worker would
/// block the task that gives it up, which a runtime of one thread does not survive.
pub struct Worker(Option<Handle>);

type Failure = Box<dyn Error + Send + Sync>;

impl SpawnBlocking for Worker {
    fn spawn_blocking<'a, R: Send + 'static>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Failure>> {
        let work = self.0.as_ref().map(|runtime| runtime.spawn_blocking(task));
        Box::pin(async { Ok(work.ok_or("there is no tokio runtime to work on")?.await?) })
    }

    fn get_runtime() -> Self {
        Self(Handle::try_current().ok())
    }
}

/// Opens a connection, on another thread as well.
pub(super) async fn open(target: SqliteTarget) -> Result<AsyncSqliteConnection, String> {
    let mut worker = Worker::get_runtime();
    let opened = worker.spawn_blocking(move || SqliteConnection::establish(&target.file_name())).await;
    let connection = opened.map_err(|failure| failure.to_string())?.map_err(|error| error.to_string())?;
    Ok(AsyncSqliteConnection::with_runtime(connection, worker))
}
