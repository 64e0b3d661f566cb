//! Comparing what was sent with what a lab expects.

use orm::engine::RecordedStatement;
use orm::{Recorder, StatementKind};

use super::note;
use crate::diff;

/// A statement and its parameters on one line: `DELETE FROM user WHERE user.id = ?  [1]`.
fn line(statement: &RecordedStatement) -> String {
    if statement.parameters.is_empty() {
        return statement.sql.clone();
    }
    format!("{}  [{}]", statement.sql, statement.parameters.join(", "))
}

/// Returns one line for each statement. Equal statements that follow each other are one line with a count.
pub fn lines(statements: &[RecordedStatement]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for run in statements.chunk_by(|one, next| one.sql == next.sql) {
        match run {
            [only] => lines.push(line(only)),
            [first, ..] => lines.push(format!("{} x {}", run.len(), first.sql)),
            [] => {}
        }
    }
    lines
}

/// Empties the record and compares it, line by line, with `expected`. A line is a statement, then two blanks and the parameters in brackets.
///
/// # Panics
/// When the lines differ.
#[track_caller]
pub fn statements(recorder: &Recorder, expected: &[&str]) {
    log(&lines(&recorder.take()), expected);
}

/// Lines of SQL without their parameters. Equal lines that follow each other are one line with a count.
pub fn collapsed(log: Vec<String>) -> Vec<String> {
    let texts: Vec<&str> = log.iter().map(|line| line.split("  [").next().unwrap_or_default()).collect();
    let run = |run: &[&str]| if run.len() == 1 { run[0].to_owned() } else { format!("{} x {}", run.len(), run[0]) };
    texts.chunk_by(|one, next| one == next).map(run).collect()
}

/// Compares lines of SQL that were written down as they were sent with `expected`.
///
/// # Panics
/// When the lines differ.
#[track_caller]
pub fn log(sent: &[String], expected: &[&str]) {
    note(|outcome| {
        outcome.expected = Some(expected.iter().map(|&line| line.to_owned()).collect());
        outcome.sent = sent.to_vec();
    });
    assert!(sent == expected, "the SQL differs: {} expected, {} sent", many(expected.len()), sent.len());
}

fn many(statements: usize) -> String {
    if statements == 1 { "1 statement".to_owned() } else { format!("{statements} statements") }
}

/// Empties the record and compares the kinds of its statements, in order, with a text such as `"begin insert commit"`.
///
/// # Panics
/// When the kinds differ.
#[track_caller]
pub fn kinds(recorder: &Recorder, expected: &str) {
    let taken = recorder.take();
    let sent: Vec<String> = taken.iter().map(kind).collect();
    let expected: Vec<String> = expected.split_whitespace().map(str::to_uppercase).collect();
    note(|outcome| (outcome.expected, outcome.sent) = beside(&expected, &sent, &taken));
    assert!(sent == expected, "{} expected, {} sent", sentence(&expected), sentence(&sent));
}

/// Kinds in the column of what is expected, whole statements in that of what was sent. Where the kinds agree, both have the statement.
fn beside(expected: &[String], sent: &[String], taken: &[RecordedStatement]) -> (Option<Vec<String>>, Vec<String>) {
    let lines: Vec<String> = taken.iter().map(line).collect();
    let mut rest = lines.iter();
    let mut left = Vec::new();
    for (wanted, came) in diff::rows(expected, sent) {
        let came = came.and_then(|kind| rest.next().map(|line| (kind, line)));
        match (wanted, came) {
            (Some(wanted), Some((kind, line))) if wanted == kind => left.push(line.clone()),
            (Some(wanted), _) => left.push(format!("{wanted} ..")),
            (None, _) => {}
        }
    }
    (Some(left), lines)
}

/// The kind of a statement in capitals; of `BEGIN`, `COMMIT` and the like the first word.
fn kind(statement: &RecordedStatement) -> String {
    match statement.kind {
        StatementKind::Transaction => statement.sql.split(' ').next().unwrap_or_default().to_uppercase(),
        kind => format!("{kind:?}").to_uppercase(),
    }
}

fn sentence(kinds: &[String]) -> String {
    if kinds.is_empty() { "no statement".to_owned() } else { kinds.join(" ") }
}

/// Empties the record and counts the statements of one kind.
///
/// # Panics
/// When there are more or fewer than `expected`.
#[track_caller]
pub fn count(recorder: &Recorder, kind: StatementKind, expected: usize) {
    counted(recorder, kind, &expected.to_string(), |sent| sent == expected);
}

/// Empties the record and counts the statements of one kind.
///
/// # Panics
/// When there are none, or more than `most`.
#[track_caller]
pub fn at_most(recorder: &Recorder, kind: StatementKind, most: usize) {
    counted(recorder, kind, &format!("1 to {most}"), |sent| (1..=most).contains(&sent));
}

#[track_caller]
fn counted(recorder: &Recorder, kind: StatementKind, wanted: &str, fits: impl Fn(usize) -> bool) {
    let taken = recorder.take();
    let (sent, name) = (taken.count(kind), format!("{kind:?}").to_uppercase());
    let lines = lines(&taken);
    note(|outcome| {
        outcome.expected = Some(if fits(sent) { lines.clone() } else { vec![format!("{wanted} {name}")] });
        outcome.sent = lines;
    });
    assert!(fits(sent), "{wanted} {name} expected, {sent} sent");
}

/// Empties the record, which must be empty.
///
/// # Panics
/// When anything was sent.
#[track_caller]
pub fn nothing(recorder: &Recorder) {
    statements(recorder, &[]);
}

/// Empties the record and compares its CREATE TABLE statements with `expected`, line by line.
///
/// # Panics
/// When they differ.
#[track_caller]
pub fn created(recorder: &Recorder, expected: &[&str]) {
    let taken = recorder.take();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let created = taken.iter().filter(|sent| sent.sql.starts_with("CREATE TABLE"));
    let sent: Vec<String> = created.flat_map(|sent| lines(&sent.sql)).collect();
    let expected: Vec<String> = expected.iter().flat_map(|text| lines(text)).collect();
    let same = sent == expected;
    note(|outcome| (outcome.expected, outcome.sent) = (Some(expected), sent));
    assert!(same, "the table is not the one that is expected");
}
