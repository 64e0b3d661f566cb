//! Lab 24: A budget.
//!
//! A page lists orders with their customers. It may send two SELECTs, one for the orders and one for all their customers, however many orders there are. A test
//! should hold this, as nobody sees an N+1 on a table of three rows.
//!
//! `budget` calls a page. Make it panic when the page sends more than two SELECTs.

use orm::StatementKind;
use orm::prelude::*;

/// A page: lines of text.
pub type Page = fn(&mut Session) -> orm::Result<Vec<String>>;

/// Calls a page, and panics when it sends more than two SELECTs.
pub fn budget(session: &mut Session, page: Page) -> orm::Result<()> {
    // hole
    page(session)?;
    // end of hole
    Ok(())
}

// Do not change: what this lab must do.
#[path = "../checks/24_a_budget.rs"]
pub mod checks;
