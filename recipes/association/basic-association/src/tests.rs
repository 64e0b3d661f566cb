//! What each step does, and how many statements it takes.
#![allow(clippy::unwrap_used, reason = "tests")]

use orm::{Recorder, StatementKind};

use super::*;

/// SELECT, INSERT, UPDATE and DELETE statements since the last call; asking MariaDB and MySQL for the keys that they made is not counted.
fn sent(recorder: &Recorder) -> [usize; 4] {
    let statements = recorder.take();
    let asked = statements.sql().iter().filter(|sql| sql.contains("LAST_INSERT_ID")).count();
    let [selects, inserts, updates, deletes] =
        [StatementKind::Select, StatementKind::Insert, StatementKind::Update, StatementKind::Delete]
            .map(|kind| statements.count(kind));
    [selects - asked, inserts, updates, deletes]
}

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Order, Item, OrderItem])?;
    engine.create_all(schema![Order, Item, OrderItem])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    let catalog = catalog(&mut session);
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 1, 0, 0]); // 0, 4, 0, 0

    let start = now();
    let placed = order(&mut session, &catalog)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [2, 2, 0, 0]); // 3, 2, 0, 0
    let date = session[placed].order_date.get().unwrap();
    assert!(start <= date && date <= now(), "the default is called when the row is inserted");

    let found = order_of(&mut session, "john smith")?;
    assert_eq!(found, placed);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    let expected = [("SA Mug", 6.50), ("SA Hat", 8.99), ("MySQL Crowbar", 10.99)];
    assert_eq!(lines(&mut session, found)?, expected.map(|(description, price)| (description.to_owned(), price)));
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    assert_eq!(bargain_hunters(&mut session, "MySQL Crowbar")?, ["john smith"]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0
    assert_eq!(bargain_hunters(&mut session, "SA Mug")?, [""; 0]);
    Ok(())
}

#[test]
fn an_order_is_placed_and_read_in_few_statements() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
#[cfg(feature = "postgres")]
fn the_same_on_postgresql() -> orm::Result<()> {
    let Ok(url) = std::env::var("ORM_POSTGRES_URL") else {
        eprintln!("skipped: set ORM_POSTGRES_URL to a database to play in");
        return Ok(());
    };
    // Whatever else is in that database stays as it is.
    let engine = Engine::builder(url)
        .on_connect(|connection| {
            connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_basic_association"))?;
            connection.execute(&text("SET search_path TO recipe_basic_association")).map(drop)
        })
        .build()?;
    walk(&engine)
}

#[test]
#[cfg(feature = "mysql")]
fn the_same_on_mariadb_and_mysql() -> orm::Result<()> {
    for variable in ["ORM_MARIADB_URL", "ORM_MYSQL_URL"] {
        let Ok(url) = std::env::var(variable) else {
            eprintln!("skipped: set {variable} to a server to play on");
            continue;
        };
        // Whatever else is in that server stays as it is.
        let engine = Engine::builder(url)
            .on_connect(|connection| {
                connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_basic_association"))?;
                connection.execute(&text("USE recipe_basic_association")).map(drop)
            })
            .build()?;
        walk(&engine)?;
    }
    Ok(())
}
