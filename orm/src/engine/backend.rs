//! `Backend`: the blocking connection of whichever database the URL names. With `AsyncBackend`, the only code that
//! matches on the database.

#[cfg(feature = "mysql")]
use diesel::connection::{CacheSize, LoadConnection};
use diesel::connection::{Connection as _, SimpleConnection};
#[cfg(feature = "mysql")]
use diesel::result::Error as DieselError;

#[cfg(feature = "async")]
use super::awaiting::BlockingAdapter;
#[cfg(feature = "mysql")]
use super::bind_mysql::MysqlStatement;
use super::compiled::CompiledStatement;
#[cfg(feature = "sqlite")]
use super::driver::hand_over_first;
use super::driver::{each, execute, hand_over};
use super::mode::{DriverConnection, Fault, RowSink};
#[cfg(feature = "mysql")]
use super::phase::phase;
use super::prepared::{self, PreparedCount};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::shape::ByText;
#[cfg(feature = "sqlite")]
use super::shape::load_on_sqlite;
#[cfg(feature = "postgres")]
use super::shape::{load_on_postgres, stream_on_postgres};
#[cfg(feature = "mysql")]
use super::statement::StatementKind;
use super::url::{DatabaseUrl, DriverConfig};
use crate::error::Result;

/// An open blocking connection of diesel's.
pub enum Backend {
    #[cfg(feature = "sqlite")]
    Sqlite(diesel::sqlite::SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(diesel::pg::PgConnection),
    #[cfg(feature = "mysql")]
    Mysql(diesel::mysql::MysqlConnection),
    /// An async connection, used by blocking code.
    #[cfg(feature = "async")]
    Adapted(Box<BlockingAdapter>),
}

impl Backend {
    /// Opens a connection.
    pub(super) fn open(url: &DatabaseUrl) -> Result<Self> {
        let opened = match &url.config {
            #[cfg(feature = "sqlite")]
            DriverConfig::Sqlite(config) => super::sqlite_functions::establish(config).map(Self::Sqlite),
            #[cfg(all(feature = "postgres", feature = "async"))]
            DriverConfig::Postgres(config) if config.awaited => return BlockingAdapter::alone(url),
            #[cfg(feature = "postgres")]
            DriverConfig::Postgres(config) => {
                let connection = diesel::pg::PgConnection::establish(&config.connection_string());
                connection.map(Self::Postgres).map_err(|error| error.to_string())
            }
            #[cfg(feature = "mysql")]
            DriverConfig::Mysql(config) => {
                let connection = diesel::mysql::MysqlConnection::establish(&config.connection_url());
                connection.map(Self::Mysql).map_err(|error| error.to_string())
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => Err("the cargo feature of this database is off".to_owned()),
        };
        opened.map_err(|message| url.cannot_connect(&message))
    }

    /// The async connection, if this is one.
    #[cfg(feature = "async")]
    pub(super) fn adapter(&mut self) -> Option<&mut BlockingAdapter> {
        if let Self::Adapted(adapter) = self { Some(adapter) } else { None }
    }

    fn batch_now(&mut self, sql: &str) -> Result<(), Fault> {
        each!(self, connection => Ok(connection.batch_execute(sql)?), adapter => adapter.runtime.wait(adapter.driver.batch(sql)))
    }

    fn execute_now(&mut self, statement: &CompiledStatement<'_>) -> Result<usize, Fault> {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(connection)
                if statement.kind == StatementKind::Select || statement.kind == StatementKind::Other =>
            {
                execute(connection, statement).inspect_err(|_| forget_statements(connection))
            }
            backend => {
                each!(backend, connection => execute(connection, statement), adapter => adapter.runtime.wait(adapter.driver.execute(statement)))
            }
        }
    }

    fn load_now(&mut self, statement: &CompiledStatement<'_>, sink: &mut impl RowSink) -> Result<usize, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                let mut rows = match statement.shape {
                    Some(shape) => (shape.on_sqlite)(connection, statement),
                    None => load_on_sqlite::<ByText>(connection, statement),
                };
                match rows {
                    // By reference, because the driver's rows are large to move. Only the first row is read: for a
                    // second one SQLite would continue its search.
                    Ok(ref mut rows) if statement.at_most_one_row => hand_over_first(rows.next(), sink),
                    Ok(ref mut rows) => hand_over(rows, sink),
                    Err(error) => Err(error.into()),
                }
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => match statement.shape {
                Some(shape) => hand_over((shape.on_postgres)(connection, statement)?, sink),
                None if statement.buffered => hand_over(load_on_postgres::<ByText>(connection, statement)?, sink),
                None => hand_over(stream_on_postgres(connection, statement)?, sink),
            },
            #[cfg(feature = "mysql")]
            Self::Mysql(connection) => {
                let loaded = load_on_mysql(connection, statement, sink);
                loaded.inspect_err(|_| forget_statements(connection))
            }
            #[cfg(feature = "async")]
            Self::Adapted(adapter) => adapter.driver.wait(&adapter.runtime, statement, sink),
        }
    }
}

/// No future is ever pending: a blocking driver has finished when it returns.
impl DriverConnection for Backend {
    async fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.batch_now(sql)
    }

    async fn execute(&mut self, statement: &CompiledStatement<'_>) -> Result<usize, Fault> {
        self.execute_now(statement)
    }

    async fn load(&mut self, statement: &CompiledStatement<'_>, rows: &mut impl RowSink) -> Result<usize, Fault> {
        self.load_now(statement, rows)
    }

    fn count_prepared(&mut self, prepared: PreparedCount) {
        each!(self, connection => connection.set_instrumentation(prepared), adapter => adapter.driver.count_prepared(prepared));
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
            Self::Adapted(adapter) => {
                let forgotten =
                    adapter.runtime.wait(async { Ok::<bool, Fault>(adapter.driver.forget_prepared().await) });
                forgotten.unwrap_or(false)
            }
        }
    }
}

#[cfg(feature = "mysql")]
fn load_on_mysql(
    connection: &mut diesel::mysql::MysqlConnection,
    statement: &CompiledStatement<'_>,
    sink: &mut impl RowSink,
) -> Result<usize, Fault> {
    let rows = phase!("execute", connection.load(MysqlStatement(statement)));
    // diesel fails to load a statement without rows. The failure happens before the statement is sent, so the statement
    // can be executed instead.
    let rowless = matches!(&rows, Err(DieselError::DeserializationError(error))
        if error.to_string() == "No metadata exists");
    if rowless {
        drop(rows);
        statement.refuse_returning()?;
        connection.execute_returning_count(&MysqlStatement(statement))?;
        return Ok(0);
    }
    hand_over(rows?, sink)
}

/// Closes the prepared statements of a connection. After an error among the rows libmariadb believes that a statement
/// has more rows, and would wait for them forever at the next run.
#[cfg(feature = "mysql")]
fn forget_statements(connection: &mut diesel::mysql::MysqlConnection) {
    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    connection.set_prepared_statement_cache_size(CacheSize::Unbounded);
}
