//! Generated expressions, evaluated in memory and by the database: what is evaluated must be what the database gives.

use orm::prelude::*;
use orm::{ColumnType, Error, Result, Value};

use super::generate::{Random, condition, decimal, integer, text, wide};
use super::row::{EXTREMES, LARGES, RATIOS, SMALLS, Sample, WORDS, samples};

/// Numbers of values by what became of them.
#[derive(Default)]
pub(super) struct Tally {
    /// Values that were evaluated.
    pub(super) evaluated: usize,
    /// Values that were refused in memory.
    pub(super) refused: usize,
    /// Evaluated values for which the database has an error: MariaDB computes some integers in 32 bits.
    pub(super) failed: usize,
}

/// Compares the values of the expression of a seed; returns what differs.
pub(super) fn differences(session: &mut Session, seed: u64, tally: &mut Tally) -> Vec<String> {
    let random = &mut Random::new(seed ^ 0x5eed);
    match random.below(7) {
        0 => compared(session, integer(random, 3), tally),
        1 => compared(session, overflowing(random, 2), tally),
        2 => compared(session, decimal(random, 3), tally),
        3 => compared(session, words(random, 3), tally),
        4 => compared(session, float(random, 2), tally),
        _ => compared::<bool>(session, nullable(condition(random, 3)), tally),
    }
}

/// Evaluates an expression over all rows in memory, and compares with the rows of the database.
fn compared<T: ColumnType>(session: &mut Session, expression: Expr<Option<T>>, tally: &mut Tally) -> Vec<String> {
    let query = |filter: Expr<bool>| {
        select((Sample::ID, expression.clone())).select_from(entity::<Sample>()).filter(filter).order_by(Sample::ID)
    };
    let samples = samples();
    let evaluated: Vec<Result<Option<T>>> = samples.iter().map(|sample| expression.clone().of(sample)).collect();
    let answered = evaluated.iter().filter(|value| value.is_ok()).count();
    tally.evaluated += answered;
    tally.refused += evaluated.len() - answered;
    let all = session.all(query(Sample::ID.is_not_null()));
    if all.is_err() {
        // A failure is one of the answers.
        let _ = session.rollback();
    }
    let mut found = Vec::new();
    for (at, (sample, value)) in samples.iter().zip(evaluated).enumerate() {
        let value = match value {
            Ok(value) => value,
            Err(Error::NotComputable { .. }) => continue,
            Err(error) => {
                found.push(format!("row {}: {error}", sample.id));
                continue;
            }
        };
        let row = match &all {
            Ok(rows) => Ok(shown(rows[at].1.as_ref())),
            Err(_) => alone(session, query(Sample::ID.eq(sample.id))),
        };
        let value = shown(value.as_ref());
        match row {
            Ok(row) if row == value => {}
            Ok(row) => {
                found.push(format!("row {}: {value} in memory, {row} in the database, of {expression:?}", sample.id));
            }
            Err(_) => tally.failed += 1,
        }
    }
    found
}

/// The value of one row, where others have none.
fn alone<T: ColumnType>(session: &mut Session, query: Select<(i64, Option<T>)>) -> Result<String, String> {
    let row = session.one(query);
    if row.is_err() {
        let _ = session.rollback();
    }
    row.map(|(_, value)| shown(value.as_ref())).map_err(|error| error.to_string())
}

/// A value as text; equal numbers are one text.
fn shown<T: ColumnType>(value: Option<&T>) -> String {
    match value.map_or(Value::Null, |value| value.to_value().to_value()) {
        Value::Decimal(value) => value.normalized().to_plain_string(),
        // SQLite and MariaDB make 0 of -0.
        Value::F64(value) => format!("{:?}", value + 0.0),
        value => format!("{value:?}"),
    }
}

/// Integers of every width, which overflow.
fn overflowing(random: &mut Random, depth: usize) -> Expr<Option<i64>> {
    if depth == 0 {
        return match random.below(5) {
            0 => nullable(literal(random.pick(LARGES))),
            1 => nullable(Sample::MEDIUM),
            2 => nullable(Sample::SMALL),
            3 => nullable(literal(i64::from(random.pick(SMALLS)))),
            _ => nullable(Sample::LARGE),
        };
    }
    let (one, other) = (overflowing(random, depth - 1), overflowing(random, depth - 1));
    match random.below(8) {
        0 => one + other,
        1 => one - other,
        2 => one * other,
        3 => one / other,
        4 => one % other,
        5 => func::<Option<i64>>("abs", one),
        6 => nullable(case::<i64>().when(one.clone().gt(other), one).otherwise(random.pick(LARGES))),
        _ => -one,
    }
}

fn float(random: &mut Random, depth: usize) -> Expr<Option<f64>> {
    if depth == 0 {
        return match random.below(5) {
            0 => nullable(literal(random.pick(RATIOS))),
            1 => nullable(literal(random.pick(EXTREMES))),
            2 => cast::<Option<f64>>(Sample::SMALL),
            3 => nullable(Sample::EXTREME),
            _ => nullable(Sample::RATIO),
        };
    }
    let (one, other) = (float(random, depth - 1), float(random, depth - 1));
    match random.below(7) {
        0 => one + other,
        1 => one - other,
        2 => one * other,
        3 => one / other,
        4 => func::<Option<f64>>("abs", one),
        5 => nullable(coalesce(one, other)),
        _ => -one,
    }
}

fn words(random: &mut Random, depth: usize) -> Expr<Option<String>> {
    if depth == 0 {
        return match random.below(4) {
            0 => nullable(lower(Sample::WORD)),
            1 => nullable(upper(Sample::WORD)),
            2 => nullable(Sample::WORD),
            _ => text(random, 1),
        };
    }
    let one = words(random, depth - 1);
    match random.below(6) {
        0 => nullable(one.concat(words(random, depth - 1))),
        1 => func::<Option<String>>("replace", (one, random.pick(WORDS), random.pick(WORDS))),
        2 => func::<Option<String>>("nullif", (one, random.pick(WORDS))),
        3 => cast::<Option<String>>(wide(Sample::SMALL)).concat(cast::<Option<String>>(length(one))),
        4 => nullable(case::<String>().when(one.clone().in_([random.pick(WORDS), "a"]), one).end()),
        _ => nullable(coalesce(one, words(random, depth - 1))),
    }
}

fn nullable<X: Expression, T: ColumnType>(expression: X) -> Expr<T> {
    Expr::new(expression.into_node())
}
