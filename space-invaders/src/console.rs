//! The console: SQL of the player on the transaction of the game. What it changes, the next frame shows.

use std::time::Instant;

use orm::prelude::*;

/// Rows of a query that are shown.
const SHOWN: usize = 8;

/// Runs a statement and says what came of it. A statement that fails is undone alone, so that the game goes on.
///
/// # Errors
/// Whatever the database says.
pub fn run(session: &mut Session, sql: &str) -> orm::Result<String> {
    let statement = text(sql);
    let start = Instant::now();
    let is_query = sql.trim_start().get(..6).is_some_and(|verb| verb.eq_ignore_ascii_case("select"));
    let (rows, shown) = session.nested(|session| match is_query {
        true => {
            let rows = session.with_connection(|connection| connection.query(&statement))?;
            let shown = rows.iter().take(SHOWN).map(|row| {
                let values: Vec<String> = row.values.iter().map(shown).collect();
                format!("\n  {}", values.join(" | "))
            });
            Ok((rows.len(), shown.collect::<String>()))
        }
        false => Ok((session.execute(&statement)?, String::new())),
    })?;
    session.expire_all();
    let took = start.elapsed().as_secs_f64() * 1000.0;
    Ok(format!("{rows} rows, {took:.1} ms; the session was expired{shown}"))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Text(text) => text.chars().take(20).collect(),
        Value::I64(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}
