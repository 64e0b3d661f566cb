//! Exact decimals: the same rows for every operator, order, group and function, also where the database has no decimals.

use bigdecimal::BigDecimal;
use orm::mapping::KeyPart;
use orm::prelude::*;
use orm::sql::Scalar;
use orm::{ColumnType, DataType, Error, Result, ValueRef};

use crate::Db;
use crate::sent::check_silence;

cases![
    every_comparison_is_one_of_numbers,
    decimals_are_sorted_as_numbers,
    equal_decimals_are_one_group,
    aggregates_are_exact,
    arithmetic_is_exact,
    a_quotient_has_enough_digits,
    casts_lead_into_decimals_and_out,
    decimals_are_compared_within_other_expressions,
    subqueries_give_decimals,
    tables_are_joined_by_decimals,
    numbers_in_the_tables_of_others_are_decimals,
    a_value_is_rounded_to_the_scale_of_its_column,
    a_value_beyond_the_precision_is_refused,
    a_statement_writes_what_the_column_holds,
    equal_decimals_violate_a_unique_column,
    a_decimal_is_a_key,
    a_decimal_is_part_of_a_key,
    a_statement_writes_a_foreign_key_of_decimals,
    a_key_of_more_digits_is_rounded_in_memory_too,
    more_digits_than_the_database_knows_are_never_cut,
    a_check_adds_zero_to_compare_numbers,
    equal_decimals_are_no_change,
    text_that_is_no_decimal_is_an_error,
];

#[derive(Entity, Debug, Default)]
struct Item {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(precision = 20, scale = 2)]
    price: BigDecimal,
    #[entity(precision = 20, scale = 5)]
    weight: Option<BigDecimal>,
}

/// A decimal that may be a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Exact(BigDecimal);

impl ColumnType for Exact {
    type Base = Self;

    fn data_type() -> DataType {
        DataType::Numeric(None)
    }

    fn to_value(&self) -> ValueRef<'_> {
        self.0.to_value()
    }

    fn from_value(value: Value) -> Result<Self, String> {
        BigDecimal::from_value(value).map(Self)
    }
}

impl KeyPart for Exact {}
impl Scalar for Exact {}

#[derive(Entity, Debug, Default)]
struct Rate {
    #[entity(primary_key, precision = 10, scale = 2)]
    rate: Exact,
    label: String,
    #[entity(inverse = "rate")]
    bookings: HasMany<Booking>,
}

#[derive(Entity, Debug, Default)]
struct Booking {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "bookings")]
    rate: BelongsTo<Rate>,
}

#[derive(Entity, Debug, Default)]
struct Step {
    #[entity(primary_key)]
    scale: String,
    #[entity(primary_key, precision = 10, scale = 3)]
    at: Exact,
    note: String,
}

#[derive(Entity, Debug, Default)]
struct Unique {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(unique, precision = 10, scale = 2)]
    price: BigDecimal,
}

/// Columns that a visit and a stay share.
#[derive(Embed, Debug, Default)]
struct Priced {
    tariff: BelongsTo<Option<Rate>>,
}

#[derive(Entity, Debug, Default)]
struct Stay {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    priced: Priced,
}

#[derive(Entity, Debug, Default)]
#[entity(check = "price + 0 >= 10")]
struct Dear {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(precision = 10, scale = 2)]
    price: BigDecimal,
}

fn number(text: &str) -> BigDecimal {
    text.parse().expect("a number")
}

fn exact(text: &str) -> Exact {
    Exact(number(text))
}

fn numbers(text: &str) -> Vec<BigDecimal> {
    text.split_whitespace().map(number).collect()
}

/// Texts of these would be in another order, and floats would not hold the last two.
const PRICES: &str = "9.50 10.00 100.00 -1.00 -20.00 0.00 9.50 100000000000000000.01 100000000000000000.02";

fn items(db: &Db) -> Result<Session> {
    let mut session = Session::new(&db.engine(schema![Item])?);
    let weights = ["1.5", "", "0.00001", "1.50000", "-3", "", "1.5", "20", "3"];
    session.add_all(numbers(PRICES).into_iter().zip(weights).map(|(price, weight)| {
        let weight = (!weight.is_empty()).then(|| number(weight));
        Item { price, weight, ..Item::default() }
    }));
    session.commit()?;
    Ok(session)
}

fn ids(session: &mut Session, criterion: Expr<bool>) -> Result<Vec<i64>> {
    session.all(select(Item::ID).filter(criterion).order_by(Item::ID))
}

fn every_comparison_is_one_of_numbers(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let cases = [
        (Item::PRICE.eq(number("10")), vec![2]),
        (Item::PRICE.eq(number("9.5000")), vec![1, 7]),
        (Item::PRICE.ne(number("9.5")), vec![2, 3, 4, 5, 6, 8, 9]),
        (Item::PRICE.gt(number("9.5")), vec![2, 3, 8, 9]),
        (Item::PRICE.ge(number("9.5")), vec![1, 2, 3, 7, 8, 9]),
        (Item::PRICE.lt(number("0")), vec![4, 5]),
        (Item::PRICE.le(number("-1.0")), vec![4, 5]),
        (Item::PRICE.lt(number("-1")), vec![5]),
        (Item::PRICE.gt(number("100000000000000000.01")), vec![9]),
        (Item::PRICE.between(number("-1"), number("10")), vec![1, 2, 4, 6, 7]),
        (not_(Item::PRICE.between(number("-1"), number("10"))), vec![3, 5, 8, 9]),
        (Item::PRICE.in_(numbers("9.5 100 7")), vec![1, 3, 7]),
        (Item::PRICE.not_in(numbers("9.5 100 7")), vec![2, 4, 5, 6, 8, 9]),
        (Item::WEIGHT.eq(number("1.5")), vec![1, 4, 7]),
        (Item::WEIGHT.is_null(), vec![2, 6]),
        (Item::PRICE.gt(Item::WEIGHT), vec![1, 3, 7, 8, 9]),
        (literal(number("9.5")).lt(Item::PRICE), vec![2, 3, 8, 9]),
        (text("price").typed::<BigDecimal>().gt(number("9.5")), vec![2, 3, 8, 9]),
    ];
    for (criterion, expected) in cases {
        let words = format!("{criterion:?}");
        assert_eq!(ids(&mut session, criterion)?, expected, "{words}");
    }
    Ok(())
}

fn decimals_are_sorted_as_numbers(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let sorted = numbers("-20 -1 0 9.5 9.5 10 100 100000000000000000.01 100000000000000000.02");
    assert_eq!(session.all(select(Item::PRICE).order_by(Item::PRICE))?, sorted);
    let mut backwards = sorted.clone();
    backwards.reverse();
    assert_eq!(session.all(select(Item::PRICE).order_by(Item::PRICE.desc()))?, backwards);
    let labeled = Item::PRICE.label("amount");
    assert_eq!(session.all(select(labeled.clone()).order_by("amount"))?, sorted);
    assert_eq!(session.all(select(labeled.clone()).order_by(labeled.desc()).limit(2))?, backwards[..2]);
    assert_eq!(session.all(select(Item::PRICE).order_by("price"))?, sorted);
    let weights = session.all(select(Item::WEIGHT).order_by((Item::WEIGHT.desc().nulls_last(), Item::ID)))?;
    let expected = numbers("20 3 1.5 1.5 1.5 0.00001 -3").into_iter().map(Some);
    assert_eq!(weights, expected.chain([None, None]).collect::<Vec<_>>());
    // The rows of entities, of which a page is taken.
    let page = session.all(select(entity::<Item>()).order_by(Item::PRICE.desc()).limit(1).offset(2))?;
    assert_eq!(session.load(page[0])?.price, number("100"));
    Ok(())
}

fn equal_decimals_are_one_group(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let groups = select((Item::WEIGHT, count(Item::ID))).filter(Item::WEIGHT.is_not_null()).group_by(Item::WEIGHT);
    let groups = session.all(groups.order_by(Item::WEIGHT))?;
    let expected = [("-3", 1), ("0.00001", 1), ("1.5", 3), ("3", 1), ("20", 1)];
    assert_eq!(groups, expected.map(|(weight, count)| (Some(number(weight)), count)));
    let sums = select((Item::PRICE.label("p"), sum(Item::WEIGHT).label("s"))).group_by("p").having(count_all().gt(1));
    assert_eq!(session.all(sums)?, [(number("9.5"), Some(number("3")))]);
    let dear =
        select(Item::WEIGHT).group_by(Item::WEIGHT).having(sum(Item::PRICE).gt(number("10.5"))).order_by(Item::WEIGHT);
    let dear: Vec<_> = session.all(dear)?.into_iter().flatten().collect();
    assert_eq!(dear, numbers("0.00001 1.5 3 20"));
    let distinct =
        session.all(select(Item::WEIGHT).filter(Item::WEIGHT.is_not_null()).distinct().order_by(Item::WEIGHT))?;
    assert_eq!(distinct.into_iter().flatten().collect::<Vec<_>>(), numbers("-3 0.00001 1.5 3 20"));
    assert_eq!(session.one(select(count_distinct(Item::PRICE)))?, 8);
    assert_eq!(session.count(select(Item::PRICE).distinct())?, 8);
    Ok(())
}

fn aggregates_are_exact(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let all = select((sum(Item::PRICE), min(Item::PRICE), max(Item::PRICE)));
    let expected = ["200000000000000108.03", "-20", "100000000000000000.02"].map(|text| Some(number(text)));
    let (total, least, greatest) = session.one(all)?;
    assert_eq!([total, least, greatest], expected);
    let some = select((avg(Item::PRICE), count(Item::WEIGHT))).filter(Item::PRICE.lt(number("11")));
    let (average, counted) = session.one(some)?;
    assert_eq!((average.map(|it| it.round(3)), counted), (Some(number("1.333")), 4));
    let none = select((sum(Item::PRICE), avg(Item::PRICE), min(Item::PRICE))).filter(Item::ID.gt(100));
    assert_eq!(session.one(none)?, (None, None, None));
    let differences = select(sum(Item::PRICE - coalesce(Item::WEIGHT, number("0")))).filter(Item::ID.le(3));
    assert_eq!(session.one(differences)?, Some(number("117.99999")));
    Ok(())
}

fn arithmetic_is_exact(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let row = |expression: Expr<BigDecimal>| select(expression).filter(Item::ID.eq(9));
    let cases = [
        (Item::PRICE + number("0.005"), "100000000000000000.025"),
        (Item::PRICE - number("1"), "99999999999999999.02"),
        (Item::PRICE * number("1.1"), "110000000000000000.022"),
        (-Item::PRICE, "-100000000000000000.02"),
        (Item::PRICE + Item::PRICE - number("0.04") + number("1"), "200000000000000001"),
        ((Item::PRICE + number("1")) * number("2"), "200000000000000002.04"),
        (literal(number("1")) - Item::PRICE, "-99999999999999999.02"),
    ];
    for (expression, expected) in cases {
        let words = format!("{expression:?}");
        assert_eq!(session.one(row(expression))?, number(expected), "{words}");
    }
    assert_eq!(ids(&mut session, (Item::PRICE * number("2")).gt(number("19")))?, [2, 3, 8, 9]);
    assert_eq!(ids(&mut session, (-Item::PRICE).between(number("1"), number("20")))?, [4, 5]);
    let order = select(Item::ID).order_by((Item::PRICE * number("-1"), Item::ID)).limit(3);
    assert_eq!(session.all(order)?, [9, 8, 3]);
    let nothing = select(Item::PRICE + Item::WEIGHT).filter(Item::ID.eq(2));
    assert_eq!(session.one(nothing)?, None);
    Ok(())
}

fn a_quotient_has_enough_digits(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let third = session.one(select(Item::PRICE / number("3")).filter(Item::ID.eq(2)))?;
    assert_eq!(third.round(4), number("3.3333"));
    let whole = session.one(select(Item::PRICE / number("4")).filter(Item::ID.eq(3)))?;
    assert_eq!(whole, number("25"));
    Ok(())
}

fn casts_lead_into_decimals_and_out(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let first = |criterion: i64| Item::ID.eq(criterion);
    assert_eq!(session.one(select(cast::<f64>(Item::PRICE)).filter(first(1)))?, 9.5);
    assert_eq!(session.one(select(cast::<i64>(Item::PRICE + number("0.01"))).filter(first(1)))?, 10);
    assert_eq!(session.one(select(cast::<i64>(Item::PRICE + number("0.01"))).filter(first(4)))?, -1);
    assert_eq!(session.one(select(cast::<String>(Item::PRICE)).filter(first(3)))?, "100.00");
    assert_eq!(session.one(select(cast::<BigDecimal>(Item::ID)).filter(first(3)))?, number("3"));
    assert_eq!(ids(&mut session, cast::<BigDecimal>(Item::ID).gt(Item::PRICE))?, [4, 5, 6]);
    assert_eq!(ids(&mut session, cast::<f64>(Item::PRICE).between(9.6, 100.5))?, [2, 3]);
    Ok(())
}

fn decimals_are_compared_within_other_expressions(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let weight = || coalesce(Item::WEIGHT, number("2"));
    assert_eq!(ids(&mut session, weight().gt(number("1.5")))?, [2, 6, 8, 9]);
    let clipped = || case::<BigDecimal>().when(Item::PRICE.gt(number("50")), number("50")).otherwise(Item::PRICE);
    assert_eq!(ids(&mut session, clipped().ge(number("10")))?, [2, 3, 8, 9]);
    let sorted = session.all(select(clipped()).order_by(clipped()))?;
    assert_eq!(sorted, numbers("-20 -1 0 9.5 9.5 10 50 50 50"));
    assert_eq!(session.one(select(max(clipped())))?, Some(number("50")));
    let named = select((clipped().label("c"), count_all())).group_by("c").order_by("c");
    let named = session.all(named)?;
    assert_eq!(named.last(), Some(&(number("50"), 3)));
    assert_eq!(session.one(select(func::<BigDecimal>("abs", Item::PRICE)).filter(Item::ID.eq(5)))?, number("20"));
    let rounded = func::<BigDecimal>("round", (Item::PRICE * number("1.005"), cast::<i32>(literal(1))));
    assert_eq!(session.one(select(rounded).filter(Item::ID.eq(2)))?, number("10.1"));
    assert_eq!(ids(&mut session, or_([Item::PRICE.eq(number("10")), Item::WEIGHT.lt(number("0"))]))?, [2, 5]);
    Ok(())
}

fn subqueries_give_decimals(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let other = alias::<Item>("other");
    let greatest = || select(max(other.column(Item::PRICE))).select_from(&other);
    assert_eq!(ids(&mut session, Item::PRICE.eq(scalar(greatest())))?, [9]);
    assert_eq!(ids(&mut session, scalar(greatest()).eq(Item::PRICE))?, [9]);
    let weights = select(other.column(Item::WEIGHT) * number("1"))
        .select_from(&other)
        .filter(other.column(Item::WEIGHT).is_not_null());
    assert_eq!(ids(&mut session, Item::WEIGHT.in_select(weights.clone()))?, [1, 3, 4, 5, 7, 8, 9]);
    assert_eq!(ids(&mut session, Item::PRICE.not_in_select(weights))?, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let dearest =
        select(other.column(Item::PRICE).label("p")).select_from(&other).order_by(other.column(Item::PRICE).desc());
    assert_eq!(session.count(select(Item::ID).filter(Item::PRICE.in_select(dearest.clone().distinct())))?, 9);
    let derived =
        select((Item::WEIGHT.label("w"), max(Item::PRICE).label("m"))).group_by(Item::WEIGHT).as_subquery("d");
    let (weight, most) = (derived.column::<Option<BigDecimal>>("w"), derived.column::<BigDecimal>("m"));
    let rows =
        select(most.clone()).select_from(&derived).filter(weight.gt(number("1.5"))).order_by(most.clone().desc());
    assert_eq!(session.all(rows)?, numbers("100000000000000000.02 100000000000000000.01"));
    assert_eq!(session.one(select(count_all()).select_from(&derived).filter(most.lt(number("9.6"))))?, 2);
    Ok(())
}

fn tables_are_joined_by_decimals(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let other = alias::<Item>("other");
    let pairs = select((Item::ID, other.column(Item::ID)))
        .join_to(&other, and_([Item::PRICE.eq(other.column(Item::PRICE)), Item::ID.lt(other.column(Item::ID))]));
    let pairs = session.all(pairs)?;
    assert_eq!(pairs, [(1, 7)]);
    // Of different scales.
    let weighed =
        select(Item::ID).join_to(&other, Item::PRICE.eq(other.column(Item::WEIGHT) - number("4"))).order_by(Item::ID);
    assert_eq!(session.all(weighed)?, [4]);
    Ok(())
}

fn numbers_in_the_tables_of_others_are_decimals(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    session.execute(&text("CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer INTEGER, total NUMERIC(10,2))"))?;
    let rows =
        "(1, 1, 9.5), (2, 1, 10), (3, 2, 100), (4, 2, 0.99), (5, 3, 13.86), (6, 3, 0.1), (7, 3, 0.2), (8, 4, NULL)";
    session.execute(&text(format!("INSERT INTO invoice VALUES {rows}")))?;
    let invoice = || table("invoice");
    let total = || table("invoice").column::<Option<BigDecimal>>("total");
    let (id, customer) = (table("invoice").column::<i64>("id"), table("invoice").column::<i64>("customer"));
    let ids = |criterion: Expr<bool>| select(id.clone()).select_from(invoice()).filter(criterion).order_by(id.clone());
    assert_eq!(session.all(ids(total().eq(number("9.50"))))?, [1]);
    assert_eq!(session.all(ids(total().gt(number("9.5"))))?, [2, 3, 5]);
    assert_eq!(session.all(ids(total().in_(numbers("0.99 10.00"))))?, [2, 4]);
    assert_eq!(session.all(ids(total().between(number("0.1"), number("9.5"))))?, [1, 4, 6, 7]);
    let sums = select((customer.clone(), sum(total()))).select_from(invoice()).group_by(customer.clone());
    let sums = session.all(sums.having(sum(total()).gt(number("14"))).order_by(sum(total())))?;
    assert_eq!(sums, [(3, Some(number("14.16"))), (1, Some(number("19.5"))), (2, Some(number("100.99")))]);
    let sorted = session.all(select(total()).select_from(invoice()).filter(total().is_not_null()).order_by(total()))?;
    assert_eq!(sorted.into_iter().flatten().collect::<Vec<_>>(), numbers("0.1 0.2 0.99 9.5 10 13.86 100"));
    let joined = select(id.clone())
        .select_from(invoice())
        .join_on::<Item>(Item::PRICE.eq(total()))
        .order_by((id.clone(), Item::ID));
    assert_eq!(session.all(joined)?, [1, 1, 2, 3]);
    let changed = update("invoice").set(total(), total() + number("0.01")).filter(total().eq(number("100")));
    assert_eq!(session.execute(&changed)?, 1);
    assert_eq!(session.all(ids(total().eq(number("100.01"))))?, [3]);
    Ok(())
}

fn a_value_is_rounded_to_the_scale_of_its_column(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Item])?);
    let values = numbers("0.005 -0.005 1e2 2.994999 12345678901234567.895");
    let keys = session.add_all(values.into_iter().map(|price| Item { price, ..Item::default() }));
    session.commit()?;
    let rounded = numbers("0.01 -0.01 100 2.99 12345678901234567.90");
    assert_eq!(session.all(select(Item::PRICE).order_by(Item::ID))?, rounded);
    for key in &keys {
        session.load(*key)?;
        session[*key].price = number("7.125");
    }
    session.commit()?;
    assert_eq!(session.all(select(Item::PRICE).distinct())?, numbers("7.13"));
    // The text of equal numbers is one.
    let texts =
        select(cast::<String>(table("item").column::<BigDecimal>("price"))).select_from(table("item")).distinct();
    assert_eq!(session.all(texts)?, ["7.13"]);
    Ok(())
}

fn a_value_beyond_the_precision_is_refused(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Unique])?);
    let kept = session.add(Unique { price: number("99999999.99"), ..Unique::default() });
    session.commit()?;
    for wide in ["100000000", "99999999.995", "-1e9"] {
        let refused = session.nested(|session| {
            session.add(Unique { price: number(wide), ..Unique::default() });
            session.flush()
        });
        assert!(refused.is_err(), "{wide}");
        assert!(session.execute(&update("unique").set(Unique::PRICE, number(wide))).is_err(), "{wide}");
        session.rollback()?;
    }
    assert_eq!(session.load(kept)?.price, number("99999999.99"));
    Ok(())
}

fn a_statement_writes_what_the_column_holds(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Item])?);
    let rows = [number("9.5"), number("0.125"), number("1e1")];
    session.execute(&insert("item").rows(Item::PRICE, rows))?;
    assert_eq!(session.all(select(Item::PRICE).order_by(Item::ID))?, numbers("9.5 0.13 10"));
    session.execute(
        &update("item").set(Item::PRICE, Item::PRICE * number("1.105")).filter(Item::PRICE.lt(number("10"))),
    )?;
    assert_eq!(session.all(select(Item::PRICE).order_by(Item::ID))?, numbers("10.50 0.14 10"));
    let texts = select(cast::<String>(table("item").column::<BigDecimal>("price"))).select_from(table("item"));
    assert_eq!(session.all(texts.order_by(Item::ID))?, ["10.50", "0.14", "10.00"]);
    session.execute(&update("item").set(Item::WEIGHT, None::<BigDecimal>))?;
    assert_eq!(session.count(select(Item::ID).filter(Item::WEIGHT.is_null()))?, 3);
    let deleted = delete("item").filter(Item::PRICE.le(number("10")));
    assert_eq!(session.execute(&deleted)?, 2);
    Ok(())
}

fn equal_decimals_violate_a_unique_column(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Unique])?);
    session.add(Unique { price: number("9.5"), ..Unique::default() });
    session.commit()?;
    let again = session.nested(|session| {
        session.add(Unique { price: number("9.500"), ..Unique::default() });
        session.flush()
    });
    assert!(matches!(again, Err(Error::Database(_))), "{again:?}");
    let again = session.nested(|session| session.execute(&insert("unique").set(Unique::PRICE, number("9.5000"))));
    assert!(again.is_err(), "{again:?}");
    Ok(())
}

fn a_decimal_is_a_key(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Rate, Booking])?);
    let rates = ["9.5", "10", "100"].map(|rate| Rate { rate: exact(rate), label: rate.into(), ..Rate::default() });
    let rates = session.add_all(rates);
    session.flush()?;
    for rate in &rates {
        session.add(Booking { rate: BelongsTo::to(*rate), ..Booking::default() });
        session.add(Booking { rate: BelongsTo::to(*rate), ..Booking::default() });
    }
    session.commit()?;
    session.expunge_all();
    let rate = session.get::<Rate>(exact("9.500"))?.expect("it is there");
    assert_eq!(session.get::<Rate>(exact("9.5"))?, Some(rate));
    assert_eq!(session.get::<Rate>(exact("9.4"))?, None);
    let recorder = session.engine().record();
    assert_eq!(session.get::<Rate>(exact("9.50"))?, Some(rate));
    check_silence(&recorder);
    for option in [selectin(Rate::BOOKINGS), joined(Rate::BOOKINGS)] {
        session.expunge_all();
        let rates = session.all(select(entity::<Rate>()).options(option).order_by(Rate::RATE))?;
        for rate in rates {
            assert_eq!(session.rel(rate, Rate::BOOKINGS).load()?.len(), 2);
        }
    }
    session.expunge_all();
    let booking = session.query::<Booking>().order_by(Booking::ID).first()?.expect("one");
    let rate = session.rel(booking, Booking::RATE).load()?.expect("its rate");
    assert_eq!(session[rate].label, "9.5");
    session[rate].label = "changed".into();
    session.commit()?;
    assert_eq!(session.load(rate)?.label, "changed");
    for rate in session.query::<Rate>().all()? {
        session[rate].label.push('!');
    }
    session.commit()?;
    assert_eq!(session.count(select(Rate::RATE).filter(Rate::LABEL.ends_with("!")))?, 3);
    for booking in session.query::<Booking>().all()? {
        session.delete(booking)?;
    }
    for rate in session.query::<Rate>().all()? {
        session.delete(rate)?;
    }
    session.commit()?;
    assert_eq!(session.query::<Rate>().count()?, 0);
    Ok(())
}

fn a_decimal_is_part_of_a_key(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Step])?);
    let steps = ["0.5", "1", "10.125"];
    session.add_all(steps.map(|at| Step { scale: "a".into(), at: exact(at), note: at.into() }));
    session.commit()?;
    session.expunge_all();
    let step = session.get::<Step>(("a".to_owned(), exact("1.000")))?.expect("it is there");
    assert_eq!(session[step].note, "1");
    for step in session.query::<Step>().all()? {
        session[step].note.push('!');
    }
    session.commit()?;
    for step in session.query::<Step>().order_by(Step::AT.desc()).limit(2).all()? {
        session.delete(step)?;
    }
    session.commit()?;
    assert_eq!(session.all(select((Step::AT, Step::NOTE)))?, [(exact("0.5"), "0.5!".to_owned())]);
    Ok(())
}

fn a_statement_writes_a_foreign_key_of_decimals(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Rate, Booking, Stay])?);
    session.execute(&insert("rate").rows((Rate::RATE, Rate::LABEL), [(exact("9.5"), "a"), (exact("10"), "b")]))?;
    session.execute(&insert("booking").set(Booking::RATE_ID, exact("9.500")))?;
    session.execute(&insert("booking").rows(Booking::RATE_ID, [exact("9.5"), exact("10")]))?;
    session
        .execute(&update("booking").set(Booking::RATE_ID, exact("10.0")).filter(Booking::RATE_ID.eq(exact("9.5"))))?;
    session.execute(&insert("stay").set(Stay::PRICED.column(Priced::TARIFF_ID), exact("9.5")))?;
    session.commit()?;
    let stay = session.query::<Stay>().first()?.expect("one");
    let rate = session.rel(stay, Stay::PRICED.relationship(Priced::TARIFF)).load()?.expect("its rate");
    assert_eq!(session[rate].label, "a");
    let rate = session.get::<Rate>(exact("10"))?.expect("it is there");
    assert_eq!(session.rel(rate, Rate::BOOKINGS).load()?.len(), 3);
    Ok(())
}

fn a_key_of_more_digits_is_rounded_in_memory_too(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Rate, Booking, Step])?);
    let rate = session.add(Rate { rate: exact("9.505"), label: "a".into(), ..Rate::default() });
    let booking = session.add(Booking { rate: BelongsTo::to(rate), ..Booking::default() });
    session.flush()?;
    assert_eq!(session[rate].rate, exact("9.51"));
    assert_eq!(session.get::<Rate>(exact("9.51"))?, Some(rate));
    assert_eq!(session.get::<Rate>(exact("9.505"))?, None);
    session[rate].label = "b".into();
    session.commit()?;
    assert_eq!(session.load(rate)?.label, "b");
    assert_eq!(session.rel(booking, Booking::RATE).load()?, Some(rate));
    // Equal once they are rounded.
    let again = session.nested(|session| {
        session.add(Rate { rate: exact("9.512"), ..Rate::default() });
        session.flush()
    });
    assert!(matches!(again, Err(Error::DuplicateIdentity { .. })), "{again:?}");
    let step = session.add(Step { scale: "a".into(), at: exact("1"), note: String::new() });
    session.commit()?;
    session.load(step)?;
    session[step].at = exact("2.00049");
    session.flush()?;
    assert_eq!(session.get::<Step>(("a".to_owned(), exact("2")))?, Some(step));
    session[step].note = "moved".into();
    session.commit()?;
    session.expunge_all();
    let step = session.get::<Step>(("a".to_owned(), exact("2")))?.expect("it is there");
    assert_eq!(session[step].note, "moved");
    let wide = session.nested(|session| {
        session.add(Rate { rate: exact("123456789.005"), ..Rate::default() });
        session.flush()
    });
    assert!(wide.is_err());
    assert_eq!(session.query::<Rate>().count()?, 1);
    Ok(())
}

fn more_digits_than_the_database_knows_are_never_cut(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    // Equal to none of them.
    let near = number(&format!("9.5{}1", "0".repeat(70)));
    match ids(&mut session, Item::PRICE.eq(near)) {
        Ok(ids) => assert_eq!(ids, [0; 0]),
        Err(error) => assert!(error.to_string().contains("digits"), "{error}"),
    }
    session.rollback()?;
    // A row is rounded to the scale of its column first.
    let third = session.add(Item { price: number("1") / number("3"), ..Item::default() });
    session.commit()?;
    assert_eq!(session.load(third)?.price, number("0.33"));
    session[third].price = number("20") / number("3");
    session.commit()?;
    assert_eq!(session.load(third)?.price, number("6.67"));
    Ok(())
}

fn a_check_adds_zero_to_compare_numbers(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Dear])?);
    session.add_all(["10", "100", "99.5"].map(|price| Dear { price: number(price), ..Dear::default() }));
    session.commit()?;
    let cheap = session.nested(|session| {
        session.add(Dear { price: number("9.99"), ..Dear::default() });
        session.flush()
    });
    assert!(matches!(cheap, Err(Error::Database(_))), "{cheap:?}");
    Ok(())
}

fn equal_decimals_are_no_change(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let item = session.query::<Item>().order_by(Item::ID).first()?.expect("one");
    session[item].price = number("9.50000");
    session[item].weight = Some(number("1.50"));
    let recorder = session.engine().record();
    session.flush()?;
    check_silence(&recorder);
    Ok(())
}

fn text_that_is_no_decimal_is_an_error(db: &Db) -> Result<()> {
    let mut session = items(db)?;
    let word = select(Item::ID).filter(cast::<BigDecimal>(literal("x".to_owned())).gt(Item::PRICE));
    match session.all(word) {
        // MariaDB and MySQL take it for 0, and warn.
        Ok(ids) => assert_eq!(ids.len(), 2),
        Err(error) => assert!(!error.to_string().contains("9.5"), "{error}"),
    }
    session.rollback()?;
    assert_eq!(session.query::<Item>().count()?, 9);
    Ok(())
}
