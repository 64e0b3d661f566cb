//! Chapter 13: your own SQL: fragments in queries, tables without entities, statements in the session's transaction.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Car {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    price: i64,
}
// ANCHOR_END: model

fn start(engine: &Engine) -> orm::Result<Session> {
    engine.create_all(schema![Car])?;
    let mut session = Session::new(engine);
    let car =
        |(name, price): (&str, i64)| Car { name: name.into(), price, ..Car::default() };
    let cars = [("Audi", 52642), ("Skoda", 9000), ("Volvo", 29000), ("Citroen", 21000)];
    session.add_all(cars.map(car));
    session.commit()?;
    Ok(Session::new(engine))
}

// ANCHOR: fragment
fn fragment(session: &mut Session) -> orm::Result<Vec<String>> {
    let long_name = text("length(car.name) > :least").bind("least", 4).typed::<bool>();
    let query = select(Car::NAME).filter(Car::PRICE.lt(50_000).and(long_name));
    session.all(query.order_by(Car::NAME))
}
// ANCHOR_END: fragment

// ANCHOR: column
fn column(session: &mut Session) -> orm::Result<Vec<(String, i64)>> {
    let rest = text("price % 1000").typed::<i64>().label("rest");
    session.all(select((Car::NAME, rest)).order_by(Car::ID).limit(2))
}
// ANCHOR_END: column

// ANCHOR: table
fn plain_table(session: &mut Session) -> orm::Result<Vec<String>> {
    let car = table("car"); // no entity: names and types are your word
    let (name, price) = (car.column::<String>("name"), car.column::<i64>("price"));
    session.all(select(name).filter(price.between(10_000, 30_000)).order_by("name"))
}
// ANCHOR_END: table

// ANCHOR: rows
#[derive(FromRow, Debug, PartialEq)]
struct Cheapest {
    name: String,
    price: i64,
}

fn whole_statement(session: &mut Session) -> orm::Result<Cheapest> {
    let sql = text("SELECT name, price FROM car WHERE price < :most ORDER BY price");
    let rows = session
        .with_connection(|connection| connection.query(&sql.bind("most", 20_000)))?;
    rows[0].unpack() // by name, as a struct
}
// ANCHOR_END: rows

// ANCHOR: same
fn same_transaction(session: &mut Session) -> orm::Result<usize> {
    session.add(Car { name: "Bentley".into(), price: 350_000, ..Car::default() });
    let dearer = text("UPDATE car SET price = price + 1 WHERE price > :least");
    let changed = session.execute(&dearer.bind("least", 100_000))?; // flushes first
    session.rollback()?; // undoes both
    Ok(changed)
}
// ANCHOR_END: same

// ANCHOR: injected
fn injected(session: &mut Session, name: &str) -> orm::Result<i64> {
    // `name` may be anything a stranger typed: it travels as a parameter
    session
        .query::<Car>()
        .filter(text("name = :name").bind("name", name).typed::<bool>())
        .count()
}
// ANCHOR_END: injected

// ANCHOR: commit
fn by_hand(session: &mut Session) -> orm::Result<usize> {
    session.execute(&text("COMMIT")) // ends a transaction that the session has begun
}
// ANCHOR_END: commit

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let mut session = start(stage.engine())?;
    let names = stage.step("fragment", || fragment(&mut session))?;
    assert_eq!(names, ["Citroen", "Skoda", "Volvo"]);
    stage.step("column", || column(&mut session))?;
    assert_eq!(stage.step("table", || plain_table(&mut session))?, ["Citroen", "Volvo"]);
    let cheapest = stage.step("rows", || whole_statement(&mut session))?;
    assert_eq!(cheapest, Cheapest { name: "Skoda".into(), price: 9000 });
    assert_eq!(stage.step("same", || same_transaction(&mut session))?, 1);
    let evil = "x'; DROP TABLE car; --";
    assert_eq!(stage.step("injected", || injected(&mut session, evil))?, 0);
    stage.refused("commit", || by_hand(&mut session))?;
    Ok(())
}
