//! The database chosen at run time: the only file that matches on it.

use std::time::Duration;

#[cfg(feature = "mysql")]
use diesel::connection::{CacheSize, LoadConnection};
use diesel::connection::{Connection as _, SimpleConnection};
#[cfg(feature = "mysql")]
use diesel::result::Error as DieselError;

use super::EngineOf;
#[cfg(feature = "async")]
use super::awaiting::Bridge;
#[cfg(feature = "mysql")]
use super::bind_mysql::MysqlStatement;
use super::dialect::Capabilities;
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
#[cfg(feature = "mysql")]
use super::url::MysqlTarget;
#[cfg(feature = "sqlite")]
use super::url::SqliteTarget;
use super::url::{DatabaseUrl, Target};
use super::wire::{Fault, Mode, Taker, Wire};
use crate::error::Result;
#[cfg(feature = "mysql")]
use crate::row::RowReader;

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

/// What a new connection is told before anybody uses it.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(all(feature = "sqlite", any(feature = "postgres", feature = "mysql"))),
    allow(dead_code, reason = "each database is told its own")
)]
pub(super) struct Setup {
    /// SQLite: hold foreign keys.
    pub(super) foreign_keys: bool,
    /// SQLite: how long to wait for a lock.
    pub(super) busy_timeout: Duration,
    /// A server: how long a statement may run.
    pub(super) statement_timeout: Option<Duration>,
}

/// What a database can do.
pub(super) fn capabilities(url: &DatabaseUrl) -> Capabilities {
    match &url.target {
        Target::Sqlite(_) => Capabilities::sqlite(),
        Target::Postgres(_) => Capabilities::postgres(),
        Target::Mysql(target) if target.maria => Capabilities::mariadb(),
        Target::Mysql(_) => Capabilities::mysql(),
    }
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

/// Tells a new connection what it must know before anybody uses it, through whatever drivers.
pub(super) async fn set_up<M: Mode>(wire: &mut M::Wire, engine: &EngineOf<M>) -> Result<()> {
    let setup = engine.options().setup;
    let done = match &engine.url().target {
        #[cfg(feature = "sqlite")]
        Target::Sqlite(target) => set_up_sqlite(wire, target, setup).await,
        #[cfg(feature = "postgres")]
        Target::Postgres(_) => set_up_postgres(wire, setup).await,
        #[cfg(feature = "mysql")]
        Target::Mysql(target) => set_up_mysql(wire, target, setup, engine).await,
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        _ => Ok(()),
    };
    done.map_err(|message: String| engine.url().cannot_connect(&message))
}

/// Tells a new connection to SQLite whether to hold foreign keys, and how long to wait for a lock.
#[cfg(feature = "sqlite")]
async fn set_up_sqlite(wire: &mut impl Wire, target: &SqliteTarget, setup: Setup) -> Result<(), String> {
    let foreign_keys = if setup.foreign_keys { "ON" } else { "OFF" };
    // What is no `int` SQLite would take for 0.
    let timeout = target.timeout.unwrap_or(setup.busy_timeout).as_millis().min(0x7fff_ffff);
    let sql = format!("PRAGMA busy_timeout = {timeout}; PRAGMA foreign_keys = {foreign_keys}");
    wire.batch(&sql).await.map_err(|fault| fault.to_string())
}

/// Tells a new connection to PostgreSQL how long its statements may run.
#[cfg(feature = "postgres")]
async fn set_up_postgres(wire: &mut impl Wire, setup: Setup) -> Result<(), String> {
    let Some(timeout) = setup.statement_timeout else { return Ok(()) };
    let sql = format!("SET statement_timeout = {}", timeout.as_millis().max(1));
    wire.batch(&sql).await.map_err(|fault| fault.to_string())
}

/// Makes a new connection agree with the other databases, and checks that the server is what the URL says and new enough.
#[cfg(feature = "mysql")]
async fn set_up_mysql<M: Mode>(
    wire: &mut impl Wire,
    target: &MysqlTarget,
    setup: Setup,
    engine: &EngineOf<M>,
) -> Result<(), String> {
    let capabilities = engine.capabilities();
    let statement = super::text::text("SELECT VERSION(), @@max_allowed_packet");
    let flat = Flat::of(&statement, capabilities).map_err(|error| error.to_string())?;
    let (mut version, mut packet) = (None, None);
    let mut take = |row: &mut dyn RowReader| {
        version = row.string(0).ok().flatten();
        packet = row.i64(1).ok().flatten();
        Ok(())
    };
    wire.load(&flat, &mut take).await.map_err(|fault| fault.to_string())?;
    let version = version.ok_or("the server does not say its version")?;
    super::mysql_version::check(&version, target.maria)?;
    engine.tally().set_packet_limit(packet.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default());
    let collation = capabilities.collation.unwrap_or("utf8mb4_bin");
    let mut sql = format!("SET NAMES utf8mb4 COLLATE {collation}; SET sql_mode = '{SQL_MODE}'; {DIVISION}");
    if let Some(timeout) = setup.statement_timeout {
        sql.push_str("; ");
        sql.push_str(&super::mysql_version::statement_timeout(timeout));
    }
    if let Some(database) = &target.database {
        sql.push_str("; USE ");
        super::dialect::identifier::write_identifier(capabilities, database, |part| sql.push_str(part));
    }
    wire.batch(&sql).await.map_err(|fault| fault.to_string())
}

/// A quotient of decimals, and so an average, has as many digits behind the point as elsewhere; 4 by default.
#[cfg(feature = "mysql")]
const DIVISION: &str = "SET div_precision_increment = 16";

/// What does not fit is refused instead of cut, and a key of 0 is a key.
#[cfg(feature = "mysql")]
const SQL_MODE: &str = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
                        NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION";
