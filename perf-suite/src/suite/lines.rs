//! The report in text: SQLAlchemy's line for each test, and a line of figures under it.

use std::fmt::Write;

use super::run::{Measured, Measurement, Spread};

/// Writes the report of a suite.
pub(crate) fn report(measurement: &Measurement) -> String {
    let mut text = String::new();
    for test in 0..measurement.tests.len() {
        text.push_str(&timed_line(&measurement.tests[test], measurement.num));
        text.push_str(&figures(measurement, test));
    }
    text
}

/// The line of SQLAlchemy's suite, with the median as the time.
fn timed_line(test: &Measured, num: usize) -> String {
    let seconds = test.spread().median.as_secs_f64();
    format!("{} : {} ({num} iterations); total time {seconds:.6} sec\n", test.name, test.about)
}

/// The line under it.
fn figures(measurement: &Measurement, at: usize) -> String {
    let test = &measurement.tests[at];
    let Spread { least, median, most } = test.spread();
    let mut line = String::from("    ");
    if test.times.len() > 1 {
        let seconds = [median, least, most].map(|time| short(time.as_secs_f64()));
        let _ = write!(line, "median of {} {}, {} to {} · ", test.times.len(), seconds[0], seconds[1], seconds[2]);
    }
    let _ = write!(line, "{} · {} rows", test.sent, test.sent.rows);
    if let (Some(ratio), Some(yardstick)) = (measurement.ratio(at), measurement.yardstick) {
        let yardstick = measurement.tests[yardstick].name;
        let _ = match measurement.equals_yardstick(at) {
            true => write!(line, " · = {yardstick}"),
            false => write!(line, " · {ratio:.2} x {yardstick}"),
        };
    }
    line.push('\n');
    line
}

/// Seconds with three digits that count.
fn short(seconds: f64) -> String {
    match seconds {
        s if s >= 100.0 => format!("{s:.0}"),
        s if s >= 10.0 => format!("{s:.1}"),
        s if s >= 1.0 => format!("{s:.2}"),
        s if s >= 0.1 => format!("{s:.3}"),
        s if s >= 0.01 => format!("{s:.4}"),
        s => format!("{s:.6}"),
    }
}

/// Each different statement with its number, long ones cut.
pub(crate) fn statements(test: &Measured) -> String {
    let mut text = format!("{}\n", test.name);
    for (sql, count) in &test.statements {
        let line: String = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut = match line.char_indices().nth(160) {
            Some((at, _)) => format!("{} ... ({} letters)", &line[..at], line.len()),
            None => line,
        };
        let _ = writeln!(text, "{count:>8} x {cut}");
    }
    text
}
