//! The report for machines.

use serde_json::{Value, json};

use super::run::{Measured, Measurement};

/// The figures of a suite; times in seconds.
pub(crate) fn report(measurement: &Measurement) -> Value {
    let yardstick = measurement.yardstick.map(|test| measurement.tests[test].name);
    let tests = (0..measurement.tests.len()).map(|test| of_test(measurement, test));
    json!({
        "suite": measurement.suite,
        "num": measurement.num,
        "debug_build": cfg!(debug_assertions),
        "yardstick": yardstick,
        "tests": tests.collect::<Vec<_>>(),
    })
}

fn of_test(measurement: &Measurement, at: usize) -> Value {
    let test = &measurement.tests[at];
    let spread = test.spread();
    json!({
        "name": test.name,
        "about": test.about,
        "median": spread.median.as_secs_f64(),
        "least": spread.least.as_secs_f64(),
        "most": spread.most.as_secs_f64(),
        "times": test.times.iter().map(|time| time.as_secs_f64()).collect::<Vec<_>>(),
        "statements": sent(test),
        "rows": test.sent.rows,
        "ratio": measurement.ratio(at),
        "equal": measurement.equals_yardstick(at),
    })
}

/// Number of statements by kind.
pub(crate) fn sent(test: &Measured) -> Value {
    let kinds = test.sent.kinds().map(|(kind, count)| (kind.to_lowercase(), json!(count)));
    Value::Object(kinds.into_iter().collect())
}
