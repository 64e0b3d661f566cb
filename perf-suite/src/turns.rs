//! A side in a process of its own: in one process they slow each other down, and not all of them alike.

use std::io::{BufRead, BufReader, Lines, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::{Comparison, Result};

/// A process that measures one side whenever it is told to.
#[derive(Debug)]
pub(crate) struct Turns {
    pub(crate) name: String,
    child: Child,
    /// Closed, it ends the process.
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Turns {
    /// Starts a process that [serves](serve); `None` when it knows no such side.
    pub(crate) fn start(mut command: Command) -> Result<Option<Self>> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().ok_or("a process without output")?).lines();
        let name = answers.next().transpose()?;
        let mut turns = Self { name: String::new(), child, orders, answers };
        match name {
            Some(name) => {
                turns.name = name;
                Ok(Some(turns))
            }
            None => match turns.end()? {
                true => Ok(None),
                false => Err("a side cannot be started".into()),
            },
        }
    }

    /// Measures once.
    pub(crate) fn turn(&mut self) -> Result<Duration> {
        writeln!(self.orders.as_mut().ok_or("the side has ended")?)?;
        let answer = self.answers.next().transpose()?.ok_or_else(|| format!("{} has failed", self.name))?;
        Ok(Duration::from_nanos(answer.parse()?))
    }

    /// Ends the process; whether it went well.
    fn end(&mut self) -> Result<bool> {
        self.orders = None;
        Ok(self.child.wait()?.success())
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        // Whatever it still had to say, nobody wants to know.
        let _ = self.end();
    }
}

/// Measures one side of a comparison for each line that comes in, until no more come: says its name, and then how long each turn took, in ns.
///
/// # Errors
/// What the database says; a wrong result.
pub fn serve(comparison: Comparison, url: &str, side: usize, rows: usize) -> Result<()> {
    let Some(mut side) = comparison.contest.sides(url)?.into_iter().nth(side) else { return Ok(()) };
    let (workload, mut out) = (comparison.workload, stdout());
    writeln!(out, "{}", side.name())?;
    for (turn, order) in stdin().lines().enumerate() {
        order?;
        let elapsed = match turn > 0 && workload.only_reads() {
            true => workload.measure_again(side.as_mut(), rows)?,
            false => workload.measure(side.as_mut(), rows)?,
        };
        writeln!(out, "{}", elapsed.as_nanos())?;
    }
    Ok(())
}
