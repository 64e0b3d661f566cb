//! The rows that generated queries run over: a column of every type, with NULLs and extremes.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use orm::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::generate::Random;

#[derive(ColumnEnum, Clone, Copy, Debug, PartialEq)]
pub(super) enum Mood {
    Calm,
    VeryHappy,
}

#[derive(Entity, Debug, Default)]
pub(super) struct Sample {
    #[entity(primary_key)]
    pub(super) id: i64,
    pub(super) small: Option<i16>,
    pub(super) medium: Option<i32>,
    pub(super) large: Option<i64>,
    pub(super) unsigned: Option<u32>,
    /// Quarters, whose sums are exact; SQLite and MariaDB make 0 of -0.
    pub(super) ratio: Option<f64>,
    pub(super) extreme: Option<f64>,
    #[entity(precision = 22, scale = 2)]
    pub(super) price: Option<BigDecimal>,
    #[entity(precision = 12, scale = 5)]
    pub(super) weight: Option<BigDecimal>,
    pub(super) flag: Option<bool>,
    /// Small letters of ASCII, which every collation sorts alike.
    #[entity(length = 20)]
    pub(super) plain: Option<String>,
    /// Anything: it is compared for equality, and with patterns.
    #[entity(text)]
    pub(super) word: Option<String>,
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) day: Option<NaiveDate>,
    pub(super) at: Option<NaiveTime>,
    pub(super) moment: Option<NaiveDateTime>,
    pub(super) token: Option<Uuid>,
    pub(super) document: Option<serde_json::Value>,
    pub(super) mood: Option<Mood>,
}

pub(super) const SMALLS: &[i16] = &[-7, -1, 0, 1, 2, 3, 100, i16::MIN, i16::MAX];
pub(super) const LARGES: &[i64] = &[i64::MIN, i64::MAX, 0, 1, -1, 9_007_199_254_740_993];
pub(super) const RATIOS: &[f64] = &[-2.25, 0.0, 0.25, 0.5, 1.0, 100.75];
pub(super) const EXTREMES: &[f64] = &[f64::MIN, f64::MAX, f64::MIN_POSITIVE, 0.1, 1.0 / 3.0];
/// As texts they would be sorted otherwise, and floats do not tell the largest apart.
pub(super) const PRICES: &[&str] = &[
    "-20",
    "-1",
    "0",
    "0.01",
    "9.5",
    "10",
    "100",
    "99999999999999999999.99",
    "99999999999999999999.98",
    "-99999999999999999999.99",
];
pub(super) const WEIGHTS: &[&str] = &["-9999999.99999", "-1", "-0.00001", "0", "0.00001", "1.5", "9.5", "10", "100"];
pub(super) const PLAINS: &[&str] = &["", "a", "ab", "abc", "b", "zebra"];
pub(super) const WORDS: &[&str] = &[
    "",
    " ",
    "a",
    "A",
    "ab",
    "aB%",
    "a_b",
    "a\\b",
    "a  ",
    "%",
    "_",
    "\\",
    "Äpfel",
    "äpfel",
    "日本語",
    "🦀",
    "it's",
    "a/b",
    "[a]",
];

pub(super) fn days() -> [NaiveDate; 4] {
    [(1, 1, 1), (1970, 1, 1), (2024, 2, 29), (9999, 12, 31)]
        .map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default())
}

pub(super) fn times() -> [NaiveTime; 4] {
    [0, 1, 500_000, 999_999].map(|micros| {
        NaiveTime::from_hms_micro_opt(if micros == 0 { 0 } else { 23 }, 59, 59, micros).unwrap_or_default()
    })
}

pub(super) fn bytes() -> [Vec<u8>; 4] {
    [vec![], vec![0], vec![0, 255], vec![255]]
}

pub(super) fn tokens() -> [Uuid; 3] {
    [Uuid::nil(), Uuid::from_u128(0x1234_5678_9abc), Uuid::max()]
}

pub(super) fn decimals(texts: &[&str]) -> Vec<BigDecimal> {
    texts.iter().map(|text| text.parse().unwrap_or_default()).collect()
}

/// The same rows each time.
pub(super) fn samples() -> Vec<Sample> {
    let mut random = Random::new(7);
    (0..40).map(|id| sample(id, &mut random)).collect()
}

fn sample(id: i64, random: &mut Random) -> Sample {
    let (days, times) = (days(), times());
    Sample {
        id,
        small: random.maybe(SMALLS),
        medium: random.maybe(&[i32::MIN, i32::MAX, 0, 70_000]),
        large: random.maybe(LARGES),
        unsigned: random.maybe(&[0, 7, u32::MAX]),
        ratio: random.maybe(RATIOS),
        extreme: random.maybe(EXTREMES),
        price: random.maybe(&decimals(PRICES)),
        weight: random.maybe(&decimals(WEIGHTS)),
        flag: random.maybe(&[true, false]),
        plain: random.maybe(PLAINS).map(str::to_owned),
        word: random.maybe(WORDS).map(str::to_owned),
        bytes: random.maybe(&bytes()),
        day: random.maybe(&days),
        at: random.maybe(&times),
        moment: random.maybe(&days).zip(random.maybe(&times)).map(|(day, time)| day.and_time(time)),
        token: random.maybe(&tokens()),
        document: random.maybe(&[json!({"a": [1, 2.5, null]}), json!("text"), json!([])]),
        mood: random.maybe(&[Mood::Calm, Mood::VeryHappy]),
    }
}
