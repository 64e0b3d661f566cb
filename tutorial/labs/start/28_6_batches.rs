//! Lab 28.6: Your own 6: batches.
//!
//! A hundred new authors are a hundred INSERT, as stage 5 inserts row by row. Each costs a trip to the database, and most of its work is in the trip.
//!
//! `batches` divides new rows, which are ordered by table, into statements. Put rows of one table into one statement, at most `MOST` of them, as a statement
//! takes a limited number of parameters.

use labs::own::dirty_columns::changed;
use labs::own::given::{Command, Database, Key, Result, Row, Table, Value};
use labs::own::identity_map::IdentityMap;
use labs::own::keys::resolved;

/// Rows that one statement takes at most.
pub const MOST: usize = 500;

/// Divides new rows, which are ordered by table, into those of one INSERT each.
pub fn batches(map: &IdentityMap, keys: &[Key]) -> Vec<Vec<Key>> {
    let mut batches: Vec<Vec<Key>> = Vec::new();
    // hole
    for key in keys {
        batches.push(vec![*key]);
    }
    // end of hole
    batches
}

/// Inserts new rows, which are ordered by table, and notes their ids.
///
/// # Errors
/// What the database says, and a row that another refers to and that has no id yet.
pub fn insert_all(database: &mut Database, map: &mut IdentityMap, keys: &[Key]) -> Result<()> {
    for batch in batches(map, keys) {
        let rows: Vec<Row> = batch.iter().filter_map(|key| map.get(*key).cloned()).collect();
        let values = rows.iter().map(|row| resolved(map, &row.values)).collect::<Result<Vec<_>>>()?;
        let ids = database.ids(&Command::insert(rows[0].table, &values))?;
        for ((key, row), id) in batch.into_iter().zip(rows).zip(ids) {
            map.put(key, Row { id: Some(id), ..row });
        }
    }
    Ok(())
}

/// A table, columns of it, and ids and values of the rows in which just these columns have changed.
type Shape = (&'static Table, Vec<usize>, Vec<(i64, Vec<Value>)>);

/// Updates changed rows, given before and now: one statement for the rows of a table in which the same columns have changed.
///
/// # Errors
/// What the database says, and a row that another refers to and that has no id yet.
pub fn update_all(database: &mut Database, map: &IdentityMap, rows: &[(Row, Row)]) -> Result<()> {
    let mut shapes: Vec<Shape> = Vec::new();
    for (before, now) in rows {
        let columns = changed(before, now);
        let Some(id) = now.id.filter(|_| !columns.is_empty()) else { continue };
        let values: Vec<Value> = columns.iter().map(|column| now.values[*column].clone()).collect();
        let row = (id, resolved(map, &values)?);
        match shapes.iter_mut().find(|shape| shape.0 == now.table && shape.1 == columns && shape.2.len() < MOST) {
            Some(shape) => shape.2.push(row),
            None => shapes.push((now.table, columns, vec![row])),
        }
    }
    for (table, columns, rows) in &shapes {
        database.execute(&Command::update(table, columns, rows))?;
    }
    Ok(())
}

// Do not change: what this lab must do.
#[path = "../checks/28_6_batches.rs"]
pub mod checks;
