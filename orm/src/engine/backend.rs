//! The database chosen at run time: the only file that matches on it.

#[cfg(feature = "mysql")]
use diesel::connection::{CacheSize, LoadConnection};
use diesel::connection::{Connection as _, SimpleConnection};
#[cfg(feature = "mysql")]
use diesel::result::Error as DieselError;

#[cfg(feature = "async")]
use super::awaiting::Bridge;
#[cfg(feature = "mysql")]
use super::bind_mysql::MysqlStatement;
#[cfg(feature = "sqlite")]
use super::driver::hand_over_first;
use super::driver::{each, execute, hand_over};
use super::flat::Flat;
use super::prepared::{self, Prepared};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::shape::ByText;
#[cfg(feature = "sqlite")]
use super::shape::load_on_sqlite;
#[cfg(feature = "postgres")]
use super::shape::{load_on_postgres, stream_on_postgres};
#[cfg(feature = "mysql")]
use super::statement::StatementKind;
use super::url::{DatabaseUrl, Target};
use super::wire::{Fault, Taker, Wire};
use crate::error::Result;

/// An open connection of diesel's.
pub enum Backend {
    #[cfg(feature = "sqlite")]
    Sqlite(diesel::sqlite::SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(diesel::pg::PgConnection),
    #[cfg(feature = "mysql")]
    Mysql(diesel::mysql::MysqlConnection),
    /// One that is awaited.
    #[cfg(feature = "async")]
    Bridged(Box<Bridge>),
}

impl Backend {
    /// Opens a connection.
    pub(super) fn open(url: &DatabaseUrl) -> Result<Self> {
        let opened = match &url.target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(target) => super::sqlite_functions::establish(target).map(Self::Sqlite),
            #[cfg(all(feature = "postgres", feature = "async"))]
            Target::Postgres(target) if target.awaited => return Bridge::alone(url),
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => {
                let connection = diesel::pg::PgConnection::establish(&target.connection_string());
                connection.map(Self::Postgres).map_err(|error| error.to_string())
            }
            #[cfg(feature = "mysql")]
            Target::Mysql(target) => {
                let connection = diesel::mysql::MysqlConnection::establish(&target.connection_url());
                connection.map(Self::Mysql).map_err(|error| error.to_string())
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => Err("the cargo feature of this database is off".to_owned()),
        };
        opened.map_err(|message| url.cannot_connect(&message))
    }

    /// The connection that is awaited, if it is one.
    #[cfg(feature = "async")]
    pub(super) fn bridge(&mut self) -> Option<&mut Bridge> {
        if let Self::Bridged(bridge) = self { Some(bridge) } else { None }
    }

    fn batch_now(&mut self, sql: &str) -> Result<(), Fault> {
        each!(self, connection => Ok(connection.batch_execute(sql)?), bridge => bridge.home.wait(bridge.wire.batch(sql)))
    }

    fn execute_now(&mut self, statement: &Flat<'_>) -> Result<usize, Fault> {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(connection)
                if statement.kind == StatementKind::Select || statement.kind == StatementKind::Other =>
            {
                execute(connection, statement).inspect_err(|_| forget_statements(connection))
            }
            backend => {
                each!(backend, connection => execute(connection, statement), bridge => bridge.home.wait(bridge.wire.execute(statement)))
            }
        }
    }

    fn load_now(&mut self, statement: &Flat<'_>, taker: &mut impl Taker) -> Result<usize, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                let mut rows = match statement.shape {
                    Some(shape) => (shape.on_sqlite)(connection, statement),
                    None => load_on_sqlite::<ByText>(connection, statement),
                };
                match rows {
                    // By reference, as the driver's rows are large to move. There is nothing behind the first: SQLite would look for it.
                    Ok(ref mut rows) if statement.at_most_one_row => hand_over_first(rows.next(), taker),
                    Ok(ref mut rows) => hand_over(rows, taker),
                    Err(error) => Err(error.into()),
                }
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => match statement.shape {
                Some(shape) => hand_over((shape.on_postgres)(connection, statement)?, taker),
                None if statement.buffered => hand_over(load_on_postgres::<ByText>(connection, statement)?, taker),
                None => hand_over(stream_on_postgres(connection, statement)?, taker),
            },
            #[cfg(feature = "mysql")]
            Self::Mysql(connection) => {
                let loaded = load_on_mysql(connection, statement, taker);
                loaded.inspect_err(|_| forget_statements(connection))
            }
            #[cfg(feature = "async")]
            Self::Bridged(bridge) => bridge.wire.wait(&bridge.home, statement, taker),
        }
    }
}

/// Nothing here is ever pending: a driver that blocks is done when it returns.
impl Wire for Backend {
    async fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.batch_now(sql)
    }

    async fn execute(&mut self, statement: &Flat<'_>) -> Result<usize, Fault> {
        self.execute_now(statement)
    }

    async fn load(&mut self, statement: &Flat<'_>, rows: &mut impl Taker) -> Result<usize, Fault> {
        self.load_now(statement, rows)
    }

    fn count_prepared(&mut self, prepared: Prepared) {
        each!(self, connection => connection.set_instrumentation(prepared), bridge => bridge.wire.count_prepared(prepared));
    }

    async fn forget_prepared(&mut self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => prepared::forget(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => prepared::forget_on_postgres(connection),
            #[cfg(feature = "mysql")]
            Self::Mysql(connection) => prepared::forget(connection),
            #[cfg(feature = "async")]
            Self::Bridged(bridge) => {
                let forgotten = bridge.home.wait(async { Ok::<bool, Fault>(bridge.wire.forget_prepared().await) });
                forgotten.unwrap_or(false)
            }
        }
    }
}

#[cfg(feature = "mysql")]
fn load_on_mysql(
    connection: &mut diesel::mysql::MysqlConnection,
    statement: &Flat<'_>,
    taker: &mut impl Taker,
) -> Result<usize, Fault> {
    let rows = connection.load(MysqlStatement(statement));
    // Found out before it is sent: a statement without rows, which diesel does not load.
    let rowless = matches!(&rows, Err(DieselError::DeserializationError(error))
        if error.to_string() == "No metadata exists");
    if rowless {
        drop(rows);
        statement.refuse_returning()?;
        connection.execute_returning_count(&MysqlStatement(statement))?;
        return Ok(0);
    }
    hand_over(rows?, taker)
}

/// Closes the prepared statements of a connection. libmariadb believes of one whose rows ended with an error that there are more, and would wait for
/// them for ever when the statement is run again.
#[cfg(feature = "mysql")]
fn forget_statements(connection: &mut diesel::mysql::MysqlConnection) {
    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    connection.set_prepared_statement_cache_size(CacheSize::Unbounded);
}
