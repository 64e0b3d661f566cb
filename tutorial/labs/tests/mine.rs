//! The reader's own copies: `cargo test -p labs lab_08` judges lab 8 once it was begun. In a fresh clone there are none.

use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use labs::catalog::{self, Lab};
use labs::runner::home::Home;
use labs::runner::judge::{Judge, Verdict};
use labs::runner::plain;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let home = Home::new();
    let begun = catalog::labs().into_iter().filter(|lab| home.mine(lab).exists());
    let trials = begun.map(|lab| Trial::test(format!("lab_{}", lab.number.replace('.', "_")), || judge(lab)));
    let mut arguments = Arguments::from_args();
    // One program is built after the other.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn judge(lab: &'static Lab) -> Result<(), Failed> {
    let (home, stop) = (Home::new(), AtomicBool::new(false));
    let verdict = Judge { home: &home, stop: &stop, progress: &|_| () }.judge(lab)?;
    match &verdict {
        Verdict::Broken(message) => Err(message.into()),
        verdict if verdict.passed() => Ok(()),
        verdict => {
            let why = verdict.failure().and_then(|outcome| outcome.failure.clone()).unwrap_or_default();
            Err(format!("{}: {why}", plain::line(lab, verdict)).into())
        }
    }
}
