//! Awaiting: a task waits for the session's database. Each method runs the rule of the same name, which is written once for blocking and awaiting.
//!
//! A future that is dropped before it is done has failed: memory is as before the call, and where the transaction was written to before, the session asks
//! for a rollback.

mod blocking;
mod gather;
mod query;
mod rel;
mod stream;

pub(super) use self::blocking::Away;
pub use self::query::AsyncQuery;
pub use self::rel::AsyncRel;
pub use self::stream::SessionStream;

use super::SessionOf;
use super::finish::Savepoint;
use super::options::SessionBuilderOf;
use crate::engine::{AsyncConnection, Awaiting, Statement};
use crate::error::Result;
use crate::key::Key;
use crate::load::Select;
use crate::mapping::{Entity, PrimaryKey};
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
/// [`Error::PendingRollback`](crate::Error::PendingRollback).
///
/// Counterpart: `sqlalchemy.ext.asyncio.AsyncSession`.
pub type AsyncSession = SessionOf<Awaiting>;

/// Options for an [`AsyncSession`] to be.
///
/// Counterpart: `async_sessionmaker`.
pub type AsyncSessionBuilder = SessionBuilderOf<Awaiting>;

impl AsyncSession {
    /// As [`Session::flush`](super::Session::flush).
    ///
    /// # Errors
    /// The same.
    pub async fn flush(&mut self) -> Result<()> {
        self.core.flush().await
    }

    /// As [`Session::commit`](super::Session::commit).
    ///
    /// # Errors
    /// The same. Dropped before it is done, it may or may not have taken effect: only the database knows.
    pub async fn commit(&mut self) -> Result<()> {
        self.core.commit().await
    }

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

    /// As [`Session::begin_nested`](super::Session::begin_nested).
    ///
    /// # Errors
    /// The same.
    pub async fn begin_nested(&mut self) -> Result<Savepoint> {
        self.core.begin_nested().await
    }

    /// As [`Session::release`](super::Session::release).
    ///
    /// # Errors
    /// The same.
    pub async fn release(&mut self, savepoint: Savepoint) -> Result<()> {
        self.core.release(savepoint).await
    }

    /// As [`Session::rollback_to`](super::Session::rollback_to).
    ///
    /// # Errors
    /// The same.
    pub async fn rollback_to(&mut self, savepoint: Savepoint) -> Result<RolledBack> {
        self.core.rollback_to(savepoint).await
    }

    /// Runs `work` within a savepoint, as [`Session::nested`](super::Session::nested): `session.nested(async |session| { .. }).await?`.
    ///
    /// # Errors
    /// The same.
    pub async fn nested<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let savepoint = self.core.begin_nested().await?;
        let token = self.core.link.enter();
        let outcome = work(self).await;
        self.core.link.leave(token);
        self.core.end_nested(savepoint, outcome).await
    }

    /// Runs `work` and commits, again where that may help, as [`Session::retry`](super::Session::retry):
    /// `session.retry(5, async |session| { .. }).await?`.
    ///
    /// # Errors
    /// The same.
    pub async fn retry<T>(&mut self, attempts: usize, mut work: impl AsyncFnMut(&mut Self) -> Result<T>) -> Result<T> {
        self.core.check_idle()?;
        let mut left = attempts;
        loop {
            left = left.saturating_sub(1);
            let outcome = work(self).await;
            if let Some(value) = self.core.end_attempt(outcome, left).await? {
                return Ok(value);
            }
        }
    }

    /// As [`Session::get`](super::Session::get).
    ///
    /// # Errors
    /// The same.
    pub async fn get<E: Entity>(&mut self, id: impl Into<E::PrimaryKey>) -> Result<Option<Key<E>>> {
        let id = id.into();
        if let Some(known) = self.core.fresh::<E>(&id)? {
            return Ok(known);
        }
        let id = id.to_values();
        self.core.find(id).await
    }

    /// As [`Session::load`](super::Session::load).
    ///
    /// # Errors
    /// The same.
    pub async fn load<E: Entity>(&mut self, key: Key<E>) -> Result<&E> {
        self.core.freshen(key).await?;
        self.core.unit.entity(key)
    }

    /// As [`Session::refresh`](super::Session::refresh).
    ///
    /// # Errors
    /// The same.
    pub async fn refresh<E: Entity>(&mut self, key: Key<E>) -> Result<&E> {
        self.core.refresh(key).await?;
        self.core.unit.entity(key)
    }

    /// As [`Session::merge`](super::Session::merge).
    ///
    /// # Errors
    /// The same.
    pub async fn merge<E: Entity>(&mut self, entity: E) -> Result<Key<E>> {
        self.core.merge(entity).await
    }

    /// As [`Session::all`](super::Session::all).
    ///
    /// # Errors
    /// The same.
    pub async fn all<Out: Send + 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Vec<Out>> {
        self.core.all(query.as_ref()).await
    }

    /// As [`Session::one`](super::Session::one).
    ///
    /// # Errors
    /// The same.
    pub async fn one<Out: Send + 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Out> {
        self.core.one(query.as_ref()).await
    }

    /// As [`Session::one_or_none`](super::Session::one_or_none).
    ///
    /// # Errors
    /// The same.
    pub async fn one_or_none<Out: Send + 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Option<Out>> {
        self.core.one_or_none(query.as_ref()).await
    }

    /// As [`Session::first`](super::Session::first).
    ///
    /// # Errors
    /// The same.
    pub async fn first<Out: Send + 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Option<Out>> {
        self.core.first(query.as_ref()).await
    }

    /// As [`Session::scalar`](super::Session::scalar).
    ///
    /// # Errors
    /// The same.
    pub async fn scalar<Out: Send + 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Option<Out>> {
        self.one_or_none(query).await
    }

    /// As [`Session::scalars`](super::Session::scalars).
    ///
    /// # Errors
    /// The same.
    pub async fn scalars<Out: Send + 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<Vec<Out>> {
        self.all(query).await
    }

    /// As [`Session::count`](super::Session::count).
    ///
    /// # Errors
    /// The same.
    pub async fn count<Out: Send + 'static>(&mut self, query: impl AsRef<Select<Out>>) -> Result<i64> {
        self.core.count(query.as_ref()).await
    }

    /// As [`Session::for_each`](super::Session::for_each).
    ///
    /// # Errors
    /// The same.
    pub async fn for_each<Out: Send + 'static>(
        &mut self,
        query: impl AsRef<Select<Out>>,
        each: impl FnMut(Out) -> Result<()>,
    ) -> Result<()> {
        self.core.for_each(query.as_ref(), each).await
    }

    /// Runs `work` without flushing before its queries and loads: `session.no_autoflush(async |session| { .. }).await`.
    pub async fn no_autoflush<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> T) -> T {
        let quiet = self.core.quiet();
        let value = work(self).await;
        self.core.loud(quiet);
        value
    }

    /// As [`Session::execute`](super::Session::execute).
    ///
    /// # Errors
    /// The same.
    pub async fn execute(&mut self, statement: &dyn Statement) -> Result<usize> {
        self.core.execute(statement).await
    }

    /// Works by hand on the session's transaction, as [`Session::with_connection`](super::Session::with_connection):
    /// `session.with_connection(async |connection| { .. }).await?`.
    ///
    /// # Errors
    /// The same.
    pub async fn with_connection<T>(&mut self, work: impl AsyncFnOnce(&mut AsyncConnection) -> Result<T>) -> Result<T> {
        self.core.autoflush().await?;
        let mut attempt = self.core.link.attempt();
        let outcome = work(attempt.lend().await?).await;
        attempt.take_back(outcome).await
    }
}
