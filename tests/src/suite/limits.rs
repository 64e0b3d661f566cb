//! The limits of a statement: many parameters, many bytes, long lists.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use orm::prelude::*;
use orm::sql::not_;
use orm::{Result, StatementKind};
use uuid::Uuid;

use crate::Db;
use crate::sent::check_kinds;

cases![
    rows_of_many_bytes_are_written_in_parts,
    small_rows_share_a_statement,
    rows_of_an_insert_may_be_any_number,
    an_insert_in_parts_is_all_or_nothing,
    a_list_may_have_any_number_of_members,
    a_list_of_every_type_may_be_long,
    a_long_list_of_decimals_floats_or_bytes_is_exact,
    a_long_list_does_not_lose_a_far_year,
    a_long_list_holds_in_updates_and_deletions,
    too_many_parameters_are_refused;
    [closes_on_large_statements]: a_row_that_the_server_does_not_take_is_refused;
    [insert_returning]: an_insert_in_parts_gives_back_every_row,
];

#[derive(Entity, Debug, Default)]
struct Page {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(text)]
    body: String,
}

#[derive(Entity, Debug, Default)]
struct Number {
    #[entity(primary_key)]
    id: i64,
    #[entity(length = 20)]
    word: Option<String>,
    day: Option<NaiveDate>,
    token: Option<Uuid>,
}

#[derive(Entity, Debug, Default)]
struct Measure {
    #[entity(primary_key)]
    id: i64,
    #[entity(precision = 30, scale = 10)]
    price: Option<BigDecimal>,
    weight: Option<f64>,
    code: Option<Vec<u8>>,
}

const MANY: i64 = 70_000;

fn pages(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Page])?))
}

fn word(number: i64) -> String {
    format!("w'\"\\{number}")
}

fn day(number: i64) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(700_000 + number as i32).expect("a day")
}

/// Numbers from 1 on, inserted by one call.
fn numbers(db: &Db, count: i64) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Number])?);
    let columns = (Number::ID, Number::WORD, Number::DAY, Number::TOKEN);
    let row = |number| (number, Some(word(number)), Some(day(number)), Some(Uuid::from_u128(number as u128)));
    session.execute(&insert("number").rows(columns, (1..=count).map(row)))?;
    Ok(session)
}

fn rows_of_many_bytes_are_written_in_parts(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    let body = "x".repeat(200_000);
    session.add_all((0..120).map(|_| Page { body: body.clone(), ..Page::default() }));
    session.commit()?;
    for page in session.query::<Page>().all()? {
        session[page].body.replace_range(..1, "y");
    }
    let recorder = session.engine().record();
    session.commit()?;
    let updates = recorder.take().count(StatementKind::Update);
    let fit = session.engine().capabilities().max_statement_bytes / body.len();
    assert!((120_usize.div_ceil(fit)..=120).contains(&updates), "{updates} statements");
    let changed = select(Page::ID).filter(Page::BODY.starts_with("yxxx")).filter(length(Page::BODY).eq(200_000));
    assert_eq!(session.count(changed)?, 120);
    Ok(())
}

fn small_rows_share_a_statement(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    let pages = session.add_all((0..100).map(|_| Page { body: "x".repeat(1_000), ..Page::default() }));
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "begin insert commit");
    for page in pages {
        session.load(page)?;
        session[page].body.push('y');
    }
    recorder.take();
    session.commit()?;
    check_kinds(&recorder, "update commit");
    Ok(())
}

fn a_row_that_the_server_does_not_take_is_refused(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    let limit: i64 = session.one(select(text("@@max_allowed_packet").typed::<i64>()))?;
    session.add(Page { body: "small".into(), ..Page::default() });
    session.flush()?;
    let page = session.add(Page { body: "x".repeat(usize::try_from(limit).expect("a size")), ..Page::default() });
    let refused = session.flush().unwrap_err();
    assert!(!refused.is_retryable() && !refused.is_disconnect());
    let refused = refused.to_string();
    assert!(refused.starts_with("Page: ") && refused.contains("max_allowed_packet"), "{refused}");
    // The transaction goes on.
    session[page].body.truncate(10);
    session.commit()?;
    assert_eq!(session.all(select(length(Page::BODY)).order_by(Page::ID))?, [5, 10]);
    Ok(())
}

fn rows_of_an_insert_may_be_any_number(db: &Db) -> Result<()> {
    let mut session = numbers(db, MANY)?;
    assert_eq!(session.count(select(Number::ID))?, MANY);
    session.commit()?;
    let mut connection = session.engine().connect()?;
    assert!(!connection.in_transaction());
    let rows = (MANY + 1..=2 * MANY).map(|number| (number, None));
    let changed = connection.execute(&insert("number").rows((Number::ID, Number::WORD), rows))?;
    assert_eq!((changed as i64, connection.in_transaction()), (MANY, false));
    drop(connection);
    assert_eq!(session.count(select(Number::ID))?, 2 * MANY);
    Ok(())
}

fn an_insert_in_parts_is_all_or_nothing(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.shared_engine(schema![Number])?);
    session.execute(&insert("number").set(Number::ID, 2 * MANY))?;
    let rows = |first: i64| insert("number").rows((Number::ID, Number::WORD), (first..=2 * MANY).map(|id| (id, "x")));
    session.execute(&rows(1)).unwrap_err();
    // What was done before is kept where a failed statement costs nothing else.
    if session.engine().capabilities().statement_atomic {
        assert_eq!(session.all(select(Number::ID))?, [2 * MANY]);
        session.commit()?;
    } else {
        session.rollback()?;
        session.execute(&insert("number").set(Number::ID, 2 * MANY))?;
        session.commit()?;
    }
    let mut connection = session.engine().connect()?;
    connection.execute(&rows(1)).unwrap_err();
    assert!(!connection.in_transaction());
    drop(connection);
    assert_eq!(session.all(select(Number::ID))?, [2 * MANY]);
    Ok(())
}

fn an_insert_in_parts_gives_back_every_row(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Number])?;
    let columns = (Number::ID, Number::WORD);
    let rows = (1..=MANY).map(|number| (number, None));
    let given = engine.connect()?.query(&insert("number").rows(columns, rows).returning(Number::ID))?;
    let mut ids = given.iter().map(|row| row.get::<i64>(0)).collect::<Result<Vec<_>>>()?;
    ids.sort_unstable();
    assert!(ids.into_iter().eq(1..=MANY));
    Ok(())
}

fn a_list_may_have_any_number_of_members(db: &Db) -> Result<()> {
    let mut session = numbers(db, 10)?;
    // More than every database has parameters, both ends of the range among them.
    let listed = || (5..MANY).chain([i64::MIN, i64::MAX]);
    let mut found = |condition| session.all(select(Number::ID).filter(condition).order_by(Number::ID));
    assert_eq!(found(Number::ID.in_(listed()))?, [5, 6, 7, 8, 9, 10]);
    assert_eq!(found(Number::ID.not_in(listed()))?, [1, 2, 3, 4]);
    assert_eq!(found(not_(Number::ID.in_(listed())).and(Number::ID.gt(2)))?, [3, 4]);
    assert_eq!(found(Number::ID.in_(listed()).and(Number::ID.not_in(7..2 * MANY)))?, [5, 6]);
    let smaller = |most: i64| Number::ID.in_(5..most);
    for most in [6, 1_000, 4_006, 8_006, 16_000, 32_006, 33_000] {
        assert_eq!(found(smaller(most).and(Number::ID.le(5)))?, [5], "{most}");
    }
    Ok(())
}

fn a_list_of_every_type_may_be_long(db: &Db) -> Result<()> {
    let mut session = numbers(db, 10)?;
    session.execute(&insert("number").set(Number::ID, 11).set(Number::WORD, Some("W'\"\\5".to_owned())))?;
    for condition in [
        Number::WORD.in_((5..MANY).map(word)),
        Number::DAY.in_((5..MANY).map(day)),
        Number::TOKEN.in_((5..MANY).map(|number| Uuid::from_u128(number as u128))),
    ] {
        assert_eq!(session.all(select(Number::ID).filter(condition).order_by(Number::ID))?, [5, 6, 7, 8, 9, 10]);
    }
    let others = Number::WORD.not_in((5..MANY).map(word));
    assert_eq!(session.all(select(Number::ID).filter(others).order_by(Number::ID))?, [1, 2, 3, 4, 11]);
    Ok(())
}

fn a_long_list_of_decimals_floats_or_bytes_is_exact(db: &Db) -> Result<()> {
    let decimal = |text: &str| text.parse::<BigDecimal>().expect("a decimal");
    // Each value differs from its neighbour by the last digit, bit or byte that the column keeps.
    let prices =
        ["9.5", "9.5000000001", "-12345678901234567890.1234567891", "-12345678901234567890.1234567892", "0", "10"];
    let weights = [0.1 + 0.2, 0.3, 5e-324, f64::MIN_POSITIVE, f64::MAX, -1.0 / 3.0];
    let codes: [&[u8]; 6] = [&[], &[0], &[0, 0], &[255, 0, 39], &[255, 0, 92], b"ab"];
    let mut session = Session::new(&db.engine(schema![Measure])?);
    let rows = (0..6).map(|at| Measure {
        id: at as i64,
        price: Some(decimal(prices[at])),
        weight: Some(weights[at]),
        code: Some(codes[at].to_vec()),
    });
    session.add_all(rows.chain([Measure { id: 6, ..Measure::default() }]));
    session.commit()?;
    let mut found = |condition| session.all(select(Measure::ID).filter(condition).order_by(Measure::ID));
    let others = || (100..MANY).map(|number| decimal(&format!("{number}.50")));
    let price_of = |at: usize| decimal(prices[at]);
    // Equal numbers are equal whatever zeros are written.
    let listed = || others().chain([decimal("9.500"), price_of(2), decimal("1e1")]);
    assert_eq!(found(Measure::PRICE.in_(listed()))?, [0, 2, 5]);
    assert_eq!(found(Measure::PRICE.not_in(listed()))?, [1, 3, 4]);
    let listed =
        || (100..MANY).map(|number| number as f64 / 7.0).chain([weights[0], weights[2], weights[4], weights[5]]);
    assert_eq!(found(Measure::WEIGHT.in_(listed()))?, [0, 2, 4, 5]);
    assert_eq!(found(Measure::WEIGHT.not_in(listed()))?, [1, 3]);
    let other = |number: i64| number.to_be_bytes().to_vec();
    let listed = || (100..MANY).map(other).chain([vec![], vec![0, 0], vec![255, 0, 39]]);
    assert_eq!(found(Measure::CODE.in_(listed()))?, [0, 2, 3]);
    assert_eq!(found(Measure::CODE.not_in(listed()))?, [1, 4, 5]);
    Ok(())
}

fn a_long_list_does_not_lose_a_far_year(db: &Db) -> Result<()> {
    let mut session = numbers(db, 10)?;
    let far = NaiveDate::from_ymd_opt(12_345, 6, 7).expect("a day");
    let listed = || [far].into_iter().chain((6..MANY).map(day));
    let found = session.all(select(Number::ID).filter(Number::DAY.not_in(listed())).order_by(Number::ID));
    if session.engine().capabilities().far_years {
        assert_eq!(found?, [1, 2, 3, 4, 5]);
    } else {
        let refused = found.unwrap_err().to_string();
        assert!(refused.contains("outside of the years 0 to 9999"), "{refused}");
    }
    Ok(())
}

fn a_long_list_holds_in_updates_and_deletions(db: &Db) -> Result<()> {
    let mut session = numbers(db, 10)?;
    let changed = session.execute(&update("number").set(Number::WORD, "new").filter(Number::ID.in_(5..MANY)))?;
    assert_eq!(changed, 6);
    assert_eq!(session.execute(&delete("number").filter(Number::WORD.in_((3..MANY).map(word))))?, 2);
    assert_eq!(session.all(select(Number::ID).order_by(Number::ID))?, [1, 2, 5, 6, 7, 8, 9, 10]);
    Ok(())
}

fn too_many_parameters_are_refused(db: &Db) -> Result<()> {
    let mut session = numbers(db, 1)?;
    let many = func::<i64>("coalesce", (0..MANY).map(orm::sql::IntoNode::into_node).collect::<Vec<_>>());
    let refused = session.all(select(many)).unwrap_err().to_string();
    assert!(refused.contains("70000 parameters") && refused.contains("takes"), "{refused}");
    assert_eq!(session.count(select(Number::ID))?, 1);
    Ok(())
}
