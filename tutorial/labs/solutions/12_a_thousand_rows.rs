//! Lab 12: A thousand rows. Solution.
//!
//! `session.execute` runs within the session's transaction, past the unit of work: the session holds none of these rows. A database takes a limited number of
//! parameters in one statement, so that very many rows are several statements.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Reading {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub sensor: i64,
    pub value: i64,
}

/// Stores the readings of a sensor.
pub fn store(session: &mut Session, sensor: i64, values: &[i64]) -> orm::Result<()> {
    // hole
    let rows = values.iter().map(|value| (sensor, *value));
    session.execute(&insert("reading").rows((Reading::SENSOR, Reading::VALUE), rows))?;
    // end of hole
    session.commit()
}

// Do not change: what this lab must do.
#[path = "../checks/12_a_thousand_rows.rs"]
pub mod checks;
