//! Lab 28.4: Your own 4: order by foreign key.
//!
//! A book cannot be inserted before its author, as the database checks the foreign key. The order in which a program makes its entities does not matter: the
//! foreign keys say which table comes first.
//!
//! Order the tables so that each comes after those that it refers to. Tables that do not depend on each other keep their order. A table may refer to itself. A
//! circle of several tables is an error that names them.

use labs::own::given::{Result, Table};

/// Tables in the order in which rows are inserted.
///
/// # Errors
/// When tables refer to each other in a circle: the message names them.
pub fn order(tables: &[&'static Table]) -> Result<Vec<&'static Table>> {
    // hole
    Ok(tables.to_vec())
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/28_4_order_by_foreign_key.rs"]
pub mod checks;
