//! The rows of a query as they arrive, into a session.

use std::fmt;
use std::ops::Index;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt;

use super::AsyncSession;
use crate::engine::{Command, RowStream};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::load::{QuerySteps, Select};
use crate::mapping::Entity;
use crate::unit::UnitOfWork;
use crate::value_row::ValueReader;

/// What a query gives, row by row as the rows arrive; no more than a handful of them is held. Entities enter the session, and are read with `stream[key]` meanwhile.
///
/// [`close`](Self::close) ends it early. One that is dropped before its end takes its connection along, as every call does that is given up.
///
/// Counterpart: what `AsyncSession.stream_scalars` gives.
#[must_use = "a stream does nothing unless it is asked for rows"]
pub struct SessionStream<'s, Out> {
    rows: RowStream<'s>,
    unit: &'s mut UnitOfWork,
    steps: QuerySteps<Out>,
}

impl AsyncSession {
    /// Runs a query and gives what its rows give, one by one as they arrive; options that need all rows first are refused.
    ///
    /// # Errors
    /// As [`Session::for_each`](crate::Session::for_each), before the first row; what goes wrong later comes out of the stream.
    ///
    /// Counterpart: `AsyncSession.stream`.
    pub async fn stream<Out: Send + 'static>(
        &mut self,
        query: impl Into<Select<Out>>,
    ) -> Result<SessionStream<'_, Out>> {
        let mut steps = QuerySteps::streamed(query.into())?.under(&self.core.options.execution);
        self.core.autoflush().await?;
        let Some(Command::Query(statement)) = steps.next_command(&mut self.core.unit)? else {
            return Err(Error::invalid("the query has no statement"));
        };
        let connection = self.core.link.stream().await?;
        let rows = RowStream::of(&mut connection.core, statement).started().await?;
        Ok(SessionStream { rows, unit: &mut self.core.unit, steps })
    }
}

impl<Out: 'static> SessionStream<'_, Out> {
    /// What the next row gives; `None` after the last.
    ///
    /// # Errors
    /// Whatever the database says; [`Error::Decode`] for a row that does not fit.
    pub async fn next(&mut self) -> Result<Option<Out>> {
        StreamExt::next(self).await.transpose()
    }

    /// The entity as it is in memory.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub fn peek<E: Entity>(&self, key: Key<E>) -> Result<&E> {
        self.unit.entity(key)
    }

    /// Reads the rest of the rows off the connection and drops them, so that the session goes on with it.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn close(mut self) -> Result<()> {
        while self.rows.next().await?.is_some() {}
        Ok(())
    }
}

impl<Out: 'static> Stream for SessionStream<'_, Out> {
    type Item = Result<Out>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Out>>> {
        let Self { rows, unit, steps } = self.get_mut();
        loop {
            let Some(row) = ready!(rows.poll_next_unpin(context)) else {
                return Poll::Ready(steps.next_command(*unit).map(drop).err().map(Err));
            };
            let out = row.and_then(|row| Ok(steps.row(*unit, &mut ValueReader::new(&row))?));
            if let Some(out) = out.transpose() {
                return Poll::Ready(Some(out));
            }
        }
    }
}

impl<Out, E: Entity> Index<Key<E>> for SessionStream<'_, Out> {
    type Output = E;

    fn index(&self, key: Key<E>) -> &E {
        &self.unit[key]
    }
}

impl<Out> fmt::Debug for SessionStream<'_, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionStream").field("rows", &self.rows).finish_non_exhaustive()
    }
}
