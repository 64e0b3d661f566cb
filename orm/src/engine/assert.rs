//! `assert_statements!`: compares the statements that an engine sent with the expected ones.

use std::fmt::Write;

use super::record::RecordedStatement;

/// Asserts the statements that were sent, word for word and in order, including BEGIN and COMMIT.
///
/// With a [`Recorder`](crate::engine::Recorder), the macro compares the recorded statements and clears the record. With
/// an engine and a closure, the macro records while the closure runs and returns the closure's result.
///
/// ```
/// # let engine = orm::Engine::new("sqlite://")?;
/// let rows = orm::assert_statements!(engine, || engine.connect()?.query(&orm::text("SELECT 1")), ["SELECT 1"])?;
/// assert_eq!(rows[0].get::<i64>(0)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Panics
/// When the statements differ. The message has one line for each statement: `-` for a missing one, `+` for an
/// unexpected one.
#[macro_export]
macro_rules! assert_statements {
    ($recorder:expr, [$($sql:expr),* $(,)?]) => {
        $crate::engine::check_statements(&$recorder.take(), &[$($sql),*] as &[&str])
    };
    ($engine:expr, $work:expr, [$($sql:expr),* $(,)?]) => {{
        let recorder = $engine.record();
        let result = ($work)();
        $crate::engine::check_statements(&recorder.take(), &[$($sql),*] as &[&str]);
        result
    }};
}

/// Compares statements; see [`assert_statements!`](crate::assert_statements).
///
/// # Panics
/// When the statements differ.
#[track_caller]
pub fn check_statements(sent: &[RecordedStatement], expected: &[&str]) {
    let texts: Vec<&str> = sent.iter().map(|statement| statement.sql.as_str()).collect();
    assert!(
        texts == expected,
        "the statements differ: {} expected, {} sent (- expected and missing, + sent and not expected)\n{}",
        expected.len(),
        sent.len(),
        difference(sent, expected)
    );
}

/// One line a statement, by the longest common subsequence.
fn difference(sent: &[RecordedStatement], expected: &[&str]) -> String {
    let (rows, columns) = (expected.len(), sent.len());
    let mut common = vec![vec![0_usize; columns + 1]; rows + 1];
    for e in (0..rows).rev() {
        for s in (0..columns).rev() {
            common[e][s] = if expected[e] == sent[s].sql {
                common[e + 1][s + 1] + 1
            } else {
                common[e + 1][s].max(common[e][s + 1])
            };
        }
    }
    let (mut e, mut s) = (0, 0);
    let mut out = String::new();
    // Writing to a String cannot fail.
    while e < rows || s < columns {
        let _ = if e < rows && s < columns && expected[e] == sent[s].sql {
            e += 1;
            s += 1;
            writeln!(out, "    {}", expected[e - 1])
        } else if s == columns || (e < rows && common[e + 1][s] >= common[e][s + 1]) {
            e += 1;
            writeln!(out, "  - {}", expected[e - 1])
        } else {
            s += 1;
            writeln!(out, "  + {}  [{}]", sent[s - 1].sql, sent[s - 1].parameters.join(", "))
        };
    }
    out
}
