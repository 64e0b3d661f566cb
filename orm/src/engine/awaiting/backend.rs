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

#[cfg(feature = "postgres")]
use super::settings;
#[cfg(feature = "sqlite")]
use super::sqlite::{self, AsyncSqliteConnection};
use crate::engine::driver::{Driven, each};
use crate::engine::flat::Flat;
use crate::engine::home::Home;
use crate::engine::prepared::Prepared;
#[cfg(feature = "sqlite")]
use crate::engine::prepared::forget;
use crate::engine::statement::StatementKind;
use crate::engine::url::{DatabaseUrl, Target};
use crate::engine::wire::{Fault, Taker, Wire};
use crate::error::Result;

/// An open connection of diesel-async's.
#[allow(clippy::large_enum_variant, reason = "the bridge that holds it is boxed")]
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
        let opened = match &url.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(target) => sqlite::open(target.clone()).await.map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => settings::establish(target).await.map(Self::Postgres),
            #[cfg(feature = "mysql")]
            Target::Mysql(target) => {
                let connection = diesel_async::AsyncMysqlConnection::establish(&target.async_url()).await;
                connection.map(Self::Mysql).map_err(|error| error.to_string())
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => Err("the cargo feature of this database is off".to_owned()),
        };
        opened.map_err(|message| url.cannot_connect(&message))
    }

    /// Runs a statement and hands over its rows; the thread waits.
    pub(in crate::engine) fn wait(&mut self, at: &Home, flat: &Flat<'_>, to: &mut impl Taker) -> Result<usize, Fault> {
        each!(self, connection => at.load(rows_of(connection, flat), to))
    }
}

impl Wire for AsyncBackend {
    async fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        each!(self, connection => Ok(connection.batch_execute(sql).await?))
    }

    async fn execute(&mut self, statement: &Flat<'_>) -> Result<usize, Fault> {
        each!(self, connection => execute(connection, statement).await)
    }

    async fn load(&mut self, statement: &Flat<'_>, rows: &mut impl Taker) -> Result<usize, Fault> {
        each!(self, connection => load(connection, statement, rows).await)
    }

    fn count_prepared(&mut self, prepared: Prepared) {
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
            // It would let go of them without telling the server.
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => false,
        }
    }
}

async fn execute<C: AsyncConnectionCore<Backend: Driven>>(
    connection: &mut C,
    statement: &Flat<'_>,
) -> Result<usize, Fault> {
    Ok(connection.execute_returning_count(C::Backend::statement(statement)).await?)
}

/// Hands over rows as they arrive, and gives way whenever the taker has no room for more.
async fn load<C: AsyncConnectionCore<Backend: Driven>>(
    connection: &mut C,
    statement: &Flat<'_>,
    rows: &mut impl Taker,
) -> Result<usize, Fault> {
    let Some(result) = rows_of(connection, statement).await? else { return Ok(0) };
    let (mut result, columns) = (pin!(result), <C::Backend as Driven>::Columns::default());
    let mut count = 0;
    while let Some(row) = result.next().await {
        C::Backend::hand(&row?, &columns, rows).map_err(Fault::Reader)?;
        count += 1;
        // Whoever polls empties it: there is nobody to wake.
        poll_fn(|_| if rows.is_full() { Poll::Pending } else { Poll::Ready(()) }).await;
    }
    Ok(count)
}

/// Runs a statement; gives its rows to come, if it is one that has any.
async fn rows_of<'c, 's, C: AsyncConnectionCore<Backend: Driven>>(
    connection: &'c mut C,
    statement: &'s Flat<'s>,
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
