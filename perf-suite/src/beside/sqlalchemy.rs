//! SQLAlchemy's own suite, run by Python in a process beside this one.

use std::env;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::Result;
use crate::suite::{Measurement, Sent, Spread};

/// The program that runs it.
const SCRIPT: &str = include_str!("sqlalchemy.py");

/// Figures of SQLAlchemy's tests.
#[derive(Clone, Debug)]
pub(crate) struct Sqlalchemy {
    version: String,
    python: String,
    tests: Vec<Theirs>,
}

/// Figures of a test of SQLAlchemy.
#[derive(Clone, Debug)]
struct Theirs {
    name: String,
    times: Vec<Duration>,
    /// Calls of the driver; an execute-many is one.
    calls: Sent,
    /// Sets of parameters that the driver was given.
    sets: Sent,
}

impl Sqlalchemy {
    /// Runs tests of a suite in Python. The variable `SQLALCHEMY` names the folder of SQLAlchemy's sources, `PYTHON` the interpreter.
    ///
    /// # Errors
    /// When Python lacks SQLAlchemy, or the folder has no `examples/performance`; what the tests say.
    pub(crate) fn run(suite: &str, tests: &[&str], num: usize, rounds: usize) -> Result<Self> {
        let folder = folder()?;
        let python = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut command = Command::new(&python);
        command.args(["-c", SCRIPT]).arg(&folder).args([suite, &num.to_string(), &rounds.to_string()]).args(tests);
        let output = command.output().map_err(|error| format!("{python}: {error}"))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let last = complaint.lines().last().unwrap_or("it failed").to_owned();
            return Err(format!("{python}: {last}; `pip install sqlalchemy` brings SQLAlchemy").into());
        }
        Self::read(&String::from_utf8(output.stdout)?)
    }

    /// Reads what the script prints.
    fn read(said: &str) -> Result<Self> {
        let mut lines = said.lines().map(serde_json::from_str::<Value>);
        let first = lines.next().ok_or("Python said nothing")??;
        let word = |key: &str| first[key].as_str().unwrap_or("?").to_owned();
        let tests = lines.map(|line| Theirs::read(&line?)).collect::<Result<_>>()?;
        Ok(Self { version: word("version"), python: word("python"), tests })
    }
}

impl Theirs {
    fn read(line: &Value) -> Result<Self> {
        let times = line["times"].as_array().ok_or("no times")?;
        let seconds = times.iter().filter_map(Value::as_f64).map(Duration::from_secs_f64);
        let sent = |key: &str| {
            let kind = |kind: &str| line[key][kind].as_u64().unwrap_or(0) as usize;
            let (select, insert) = (kind("select"), kind("insert"));
            Sent { select, insert, update: kind("update"), delete: kind("delete"), other: 0, rows: 0 }
        };
        Ok(Self {
            name: line["name"].as_str().ok_or("no name")?.to_owned(),
            times: seconds.collect(),
            calls: sent("calls"),
            sets: sent("sets"),
        })
    }

    /// Statements as the driver was called, with the sets of parameters where they are more.
    fn statements(&self) -> String {
        match self.calls.statements() {
            0 => "past the engine".to_owned(),
            _ if self.calls == self.sets => self.calls.to_string(),
            _ => format!("{} ({} sets)", self.calls, self.sets.statements()),
        }
    }
}

/// The folder that has `examples/performance`.
fn folder() -> Result<PathBuf> {
    let named = env::var_os("SQLALCHEMY").map(PathBuf::from);
    let has_suites = |folder: &PathBuf| folder.join("examples/performance/__init__.py").is_file();
    named.filter(has_suites).ok_or_else(|| {
        "the variable SQLALCHEMY must name a folder with `examples/performance`: \
         `git clone --depth 1 https://github.com/sqlalchemy/sqlalchemy` makes one"
            .into()
    })
}

/// A table in Markdown: each test here and there, on the same number of items.
pub(crate) fn comparison(ours: &Measurement, theirs: &Sqlalchemy) -> String {
    let mut text = format!(
        "\n`{}`, {} items, SQLAlchemy {} on Python {}\n\n",
        ours.suite, ours.num, theirs.version, theirs.python
    );
    text.push_str("| test | SQLAlchemy | orm | times as fast | statements there | statements here |\n");
    text.push_str("| --- | --: | --: | --: | --- | --- |\n");
    for test in &ours.tests {
        let Some(there) = theirs.tests.iter().find(|there| there.name == test.name) else { continue };
        let (slow, fast) = (Spread::of(&there.times), test.spread());
        let ratio = match slow.overlaps(&fast) {
            true => "=".to_owned(),
            false => format!("{:.1}", slow.median.as_secs_f64() / fast.median.as_secs_f64()),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ratio} | {} | {} |",
            test.name,
            milliseconds(slow.median),
            milliseconds(fast.median),
            there.statements(),
            test.sent
        );
    }
    text
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        m if m >= 100.0 => format!("{m:.0} ms"),
        m if m >= 10.0 => format!("{m:.1} ms"),
        m => format!("{m:.2} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_prints_is_read() -> Result<()> {
        let said = "{\"version\": \"2.1.9\", \"python\": \"3.11.5\"}\n\
            {\"name\": \"test_orm_flush\", \"times\": [0.5, 0.25], \"calls\": {\"select\": 1, \"update\": 1}, \"sets\": {\"select\": 1, \"update\": 1000}}\n\
            {\"name\": \"test_dbapi_raw\", \"times\": [0.1], \"calls\": {}, \"sets\": {}}\n";
        let read = Sqlalchemy::read(said)?;
        assert_eq!(read.version, "2.1.9");
        assert_eq!(read.tests[0].statements(), "1 SELECT, 1 UPDATE (1001 sets)");
        assert_eq!(read.tests[1].statements(), "past the engine");
        assert_eq!(Spread::of(&read.tests[0].times).median, Duration::from_millis(375));
        Ok(())
    }
}
