//! Numbers that SQL computes: exact, or an error, never the nearest that fits.

use orm::Result;
use orm::prelude::*;

use crate::Db;

cases![
    a_sum_beyond_the_range_is_exact_or_refused,
    a_sum_within_the_range_is_exact,
    an_average_has_all_its_digits,
    arithmetic_beyond_the_range_is_refused,
    a_cast_beyond_the_range_is_refused,
    a_cast_integer_has_64_bits_wherever_it_stands,
    division_of_integers_drops_the_remainder,
];

#[derive(Entity, Debug, Default)]
struct Num {
    #[entity(primary_key)]
    id: Auto<i64>,
    n: i64,
    small: i32,
    ratio: f64,
}

fn numbers(db: &Db, numbers: &[i64]) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Num])?);
    session.add_all(numbers.iter().map(|n| Num { n: *n, small: *n as i32, ratio: *n as f64, ..Num::default() }));
    session.commit()?;
    Ok(session)
}

fn a_sum_beyond_the_range_is_exact_or_refused(db: &Db) -> Result<()> {
    for (first, second) in [(i64::MAX, 10), (i64::MIN, -10)] {
        let mut session = numbers(db, &[])?;
        session.execute(&text("DELETE FROM num"))?;
        session.add_all([first, second].map(|n| Num { n, ..Num::default() }));
        session.commit()?;
        session.one(select(sum(Num::N))).unwrap_err();
        session.rollback()?;
        session.one(select(coalesce(sum(Num::N), 0))).unwrap_err();
        session.rollback()?;
        // Where the database knows the number, it compares it.
        match session.all(select(count(Num::ID)).having(sum(Num::N).eq(first))) {
            Ok(found) => assert_eq!(found, Vec::<i64>::new()),
            Err(_) => drop(session.rollback()?),
        }
    }
    Ok(())
}

fn a_sum_within_the_range_is_exact(db: &Db) -> Result<()> {
    let mut session = numbers(db, &[i64::MAX, i64::MIN, -5, 9_007_199_254_740_993, -9_007_199_254_740_993])?;
    assert_eq!(session.one(select(sum(Num::N)))?, Some(-6));
    assert_eq!(session.one(select(sum(Num::N) * 2 + 1))?, Some(-11));
    assert_eq!(session.one(select(sum(Num::N) / 4))?, Some(-1));
    let row = session.one(select((sum(Num::N), count(Num::ID))).filter(Num::N.gt(0)).filter(Num::N.lt(i64::MAX)))?;
    assert_eq!(row, (Some(9_007_199_254_740_993), 1));
    assert_eq!(session.one(select(sum(Num::N)).filter(Num::N.is_null()))?, None);
    let above = select(count(Num::ID)).group_by(Num::N).having(sum(Num::N).gt(9_007_199_254_740_992));
    assert_eq!(session.all(above)?.len(), 2);
    Ok(())
}

fn an_average_has_all_its_digits(db: &Db) -> Result<()> {
    let mut session = numbers(db, &[1, 2, 2])?;
    let (average, of_small, of_ratio) = session.one(select((avg(Num::N), avg(Num::SMALL), avg(Num::RATIO))))?;
    for average in [average, of_small, of_ratio] {
        assert!((average.expect("a number") - 5.0 / 3.0).abs() < 1e-15, "{average:?}");
    }
    Ok(())
}

fn arithmetic_beyond_the_range_is_refused(db: &Db) -> Result<()> {
    for (n, computed) in [
        (i64::MAX, Num::N + 1),
        (i64::MAX, Num::N + 10),
        (i64::MIN, Num::N - 1),
        (i64::MAX, Num::N * 2),
        (i64::MIN, -(Num::N)),
    ] {
        let mut session = numbers(db, &[])?;
        session.execute(&text("DELETE FROM num"))?;
        session.add(Num { n, ..Num::default() });
        session.commit()?;
        let shown = format!("{computed:?}");
        session.one(select(computed)).expect_err(&shown);
        session.rollback()?;
    }
    Ok(())
}

fn a_cast_beyond_the_range_is_refused(db: &Db) -> Result<()> {
    let mut session = numbers(db, &[7])?;
    if session.engine().capabilities().cast_results {
        for far in [1e30, -1e30, 9.3e18] {
            session.one(select(cast::<i64>(literal(far) * Num::RATIO))).unwrap_err();
            session.rollback()?;
        }
    }
    assert_eq!(session.one(select(cast::<i64>(Num::RATIO * 3.0)))?, 21);
    assert_eq!(session.one(select(cast::<i64>(-Num::RATIO)))?, -7);
    assert_eq!(session.one(select(cast::<Option<i64>>(func::<Option<f64>>("nullif", (Num::RATIO, 7.0)))))?, None);
    Ok(())
}

fn division_of_integers_drops_the_remainder(db: &Db) -> Result<()> {
    let mut session = numbers(db, &[7, -7])?;
    let row = select((Num::N / 2, Num::N % 2, Num::N / -2, Num::N % -2)).order_by(Num::N.desc());
    assert_eq!(session.all(row)?, [(3, 1, -3, 1), (-3, -1, 3, -1)]);
    Ok(())
}

/// MariaDB keeps a quotient in 32 bits where a temporary table holds it, unless its sides have more digits.
fn a_cast_integer_has_64_bits_wherever_it_stands(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Num])?);
    session.add_all([i32::MIN, i32::MAX, 7].map(|small| Num { small, ..Num::default() }));
    session.commit()?;
    let opposite = || -cast::<i64>(Num::SMALL) / 1;
    let expected = [-2_147_483_647, -7, 2_147_483_648];
    let value = opposite().label("value");
    assert_eq!(session.all(select(value.clone()).distinct().order_by(value))?, expected);
    assert_eq!(session.all(select(opposite()).order_by(opposite()))?, expected);
    let groups = select(opposite().label("value")).group_by("value").order_by("value");
    assert_eq!(session.all(groups)?, expected);
    assert_eq!(session.one(select(max(opposite() * 2)))?, Some(4_294_967_296));
    Ok(())
}
