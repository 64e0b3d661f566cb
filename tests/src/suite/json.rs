//! JSON documents: no number changes on its way through the database, and none that would is let through.

use orm::prelude::*;
use orm::{Error, Result};
use serde_json::{Value as Json, json};

use crate::Db;
use crate::sent::{check_kinds, check_silence};

cases![
    every_float_keeps_its_bits,
    integers_keep_64_bits,
    numbers_are_kept_in_batches,
    an_edit_of_one_member_keeps_the_others,
    a_number_beyond_64_bits_is_refused_and_not_rounded,
    negative_zero_is_kept_or_refused,
];

#[derive(Entity, Debug, Default)]
struct Sheet {
    #[entity(primary_key)]
    id: Auto<i64>,
    cells: Json,
}

fn sheets(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Sheet])?))
}

/// Floats that are hard to write or to read, and many that are not.
fn floats() -> Vec<f64> {
    let mut floats = vec![
        0.0,
        1.0,
        1e15,
        1e16,
        1e21,
        1e23,
        1e300,
        0.921_568_632_125_854_5,
        0.1 + 0.2,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        f64::MAX,
        f64::MIN,
        f64::EPSILON,
        9_007_199_254_740_993.0,
        -123_456_789.123_456_79,
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..300 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        floats.push(f64::from_bits(state));
    }
    floats.retain(|float| float.is_finite());
    floats
}

fn bits(document: &Json) -> Vec<Option<u64>> {
    let bits = |number: &Json| number.is_f64().then(|| number.as_f64().map(f64::to_bits)).flatten();
    document.as_array().into_iter().flatten().map(bits).collect()
}

fn every_float_keeps_its_bits(db: &Db) -> Result<()> {
    let mut session = sheets(db)?;
    let floats = floats();
    let sheet = session.add(Sheet { cells: json!(floats), ..Sheet::default() });
    session.commit()?;
    let expected: Vec<_> = floats.iter().map(|float| Some(float.to_bits())).collect();
    assert_eq!(bits(&session.load(sheet)?.cells), expected);
    // As a plain column, and written by a statement without an entity.
    session.execute(&update("sheet").set(Sheet::CELLS, json!(floats)))?;
    assert_eq!(bits(&session.one(select(Sheet::CELLS))?), expected);
    // What came back is no change.
    session.load(sheet)?;
    session[sheet].cells = json!(floats);
    let recorder = session.engine().record();
    session.flush()?;
    check_silence(&recorder);
    Ok(())
}

fn integers_keep_64_bits(db: &Db) -> Result<()> {
    let mut session = sheets(db)?;
    let cells = json!([i64::MIN, i64::MIN + 1, -1, 0, i64::MAX, u64::MAX, u64::MAX - 1, {"deep": [u64::MAX]}]);
    let sheet = session.add(Sheet { cells: cells.clone(), ..Sheet::default() });
    session.commit()?;
    assert_eq!(session.load(sheet)?.cells, cells);
    Ok(())
}

fn numbers_are_kept_in_batches(db: &Db) -> Result<()> {
    let mut session = sheets(db)?;
    let floats = floats();
    let sheets = session.add_all(floats.iter().map(|float| Sheet { cells: json!([float]), ..Sheet::default() }));
    session.commit()?;
    for (sheet, float) in sheets.iter().zip(&floats) {
        assert_eq!(bits(&session.load(*sheet)?.cells), [Some(float.to_bits())]);
    }
    for (sheet, float) in sheets.iter().zip(floats.iter().rev()) {
        session[*sheet].cells = json!([float]);
    }
    session.commit()?;
    for (sheet, float) in sheets.iter().zip(floats.iter().rev()) {
        assert_eq!(bits(&session.load(*sheet)?.cells), [Some(float.to_bits())]);
    }
    Ok(())
}

fn an_edit_of_one_member_keeps_the_others(db: &Db) -> Result<()> {
    let mut session = sheets(db)?;
    let cells = json!({"x": 0.921_568_632_125_854_5, "big": 1e16, "n": 1});
    let sheet = session.add(Sheet { cells, ..Sheet::default() });
    session.commit()?;
    session.load(sheet)?;
    session[sheet].cells["n"] = json!(2);
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "update commit");
    assert_eq!(session.load(sheet)?.cells, json!({"x": 0.921_568_632_125_854_5, "big": 1e16, "n": 2}));
    Ok(())
}

fn a_number_beyond_64_bits_is_refused_and_not_rounded(db: &Db) -> Result<()> {
    let mut session = sheets(db)?;
    for (id, number) in ["18446744073709551616", "0.12345678901234567890123"].iter().enumerate() {
        let insert = format!("INSERT INTO sheet (id, cells) VALUES ({}, '{{\"n\": {number}}}')", id + 1);
        session.execute(&text(&insert))?;
        let id = id as i64 + 1;
        let refused = session.get::<Sheet>(id).unwrap_err();
        let said = refused.to_string();
        assert!(matches!(refused, Error::Decode { .. }) && said.contains("cast::<String>"), "{said}");
        // As text, every digit is there.
        let cells = table("sheet").column::<Json>("cells");
        let exact = select(cast::<String>(cells)).select_from(table("sheet")).filter(Sheet::ID.eq(id));
        let exact = session.one(exact)?;
        assert!(exact.contains(number), "{exact}");
    }
    Ok(())
}

fn negative_zero_is_kept_or_refused(db: &Db) -> Result<()> {
    let mut session = sheets(db)?;
    let sheet = session.add(Sheet { cells: json!([-0.0]), ..Sheet::default() });
    if session.engine().capabilities().decimal_json {
        let refused = session.flush().unwrap_err().to_string();
        assert!(refused.contains("-0.0"), "{refused}");
        session[sheet].cells = json!([0.0]);
        session.commit()?;
    } else {
        session.commit()?;
        assert_eq!(bits(&session.load(sheet)?.cells), [Some((-0.0_f64).to_bits())]);
    }
    Ok(())
}
