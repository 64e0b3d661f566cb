//! Statements, rows, allocations, bytes and instructions are those of `counts.tsv`, give or take 2 %.

use std::path::Path;

use perf_suite::Result;
use perf_suite::counts::{Counts, InstructionCounter, Table, compilers, counts};

const TOLERANCE: f64 = 0.02;

fn kept() -> Result<Table> {
    Table::parse(include_str!("../counts.tsv"))
}

/// The part of the file that a test compares.
fn part(table: &Table, workloads: bool) -> Table {
    let is_part = |counts: &&Counts| counts.name.starts_with("workload/") == workloads;
    Table { compilers: table.compilers.clone(), counts: table.counts.iter().filter(is_part).cloned().collect() }
}

fn compare(kept: &Table, now: &[Counts]) {
    let differences: Vec<String> = kept.differences(now, TOLERANCE).iter().map(ToString::to_string).collect();
    assert!(
        differences.is_empty(),
        "{}\nif this is meant: `cargo run -p perf-suite -- counts --write`",
        differences.join("\n")
    );
}

/// Whether allocations and instructions of this build can be compared with the file's. Features that other packages of a build switch on change
/// both, so the one who builds the package alone says so: `PERF_COUNTS=all cargo test -p perf-suite --test regression`.
fn is_comparable() -> bool {
    let is_alone = std::env::var_os("PERF_COUNTS").is_some();
    if !cfg!(debug_assertions) {
        eprintln!("skipped: the file is of a debug build");
    } else if !is_alone {
        eprintln!("skipped: PERF_COUNTS is not set, so the package may be built with features of others");
    }
    cfg!(debug_assertions) && is_alone
}

/// The tests and figures that no feature and no profile changes: statements and rows of what the file has.
fn of_any_build(table: &Table, counts: Vec<Counts>) -> Vec<Counts> {
    let is_kept = |counts: &Counts| table.counts.iter().any(|kept| kept.name == counts.name);
    let mut counts: Vec<Counts> = counts.into_iter().filter(is_kept).collect();
    for counts in &mut counts {
        counts.figures.retain(|(figure, _)| matches!(figure.as_str(), "statements" | "rows"));
    }
    counts
}

#[test]
fn statements_and_rows_are_those_of_the_file() -> Result<()> {
    let kept = part(&kept()?, false);
    let now = of_any_build(&kept, counts()?);
    let kept = Table { compilers: kept.compilers.clone(), counts: of_any_build(&kept, kept.counts.clone()) };
    assert!(kept.counts.len() > 20, "the file has few tests");
    compare(&kept, &now);
    Ok(())
}

/// A release build saves some allocations of a debug build, so that its counts differ.
#[test]
fn allocations_are_those_of_the_file() -> Result<()> {
    if is_comparable() {
        compare(&part(&kept()?, false), &counts()?);
    }
    Ok(())
}

/// Other compilers make other instructions of the same program and of SQLite.
#[test]
fn instructions_are_those_of_the_file() -> Result<()> {
    let kept = kept()?;
    let program = Path::new(env!("CARGO_BIN_EXE_perf-suite")).to_owned();
    match InstructionCounter::new(program) {
        _ if !is_comparable() => {}
        None => eprintln!("skipped: valgrind is not installed"),
        Some(_) if compilers()? != kept.compilers => eprintln!("skipped: the file is of {}", kept.compilers),
        Some(counter) => compare(&part(&kept, true), &counter.counts()?),
    }
    Ok(())
}

/// A test that is counted and not in the file, or the other way round, is a difference.
#[test]
fn a_change_of_more_than_two_percent_is_found() -> Result<()> {
    let kept = kept()?;
    assert_eq!(kept.differences(&kept.counts, TOLERANCE), []);
    let mut changed = kept.counts.clone();
    let figure = changed.iter_mut().flat_map(|counts| &mut counts.figures).find(|(name, _)| name == "allocations");
    let (_, count) = figure.ok_or("no allocations are kept")?;
    *count += *count / 30;
    assert_eq!(kept.differences(&changed, TOLERANCE).len(), 1);
    changed.pop();
    assert!(kept.differences(&changed, TOLERANCE).len() > 1);
    Ok(())
}
