//! Lab 28.6: Your own 6: batches. Solution.
//!
//! `Command::insert` writes one list of values after the other, and the ids come back in the same order. Changed rows share a statement where the same columns
//! of the same table have changed: `update_all` does that.

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
        let table = |key: &Key| map.get(*key).map(|row| row.table);
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST && table(&batch[0]) == table(key) => batch.push(*key),
            _ => batches.push(vec![*key]),
        }
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
