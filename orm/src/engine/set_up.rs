//! The first statements of a new connection.

use super::EngineOf;
use super::compiled::CompiledStatement;
use super::dialect::set_up::NewConnection;
use super::mode::{DriverConnection, Mode};
use super::text::text;
use crate::error::Result;
use crate::row::RowReader;

/// Runs the first statements of a new connection.
pub(super) async fn set_up<M: Mode>(driver: &mut M::DriverConnection, engine: &EngineOf<M>) -> Result<()> {
    run::<M>(driver, engine).await.map_err(|message| engine.url().cannot_connect(&message))
}

async fn run<M: Mode>(driver: &mut M::DriverConnection, engine: &EngineOf<M>) -> Result<(), String> {
    let capabilities = engine.capabilities();
    let server_version = match capabilities.server_query {
        Some(query) => ask_server::<M>(driver, engine, query).await?,
        None => None,
    };
    let (setup, database) = (engine.options().setup, engine.url().unselected_database());
    let sql = (capabilities.set_up)(&NewConnection { setup, capabilities, database, server_version })?;
    if sql.is_empty() {
        return Ok(());
    }
    driver.batch(&sql).await.map_err(|fault| fault.to_string())
}

/// Reads the server's version and its size limit of a statement.
async fn ask_server<M: Mode>(
    driver: &mut M::DriverConnection,
    engine: &EngineOf<M>,
    query: &'static str,
) -> Result<Option<String>, String> {
    let statement = text(query);
    let compiled = CompiledStatement::of(&statement, engine.capabilities()).map_err(|error| error.to_string())?;
    let (mut version, mut packet) = (None, None);
    let mut take = |row: &mut dyn RowReader| {
        version = row.string(0).ok().flatten();
        packet = row.i64(1).ok().flatten();
        Ok(())
    };
    driver.load(&compiled, &mut take).await.map_err(|fault| fault.to_string())?;
    engine.counters().set_packet_limit(packet.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default());
    Ok(version)
}
