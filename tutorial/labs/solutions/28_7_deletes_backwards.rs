//! Lab 28.7: Your own 7: deletes backwards. Solution.
//!
//! One order serves both directions. Deletions come after all insertions and changes, so that a book may move away from an author who goes.

use labs::own::given::{Command, Row, Table};

/// DELETE statements for rows that go. `tables` is the order in which rows are inserted.
pub fn deletes(tables: &[&'static Table], rows: &[Row]) -> Vec<Command> {
    let mut commands = Vec::new();
    // hole
    for table in tables.iter().rev() {
        // end of hole
        let ids: Vec<i64> = rows.iter().filter(|row| row.table == *table).filter_map(|row| row.id).collect();
        if !ids.is_empty() {
            commands.push(Command::delete(table, &ids));
        }
    }
    commands
}

// Do not change: what this lab must do.
#[path = "../checks/28_7_deletes_backwards.rs"]
pub mod checks;
