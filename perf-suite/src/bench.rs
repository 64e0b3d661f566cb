//! What the benches share: where they run and how many rows they take, so that all of them together take minutes.

use std::time::Duration;

use crate::workload::{Side, Workload};

/// The database of the benches: `PERF_SUITE_URL`, else SQLite in memory.
pub fn url() -> String {
    std::env::var("PERF_SUITE_URL").unwrap_or_else(|_| "sqlite://".to_owned())
}

/// How many rows a bench takes: a tenth of what the ratios do.
pub fn rows(workload: Workload) -> usize {
    match workload {
        Workload::Get | Workload::Query => 1_000,
        Workload::SelectIn => 100,
        _ => workload.rows() / 10,
    }
}

/// The time of so many runs, each of them checked.
///
/// # Panics
/// When the database refuses something, or a result is wrong: that is no time.
pub fn time(workload: Workload, side: &mut dyn Side, rows: usize, times: u64) -> Duration {
    let run = |_| match workload.measure(side, rows) {
        Ok(elapsed) => elapsed,
        Err(error) => panic!("{error}"),
    };
    (0..times).map(run).sum()
}
