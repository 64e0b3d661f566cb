//! The database chosen at run time, through drivers that await.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

#[cfg(feature = "postgres")]
use diesel::connection::CacheSize;
use diesel::result::{Error as DieselError, UnexpectedEndOfRow};
use diesel_async::AsyncConnection;
use diesel_async::{AsyncConnectionCore, SimpleAsyncConnection};
use futures_util::StreamExt;
use tracing::Instrument;

#[cfg(feature = "postgres")]
use super::settings;
#[cfg(feature = "sqlite")]
use super::sqlite::{self, AsyncSqliteConnection};
use crate::engine::compiled::CompiledStatement;
use crate::engine::driver::{DieselBackend, each};
use crate::engine::home_runtime::HomeRuntime;
use crate::engine::mode::{DriverConnection, Fault, RowSink};
use crate::engine::phase::{is_traced, phase, phase_span};
use crate::engine::prepared::PreparedCount;
#[cfg(feature = "sqlite")]
use crate::engine::prepared::forget;
use crate::engine::statement::StatementKind;
use crate::engine::url::{DatabaseUrl, DriverConfig};
use crate::error::Result;

/// An open connection of diesel-async's.
#[allow(clippy::large_enum_variant, reason = "the adapter that holds it is boxed")]
pub enum AsyncBackend {
    #[cfg(feature = "sqlite")]
    Sqlite(AsyncSqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(diesel_async::AsyncPgConnection),
    #[cfg(feature = "mysql")]
    Mysql(diesel_async::AsyncMysqlConnection),
}

impl AsyncBackend {
    /// Opens a connection.
    pub(super) async fn open(url: &DatabaseUrl) -> Result<Self> {
        let opened = match &url.config {
            #[cfg(feature = "sqlite")]
            DriverConfig::Sqlite(config) => sqlite::open(config.clone()).await.map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            DriverConfig::Postgres(config) => settings::establish(config).await.map(Self::Postgres),
            #[cfg(feature = "mysql")]
            DriverConfig::Mysql(config) => {
                let connection = diesel_async::AsyncMysqlConnection::establish(&config.async_url()).await;
                connection.map(Self::Mysql).map_err(|error| error.to_string())
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => Err("the cargo feature of this database is off".to_owned()),
        };
        opened.map_err(|message| url.cannot_connect(&message))
    }

    /// Runs a statement and passes on its rows; blocks the thread.
    pub(in crate::engine) fn wait(
        &mut self,
        at: &HomeRuntime,
        compiled: &CompiledStatement<'_>,
        to: &mut impl RowSink,
    ) -> Result<usize, Fault> {
        each!(self, connection => at.load(rows_of(connection, compiled), to))
    }
}

impl DriverConnection for AsyncBackend {
    async fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        each!(self, connection => Ok(connection.batch_execute(sql).await?))
    }

    async fn execute(&mut self, statement: &CompiledStatement<'_>) -> Result<usize, Fault> {
        each!(self, connection => execute(connection, statement).await)
    }

    async fn load(&mut self, statement: &CompiledStatement<'_>, rows: &mut impl RowSink) -> Result<usize, Fault> {
        each!(self, connection => load(connection, statement, rows).await)
    }

    fn count_prepared(&mut self, prepared: PreparedCount) {
        each!(self, connection => connection.set_instrumentation(prepared));
    }

    async fn forget_prepared(&mut self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                connection.spawn_blocking(|connection| Ok(forget(connection))).await.unwrap_or(false)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                connection.set_prepared_statement_cache_size(CacheSize::Disabled);
                connection.set_prepared_statement_cache_size(CacheSize::Unbounded);
                true
            }
            // mysql_async would drop the statements without closing them on the server.
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => false,
        }
    }
}

async fn execute<C: AsyncConnectionCore<Backend: DieselBackend>>(
    connection: &mut C,
    statement: &CompiledStatement<'_>,
) -> Result<usize, Fault> {
    Ok(connection.execute_returning_count(C::Backend::statement(statement)).instrument(phase_span!("execute")).await?)
}

/// Passes on rows as they arrive, and yields while the sink is full.
async fn load<C: AsyncConnectionCore<Backend: DieselBackend>>(
    connection: &mut C,
    statement: &CompiledStatement<'_>,
    rows: &mut impl RowSink,
) -> Result<usize, Fault> {
    let Some(result) = rows_of(connection, statement).instrument(phase_span!("execute")).await? else { return Ok(0) };
    let (mut result, columns) = (pin!(result), <C::Backend as DieselBackend>::Columns::default());
    let mut count = 0;
    let traced = is_traced();
    while let Some(row) = result.next().await {
        let row = row?;
        {
            let _hydrate = phase!("hydrate" if traced);
            C::Backend::push_row(&row, &columns, rows).map_err(Fault::Reader)?;
        }
        count += 1;
        // The task that polls also empties the sink, so no wake-up is necessary.
        poll_fn(|_| if rows.is_full() { Poll::Pending } else { Poll::Ready(()) }).await;
    }
    Ok(count)
}

/// Runs a statement; returns a stream of its rows, if the statement returns rows.
async fn rows_of<'c, 's, C: AsyncConnectionCore<Backend: DieselBackend>>(
    connection: &'c mut C,
    statement: &'s CompiledStatement<'s>,
) -> Result<Option<C::Stream<'c, 's>>, Fault> {
    if matches!(statement.kind, StatementKind::Insert | StatementKind::Update | StatementKind::Delete) {
        statement.refuse_returning()?;
    }
    match connection.load(C::Backend::statement(statement)).await {
        // MariaDB: a statement without rows. It is done.
        Err(DieselError::DeserializationError(error)) if error.is::<UnexpectedEndOfRow>() => Ok(None),
        rows => Ok(Some(rows?)),
    }
}
