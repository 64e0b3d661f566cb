//! Awaiting: a task waits for the session's database. The rules are written once for blocking and awaiting.
//!
//! A future that is dropped before it is done has failed: memory is as before the call, and where the transaction was written to before, the session asks
//! for a rollback.

mod blocking;
mod gather;
mod stream;

pub(super) use self::blocking::Away;
pub use self::stream::SessionStream;

use super::SessionOf;
use super::options::SessionBuilderOf;
use crate::engine::{AsyncConnection, Awaiting};
use crate::error::Result;
use crate::unit::RolledBack;

/// A [`Session`](super::Session) whose database is awaited: the same unit of work, loaders and queries. What does not wait, reads the same.
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> orm::Result<()> {
/// let engine = AsyncEngine::new("sqlite://")?;
/// engine.create_all(schema![User]).await?;
/// let mut session = AsyncSession::new(&engine);
/// let ed = session.add(User { name: "ed".into(), ..User::default() });
/// session.commit().await?;
/// session[ed].name = "eddie".into();
/// session.commit().await?;
/// assert_eq!(session.query::<User>().filter(User::NAME.eq("eddie")).one().await?, ed);
/// # Ok(())
/// # }
/// ```
///
/// Its futures are `Send`, so that a task may own a session; a session serves one task at a time.
/// Whoever drops a future before it is done (a timeout, `select!`) leaves a session that knows: the connection is closed, memory is as before the
/// call, and unless the transaction had written nothing yet, everything but [`rollback`](AsyncSession::rollback) is
/// [`Error::PendingRollback`](crate::Error::PendingRollback). A [`commit`](AsyncSession::commit) that is dropped may or may not have taken effect: only
/// the database knows.
///
/// Counterpart: `sqlalchemy.ext.asyncio.AsyncSession`.
pub type AsyncSession = SessionOf<Awaiting>;

/// Options for an [`AsyncSession`] to be.
///
/// Counterpart: `async_sessionmaker`.
pub type AsyncSessionBuilder = SessionBuilderOf<Awaiting>;

impl AsyncSession {
    /// As [`Session::rollback`](super::Session::rollback).
    ///
    /// # Errors
    /// The same.
    pub async fn rollback(&mut self) -> Result<RolledBack> {
        self.reclaim().await;
        self.core.rollback().await
    }

    /// As [`Session::close`](super::Session::close).
    ///
    /// # Errors
    /// The same.
    pub async fn close(&mut self) -> Result<()> {
        self.reclaim().await;
        self.core.close().await
    }

    /// Runs `work` within a savepoint, as [`Session::nested`](super::Session::nested): `session.nested(async |session| { .. }).await?`.
    ///
    /// # Errors
    /// The same.
    pub async fn nested<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.within_savepoint(work).await
    }

    /// Runs `work` without flushing before its queries and loads: `session.no_autoflush(async |session| { .. }).await`.
    pub async fn no_autoflush<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> T) -> T {
        self.keep_quiet(work).await
    }

    /// Works by hand on the session's transaction, as [`Session::with_connection`](super::Session::with_connection):
    /// `session.with_connection(async |connection| { .. }).await?`.
    ///
    /// # Errors
    /// The same.
    pub async fn with_connection<T>(&mut self, work: impl AsyncFnOnce(&mut AsyncConnection) -> Result<T>) -> Result<T> {
        self.lend_connection(work).await
    }
}
