//! Runs that are profiled instead of timed: each test once to count its statements, once for its phases and allocations.

use std::fmt::Write;

use serde_json::{Value, json};

use super::arguments::SuiteArguments;
use super::json;
use super::run::{Measured, Progress, Runner};
use super::sent::Sent;
use crate::Result;
use crate::profile::{Allocations, Profile, callers, folded, table};

/// Figures of a profiled test.
pub(crate) struct Profiled {
    measured: Measured,
    profile: Profile,
}

impl Profiled {
    /// The name of the test, its statements and its allocations.
    pub(crate) fn counts(self) -> (&'static str, Sent, Allocations) {
        (self.measured.name, self.measured.sent, self.profile.allocations)
    }
}

/// Runs every test and drops the tables, also after a failure.
pub(crate) fn run(runner: &Runner<'_>, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Vec<Profiled>> {
    let outcome = run_all(runner, progress);
    let cleaned = runner.context.clean_up();
    let profiled = outcome?;
    cleaned?;
    Ok(profiled)
}

fn run_all(runner: &Runner<'_>, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Vec<Profiled>> {
    runner.set_up_once(progress)?;
    let mut profiled = Vec::new();
    for test in runner.tests() {
        progress(Progress::Test { name: test.name, round: 0 });
        let measured = runner.count(test)?;
        runner.set_up(test)?;
        let profile = Profile::record(|| runner.run_body(test))?;
        profiled.push(Profiled { measured, profile });
        progress(Progress::Done);
    }
    Ok(profiled)
}

/// SQLAlchemy's line with calls in place of the time, and the tables that the arguments ask for.
pub(crate) fn report(profiled: &[Profiled], num: usize, arguments: &SuiteArguments) -> String {
    let mut text = String::new();
    for Profiled { measured, profile } in profiled {
        let _ = writeln!(
            text,
            "{} : {} ({num} iterations); total calls {}",
            measured.name,
            measured.about,
            profile.calls()
        );
        let allocations = profile.allocations;
        let _ = writeln!(
            text,
            "    {} · {} rows · {} allocations · {} bytes · {} bytes at most",
            measured.sent, measured.sent.rows, allocations.count, allocations.bytes, allocations.peak
        );
        if arguments.dumps() {
            text.push_str(&table(profile, &arguments.sort));
        }
        if arguments.callers {
            text.push_str(&callers(profile));
        }
    }
    text
}

/// The same for machines. Times of phases in seconds.
pub(crate) fn machine_report(suite: &str, profiled: &[Profiled], num: usize) -> Value {
    let tests = profiled.iter().map(|Profiled { measured, profile }| {
        let phases = (0..profile.tree.nodes().len()).map(|at| {
            let node = &profile.tree.nodes()[at];
            json!({
                "path": profile.tree.path(at).join(";"),
                "calls": node.calls,
                "own": node.own().as_secs_f64(),
                "cumulative": node.cumulative.as_secs_f64(),
                "allocations": node.allocations,
            })
        });
        json!({
            "name": measured.name,
            "calls": profile.calls(),
            "statements": json::sent(measured),
            "rows": measured.sent.rows,
            "allocations": profile.allocations.count,
            "bytes": profile.allocations.bytes,
            "peak": profile.allocations.peak,
            "phases": phases.collect::<Vec<_>>(),
        })
    });
    json!({ "suite": suite, "num": num, "tests": tests.collect::<Vec<_>>() })
}

/// Folded stacks of every test.
pub(crate) fn raw(profiled: &[Profiled]) -> String {
    profiled.iter().map(|profiled| folded(profiled.measured.name, &profiled.profile)).collect()
}
