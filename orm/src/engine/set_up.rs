//! The first statements of a new connection, through whatever drivers.

use super::EngineOf;
use super::dialect::set_up::NewConnection;
use super::flat::Flat;
use super::text::text;
use super::wire::{Mode, Wire};
use crate::error::Result;
use crate::row::RowReader;

/// Tells a new connection what it must know before anybody uses it.
pub(super) async fn set_up<M: Mode>(wire: &mut M::Wire, engine: &EngineOf<M>) -> Result<()> {
    run::<M>(wire, engine).await.map_err(|message| engine.url().cannot_connect(&message))
}

async fn run<M: Mode>(wire: &mut M::Wire, engine: &EngineOf<M>) -> Result<(), String> {
    let capabilities = engine.capabilities();
    let server_version = match capabilities.server_query {
        Some(query) => ask_server::<M>(wire, engine, query).await?,
        None => None,
    };
    let (setup, database) = (engine.options().setup, engine.url().unselected_database());
    let sql = (capabilities.set_up)(&NewConnection { setup, capabilities, database, server_version })?;
    if sql.is_empty() {
        return Ok(());
    }
    wire.batch(&sql).await.map_err(|fault| fault.to_string())
}

/// Asks the server for its version, and takes note of the bytes that it takes in one statement.
async fn ask_server<M: Mode>(
    wire: &mut M::Wire,
    engine: &EngineOf<M>,
    query: &'static str,
) -> Result<Option<String>, String> {
    let statement = text(query);
    let flat = Flat::of(&statement, engine.capabilities()).map_err(|error| error.to_string())?;
    let (mut version, mut packet) = (None, None);
    let mut take = |row: &mut dyn RowReader| {
        version = row.string(0).ok().flatten();
        packet = row.i64(1).ok().flatten();
        Ok(())
    };
    wire.load(&flat, &mut take).await.map_err(|fault| fault.to_string())?;
    engine.tally().set_packet_limit(packet.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default());
    Ok(version)
}
