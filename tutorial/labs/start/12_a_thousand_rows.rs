//! Lab 12: A thousand rows.
//!
//! A sensor brings a thousand readings at once. They need no key and no identity map, they only have to be written. The loop sends a statement for each of them.
//!
//! Send all rows with one `insert`.

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
    for value in values {
        session.execute(&insert("reading").rows((Reading::SENSOR, Reading::VALUE), [(sensor, *value)]))?;
    }
    // end of hole
    session.commit()
}

// Do not change: what this lab must do.
#[path = "../checks/12_a_thousand_rows.rs"]
pub mod checks;
