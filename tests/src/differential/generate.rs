//! Queries from a seed: filters, order, groups, aggregates and what can stand within them.

use bigdecimal::BigDecimal;
use orm::prelude::*;
use orm::sql::not_;
use orm::sql::tree::OrderKey;
use orm::{ColumnType, Result};

use super::row::{
    EXTREMES, LARGES, Mood, PLAINS, PRICES, RATIOS, SMALLS, Sample, WEIGHTS, WORDS, bytes, days, decimals, times,
    tokens,
};

/// Numbers that look random and are the same for the same seed (xorshift64*).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below a limit.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or_default() % limit.max(1)
    }

    pub(super) fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }

    /// One of the values, or none.
    pub(super) fn maybe<T: Clone>(&mut self, values: &[T]) -> Option<T> {
        (self.below(4) != 0).then(|| self.pick(values))
    }

    fn some<T: Clone>(&mut self, values: &[T]) -> Vec<T> {
        (0..self.below(4)).map(|_| self.pick(values)).collect()
    }
}

/// The rows of the query of a seed, as text.
pub(super) fn rows(session: &mut Session, seed: u64) -> Result<Vec<String>> {
    let random = &mut Random::new(seed);
    match random.below(8) {
        0 | 1 => plain(session, random),
        6 => exact(session, random),
        7 => exact_groups(session, random),
        2 => every_type(session, random),
        3 => grouped(session, random),
        4 => totals(session, random),
        _ => distinct(session, random),
    }
}

fn shown<T: std::fmt::Debug>(rows: Vec<T>) -> Vec<String> {
    rows.into_iter().map(|row| format!("{row:?}")).collect()
}

/// Computed columns of filtered rows, in order, in part.
fn plain(session: &mut Session, random: &mut Random) -> Result<Vec<String>> {
    let mut query = select((Sample::ID, integer(random, 2), text(random, 2))).filter(condition(random, 3));
    for _ in 0..random.below(3) {
        query = query.order_by(order(random));
    }
    query = query.order_by(Sample::ID);
    if random.below(2) == 0 {
        query = query.limit(random.below(8) as u64).offset(random.below(4) as u64);
    }
    Ok(shown(session.all(query)?))
}

/// Computed decimals of filtered rows, in their order.
fn exact(session: &mut Session, random: &mut Random) -> Result<Vec<String>> {
    let (value, key) = (decimal(random, 2), decimal(random, 1));
    let query = select((Sample::ID, value.clone())).filter(exact_condition(random, 2)).filter(condition(random, 1));
    let query = match random.below(3) {
        0 => query.order_by(value.asc().nulls_last()),
        1 => query.order_by(key.desc().nulls_first()),
        _ => query,
    };
    let rows = session.all(query.order_by(Sample::ID))?;
    Ok(shown(rows.into_iter().map(|(id, value)| (id, digits(value))).collect()))
}

/// Groups by decimals and aggregates of decimals, or the different decimals.
fn exact_groups(session: &mut Session, random: &mut Random) -> Result<Vec<String>> {
    let key = decimal(random, 1).label("k");
    let filter = exact_condition(random, 1);
    if random.below(3) == 0 {
        let query = select(key.clone()).select_from(entity::<Sample>()).distinct().filter(filter);
        let rows = session.all(query.order_by(key.desc().nulls_last()))?;
        return Ok(shown(rows.into_iter().map(digits).collect()));
    }
    let of = decimal(random, 1);
    let columns =
        (key.clone(), count_distinct(of.clone()), sum(of.clone()), avg(Sample::WEIGHT), min(of.clone()), max(of));
    let mut query = select(columns).select_from(entity::<Sample>()).filter(filter).group_by("k");
    query = match random.below(4) {
        0 => query.having(sum(Sample::WEIGHT).gt(random.pick(&decimals(WEIGHTS)))),
        1 => query.having(max(Sample::PRICE).le(random.pick(&decimals(PRICES)))),
        2 => query.having(min(Sample::PRICE).ne(random.pick(&decimals(PRICES)))),
        _ => query,
    };
    let rows = session.all(query.order_by(key.asc().nulls_first()))?;
    let row = |(key, count, sum, avg, min, max): (_, i64, _, Option<BigDecimal>, _, _)| {
        // Databases give averages different numbers of digits.
        (digits(key), count, digits(sum), digits(avg.map(|avg| avg.round(3))), digits(min), digits(max))
    };
    Ok(shown(rows.into_iter().map(row).collect()))
}

/// A decimal without zeros at its end: databases give computed decimals different numbers of them.
fn digits(value: Option<BigDecimal>) -> Option<String> {
    value.map(|value| value.normalized().to_plain_string())
}

/// Whole rows.
fn every_type(session: &mut Session, random: &mut Random) -> Result<Vec<String>> {
    let query = select(untracked::<Sample>()).filter(condition(random, 2));
    Ok(shown(session.all(query.order_by(order(random)).order_by(Sample::ID))?))
}

/// Groups by a column of some type, with aggregates of others.
fn grouped(session: &mut Session, random: &mut Random) -> Result<Vec<String>> {
    macro_rules! by {
        ($key:expr) => {{
            let mut query = select(($key, count_all(), sum(Sample::SMALL), max(Sample::PLAIN), min(Sample::MOMENT)))
                .select_from(entity::<Sample>())
                .filter(condition(random, 1))
                .group_by($key)
                .order_by($key.asc().nulls_first());
            if random.below(2) == 0 {
                query = query.having(having(random));
            }
            Ok(shown(session.all(query)?))
        }};
    }
    match random.below(10) {
        9 => by!(Sample::PRICE),
        0 => by!(Sample::SMALL),
        1 => by!(Sample::FLAG),
        2 => by!(Sample::PLAIN),
        3 => by!(Sample::DAY),
        4 => by!(Sample::AT),
        5 => by!(Sample::TOKEN),
        6 => by!(Sample::BYTES),
        7 => by!(Sample::RATIO),
        _ => by!(Sample::MOOD),
    }
}

/// Aggregates of all rows.
fn totals(session: &mut Session, random: &mut Random) -> Result<Vec<String>> {
    let filter = condition(random, 2);
    let numbers = (
        sum(Sample::SMALL),
        sum(Sample::RATIO),
        avg(Sample::RATIO),
        count(Sample::LARGE),
        count_distinct(Sample::WORD),
    );
    let extremes = (min(Sample::LARGE), max(Sample::UNSIGNED), min(Sample::EXTREME), max(Sample::DAY), min(Sample::AT));
    let mut found = shown(session.all(select(numbers).select_from(entity::<Sample>()).filter(filter.clone()))?);
    found.extend(shown(session.all(select(extremes).select_from(entity::<Sample>()).filter(filter))?));
    Ok(found)
}

/// The different values of an expression.
fn distinct(session: &mut Session, random: &mut Random) -> Result<Vec<String>> {
    let filter = condition(random, 1);
    if random.below(2) == 0 {
        let value = integer(random, 2).label("value");
        let query = select(value.clone()).select_from(entity::<Sample>()).distinct().filter(filter);
        return Ok(shown(session.all(query.order_by(value.asc().nulls_last()))?));
    }
    let query = select(Sample::PLAIN).distinct().filter(filter);
    Ok(shown(session.all(query.order_by(Sample::PLAIN.desc().nulls_first()))?))
}

fn having(random: &mut Random) -> Expr<bool> {
    match random.below(4) {
        0 => count_all().gt(random.below(5) as i64),
        1 => sum(Sample::SMALL).ge(random.below(100) as i64),
        2 => max(Sample::PLAIN).is_not_null(),
        _ => not_(min(Sample::LARGE).lt(0)),
    }
}

/// A key to sort by. What comes of NULL without a word about it is the database's own.
fn order(random: &mut Random) -> OrderKey {
    macro_rules! key {
        ($($column:ident)+) => { [$(Sample::$column.asc(), Sample::$column.desc()),+] };
    }
    let keys = key!(PRICE WEIGHT SMALL LARGE UNSIGNED RATIO EXTREME FLAG PLAIN DAY AT MOMENT TOKEN BYTES);
    let key = random.pick(&keys);
    if random.below(2) == 0 { key.nulls_first() } else { key.nulls_last() }
}

/// An integer that stays within 64 bits.
pub(super) fn integer(random: &mut Random, depth: usize) -> Expr<Option<i64>> {
    if depth == 0 {
        return match random.below(4) {
            0 => nullable(literal(i64::from(random.pick(SMALLS)))),
            1 => nullable(length(Sample::WORD)),
            2 => wide(Sample::MEDIUM),
            _ => wide(Sample::SMALL),
        };
    }
    let (one, other) = (integer(random, depth - 1), integer(random, depth - 1));
    match random.below(9) {
        0 => one + other,
        1 => one - other,
        2 => one * wide(Sample::SMALL),
        3 => one / (1 + random.below(5) as i64),
        4 => one % (2 + random.below(5) as i64),
        5 => nullable(coalesce(one, other)),
        6 => nullable(case::<i64>().when(condition(random, depth - 1), one).end()),
        7 => nullable(case::<Option<i64>>().when(condition(random, depth - 1), one).otherwise(other)),
        _ => -one,
    }
}

/// A decimal of few digits: databases have different limits.
pub(super) fn decimal(random: &mut Random, depth: usize) -> Expr<Option<BigDecimal>> {
    if depth == 0 {
        return match random.below(4) {
            0 => nullable(literal(random.pick(&decimals(WEIGHTS)))),
            1 => cast::<Option<BigDecimal>>(Sample::SMALL),
            2 => Expr::new(Sample::PRICE.node()),
            _ => Expr::new(Sample::WEIGHT.node()),
        };
    }
    let (one, other) = (decimal(random, depth - 1), decimal(random, depth - 1));
    match random.below(12) {
        0 => one + other,
        1 => one - other,
        2 => one * random.pick(&decimals(&["-1", "0", "1.5", "10", "0.01"])),
        // Quotients of few digits: databases give others different numbers of them.
        3 => Sample::WEIGHT / random.pick(&decimals(&["2", "-5", "0.5", "10"])),
        4 => nullable(coalesce(one, other)),
        5 => nullable(case::<BigDecimal>().when(exact_condition(random, depth - 1), one).end()),
        6 => nullable(case::<Option<BigDecimal>>().when(condition(random, depth - 1), one).otherwise(other)),
        7 => func::<Option<BigDecimal>>("nullif", (one, other)),
        8 => func::<Option<BigDecimal>>("abs", one),
        9 => func::<Option<BigDecimal>>("round", one),
        10 => one * cast::<Option<BigDecimal>>(Sample::SMALL),
        _ => -one,
    }
}

pub(super) fn text(random: &mut Random, depth: usize) -> Expr<Option<String>> {
    if depth == 0 {
        return match random.below(3) {
            0 => nullable(literal(random.pick(WORDS).to_owned())),
            1 => nullable(coalesce(Sample::PLAIN, "none")),
            _ => nullable(coalesce(Sample::WORD, Sample::PLAIN)),
        };
    }
    match random.below(4) {
        0 => nullable(text(random, depth - 1).concat(text(random, depth - 1))),
        1 => nullable(upper(Sample::PLAIN)),
        2 => nullable(case::<String>().when(condition(random, depth - 1), text(random, depth - 1)).end()),
        _ => nullable(coalesce(text(random, depth - 1), random.pick(WORDS))),
    }
}

pub(super) fn wide<X: Expression>(expression: X) -> Expr<Option<i64>> {
    cast::<Option<i64>>(Expr::<X::Type>::new(expression.into_node()))
}

fn nullable<X: Expression, T: ColumnType>(expression: X) -> Expr<T> {
    Expr::new(expression.into_node())
}

/// A comparison of a column with values of its type, in one of its forms.
macro_rules! compared {
    ($random:ident, $column:expr, $values:expr) => {{
        let values = $values;
        let value = $random.pick(&values);
        match $random.below(9) {
            0 => $column.eq(value),
            1 => $column.ne(value),
            2 => $column.lt(value),
            3 => $column.le(value),
            4 => $column.gt(value),
            5 => $column.between(value, $random.pick(&values)),
            6 => $column.in_($random.some(&values)),
            7 => $column.not_in($random.some(&values)),
            _ => {
                if $random.below(2) == 0 {
                    $column.is_null()
                } else {
                    $column.is_not_null()
                }
            }
        }
    }};
}

/// The same where the order is not the same everywhere, or there is none.
macro_rules! equal {
    ($random:ident, $column:expr, $values:expr) => {{
        let values = $values;
        match $random.below(4) {
            0 => $column.eq($random.pick(&values)),
            1 => $column.ne($random.pick(&values)),
            2 => $column.in_($random.some(&values)),
            _ => $column.not_in($random.some(&values)),
        }
    }};
}

fn exact_condition(random: &mut Random, depth: usize) -> Expr<bool> {
    let value = |random: &mut Random| decimal(random, random.0 as usize % (depth + 1));
    match random.below(if depth > 0 { 10 } else { 5 }) {
        0 => compared!(random, Sample::PRICE, decimals(PRICES)),
        1 => compared!(random, Sample::WEIGHT, decimals(WEIGHTS)),
        2 => compared!(random, value(random), decimals(WEIGHTS)),
        3 => value(random).ge(value(random)),
        4 => value(random).between(value(random), value(random)),
        5 => not_(exact_condition(random, depth - 1)),
        6 => exact_condition(random, depth - 1).or(exact_condition(random, depth - 1)),
        7 => Sample::PRICE.in_select(select(Sample::PRICE).filter(exact_condition(random, depth - 1))),
        // Without NULL, beside which MariaDB takes what does not fit the column for different.
        8 => {
            let weights = select(Sample::WEIGHT).filter(Sample::WEIGHT.is_not_null());
            value(random).in_select(weights.filter(exact_condition(random, depth - 1)))
        }
        _ => {
            let other = alias::<Sample>("other");
            let greatest = select(max(other.column(Sample::WEIGHT))).select_from(&other);
            let greatest = greatest.filter(other.column(Sample::PRICE).lt(random.pick(&decimals(PRICES))));
            value(random).lt(scalar(greatest))
        }
    }
}

pub(super) fn condition(random: &mut Random, depth: usize) -> Expr<bool> {
    if depth > 0 && random.below(2) == 0 {
        let one = condition(random, depth - 1);
        return match random.below(6) {
            0 => one.and(condition(random, depth - 1)),
            1 => one.or(condition(random, depth - 1)),
            2 => not_(one),
            3 => Sample::ID.in_select(select(Sample::ID).filter(one)),
            4 => Sample::PLAIN.not_in_select(select(Sample::PLAIN).filter(one)),
            _ => integer(random, depth - 1).gt(integer(random, depth - 1)),
        };
    }
    match random.below(15) {
        14 => exact_condition(random, depth),
        0 => compared!(random, Sample::SMALL, SMALLS.to_vec()),
        1 => compared!(random, Sample::LARGE, LARGES.to_vec()),
        2 => compared!(random, Sample::RATIO, RATIOS.to_vec()),
        3 => compared!(random, Sample::EXTREME, EXTREMES.to_vec()),
        4 => compared!(random, Sample::PLAIN, PLAINS.to_vec()),
        5 => compared!(random, Sample::DAY, days().to_vec()),
        6 => compared!(random, Sample::AT, times().to_vec()),
        7 => compared!(random, Sample::MOMENT, days().map(|day| day.and_time(times()[2])).to_vec()),
        8 => compared!(random, Sample::TOKEN, tokens().to_vec()),
        9 => compared!(random, Sample::BYTES, bytes().to_vec()),
        10 => equal!(random, Sample::WORD, WORDS.to_vec()),
        11 => equal!(random, Sample::MOOD, vec![Mood::Calm, Mood::VeryHappy]),
        12 => equal!(random, Sample::FLAG, vec![true, false]),
        _ => pattern(random),
    }
}

fn pattern(random: &mut Random) -> Expr<bool> {
    let needle = random.pick(WORDS);
    match random.below(9) {
        0 => Sample::WORD.like(format!("{needle}%")),
        1 => Sample::WORD.like(format!("_{needle}")),
        2 => Sample::WORD.not_like(format!("%{needle}%")),
        3 => Sample::WORD.starts_with(needle),
        4 => Sample::WORD.ends_with(needle),
        5 => Sample::WORD.contains(needle),
        6 => Sample::WORD.contains(Sample::PLAIN),
        7 => Sample::PLAIN.ilike("A%"),
        _ => Sample::WORD.like(Sample::PLAIN.concat("%")),
    }
}
