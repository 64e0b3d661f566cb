//! SQL written by hand: the first of the three ways to work, as the tutorials walk it.

use orm::prelude::*;
use orm::{Result, text};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    an_engine_connects_when_it_is_first_used,
    a_row_is_read_by_index,
    a_statement_runs_with_many_parameter_sets,
    rows_are_read_by_name_and_unpacked,
    a_failed_block_leaves_nothing,
    parameters_of_the_database_are_refused,
    a_second_statement_is_never_dropped,
    a_parameter_comes_back_as_the_value_that_it_is,
    a_parameter_of_another_type_each_time_comes_back_as_it_is,
    a_parameter_compares_as_the_column_does,
    a_parameter_in_a_row_of_values_is_never_lost,
];

const CARS: [(&str, i64); 8] = [
    ("Audi", 52_642),
    ("Mercedes", 57_127),
    ("Skoda", 9_000),
    ("Volvo", 29_000),
    ("Bentley", 350_000),
    ("Citroen", 21_000),
    ("Hummer", 41_400),
    ("Volkswagen", 21_600),
];

fn engine(db: &Db) -> Result<Engine> {
    db.builder("sqlite://").build()
}

/// The table of the tutorial with its eight cars.
fn with_cars(db: &Db) -> Result<Engine> {
    let engine = engine(db)?;
    let mut connection = engine.connect()?;
    connection.execute(&text("DROP TABLE IF EXISTS cars"))?;
    connection.execute(&text("CREATE TABLE cars (id INTEGER PRIMARY KEY, name TEXT, price INTEGER)"))?;
    let insert = text("INSERT INTO cars (id, name, price) VALUES (:id, :name, :price)");
    let sets = CARS.iter().zip(1_i64..).map(|((name, price), id)| (("id", id), ("name", *name), ("price", *price)));
    let inserted = connection.execute_many(insert, sets)?;
    assert_eq!(inserted, 8);
    Ok(engine.clone())
}

fn an_engine_connects_when_it_is_first_used(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    assert_eq!(engine.pool_status().open, 0);
    drop(engine.connect()?);
    assert_eq!(engine.pool_status().open, 1);
    Ok(())
}

fn a_row_is_read_by_index(db: &Db) -> Result<()> {
    let rows = engine(db)?.connect()?.query(&text("SELECT 5"))?;
    assert_eq!(rows[0].get::<i64>(0)?, 5);
    Ok(())
}

fn a_statement_runs_with_many_parameter_sets(db: &Db) -> Result<()> {
    let engine = with_cars(db)?;
    let recorder = engine.record();
    let insert = text("INSERT INTO cars (id, name, price) VALUES (:id, :name, :price)");
    let sets = [9_i64, 10].map(|id| (("id", id), ("name", "Lada"), ("price", 2_000)));
    assert_eq!(engine.connect()?.execute_many(insert, sets)?, 2);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO cars (id, name, price) VALUES (?, ?, ?)",
            "INSERT INTO cars (id, name, price) VALUES (?, ?, ?)",
            "COMMIT",
        ],
    );
    Ok(())
}

fn rows_are_read_by_name_and_unpacked(db: &Db) -> Result<()> {
    let engine = with_cars(db)?;
    let recorder = engine.record();
    let mut connection = engine.connect()?;
    let rows = connection.query(&text("SELECT * FROM cars WHERE price > :least ORDER BY id").bind("least", 50_000))?;
    let read: Vec<(String, i64)> =
        rows.iter().map(|row| Ok((row.get("name")?, row.get("price")?))).collect::<Result<_>>()?;
    assert_eq!(read, [("Audi".into(), 52_642), ("Mercedes".into(), 57_127), ("Bentley".into(), 350_000)]);
    let (id, name, price): (i64, String, i64) = rows[2].unpack()?;
    assert_eq!((id, name.as_str(), price), (5, "Bentley", 350_000));
    check_kinds(&recorder, "select");
    Ok(())
}

fn a_failed_block_leaves_nothing(db: &Db) -> Result<()> {
    let engine = with_cars(db)?;
    let failed = engine.begin(|connection| {
        connection.execute(&text("DELETE FROM cars"))?;
        connection.execute(&text("INSERT INTO cars (id) VALUES (1), (1)"))
    });
    assert_eq!(failed.unwrap_err().database_kind(), Some(DatabaseErrorKind::UniqueViolation));
    let rows = engine.connect()?.query(&text("SELECT count(*) FROM cars"))?;
    assert_eq!(rows[0].get::<i64>(0)?, 8);
    Ok(())
}

fn parameters_of_the_database_are_refused(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::named("ed"));
    session.flush()?;
    let recorder = engine.record();
    for sign in engine.capabilities().parameter_signs.chars() {
        // It would be NULL, or take the value of `name = ?` away.
        let condition = text(format!("id = {sign}1"));
        let expected = format!("`{sign}1` is not a parameter here: write `:name` and bind it by name");
        let fragment = session.query::<User>().filter(condition.clone()).filter(User::NAME.eq("ed")).all();
        assert_eq!(fragment.unwrap_err().to_string(), expected);
        let alone = session.with_connection(|connection| connection.query(&condition)).unwrap_err();
        assert_eq!(alone.to_string(), expected);
    }
    check_silence(&recorder);
    let named = text("id = :id").bind("id", 1);
    assert_eq!(session.query::<User>().filter(named).filter(User::NAME.eq("ed")).one()?, ed);
    Ok(())
}

fn a_second_statement_is_never_dropped(db: &Db) -> Result<()> {
    let engine = with_cars(db)?;
    let both = text("DELETE FROM cars WHERE id = 1; DELETE FROM cars WHERE id = 2");
    engine.connect()?.execute(&both).unwrap_err();
    let rows = engine.connect()?.query(&text("SELECT count(*) FROM cars;"))?;
    assert_eq!(rows[0].get::<i64>(0)?, 8);
    Ok(())
}

/// Statements whose result is their parameter, wherever that stands.
const ECHOES: [&str; 7] = [
    "SELECT :v AS v",
    "SELECT (:v) AS v",
    "SELECT coalesce(:v, :v) AS v",
    "SELECT CASE WHEN 1 = 1 THEN :v ELSE :v END AS v",
    "SELECT v FROM (SELECT :v AS v) AS t",
    "SELECT max(:v) AS v",
    "SELECT :v AS v UNION SELECT :v ORDER BY v",
];

fn a_parameter_comes_back_as_the_value_that_it_is(db: &Db) -> Result<()> {
    let mut connection = engine(db)?.connect()?;
    for sql in ECHOES {
        for written in ["", "abc", "abc", "a text that is longer"] {
            let rows = connection.query(&text(sql).bind("v", written))?;
            assert_eq!((rows.len(), rows[0].get::<String>("v")?.as_str()), (1, written), "{sql}");
            let rows = connection.query(&text(sql).bind_sensitive("v", written))?;
            assert_eq!(rows[0].get::<String>("v")?, written, "{sql}");
        }
    }
    Ok(())
}

fn a_parameter_of_another_type_each_time_comes_back_as_it_is(db: &Db) -> Result<()> {
    let mut connection = engine(db)?.connect()?;
    for sql in ECHOES {
        for _ in 0..2 {
            assert_eq!(connection.query(&text(sql).bind("v", 7))?[0].get::<i64>(0)?, 7, "{sql}");
            assert_eq!(connection.query(&text(sql).bind("v", "seven"))?[0].get::<String>(0)?, "seven", "{sql}");
            let float = connection.query(&text(sql).bind("v", 7.5))?[0].get::<f64>(0)?;
            assert!((float - 7.5).abs() < f64::EPSILON, "{sql}: {float}");
            let none = connection.query(&text(sql).bind("v", None::<String>))?[0].get::<Option<String>>(0)?;
            assert_eq!(none, None, "{sql}");
        }
    }
    Ok(())
}

fn a_parameter_compares_as_the_column_does(db: &Db) -> Result<()> {
    let engine = with_cars(db)?;
    let mut connection = engine.connect()?;
    let by_column = connection.query(&text("SELECT id FROM cars WHERE name = 'AUDI'"))?.len();
    let compared = text("SELECT sum(CASE WHEN name = :name THEN 1 ELSE 0 END) AS found FROM cars LIMIT :rows");
    for _ in 0..2 {
        let rows = connection.query(&compared.clone().bind("name", "AUDI").bind("rows", 1))?;
        assert_eq!(usize::try_from(rows[0].get::<i64>("found")?).ok(), Some(by_column));
    }
    Ok(())
}

fn a_parameter_in_a_row_of_values_is_never_lost(db: &Db) -> Result<()> {
    let mut connection = engine(db)?.connect()?;
    for _ in 0..2 {
        assert_eq!(connection.query(&text("VALUES (:v)").bind("v", 7))?[0].get::<i64>(0)?, 7);
        match connection.query(&text("VALUES (:v)").bind("v", "seven")) {
            Ok(rows) => assert_eq!(rows[0].get::<String>(0)?, "seven"),
            Err(refused) => assert_eq!(
                refused.to_string(),
                "MariaDB has no text or bytes as a parameter of VALUES (the row would come back empty); \
                 write SELECT :a UNION ALL SELECT :b"
            ),
        }
    }
    Ok(())
}
