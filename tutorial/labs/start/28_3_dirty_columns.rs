//! Lab 28.3: Your own 3: dirty columns.
//!
//! The snapshot of stage 2 is compared with the row as it is now. An UPDATE names the columns that differ, and where none does there is no UPDATE.
//!
//! `changed` says which columns differ. As it stands, it names all of them, so that another program's change of another column is overwritten.

use labs::own::given::{Command, Row};

/// Positions of the columns that differ.
pub fn changed(before: &Row, now: &Row) -> Vec<usize> {
    // hole
    (0..before.values.len().min(now.values.len())).collect()
    // end of hole
}

/// The UPDATE that makes the row in the database what it is in memory; `None` where nothing differs or there is no row.
pub fn update(before: &Row, now: &Row) -> Option<Command> {
    let columns = changed(before, now);
    let values = columns.iter().map(|column| now.values[*column].clone()).collect();
    let id = now.id.filter(|_| !columns.is_empty())?;
    Some(Command::update(now.table, &columns, &[(id, values)]))
}

// Do not change: what this lab must do.
#[path = "../checks/28_3_dirty_columns.rs"]
pub mod checks;
