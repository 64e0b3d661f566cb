//! Several queries at once, each on a connection of its own, into one session.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream;

use super::AsyncSession;
use crate::engine::{AsyncEngine, Cause, Command, Statement};
use crate::error::{Error, Result};
use crate::load::{QuerySteps, Select};
use crate::value_row::{ValueReader, ValueRow};

impl AsyncSession {
    /// Runs queries at once, each on a connection of its own, as many at a time as the pool has; gives the rows of each, in the order of the queries.
    ///
    /// The rows come into this session as if the queries had run one after another: one row is one entity, what is held and fresh stays as it is. What the
    /// options want loaded along is fetched by further rounds. Every statement stands outside of the session's transaction: it sees what is
    /// committed, and nothing that this session has flushed since; nothing is flushed before.
    ///
    /// # Errors
    /// As [`all`](AsyncSession::all): of the first query that failed, when all are done. [`Error::NoFreeConnection`] when the transaction of this session holds the only connection
    /// that the pool may open.
    ///
    /// Counterpart: `asyncio.gather` over sessions whose results are merged (`examples/asyncio/gather_orm_statements.py`).
    pub async fn gather<Out: Send + 'static>(
        &mut self,
        queries: impl IntoIterator<Item = Select<Out>>,
    ) -> Result<Vec<Vec<Out>>> {
        let execution = &self.core.options.execution;
        let steps = queries.into_iter().map(|query| Ok(QuerySteps::new(query)?.under(execution)));
        let steps: Result<Vec<_>> = steps.collect();
        let mut steps = steps?;
        let mut results: Vec<Vec<Out>> = steps.iter().map(|_| Vec::new()).collect();
        loop {
            let mut asked = Vec::new();
            let mut statements = Vec::new();
            for (number, steps) in steps.iter_mut().enumerate() {
                if let Some(Command::Query(statement)) = steps.next_command(&mut self.core.unit)? {
                    asked.push(number);
                    statements.push((steps.cause().unwrap_or_default(), statement));
                }
            }
            if asked.is_empty() {
                return Ok(results);
            }
            let ask = |(cause, statement)| ask(self.engine().clone(), cause, statement);
            let answers: Vec<_> = statements.into_iter().map(ask).collect();
            let answers: Vec<_> = stream::iter(answers).buffered(self.free_connections()?).collect().await;
            for (number, rows) in asked.into_iter().zip(answers) {
                for row in rows? {
                    let out = steps[number].row(&mut self.core.unit, &mut ValueReader::new(&row))?;
                    results[number].extend(out);
                }
            }
        }
    }

    /// How many connections the pool may give to others than this session.
    fn free_connections(&self) -> Result<usize> {
        let status = self.engine().pool_status();
        let own = u32::from(self.core.link.holds_connection());
        match status.pool_size.saturating_add(status.max_overflow).saturating_sub(own) {
            0 => Err(Error::NoFreeConnection {}),
            free => Ok(free as usize),
        }
    }
}

/// Runs a statement on a connection of its own.
fn ask(engine: AsyncEngine, cause: Cause, statement: Arc<dyn Statement>) -> BoxFuture<'static, Result<Vec<ValueRow>>> {
    Box::pin(async move {
        let mut connection = engine.connect().await?;
        connection.core.set_cause(cause);
        connection.query(&*statement).await
    })
}
