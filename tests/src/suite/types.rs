//! Columns of every type: what goes in comes out, is compared, is ordered, and is told apart from what was there.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use orm::prelude::*;
use orm::{ColumnType, DataType, Error, Result, ValueRef};
use serde_json::json;
use uuid::Uuid;

use crate::Db;
use crate::sent::{check_kinds, check_silence};

cases![
    every_type_comes_back_as_it_went,
    every_type_can_be_null,
    every_type_is_compared_in_sql,
    every_type_is_changed_in_batches,
    an_unchanged_value_of_any_type_is_no_change,
    decimals_are_exact,
    integers_keep_their_range,
    a_number_too_large_for_the_field_is_refused,
    text_is_unicode,
    an_edit_within_json_is_found,
    an_enum_is_stored_by_name,
    an_unknown_enum_value_is_an_error,
    a_type_of_your_own,
    a_uuid_may_be_a_key,
    special_floats,
    years_sort_as_numbers_or_are_refused,
];

#[derive(ColumnEnum, Clone, Copy, Debug, Default, PartialEq)]
enum Mood {
    #[default]
    Calm,
    VeryHappy,
}

#[derive(Entity, Clone, Debug, Default, PartialEq)]
struct Sample {
    #[entity(primary_key)]
    id: Auto<i64>,
    small: i16,
    medium: i32,
    large: i64,
    ratio: f64,
    flag: bool,
    #[entity(length = 20)]
    short: String,
    #[entity(text)]
    long: String,
    bytes: Vec<u8>,
    day: NaiveDate,
    at: NaiveTime,
    moment: NaiveDateTime,
    #[entity(precision = 30, scale = 10)]
    price: BigDecimal,
    token: Uuid,
    document: serde_json::Value,
    mood: Mood,
}

/// The same, each of which may be missing.
#[derive(Entity, Debug, Default, PartialEq)]
struct Sparse {
    #[entity(primary_key)]
    id: Auto<i64>,
    small: Option<i16>,
    large: Option<i64>,
    ratio: Option<f64>,
    flag: Option<bool>,
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    day: Option<NaiveDate>,
    at: Option<NaiveTime>,
    moment: Option<NaiveDateTime>,
    #[entity(precision = 30, scale = 10)]
    price: Option<BigDecimal>,
    token: Option<Uuid>,
    document: Option<serde_json::Value>,
    mood: Option<Mood>,
}

#[derive(Entity, Debug, Default)]
struct Visit {
    #[entity(primary_key)]
    token: Uuid,
    #[entity(inverse = "visit")]
    hits: HasMany<Hit>,
}

#[derive(Entity, Debug, Default)]
struct Hit {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "hits")]
    visit: BelongsTo<Visit>,
}

/// A list of words, stored as text with commas.
#[derive(Clone, Debug, Default, PartialEq)]
struct Words(Vec<String>);

impl ColumnType for Words {
    type Base = Self;

    fn data_type() -> DataType {
        DataType::Text
    }

    fn to_value(&self) -> ValueRef<'_> {
        ValueRef::Owned(Box::new(Value::Text(self.0.join(","))))
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(Self(text.split(',').map(str::to_owned).collect())),
            _ => Err("words with commas between".to_owned()),
        }
    }
}

#[derive(Entity, Debug, Default)]
struct Poem {
    #[entity(primary_key)]
    id: Auto<i64>,
    words: Words,
}

fn decimal(text: &str) -> BigDecimal {
    text.parse().expect("a number")
}

fn sample() -> Sample {
    let day = NaiveDate::from_ymd_opt(2024, 2, 29).expect("a leap day");
    Sample {
        small: -7,
        medium: 70_000,
        large: 1 << 40,
        ratio: 0.1,
        flag: true,
        short: "kurz & gut".into(),
        long: "lang".repeat(1_000),
        bytes: vec![0, 1, 254, 255],
        day,
        at: NaiveTime::from_hms_micro_opt(23, 59, 58, 123_456).expect("a time"),
        moment: day.and_hms_micro_opt(1, 2, 3, 4).expect("a time"),
        price: decimal("12345678901234567890.0123456789"),
        token: Uuid::from_u128(0x1234_5678_9abc),
        document: json!({"a": [1, 2.5, null, true], "b": {"c": "d"}}),
        mood: Mood::VeryHappy,
        ..Sample::default()
    }
}

fn samples(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Sample, Sparse])?))
}

fn every_type_comes_back_as_it_went(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    session.add(sample());
    session.commit()?;
    session.expunge_all();
    let read = session.query::<Sample>().one()?;
    assert_eq!(session[read], Sample { id: Auto::from(1), ..sample() });
    let values = session.one(select(untracked::<Sample>()))?;
    assert_eq!(values, session[read]);
    Ok(())
}

fn every_type_can_be_null(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    session.add_all([Sparse::default(), Sparse { flag: Some(true), mood: Some(Mood::Calm), ..Sparse::default() }]);
    session.commit()?;
    let read: Vec<Sparse> = session.all(select(untracked::<Sparse>()).order_by(Sparse::ID))?;
    assert_eq!(read[0], Sparse { id: Auto::from(1), ..Sparse::default() });
    assert_eq!((read[1].flag, read[1].mood, read[1].price.as_ref()), (Some(true), Some(Mood::Calm), None));
    Ok(())
}

fn every_type_is_compared_in_sql(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    session.add(sample());
    session.flush()?;
    let sample = sample();
    let criteria = [
        Sample::SMALL.eq(sample.small),
        Sample::MEDIUM.gt(60_000),
        Sample::LARGE.eq(sample.large),
        Sample::RATIO.between(0.05, 0.15),
        Sample::FLAG.eq(true),
        Sample::SHORT.eq(&sample.short),
        Sample::LONG.starts_with("langlang"),
        Sample::BYTES.eq(sample.bytes),
        Sample::DAY.eq(sample.day),
        Sample::AT.gt(NaiveTime::default()),
        Sample::MOMENT.le(sample.moment),
        Sample::TOKEN.in_([sample.token, Uuid::nil()]),
        Sample::MOOD.eq(Mood::VeryHappy),
        Sample::PRICE.eq(sample.price),
    ];
    for criterion in criteria {
        let words = format!("{criterion:?}");
        assert_eq!(session.query::<Sample>().filter(criterion).count()?, 1, "{words}");
    }
    Ok(())
}

fn every_type_is_changed_in_batches(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    let keys = session.add_all((0..3).map(|_| Sample::default()));
    session.flush()?;
    for key in &keys {
        let id = session[*key].id;
        session[*key] = Sample { id, ..sample() };
    }
    session.commit()?;
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(session.load(*key)?, &Sample { id: Auto::from(number as i64 + 1), ..sample() });
    }
    Ok(())
}

fn an_unchanged_value_of_any_type_is_no_change(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    let key = session.add(sample());
    session.commit()?;
    session.load(key)?;
    let id = session[key].id;
    session[key] = Sample { id, ..sample() };
    let recorder = session.engine().record();
    session.flush()?;
    check_silence(&recorder);
    Ok(())
}

fn decimals_are_exact(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    let texts = ["0.1", "0.2", "123456789012345678.1234567891", "-0.0000000001"];
    for text in texts {
        session.add(Sample { price: decimal(text), ..sample() });
    }
    session.commit()?;
    let read = session.all(select(Sample::PRICE).order_by(Sample::ID))?;
    assert_eq!(read, texts.map(decimal));
    // Equal numbers are no change, whatever their scale.
    let first = session.get::<Sample>(1)?.expect("it is there");
    session[first].price = decimal("0.1000");
    let recorder = session.engine().record();
    session.flush()?;
    check_silence(&recorder);
    Ok(())
}

fn integers_keep_their_range(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    for (small, medium, large) in [(i16::MIN, i32::MIN, i64::MIN), (i16::MAX, i32::MAX, i64::MAX)] {
        session.add(Sample { small, medium, large, ..sample() });
    }
    session.commit()?;
    let read = session.all(select((Sample::SMALL, Sample::MEDIUM, Sample::LARGE)).order_by(Sample::ID))?;
    assert_eq!(read, [(i16::MIN, i32::MIN, i64::MIN), (i16::MAX, i32::MAX, i64::MAX)]);
    Ok(())
}

fn a_number_too_large_for_the_field_is_refused(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    session.add(sample());
    session.flush()?;
    // The expression says that it gives 16 bits; the database gives more.
    let wide = text("100000").typed::<i16>();
    let refused = session.all(select(wide).select_from(entity::<Sample>())).unwrap_err();
    assert!(matches!(&refused, Error::Decode { found, .. } if found.contains("100000")), "{refused}");
    assert_eq!(session.query::<Sample>().count()?, 1);
    Ok(())
}

fn text_is_unicode(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    let texts =
        ["", " ", "日本語", "🦀 ferris", "it's \"quoted\"", "back\\slash", "line\nbreak\ttab", "%_", "a", "a  "];
    let keys = session.add_all(texts.map(|text| Sample { short: text.into(), ..sample() }));
    session.commit()?;
    assert_eq!(session.all(select(Sample::SHORT).order_by(Sample::ID))?, texts);
    for text in texts {
        assert_eq!(session.query::<Sample>().filter(Sample::SHORT.eq(text)).count()?, 1, "{text}");
        assert!(session.query::<Sample>().filter(Sample::SHORT.contains(text)).count()? >= 1, "{text}");
    }
    // Changed together, each gets its own, to the last space.
    let turned: Vec<&str> = texts.into_iter().rev().collect();
    for (key, text) in keys.into_iter().zip(&turned) {
        session[key].short = (*text).to_owned();
    }
    session.commit()?;
    assert_eq!(session.all(select(Sample::SHORT).order_by(Sample::ID))?, turned);
    Ok(())
}

fn an_edit_within_json_is_found(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    let key = session.add(sample());
    session.commit()?;
    session.load(key)?;
    session[key].document["b"]["c"] = json!("changed");
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "update commit");
    assert_eq!(session.load(key)?.document["b"]["c"], json!("changed"));
    Ok(())
}

fn an_enum_is_stored_by_name(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    session.add(sample());
    session.flush()?;
    let stored = table("sample").column::<String>("mood");
    assert_eq!(session.scalar(select(cast::<String>(stored)))?, Some("very_happy".to_owned()));
    Ok(())
}

fn an_unknown_enum_value_is_an_error(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    session.add(sample());
    session.flush()?;
    let other = text("'grumpy'").typed::<Mood>();
    let refused = session.all(select(other).select_from(entity::<Sample>())).unwrap_err().to_string();
    assert!(refused.contains("very_happy") && refused.contains("grumpy"), "{refused}");
    Ok(())
}

fn a_type_of_your_own(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Poem])?);
    let words = |text: &str| Words(text.split(' ').map(str::to_owned).collect());
    let poem = session.add(Poem { words: words("o sole mio"), ..Poem::default() });
    session.commit()?;
    assert_eq!(session.load(poem)?.words, words("o sole mio"));
    session[poem].words.0.push("che".into());
    session.commit()?;
    assert_eq!(session.query::<Poem>().filter(Poem::WORDS.eq(words("o sole mio che"))).count()?, 1);
    Ok(())
}

fn a_uuid_may_be_a_key(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Visit, Hit])?);
    let token = Uuid::from_u128(7);
    let visit = session.add(Visit { token, hits: HasMany::of([Hit::default(), Hit::default()]) });
    session.commit()?;
    assert_eq!(session.get::<Visit>(token)?, Some(visit));
    session.expunge_all();
    let visit = session.query::<Visit>().options(selectin(Visit::HITS)).one()?;
    let recorder = session.engine().record();
    assert_eq!(session.rel(visit, Visit::HITS).load()?.len(), 2);
    check_silence(&recorder);
    Ok(())
}

fn special_floats(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    let mut floats = vec![f64::MIN_POSITIVE, f64::MAX, -0.0, 1.0 / 3.0];
    if session.engine().capabilities().infinite_floats {
        floats.push(f64::INFINITY);
    }
    for ratio in floats.iter().copied() {
        session.add(Sample { ratio, ..sample() });
    }
    session.commit()?;
    assert_eq!(session.all(select(Sample::RATIO).order_by(Sample::ID))?, floats);
    Ok(())
}

fn years_sort_as_numbers_or_are_refused(db: &Db) -> Result<()> {
    let mut session = samples(db)?;
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).expect("a day");
    let midnight = |year| day(year).and_hms_opt(0, 0, 0).expect("a time");
    session.add_all([9999, 0, 2024].map(|year| Sample { day: day(year), moment: midnight(year), ..sample() }));
    session.commit()?;
    assert_eq!(session.all(select(Sample::DAY).order_by(Sample::DAY))?, [0, 2024, 9999].map(day));
    let far_years = session.engine().capabilities().far_years;
    for year in [-44, 12_345] {
        let (insert, change) = (Sample { day: day(year), ..sample() }, Sample { moment: midnight(year), ..sample() });
        let written = [
            session.nested(|session| {
                session.add(insert);
                session.flush()
            }),
            session.nested(|session| {
                session.add_all([sample(), change]);
                session.flush()
            }),
            session.execute(&update("sample").set(Sample::MOMENT, midnight(year))).map(drop),
            session.all(select(Sample::ID).filter(Sample::DAY.gt(day(year)))).map(drop),
        ];
        for outcome in written {
            match outcome {
                Ok(()) => assert!(far_years),
                Err(error) => assert!(!far_years && error.to_string().contains("the years 0 to 9999"), "{error}"),
            }
        }
        session.rollback()?;
    }
    assert_eq!(session.query::<Sample>().count()?, 3);
    Ok(())
}
