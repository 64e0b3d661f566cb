//! Chapter 10: aggregates, groups, functions, CASE, and rows as structs.

use bigdecimal::BigDecimal;
use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Sale {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20)]
    shop: String,
    #[entity(length = 20)]
    item: String,
    pieces: i32,
    #[entity(precision = 10, scale = 2)]
    price: BigDecimal,
}
// ANCHOR_END: model

fn start(engine: &Engine) -> orm::Result<Session> {
    engine.create_all(schema![Sale])?;
    let mut session = Session::new(engine);
    let sales = [
        ("north", "mug", 3, 650),
        ("north", "hat", 1, 899),
        ("south", "mug", 10, 600),
        ("south", "shirt", 2, 1099),
        ("south", "hat", 1, 899),
        ("west", "mug", 1, 650),
    ];
    session.add_all(sales.map(|(shop, item, pieces, cents)| Sale {
        shop: shop.into(),
        item: item.into(),
        pieces,
        price: BigDecimal::new(cents.into(), 2),
        ..Sale::default()
    }));
    session.commit()?;
    Ok(Session::new(engine))
}

// ANCHOR: totals
fn totals(session: &mut Session) -> orm::Result<(i64, Option<i64>, Option<BigDecimal>)> {
    session.one(select((count_all(), sum(Sale::PIECES), max(Sale::PRICE))))
}
// ANCHOR_END: totals

// ANCHOR: groups
fn groups(session: &mut Session) -> orm::Result<Vec<(String, Option<i64>)>> {
    let query = select((Sale::SHOP, sum(Sale::PIECES))).group_by(Sale::SHOP);
    session.all(query.order_by(Sale::SHOP))
}
// ANCHOR_END: groups

// ANCHOR: having
fn having(session: &mut Session) -> orm::Result<Vec<(String, i64)>> {
    let several = select((Sale::SHOP, count_all().label("sales")))
        .filter(Sale::PIECES.lt(10)) // before the rows are grouped
        .group_by(Sale::SHOP)
        .having(count_all().ge(2)) // after
        .order_by(("sales", Sale::SHOP));
    session.all(several)
}
// ANCHOR_END: having

// ANCHOR: struct
#[derive(FromRow, Debug, PartialEq)]
struct Turnover {
    shop: String,
    items: i64,
    total: Option<BigDecimal>,
}

fn turnover(session: &mut Session) -> orm::Result<Vec<Turnover>> {
    let total = sum(Sale::PRICE * cast::<BigDecimal>(Sale::PIECES)).label("total");
    let query = select((Sale::SHOP, count_distinct(Sale::ITEM).label("items"), total));
    session.all(query.group_by(Sale::SHOP).order_by(Sale::SHOP).rows_as::<Turnover>())
}
// ANCHOR_END: struct

// ANCHOR: case
fn sizes(session: &mut Session) -> orm::Result<Vec<(String, i64)>> {
    let size = || {
        let small = case::<String>().when(Sale::PIECES.ge(10), "bulk");
        small.when(Sale::PIECES.gt(1), "some").otherwise("one").label("size")
    };
    session.all(select((size(), count_all())).group_by("size").order_by("size"))
}
// ANCHOR_END: case

// ANCHOR: functions
fn functions(session: &mut Session) -> orm::Result<Vec<(String, i64, i64)>> {
    let square = func::<i64>("abs", (Sale::PIECES - 4,)); // any function of the database
    let row = (upper(Sale::ITEM), length(Sale::SHOP), square);
    session.all(select(row).filter(Sale::SHOP.eq("north")).order_by(Sale::ID))
}
// ANCHOR_END: functions

// ANCHOR: names
fn names(session: &mut Session) -> orm::Result<Vec<Turnover>> {
    let query = select((Sale::SHOP, count_distinct(Sale::ITEM))); // no labels
    session.all(query.group_by(Sale::SHOP).rows_as::<Turnover>())
}
// ANCHOR_END: names

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let mut session = start(stage.engine())?;
    let all = stage.step("totals", || totals(&mut session))?;
    assert_eq!((all.0, all.1), (6, Some(18)));
    assert_eq!(
        stage.step("groups", || groups(&mut session))?[1],
        ("south".into(), Some(13))
    );
    let several = stage.step("having", || having(&mut session))?;
    assert_eq!(several, [("north".to_owned(), 2), ("south".to_owned(), 2)]);
    let shops = stage.step("struct", || turnover(&mut session))?;
    let printed: Vec<String> = shops
        .iter()
        .map(|it| {
            format!(
                "{}: {} items, {}",
                it.shop,
                it.items,
                it.total.clone().unwrap_or_default()
            )
        })
        .collect();
    stage.show("struct", printed.join("\n"));
    let sizes = stage.step("case", || sizes(&mut session))?;
    assert_eq!(sizes, [("bulk".into(), 1), ("one".into(), 3), ("some".into(), 2)]);
    assert_eq!(
        stage.step("functions", || functions(&mut session))?[0],
        ("MUG".into(), 5, 1)
    );
    stage.refused("names", || names(&mut session))?;
    Ok(())
}
