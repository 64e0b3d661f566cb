//! The database chosen at run time, through drivers that await.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use diesel::result::{Error as DieselError, UnexpectedEndOfRow};
#[cfg(any(feature = "postgres", feature = "mysql"))]
use diesel_async::AsyncConnection;
use diesel_async::{AsyncConnectionCore, SimpleAsyncConnection};
use futures_util::StreamExt;

#[cfg(feature = "postgres")]
use super::settings;
#[cfg(feature = "sqlite")]
use super::sqlite::{self, AsyncSqliteConnection};
use crate::engine::backend::Setup;
#[cfg(feature = "postgres")]
use crate::engine::backend::set_up_postgres;
#[cfg(feature = "mysql")]
use crate::engine::backend::{capabilities, set_up_mysql};
#[cfg(feature = "mysql")]
use crate::engine::dialect::Capabilities;
use crate::engine::driver::{Driven, each};
use crate::engine::flat::Flat;
use crate::engine::refusal::Speaker;
use crate::engine::statement::StatementKind;
#[cfg(feature = "mysql")]
use crate::engine::url::MysqlTarget;
#[cfg(feature = "postgres")]
use crate::engine::url::PostgresTarget;
use crate::engine::url::{DatabaseUrl, Target};
use crate::engine::wire::{Fault, Taker, Wire};
use crate::error::{Error, Result};

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
    pub(super) async fn open(url: &DatabaseUrl, setup: Setup) -> Result<Self> {
        let opened = match &url.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(target) => sqlite::open(target.clone(), setup).await.map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => Self::open_postgres(target, setup).await,
            #[cfg(feature = "mysql")]
            Target::Mysql(target) => Self::open_mysql(target, setup, &capabilities(url)).await,
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => Err("the cargo feature of this database is off".to_owned()),
        };
        opened.map_err(|message| Error::Connect { url: url.to_string(), message: url.mask(message.trim()) })
    }

    #[cfg(feature = "postgres")]
    async fn open_postgres(target: &PostgresTarget, setup: Setup) -> Result<Self, String> {
        let settings = settings::postgres(target)?;
        let connection = match diesel_async::AsyncPgConnection::establish(&settings).await {
            Ok(connection) => connection,
            Err(error) => match settings::why_unreachable(target).await {
                Some(why) => return Err(format!("{error} ({why})")),
                None => return Err(error.to_string()),
            },
        };
        let mut opened = Self::Postgres(connection);
        set_up_postgres(&mut opened, setup).await?;
        Ok(opened)
    }

    #[cfg(feature = "mysql")]
    async fn open_mysql(target: &MysqlTarget, setup: Setup, capabilities: &Capabilities) -> Result<Self, String> {
        let connection = diesel_async::AsyncMysqlConnection::establish(&target.async_url()).await;
        let mut opened = Self::Mysql(connection.map_err(|error| error.to_string())?);
        set_up_mysql(&mut opened, target, setup, capabilities).await?;
        Ok(opened)
    }
}

impl Wire for AsyncBackend {
    fn speaker(&self) -> Speaker {
        each!(self, connection => speaker(connection))
    }

    async fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        each!(self, connection => Ok(connection.batch_execute(sql).await?))
    }

    async fn execute(&mut self, statement: &Flat<'_>) -> Result<usize, Fault> {
        each!(self, connection => execute(connection, statement).await)
    }

    async fn load(&mut self, statement: &Flat<'_>, rows: &mut impl Taker) -> Result<usize, Fault> {
        each!(self, connection => load(connection, statement, rows).await)
    }
}

fn speaker<C: AsyncConnectionCore<Backend: Driven>>(_: &C) -> Speaker {
    C::Backend::SPEAKER
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
    if matches!(statement.kind, StatementKind::Insert | StatementKind::Update | StatementKind::Delete) {
        statement.refuse_returning()?;
    }
    let result = match connection.load(C::Backend::statement(statement)).await {
        // MariaDB: a statement without rows. It is done.
        Err(DieselError::DeserializationError(error)) if error.is::<UnexpectedEndOfRow>() => return Ok(0),
        result => result?,
    };
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
