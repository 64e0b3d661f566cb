//! Many rows in one statement: NULL and extremes stand beside each other in every column, in every order.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use orm::Result;
use orm::prelude::*;
use serde_json::json;
use uuid::Uuid;

use crate::Db;
use crate::sent::check_kinds;

cases![
    values_of_every_type_change_together,
    a_lax_database_cuts_no_value_of_a_list,
    sensitive_values_change_together,
    values_of_every_type_are_inserted_by_a_statement,
    keys_of_every_type_find_their_rows;
    [decimals]: decimals_keep_the_scale_of_the_table,
];

#[derive(ColumnEnum, Clone, Copy, Debug, PartialEq)]
enum Mood {
    Calm,
    VeryHappy,
}

#[derive(Entity, Clone, Debug, Default, PartialEq)]
struct Sparse {
    #[entity(primary_key)]
    id: i64,
    small: Option<i16>,
    large: Option<i64>,
    unsigned: Option<u32>,
    ratio: Option<f64>,
    flag: Option<bool>,
    #[entity(length = 20)]
    short: Option<String>,
    #[entity(text)]
    long: Option<String>,
    bytes: Option<Vec<u8>>,
    day: Option<NaiveDate>,
    at: Option<NaiveTime>,
    moment: Option<NaiveDateTime>,
    #[entity(precision = 30, scale = 10)]
    price: Option<BigDecimal>,
    #[entity(precision = 60, scale = 30)]
    fine: Option<BigDecimal>,
    #[entity(precision = 65, scale = 0)]
    whole: Option<BigDecimal>,
    token: Option<Uuid>,
    document: Option<serde_json::Value>,
    mood: Option<Mood>,
}

#[derive(Entity, Clone, Debug, Default, PartialEq)]
struct Secret {
    #[entity(primary_key)]
    id: i64,
    #[entity(sensitive)]
    large: Option<i64>,
    #[entity(sensitive)]
    flag: Option<bool>,
    #[entity(sensitive)]
    word: Option<String>,
    #[entity(sensitive)]
    moment: Option<NaiveDateTime>,
    #[entity(sensitive, precision = 30, scale = 10)]
    price: Option<BigDecimal>,
    #[entity(sensitive)]
    token: Option<Uuid>,
    #[entity(sensitive)]
    document: Option<serde_json::Value>,
}

#[derive(Entity, Clone, Debug, PartialEq)]
struct Slot {
    #[entity(primary_key)]
    moment: NaiveDateTime,
    #[entity(primary_key)]
    day: NaiveDate,
    #[entity(primary_key, length = 20)]
    word: String,
    #[entity(primary_key)]
    token: Uuid,
    taken: Option<i64>,
}

fn decimal(text: &str) -> BigDecimal {
    text.parse().expect("a number")
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

fn last_moment() -> NaiveDateTime {
    day(9999, 12, 31).and_hms_micro_opt(23, 59, 59, 999_999).expect("a moment")
}

/// The values of each column from which a row takes those at a position; the first is NULL.
fn at<T: Clone>(position: usize, values: &[T]) -> Option<T> {
    position.checked_rem(values.len() + 1)?.checked_sub(1).map(|at| values[at].clone())
}

/// A row whose every column is at a position of its own.
fn sparse(id: i64, position: impl Fn(usize) -> usize) -> Sparse {
    Sparse {
        id,
        small: at(position(0), &[i16::MIN, i16::MAX, 0]),
        large: at(position(1), &[i64::MIN, i64::MAX, 0]),
        unsigned: at(position(2), &[0, u32::MAX]),
        ratio: at(position(3), &[f64::MAX, f64::MIN_POSITIVE, -1.0 / 3.0]),
        flag: at(position(4), &[true, false]),
        short: at(position(5), &["", "a  ", "12345678901234567890"]).map(Into::into),
        long: at(position(6), &["x".repeat(70_000), " ".into(), "日本語".into()]),
        bytes: at(position(7), &[vec![], vec![0, 255], vec![7; 70_000]]),
        day: at(position(8), &[day(1, 1, 1), day(9999, 12, 31)]),
        at: at(position(9), &[NaiveTime::MIN, last_moment().time()]),
        moment: at(position(10), &[day(1, 1, 1).and_time(NaiveTime::MIN), last_moment()]),
        price: at(position(11), &["99999999999999999999.9999999999", "-0.0000000001", "0", "7"]).map(decimal),
        fine: at(position(12), &["0.000000000000000000000000000001", "-999999999999999999999999999999", "1.5"])
            .map(decimal),
        whole: at(position(13), &["9".repeat(65), format!("-{}", "9".repeat(65)), "0".into()])
            .map(|text| decimal(&text)),
        token: at(position(14), &[Uuid::nil(), Uuid::max()]),
        document: at(position(15), &[json!({}), json!({"a": [1, null]}), json!("text"), json!(1.5)]),
        mood: at(position(16), &[Mood::Calm, Mood::VeryHappy]),
    }
}

/// How rows are filled, one after the other: NULL first, last, everywhere, nowhere, and in between in every column at another place.
const FILLINGS: [fn(usize, usize) -> usize; 7] = [
    |_, _| 0,
    |_, _| 1,
    |row, _| usize::from(row == 0),
    |row, _| if row == 11 { 2 } else { 0 },
    |row, _| if row == 0 { 0 } else { row },
    |row, column| row + column,
    |row, column| row * 3 + column + 1,
];

/// As many positions as bring every column back to where it was.
const CYCLE: usize = 60;

fn check_filled(session: &mut Session) -> Result<()> {
    let keys = session.add_all((0..12).map(|row| sparse(row, |_| 0)));
    session.commit()?;
    for (number, filling) in FILLINGS.iter().enumerate() {
        let filled = |step: usize| {
            let row = move |row: i64| sparse(row, |column| filling(row as usize, column) + step);
            (0..12).map(row).collect::<Vec<Sparse>>()
        };
        // Every row changes in every column, so that one statement writes them all.
        for step in [CYCLE - 1, CYCLE] {
            let recorder = session.engine().record();
            let rows = filled(step);
            for (key, row) in keys.iter().zip(&rows) {
                session.load(*key)?;
                session[*key] = row.clone();
            }
            recorder.take();
            session.commit()?;
            if step == CYCLE {
                check_kinds(&recorder, "update commit");
            }
            assert_eq!(session.all(select(untracked::<Sparse>()).order_by(Sparse::ID))?, rows, "filling {number}");
        }
    }
    Ok(())
}

fn values_of_every_type_change_together(db: &Db) -> Result<()> {
    check_filled(&mut Session::new(&db.engine(schema![Sparse])?))
}

fn a_lax_database_cuts_no_value_of_a_list(db: &Db) -> Result<()> {
    let engine = db.lax_builder().build()?;
    engine.create_all(schema![Sparse])?;
    check_filled(&mut Session::new(&engine))
}

fn secret(id: i64, filling: usize) -> Secret {
    Secret {
        id,
        large: at(filling, &[i64::MIN, 7]),
        flag: at(filling, &[true, false]),
        word: at(filling, &["", "x "]).map(Into::into),
        moment: at(filling, &[last_moment()]),
        price: at(filling, &["0.5", "99999999999999999999.9999999999"]).map(decimal),
        token: at(filling, &[Uuid::max()]),
        document: at(filling, &[json!({"a": null})]),
    }
}

fn sensitive_values_change_together(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Secret])?);
    for before in [1, 0, 2] {
        session.execute(&text("DELETE FROM secret"))?;
        session.expunge_all();
        let keys = session.add_all((0..4).map(|id| secret(id, before)));
        session.commit()?;
        for filling in FILLINGS {
            let rows: Vec<Secret> = (0..4).map(|id| secret(id, filling(id as usize, 0))).collect();
            for (key, row) in keys.iter().zip(&rows) {
                session.load(*key)?;
                session[*key] = row.clone();
            }
            session.commit()?;
            assert_eq!(session.all(select(untracked::<Secret>()).order_by(Secret::ID))?, rows);
        }
    }
    Ok(())
}

fn values_of_every_type_are_inserted_by_a_statement(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Sparse])?);
    for filling in FILLINGS {
        session.execute(&text("DELETE FROM sparse"))?;
        let rows: Vec<Sparse> = (0..12).map(|row| sparse(row, |column| filling(row as usize, column))).collect();
        let columns = (
            Sparse::ID,
            Sparse::LARGE,
            Sparse::LONG,
            Sparse::BYTES,
            Sparse::AT,
            Sparse::MOMENT,
            Sparse::FINE,
            Sparse::TOKEN,
        );
        let values = rows
            .iter()
            .cloned()
            .map(|row| (row.id, row.large, row.long, row.bytes, row.at, row.moment, row.fine, row.token));
        session.execute(&insert("sparse").rows(columns, values))?;
        let read = session.all(select(untracked::<Sparse>()).order_by(Sparse::ID))?;
        for (read, row) in read.iter().zip(&rows) {
            assert_eq!((&read.long, &read.bytes, read.at, read.moment), (&row.long, &row.bytes, row.at, row.moment));
            assert_eq!((&read.fine, read.token), (&row.fine, row.token));
        }
        assert_eq!(read.len(), rows.len());
    }
    Ok(())
}

fn keys_of_every_type_find_their_rows(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Slot])?);
    let moments = [day(1, 1, 1).and_time(NaiveTime::MIN), last_moment()];
    let mut slots = Vec::new();
    for (number, word) in ["", "a", "A", "a  ", "日本語"].into_iter().enumerate() {
        for moment in moments {
            let token = if number % 2 == 0 { Uuid::nil() } else { Uuid::max() };
            slots.push(Slot { moment, day: moment.date(), word: word.into(), token, taken: None });
        }
    }
    let keys = session.add_all(slots);
    session.commit()?;
    for (number, key) in keys.iter().enumerate() {
        session.load(*key)?;
        session[*key].taken = (number % 3 != 0).then_some(number as i64);
    }
    session.commit()?;
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(session.load(*key)?.taken, (number % 3 != 0).then_some(number as i64));
    }
    let recorder = session.engine().record();
    keys[1..].iter().try_for_each(|key| session.delete(*key))?;
    session.commit()?;
    check_kinds(&recorder, "delete commit");
    assert_eq!(session.query::<Slot>().count()?, 1);
    Ok(())
}

/// The table may have another scale than the mapping says: what a list of rows does is what one row does.
fn decimals_keep_the_scale_of_the_table(db: &Db) -> Result<()> {
    #[derive(Entity, Debug, Default)]
    struct Price {
        #[entity(primary_key)]
        id: i64,
        #[entity(precision = 10, scale = 2)]
        amount: Option<BigDecimal>,
    }
    let mut session = Session::new(&db.shared_builder().build()?);
    session.execute(&text("CREATE TABLE price (id BIGINT PRIMARY KEY, amount DECIMAL(30, 6))"))?;
    session.commit()?;
    let keys = session.add_all((0..3).map(|id| Price { id, amount: None }));
    session.commit()?;
    let amounts = [Some("0.123456"), None, Some("123456789012345678901234.5")].map(|text| text.map(decimal));
    for (key, amount) in keys.iter().zip(&amounts) {
        session.load(*key)?;
        session[*key].amount.clone_from(amount);
    }
    session.commit()?;
    assert_eq!(session.all(select(Price::AMOUNT).order_by(Price::ID))?, amounts);
    Ok(())
}
