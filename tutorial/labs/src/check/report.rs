//! The report of a lab's checks: one line of JSON for each check, written by the program of the lab and read by the runner.

use serde_json::{Value, json};

use super::{Check, Outcome, run};

/// Runs the checks of a lab and prints one line of JSON for each. Each line begins with a mark that a lab's own output does not have.
#[allow(clippy::print_stdout, reason = "the report is the output of a lab's program")]
pub fn print_report(checks: &[Check]) {
    for check in checks {
        let Outcome { name, failure, expected, sent } = run(check);
        println!("{MARK}{}", json!({ "name": name, "failure": failure, "expected": expected, "sent": sent }));
    }
}

const MARK: &str = "\u{1}check ";

/// Reads a report. The second value is what the lab itself printed.
pub fn read_report(output: &str) -> (Vec<Outcome>, String) {
    let (reported, printed): (Vec<&str>, Vec<&str>) = output.lines().partition(|line| line.starts_with(MARK));
    let outcomes = reported.iter().filter_map(|line| serde_json::from_str(&line[MARK.len()..]).ok());
    (outcomes.map(|value| outcome(&value)).collect(), printed.join("\n"))
}

fn outcome(value: &Value) -> Outcome {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let texts = |value: &Value| value.as_array().map(|texts| texts.iter().filter_map(text).collect::<Vec<_>>());
    Outcome {
        name: text(&value["name"]).unwrap_or_default(),
        failure: text(&value["failure"]),
        expected: texts(&value["expected"]),
        sent: texts(&value["sent"]).unwrap_or_default(),
    }
}
