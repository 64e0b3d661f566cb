//! Runs the checks of many labs: all must pass, or each lab must fail for its own reason.
#![allow(dead_code, reason = "each test file uses one half")]

use std::process::ExitCode;

use labs::catalog;
use labs::check::{Check, Outcome, run};
use libtest_mimic::{Arguments, Failed, Trial};

/// A lab's number and its checks.
type Judged = (&'static str, &'static [Check]);

/// Every check of every lab passes.
pub(crate) fn pass(labs: &[Judged]) -> ExitCode {
    judge(labs, |_, outcomes| {
        let failed = outcomes
            .iter()
            .find_map(|outcome| outcome.failure.clone().map(|why| format!("{}: {why}\n{outcome:#?}", outcome.name)));
        failed.map_or(Ok(()), Err)
    })
}

/// Each lab fails, and its failure or the statements that were sent have the words of the catalog.
pub(crate) fn fail(labs: &[Judged]) -> ExitCode {
    judge(labs, |number, outcomes| {
        let lab = catalog::find(number)?;
        let failed = outcomes.iter().find(|outcome| outcome.failure.is_some());
        let told = failed
            .map(|outcome| format!("{}\n{}", outcome.failure.clone().unwrap_or_default(), outcome.sent.join("\n")));
        let told = told.unwrap_or_default();
        match failed {
            None => Err("passes, although its hole is open".to_owned()),
            Some(_) if told.contains(lab.fails) => Ok(()),
            Some(_) => Err(format!("the catalog says `{}`, and what comes is {told}", lab.fails)),
        }
    })
}

fn judge(labs: &[Judged], judge: fn(&str, &[Outcome]) -> Result<(), String>) -> ExitCode {
    let trial = |&(number, checks): &Judged| {
        let name = format!("lab_{}", number.replace('.', "_"));
        Trial::test(name, move || {
            let outcomes: Vec<_> = checks.iter().map(run).collect();
            judge(number, &outcomes).map_err(Failed::from)
        })
    };
    let mut arguments = Arguments::from_args();
    // A check replaces the panic hook of the process while it runs.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, labs.iter().map(trial).collect()).exit_code()
}
