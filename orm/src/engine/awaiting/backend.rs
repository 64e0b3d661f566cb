//! The database chosen at run time, through drivers that await.

#[cfg(feature = "postgres")]
use std::cell::OnceCell;
use std::ffi::CString;
use std::future::poll_fn;
use std::task::Poll;

use diesel::QueryResult;
use diesel::result::Error as DieselError;
#[cfg(feature = "mysql")]
use diesel::result::UnexpectedEndOfRow;
#[cfg(feature = "postgres")]
use diesel::row::Row;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use diesel_async::AsyncConnection;
use diesel_async::{AsyncConnectionCore, SimpleAsyncConnection};
use futures_core::Stream;
use futures_util::StreamExt;

#[cfg(feature = "postgres")]
use super::settings;
#[cfg(feature = "sqlite")]
use super::sqlite::{self, AsyncSqliteConnection};
#[cfg(feature = "postgres")]
use crate::engine::backend::set_up_postgres;
use crate::engine::backend::{Names, Setup};
#[cfg(feature = "mysql")]
use crate::engine::backend::{capabilities, set_up_mysql};
#[cfg(feature = "mysql")]
use crate::engine::bind_mysql::MysqlStatement;
#[cfg(feature = "postgres")]
use crate::engine::bind_postgres::PostgresStatement;
#[cfg(feature = "sqlite")]
use crate::engine::bind_sqlite::SqliteStatement;
#[cfg(feature = "mysql")]
use crate::engine::dialect::Capabilities;
use crate::engine::flat::Flat;
use crate::engine::refusal::Speaker;
#[cfg(feature = "mysql")]
use crate::engine::row_mysql::MysqlReader;
#[cfg(feature = "postgres")]
use crate::engine::row_postgres::{PostgresReader, Types};
#[cfg(feature = "sqlite")]
use crate::engine::row_sqlite::SqliteReader;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::engine::shape::ByText;
#[cfg(feature = "mysql")]
use crate::engine::statement::StatementKind;
#[cfg(feature = "mysql")]
use crate::engine::url::MysqlTarget;
#[cfg(feature = "postgres")]
use crate::engine::url::PostgresTarget;
use crate::engine::url::{DatabaseUrl, Target};
use crate::engine::wire::{Fault, Taker, Wire};
use crate::error::{Error, Result};

/// An open connection of diesel-async's.
pub enum AsyncBackend {
    #[cfg(feature = "sqlite")]
    Sqlite(AsyncSqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(Box<diesel_async::AsyncPgConnection>),
    #[cfg(feature = "mysql")]
    Mysql(diesel_async::AsyncMysqlConnection),
}

impl AsyncBackend {
    /// Opens a connection.
    pub(in crate::engine) async fn open(url: &DatabaseUrl, setup: Setup) -> Result<Self> {
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
        let mut opened = Self::Postgres(Box::new(connection));
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
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Speaker::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Speaker::Postgres,
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => Speaker::Mysql,
        }
    }

    async fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => Ok(connection.batch_execute(sql).await?),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Ok(connection.batch_execute(sql).await?),
            #[cfg(feature = "mysql")]
            Self::Mysql(connection) => Ok(connection.batch_execute(sql).await?),
        }
    }

    async fn execute(&mut self, statement: &Flat<'_>) -> Result<usize, Fault> {
        refuse_zero_byte(statement)?;
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                Ok(connection.execute_returning_count(SqliteStatement::<ByText>::new(statement)).await?)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                Ok(connection.execute_returning_count(PostgresStatement::<ByText>::new(statement)).await?)
            }
            #[cfg(feature = "mysql")]
            Self::Mysql(connection) => Ok(connection.execute_returning_count(MysqlStatement(statement)).await?),
        }
    }

    async fn load(&mut self, statement: &Flat<'_>, rows: &mut impl Taker) -> Result<usize, Fault> {
        refuse_zero_byte(statement)?;
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                let result = connection.load(SqliteStatement::<ByText>::new(statement)).await?;
                let names = Names::new();
                hand_over(result, rows, move |row, rows| rows.take(&mut SqliteReader::new(row, &names))).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                let result = connection.load(PostgresStatement::<ByText>::new(statement)).await?;
                let (names, types) = (Names::new(), OnceCell::new());
                hand_over(result, rows, move |row, rows| {
                    let types = types.get_or_init(|| Types::new(row.field_count()));
                    rows.take(&mut PostgresReader::new(row, &names, types))
                })
                .await
            }
            #[cfg(feature = "mysql")]
            Self::Mysql(connection) => {
                if matches!(statement.kind, StatementKind::Insert | StatementKind::Update | StatementKind::Delete) {
                    statement.refuse_returning().map_err(Fault::Reader)?;
                }
                let result = match connection.load(MysqlStatement(statement)).await {
                    // A statement without rows: it is done.
                    Err(DieselError::DeserializationError(error)) if error.is::<UnexpectedEndOfRow>() => return Ok(0),
                    result => result?,
                };
                let names = Names::new();
                hand_over(result, rows, move |row, rows| rows.take(&mut MysqlReader::new(row, &names))).await
            }
        }
    }
}

/// Hands over rows as they arrive, and gives way whenever the taker has no room for more.
async fn hand_over<R, T: Taker>(
    mut result: impl Stream<Item = QueryResult<R>> + Unpin,
    rows: &mut T,
    mut hand: impl FnMut(&R, &mut T) -> Result<()>,
) -> Result<usize, Fault> {
    let mut count = 0;
    while let Some(row) = result.next().await {
        hand(&row?, rows).map_err(Fault::Reader)?;
        count += 1;
        // Whoever polls empties it: there is nobody to wake.
        poll_fn(|_| if rows.is_full() { Poll::Pending } else { Poll::Ready(()) }).await;
    }
    Ok(count)
}

/// Refuses what ends in the middle for a driver, with the blocking drivers' error.
fn refuse_zero_byte(statement: &Flat<'_>) -> Result<(), Fault> {
    let sql = statement.sql().map_err(Fault::Reader)?;
    match sql.contains('\0').then(|| CString::new(sql)) {
        Some(Err(error)) => Err(DieselError::InvalidCString(error).into()),
        _ => Ok(()),
    }
}
