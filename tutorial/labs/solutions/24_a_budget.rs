//! Lab 24: A budget. Solution.
//!
//! A count is exact where a time is not. `assert_statements!` with the texts is the stricter form, for a page whose statements should stay as they are.

use orm::StatementKind;
use orm::prelude::*;

/// A page: lines of text.
pub type Page = fn(&mut Session) -> orm::Result<Vec<String>>;

/// Calls a page, and panics when it sends more than two SELECTs.
pub fn budget(session: &mut Session, page: Page) -> orm::Result<()> {
    // hole
    let recorder = session.engine().record();
    page(session)?;
    let selects = recorder.take().count(StatementKind::Select);
    assert!(selects <= 2, "the page may send 2 SELECT, and it sent {selects}");
    // end of hole
    Ok(())
}

// Do not change: what this lab must do.
#[path = "../checks/24_a_budget.rs"]
pub mod checks;
