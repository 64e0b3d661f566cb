//! Counts that the load of the machine does not change: statements, rows, allocations and bytes of each test, instructions of each workload.
//!
//! They are kept in `perf-suite/counts.tsv` and compared by `tests/regression.rs` with a tolerance of 2 %.

mod instructions;
mod table;

pub use instructions::{InstructionCounter, compilers};
pub use table::{Counts, Difference, Table};

use crate::suite::Suite;
use crate::{Result, extra, originals};

/// Number of items at which a suite is counted.
pub fn counted_items(suite: &str) -> usize {
    match suite {
        // Each item is a commit, which waits for the disk.
        "single_inserts" => 50,
        // Each item is a parent with 100 children.
        "relationships" => 20,
        _ => 500,
    }
}

/// Counts every test of every suite on a SQLite file, but those of tasks, whose order is not given.
///
/// # Errors
/// When a test fails.
pub fn counts() -> Result<Vec<Counts>> {
    let suites: Vec<Suite> = originals().into_iter().chain(extra()).filter(|suite| suite.name() != "async").collect();
    let mut counts = Vec::new();
    for suite in &suites {
        for (name, sent, allocations) in suite.profile(counted_items(suite.name()))? {
            counts.push(Counts {
                name: format!("{}/{name}", suite.name()),
                figures: vec![
                    ("statements".to_owned(), sent.statements() as u64),
                    ("rows".to_owned(), sent.rows as u64),
                    ("allocations".to_owned(), allocations.count),
                    ("bytes".to_owned(), allocations.bytes),
                ],
            });
        }
    }
    Ok(counts)
}
