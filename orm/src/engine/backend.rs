//! The database chosen at run time: the only file that matches on it.

use std::cell::OnceCell;
use std::time::Duration;

use diesel::connection::{Connection as _, SimpleConnection};
use diesel::result::Error as DieselError;
#[cfg(feature = "postgres")]
use diesel::{pg::Pg, row::Row};

#[cfg(feature = "postgres")]
use super::bind_postgres::PostgresStatement;
#[cfg(feature = "sqlite")]
use super::bind_sqlite::SqliteStatement;
use super::dialect::{Capabilities, DialectName};
use super::flat::Flat;
use super::refusal::Speaker;
#[cfg(feature = "postgres")]
use super::row_postgres::{PostgresReader, Types};
#[cfg(feature = "sqlite")]
use super::row_sqlite::SqliteReader;
use super::shape::ByText;
#[cfg(feature = "sqlite")]
use super::shape::load_on_sqlite;
#[cfg(feature = "postgres")]
use super::shape::{load_on_postgres, stream_on_postgres};
use super::url::{DatabaseUrl, Target};
use crate::error::{Error, Result};
use crate::row::RowReader;

/// The names of a result's columns, made at the first question for one.
pub(super) type Names = OnceCell<Box<[String]>>;

/// An open connection of diesel's.
pub(super) enum Backend {
    #[cfg(feature = "sqlite")]
    Sqlite(diesel::sqlite::SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(diesel::pg::PgConnection),
}

/// What a new connection is told before anybody uses it.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "only SQLite is told anything"))]
pub(super) struct Setup {
    /// SQLite: hold foreign keys.
    pub(super) foreign_keys: bool,
    /// SQLite: how long to wait for a lock.
    pub(super) busy_timeout: Duration,
}

/// Why a result was not read to its end.
pub(super) enum Fault {
    /// The database.
    Driver(DieselError),
    /// Whoever took the rows.
    Reader(Error),
}

impl From<DieselError> for Fault {
    fn from(error: DieselError) -> Self {
        Self::Driver(error)
    }
}

/// What a database can do.
pub(super) fn capabilities(dialect: DialectName) -> Capabilities {
    match dialect {
        DialectName::Sqlite => Capabilities::sqlite(),
        DialectName::Postgres => Capabilities::postgres(),
        DialectName::Mysql => Capabilities::mysql(),
    }
}

impl Backend {
    /// Opens a connection.
    #[cfg_attr(not(feature = "sqlite"), allow(unused_variables, reason = "only SQLite is told anything"))]
    pub(super) fn open(url: &DatabaseUrl, setup: Setup) -> Result<Self> {
        let failed = |message: String| Error::Connect { url: url.to_string(), message: url.mask(message.trim()) };
        match &url.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(target) => {
                let mut connection = diesel::sqlite::SqliteConnection::establish(&target.file_name())
                    .map_err(|error| failed(error.to_string()))?;
                let foreign_keys = if setup.foreign_keys { "ON" } else { "OFF" };
                let timeout = target.timeout.unwrap_or(setup.busy_timeout).as_millis();
                connection
                    .batch_execute(&format!("PRAGMA busy_timeout = {timeout}; PRAGMA foreign_keys = {foreign_keys}"))
                    .map_err(|error| failed(error.to_string()))?;
                Ok(Self::Sqlite(connection))
            }
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => {
                let connection = diesel::pg::PgConnection::establish(&target.connection_string());
                connection.map(Self::Postgres).map_err(|error| failed(error.to_string()))
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
            _ => Err(failed("the cargo feature of this database is off".to_owned())),
        }
    }

    /// Whose words an error of this connection is in.
    pub(super) fn speaker(&self) -> Speaker {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Speaker::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Speaker::Postgres,
        }
    }

    /// Runs text without parameters and without results.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => Ok(connection.batch_execute(sql)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Ok(connection.batch_execute(sql)?),
        }
    }

    /// Runs a statement; gives how many rows it changed.
    pub(super) fn execute(&mut self, statement: &Flat<'_>) -> Result<usize, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                Ok(connection.execute_returning_count(&SqliteStatement::<ByText>::new(statement))?)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                Ok(connection.execute_returning_count(&PostgresStatement::<ByText>::new(statement))?)
            }
        }
    }

    /// Runs a statement and hands over its rows, as they arrive unless the statement says otherwise; gives how many there were.
    pub(super) fn load(
        &mut self,
        statement: &Flat<'_>,
        mut each: impl FnMut(&mut dyn RowReader) -> Result<()>,
    ) -> Result<usize, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                let rows = match statement.shape {
                    Some(shape) => (shape.on_sqlite)(connection, statement)?,
                    None => load_on_sqlite::<ByText>(connection, statement)?,
                };
                let names = Names::new();
                let mut count = 0;
                for row in rows {
                    each(&mut SqliteReader::new(&row?, &names)).map_err(Fault::Reader)?;
                    count += 1;
                    if statement.at_most_one_row {
                        break;
                    }
                }
                Ok(count)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => match statement.shape {
                Some(shape) => hand_over((shape.on_postgres)(connection, statement)?, each),
                None if statement.buffered => hand_over(load_on_postgres::<ByText>(connection, statement)?, each),
                None => hand_over(stream_on_postgres(connection, statement)?, each),
            },
        }
    }
}

#[cfg(feature = "postgres")]
fn hand_over<'r, R: Row<'r, Pg>>(
    rows: impl Iterator<Item = diesel::QueryResult<R>>,
    mut each: impl FnMut(&mut dyn RowReader) -> Result<()>,
) -> Result<usize, Fault> {
    let names = Names::new();
    let mut types = Types::default();
    let mut count = 0;
    for row in rows {
        let row = row?;
        if count == 0 {
            types = Types::new(row.field_count());
        }
        each(&mut PostgresReader::new(&row, &names, &types)).map_err(Fault::Reader)?;
        count += 1;
    }
    Ok(count)
}
