//! Instructions of a workload, counted by valgrind where it is installed.
//!
//! A few lines call valgrind's cachegrind, and gungraun is not used. Gungraun gives the same count, as it runs the same
//! valgrind. It needs a runner of its own version, which `cargo install` builds for minutes, and benches of its own.
//! Here the program that people run is counted twice, with different numbers of items, so that the start of the program
//! falls out of the difference.

use std::path::PathBuf;
use std::process::Command;

use super::table::Counts;
use crate::{Result, Workload};

/// Items of the smaller of two runs; the larger has twice as many, and their difference is free of what happens once.
const ITEMS: usize = 100;

/// Runs a program under valgrind and reads its count.
#[derive(Clone, Debug)]
pub struct InstructionCounter {
    program: PathBuf,
}

impl InstructionCounter {
    /// Takes the `perf-suite` program; none where valgrind is not installed.
    pub fn new(program: PathBuf) -> Option<Self> {
        let installed = Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success());
        installed.then_some(Self { program })
    }

    /// Counts the instructions that an item of each workload takes the ORM, its fixture and the check of its result included.
    ///
    /// # Errors
    /// When valgrind or the program fails.
    pub fn counts(&self) -> Result<Vec<Counts>> {
        let count = |workload: Workload| {
            let items = if workload == Workload::SelectIn { ITEMS / 10 } else { ITEMS };
            let (once, twice) = (self.count(workload, items)?, self.count(workload, 2 * items)?);
            let each = twice.saturating_sub(once) / items as u64;
            Ok(Counts {
                name: format!("workload/{}", workload.name()),
                figures: vec![("instructions".to_owned(), each)],
            })
        };
        Workload::ALL.into_iter().map(count).collect()
    }

    fn count(&self, workload: Workload, items: usize) -> Result<u64> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
        // Otherwise the thread that opens the pool's places may starve, and then the end of the program closes no connection.
        valgrind.arg("--fair-sched=yes");
        valgrind.arg(&self.program).args(["run", workload.name(), "--side", "orm", "--num", &items.to_string()]);
        let output = valgrind.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = said.lines().find(|line| line.contains("I") && line.contains("refs:"));
        match line.and_then(|line| line.rsplit(':').next()).filter(|_| output.status.success()) {
            Some(count) => Ok(count.trim().replace(',', "").parse()?),
            None => Err(format!("valgrind on {}: {said}", workload.name()).into()),
        }
    }
}

/// Returns the versions of the compilers in use, such as `rustc 1.95.0, cc 12.2.0`. The C compiler builds SQLite.
///
/// # Errors
/// When there is no `rustc` or no `cc`.
pub fn compilers() -> Result<String> {
    let rustc = version("RUSTC", "rustc", "--version")?;
    let rustc = rustc.split_whitespace().nth(1).unwrap_or_default();
    let cc = version("CC", "cc", "-dumpfullversion")?;
    Ok(format!("rustc {rustc}, cc {}", cc.trim()))
}

/// The output of a program that an environment variable may replace.
fn version(variable: &str, program: &str, argument: &str) -> Result<String> {
    let program = std::env::var(variable).unwrap_or_else(|_| program.to_owned());
    let output = Command::new(&program).arg(argument).output().map_err(|error| format!("{program}: {error}"))?;
    Ok(String::from_utf8(output.stdout)?)
}
