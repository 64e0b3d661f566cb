//! Others beside the ORM: SQLAlchemy's own suite, and the workloads of the C library and typed diesel that correspond to a suite.

mod sqlalchemy;

use crate::suite::{Beside, Measurement, SuiteArguments};
use crate::workload::Workload;
use crate::{Comparison, Contest, Ratios, Result, ratios_of};

/// Measures the sides that the arguments name and writes a table for each kind of side.
///
/// # Errors
/// When a side cannot be measured: no counterpart of the suite, no SQLAlchemy, another database.
pub(crate) fn tables(measurement: &Measurement, arguments: &SuiteArguments, url: Option<&str>) -> Result<String> {
    let mut text = String::new();
    let (num, rounds) = (measurement.num, arguments.rounds as usize);
    if arguments.beside.iter().any(|side| matches!(side, Beside::C | Beside::Diesel)) {
        text.push_str(&format!("\n{}", workloads(measurement.suite, url, num, rounds)?));
    }
    if arguments.beside.contains(&Beside::Sqlalchemy) {
        if url.is_some_and(|url| !url.starts_with("sqlite:")) {
            return Err("SQLAlchemy is measured on SQLite, in a file of its own: leave `--dburl` out".into());
        }
        let tests: Vec<&str> = measurement.tests.iter().map(|test| test.name).collect();
        let theirs = sqlalchemy::Sqlalchemy::run(measurement.suite, &tests, num, rounds)?;
        text.push_str(&sqlalchemy::comparison(measurement, &theirs));
    }
    Ok(text)
}

/// Ratios of the workloads that do what the suite does, each side in a process of its own.
fn workloads(suite: &str, url: Option<&str>, num: usize, rounds: usize) -> Result<Ratios> {
    let workloads = counterparts(suite);
    if workloads.is_empty() {
        return Err(format!("typed diesel and the C library have no counterpart of {suite}").into());
    }
    let lines: Vec<Comparison> =
        workloads.iter().map(|workload| Comparison { workload: *workload, contest: Contest::Libraries }).collect();
    ratios_of(&lines, url.unwrap_or("sqlite://"), Some(num), rounds)
}

/// The workloads that do what the tests of a suite do, for the sides that have no suite.
fn counterparts(suite: &str) -> &'static [Workload] {
    match suite {
        "bulk_inserts" => &[Workload::InsertGenerated, Workload::InsertGiven, Workload::InsertBulk],
        "bulk_updates" => &[Workload::Update],
        "large_resultsets" => {
            &[Workload::LoadTracked, Workload::LoadUntracked, Workload::LoadColumns, Workload::Stream]
        }
        "short_selects" => &[Workload::Query, Workload::Get],
        "relationships" => &[Workload::SelectIn],
        _ => &[],
    }
}
