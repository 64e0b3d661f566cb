//! The engine on a real PostgreSQL, named by `ORM_POSTGRES_URL`; without it each test says that it was skipped.

use std::time::{Duration, Instant};

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use orm::engine::{ArrayBind, Bind, EngineBuilder, SqlWriter, Statement};
use orm::{
    Connection, DatabaseErrorKind, Engine, Error, Isolation, Result, StatementKind, Value, assert_statements, text,
};
use uuid::Uuid;

use super::{count, run};

fn url() -> Option<String> {
    let url = std::env::var("ORM_POSTGRES_URL").ok();
    if url.is_none() {
        eprintln!("skipped: ORM_POSTGRES_URL is not set");
    }
    url
}

fn engine(configure: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Option<Engine> {
    Some(configure(Engine::builder(url()?)).build().unwrap())
}

/// A connection whose tables go with it.
fn connection() -> Option<Connection> {
    Some(engine(|b| b)?.connect().unwrap())
}

#[test]
fn values_go_to_postgres_and_come_back() {
    let Some(mut connection) = connection() else { return };
    let moment = NaiveDate::from_ymd_opt(1969, 7, 20).unwrap().and_hms_micro_opt(20, 17, 40, 123_456).unwrap();
    let decimal: BigDecimal = "-12345678901234567890.123456789".parse().unwrap();
    let json = serde_json::json!({"a": [1, null, "x"]});
    let query = text(
        "SELECT :a AS a, :b AS b, :c AS c, :d AS d, :e AS e, :f AS f, :g AS g, :h AS h, :i AS i, :j AS j, :k AS k, :l AS l",
    )
    .bind("a", true)
    .bind("b", i64::MIN)
    .bind("c", 0.1)
    .bind("d", "it's ü")
    .bind("e", vec![0_u8, 255])
    .bind("f", moment.date())
    .bind("g", moment.time())
    .bind("h", moment)
    .bind("i", decimal.clone())
    .bind("j", Uuid::from_u128(7))
    .bind("k", json.clone())
    .bind("l", None::<i64>);
    let row = connection.query(&query).unwrap().remove(0);
    let expected = [
        Value::Bool(true),
        Value::I64(i64::MIN),
        Value::F64(0.1),
        Value::Text("it's ü".to_owned()),
        Value::Bytes(vec![0, 255]),
        Value::Date(moment.date()),
        Value::Time(moment.time()),
        Value::DateTime(moment),
        Value::Decimal(decimal.clone()),
        Value::Uuid(Uuid::from_u128(7)),
        Value::Json(json.clone()),
        Value::Null,
    ];
    assert_eq!(row.values, expected);
    assert_eq!(row.get::<NaiveDate>("f").unwrap(), moment.date());
    assert_eq!(row.get::<NaiveTime>("g").unwrap(), moment.time());
    assert_eq!(row.get::<BigDecimal>("i").unwrap(), decimal);
}

#[test]
fn every_type_of_the_server_is_read_as_what_it_is() {
    let Some(mut connection) = connection() else { return };
    run(&mut connection, "CREATE TYPE pg_temp.mood AS ENUM ('sad', 'happy')");
    let row = connection
        .query(&text(
            "SELECT 1::int2, 2::int4, 3::oid, 1.5::float4, 'c'::char(3), 'n'::name, 'v'::varchar, '{\"a\":1}'::json,
             '2026-03-01 12:00+02'::timestamptz, sum(x), avg(x), 'happy'::pg_temp.mood, '{}'::jsonb
             FROM (VALUES (1::bigint), (4)) AS t(x)",
        ))
        .unwrap()
        .remove(0);
    assert_eq!((row.get::<i16>(0).unwrap(), row.get::<i32>(1).unwrap(), row.get::<i64>(2).unwrap()), (1, 2, 3));
    assert_eq!(row.get::<f32>(3).unwrap(), 1.5);
    assert_eq!(row.get::<String>(4).unwrap(), "c  ");
    assert_eq!((row.get::<String>(5).unwrap(), row.get::<String>(6).unwrap()), ("n".to_owned(), "v".to_owned()));
    assert_eq!(row.get::<serde_json::Value>(7).unwrap(), serde_json::json!({"a": 1}));
    assert_eq!(row.get::<NaiveDateTime>(8).unwrap().to_string(), "2026-03-01 10:00:00");
    assert_eq!((row.get::<i64>(9).unwrap(), row.get::<f64>(10).unwrap()), (5, 2.5));
    assert_eq!(row.get::<String>(11).unwrap(), "happy");
    let refused = connection.query(&text("SELECT 'infinity'::date AS forever")).unwrap_err().to_string();
    assert!(refused.starts_with("row.forever: expected a value") && refused.ends_with("holds a date"), "{refused}");
    let refused = connection.query(&text("SELECT '1 day'::interval AS span")).unwrap_err().to_string();
    assert!(refused.contains("cast it to text") && refused.ends_with("type number 1186"), "{refused}");
    assert_eq!(count(&mut connection, "(SELECT 1) AS still_works"), 1);
}

/// `INSERT ... SELECT FROM unnest(...)` of two arrays.
struct Arrays<'a>(ArrayBind<'a>, ArrayBind<'a>);

impl Statement for Arrays<'_> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql("SELECT * FROM unnest(");
        out.push_bind(Bind::Array(&self.0))?;
        out.push_sql(", ");
        out.push_bind(Bind::Array(&self.1))?;
        out.push_sql(") AS t(a, b)");
        Ok(())
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Select
    }
}

#[test]
fn arrays_carry_a_column_of_values() {
    let Some(mut connection) = connection() else { return };
    let decimal: BigDecimal = "1.50".parse().unwrap();
    let json = serde_json::json!([1]);
    let moment = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap().and_hms_opt(1, 2, 3).unwrap();
    let pairs = [
        Arrays(ArrayBind::I64(vec![Some(1), None]), ArrayBind::Text(vec![None, Some("x".into())])),
        Arrays(ArrayBind::Bool(vec![Some(true), None]), ArrayBind::F64(vec![None, Some(0.5)])),
        Arrays(ArrayBind::Date(vec![Some(moment.date()), None]), ArrayBind::Time(vec![None, Some(moment.time())])),
        Arrays(ArrayBind::DateTime(vec![Some(moment), None]), ArrayBind::Bytes(vec![None, Some(vec![1_u8].into())])),
        Arrays(
            ArrayBind::Decimal(vec![Some(std::borrow::Cow::Borrowed(&decimal)), None]),
            ArrayBind::Uuid(vec![None, Some(Uuid::nil())]),
        ),
        Arrays(
            ArrayBind::Json(vec![Some(std::borrow::Cow::Borrowed(&json)), None]),
            ArrayBind::I64(vec![None, Some(2)]),
        ),
    ];
    let expected = [
        (Value::I64(1), Value::Text("x".to_owned())),
        (Value::Bool(true), Value::F64(0.5)),
        (Value::Date(moment.date()), Value::Time(moment.time())),
        (Value::DateTime(moment), Value::Bytes(vec![1])),
        (Value::Decimal(decimal.clone()), Value::Uuid(Uuid::nil())),
        (Value::Json(json.clone()), Value::I64(2)),
    ];
    for (pair, (first, second)) in pairs.iter().zip(expected) {
        let rows = connection.query(pair).unwrap();
        assert_eq!(rows[0].values, [first, Value::Null]);
        assert_eq!(rows[1].values, [Value::Null, second]);
    }
}

#[test]
fn null_takes_the_type_of_its_place() {
    let Some(mut connection) = connection() else { return };
    run(
        &mut connection,
        "CREATE TEMP TABLE t (a int, b text, c timestamp, d jsonb, e uuid, f numeric, g bytea, h bool)",
    );
    let insert = text("INSERT INTO t VALUES (:n, :n, :n, :n, :n, :n, :n, :n)").bind("n", Value::Null);
    assert_eq!(connection.execute(&insert).unwrap(), 1);
    let mixed =
        text("INSERT INTO t (a, b, f) VALUES (:a, :b, :f)").bind_all((("a", 1), ("b", Value::Null), ("f", 1.5)));
    assert_eq!(connection.execute(&mixed).unwrap(), 1);
    assert_eq!(connection.query(&text("SELECT * FROM t WHERE a IS NULL")).unwrap()[0].values, vec![Value::Null; 8]);
}

#[test]
fn refusals_say_what_and_where() {
    let Some(mut connection) = connection() else { return };
    run(&mut connection, "CREATE TEMP TABLE p (id int PRIMARY KEY)");
    run(
        &mut connection,
        "CREATE TEMP TABLE t (id int PRIMARY KEY, name text NOT NULL UNIQUE, age int CONSTRAINT adult CHECK (age > 17),
         p int CONSTRAINT t_p REFERENCES p (id) DEFERRABLE)",
    );
    run(&mut connection, "INSERT INTO t VALUES (1, 'ed', 40)");
    let mut refuse = |sql: &str| match connection.execute(&text(sql)).unwrap_err() {
        Error::Database(error) => *error,
        other => panic!("{other}"),
    };
    let error = refuse("INSERT INTO t VALUES (2, 'ed', 40)");
    assert_eq!((error.kind, error.column.as_deref()), (DatabaseErrorKind::UniqueViolation, Some("name")));
    assert_eq!((error.table.as_deref(), error.constraint.as_deref()), (Some("t"), Some("t_name_key")));
    let error = refuse("INSERT INTO t VALUES (2, NULL, 40)");
    assert_eq!((error.kind, error.column.as_deref()), (DatabaseErrorKind::NotNullViolation, Some("name")));
    assert!(!error.to_string().contains("Failing row"), "the detail would show the whole row");
    let error = refuse("INSERT INTO t VALUES (2, 'jo', 4)");
    assert_eq!((error.kind, error.constraint.as_deref()), (DatabaseErrorKind::CheckViolation, Some("adult")));
    let error = refuse("INSERT INTO t VALUES (2, 'jo', 40, 7)");
    assert_eq!((error.kind, error.constraint.as_deref()), (DatabaseErrorKind::ForeignKeyViolation, Some("t_p")));
    let error = refuse("SELECT * FROM nowhere");
    assert_eq!((error.kind, error.table.as_deref()), (DatabaseErrorKind::MissingTable, Some("nowhere")));
    let error = refuse("SELECT size FROM t");
    assert_eq!((error.kind, error.column.as_deref()), (DatabaseErrorKind::MissingColumn, Some("size")));
    let error = refuse("UPDATE t SET size = 1");
    assert_eq!((error.kind, error.column.as_deref()), (DatabaseErrorKind::MissingColumn, Some("size")));
}

#[test]
fn a_sensitive_value_that_the_server_quotes_is_masked() {
    let Some(mut connection) = connection() else { return };
    let mut refuse = |sql: &str| {
        let error = connection.query(&text(sql).bind_sensitive("x", "hunter2")).unwrap_err();
        error.to_string().lines().next().unwrap().to_owned()
    };
    assert_eq!(refuse("SELECT CAST(:x AS INTEGER)"), "invalid input syntax for type integer: \"***\"");
    assert_eq!(refuse("SELECT CAST(:x AS DATE)"), "invalid input syntax for type date: \"***\"");
    let long = text("SELECT CAST(:x AS BOOLEAN)").bind_sensitive("x", format!("hunter2 \"{}", "x".repeat(1_000)));
    assert!(!connection.query(&long).unwrap_err().to_string().contains("hunter2"));
}

#[test]
fn a_spoiled_transaction_is_not_committed() {
    let Some(mut connection) = connection() else { return };
    run(&mut connection, "CREATE TEMP TABLE t (x int)");
    connection.begin().unwrap();
    run(&mut connection, "INSERT INTO t VALUES (1)");
    connection.savepoint("s").unwrap();
    connection.execute(&text("SELECT 1 / 0")).unwrap_err();
    assert!(
        matches!(connection.commit().unwrap_err(), Error::PendingRollback { reason, .. } if reason == "division by zero")
    );
    connection.rollback_to("s").unwrap();
    connection.commit().unwrap();
    assert_eq!(count(&mut connection, "t"), 1);
    connection.begin().unwrap();
    connection.execute(&text("SELECT 1 / 0")).unwrap_err();
    connection.rollback().unwrap();
    assert_eq!(count(&mut connection, "t"), 1);
}

#[test]
fn a_row_that_is_refused_ends_the_result() {
    let Some(mut connection) = connection() else { return };
    let refused = connection.stream(&text("SELECT * FROM generate_series(1, 100000)"), |row| match row.i64(0) {
        Ok(Some(3)) => Err(Error::invalid("enough")),
        _ => Ok(()),
    });
    assert_eq!(refused.unwrap_err().to_string(), "enough");
    assert_eq!(count(&mut connection, "generate_series(1, 5)"), 5);
    let failed = connection.stream(&text("SELECT 1 / (3 - x) FROM generate_series(1, 9) AS x"), |_| Ok(()));
    assert!(failed.unwrap_err().to_string().starts_with("division by zero"));
    assert_eq!(count(&mut connection, "generate_series(1, 5)"), 5);
}

fn backend_pid(connection: &mut Connection) -> i64 {
    connection.query(&text("SELECT pg_backend_pid()")).unwrap()[0].get(0).unwrap()
}

fn terminate(engine: &Engine, pid: i64) {
    let kill = text("SELECT pg_terminate_backend(:pid::int)").bind("pid", pid);
    engine.connect().unwrap().query(&kill).unwrap();
    // The other end needs a moment to die.
    std::thread::sleep(Duration::from_millis(100));
}

#[test]
fn a_lost_connection_is_known_and_not_pooled() {
    let Some(killer) = engine(|b| b) else { return };
    let Some(victims) = engine(|b| b.pool_size(1)) else { return };
    let mut connection = victims.connect().unwrap();
    connection.begin().unwrap();
    terminate(&killer, backend_pid(&mut connection));
    let error = connection.execute(&text("SELECT 1")).unwrap_err();
    assert!(error.is_disconnect(), "{error}");
    assert!(connection.is_broken());
    connection.rollback().unwrap();
    drop(connection);
    assert_eq!(victims.pool_status().open, 0);
    assert_eq!(count(&mut victims.connect().unwrap(), "(SELECT 1) AS t"), 1);
}

#[test]
fn every_call_notices_that_the_connection_is_gone() {
    let Some(killer) = engine(|b| b) else { return };
    let calls: [fn(&mut Connection) -> Result<()>; 3] = [
        |c| c.begin(),
        |c| c.query(&text("SELECT 1 AS other")).map(|_| ()),
        |c| c.execute(&text("SELECT pg_backend_pid()")).map(|_| ()),
    ];
    for call in calls {
        let mut connection = connection().unwrap();
        terminate(&killer, backend_pid(&mut connection));
        let error = call(&mut connection).unwrap_err();
        assert!(error.is_disconnect(), "{error:?}");
    }
}

#[test]
fn a_connection_that_dies_in_the_middle_of_a_statement_is_known() {
    let Some(killer) = engine(|b| b) else { return };
    let mut connection = connection().unwrap();
    let pid = backend_pid(&mut connection);
    let sleeping = std::thread::spawn(move || connection.execute(&text("SELECT pg_sleep(30)")).unwrap_err());
    std::thread::sleep(Duration::from_millis(200));
    terminate(&killer, pid);
    let error = sleeping.join().unwrap();
    assert!(error.is_disconnect(), "{error}");
}

#[test]
fn pre_ping_replaces_what_died_in_the_pool() {
    let Some(killer) = engine(|b| b) else { return };
    let Some(engine) = engine(|b| b.pool_size(1).pre_ping(true)) else { return };
    let pid = backend_pid(&mut engine.connect().unwrap());
    terminate(&killer, pid);
    assert_ne!(backend_pid(&mut engine.connect().unwrap()), pid);
    assert_eq!(engine.pool_status().open, 1);
}

#[test]
fn isolation_levels_are_set_where_a_transaction_begins() {
    let Some(engine) = engine(|b| b.isolation(Isolation::Serializable)) else { return };
    let level = |c: &mut Connection| c.query(&text("SHOW transaction_isolation"))?[0].get::<String>(0);
    assert_eq!(engine.begin(level).unwrap(), "serializable");
    let mut connection = engine.connect().unwrap();
    connection.set_isolation(Isolation::RepeatableRead).unwrap();
    assert_statements!(
        engine,
        || {
            connection.begin().unwrap();
            assert_eq!(level(&mut connection).unwrap(), "repeatable read");
            connection.commit().unwrap();
            connection.begin_with(Isolation::ReadCommitted).unwrap();
            connection.rollback().unwrap();
        },
        [
            "BEGIN ISOLATION LEVEL REPEATABLE READ",
            "SHOW transaction_isolation",
            "COMMIT",
            "BEGIN ISOLATION LEVEL READ COMMITTED",
            "ROLLBACK"
        ]
    );
}

#[test]
fn who_loses_against_another_transaction_is_told_to_try_again() {
    let Some(engine) = engine(|b| b.isolation(Isolation::RepeatableRead)) else { return };
    let table = format!("engine_race_{}", std::process::id());
    run(&mut engine.connect().unwrap(), &format!("CREATE TABLE {table} (x int)"));
    run(&mut engine.connect().unwrap(), &format!("INSERT INTO {table} VALUES (1)"));
    let update = text(format!("UPDATE {table} SET x = x + 1"));
    let (mut first, mut second) = (engine.connect().unwrap(), engine.connect().unwrap());
    first.begin().unwrap();
    count(&mut first, &table);
    second.begin().unwrap();
    second.execute(&update).unwrap();
    run(&mut first, "SET lock_timeout = '50ms'");
    first.savepoint("s").unwrap();
    assert_eq!(first.execute(&update).unwrap_err().database_kind(), Some(DatabaseErrorKind::Locked));
    first.rollback_to("s").unwrap();
    second.commit().unwrap();
    assert_eq!(first.execute(&update).unwrap_err().database_kind(), Some(DatabaseErrorKind::SerializationFailure));
    drop(first);
    run(&mut second, &format!("DROP TABLE {table}"));
}

#[test]
fn what_cannot_be_reached_is_reported_at_once_and_without_the_password() {
    let Some(url) = url() else { return };
    let start = Instant::now();
    for (url, words) in [
        ("postgresql://ed:hunt%40er2@127.0.0.1:1/d".to_owned(), "refused"),
        (format!("{}_that_is_not_there", url.split('?').next().unwrap()), "does not exist"),
    ] {
        let engine = Engine::new(&url).unwrap();
        let error = engine.connect().unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error:?}");
        let shown = format!("{error} {error:?} {engine:?}");
        assert!(shown.contains(words) && !shown.contains("hunt@er2") && !shown.contains("hunt%40er2"), "{shown}");
    }
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_server_forgets_statements_that_are_no_longer_kept() {
    let Some(engine) = engine(|b| b) else { return };
    let mut connection = engine.connect().unwrap();
    connection.begin().unwrap();
    connection.execute(&text("PREPARE mine AS SELECT 1")).unwrap();
    for number in 0..1_200_i64 {
        let found = connection.query(&text(format!("SELECT {number} + :one")).bind("one", 1_i64)).unwrap();
        assert_eq!(found[0].values, [Value::I64(number + 1)]);
    }
    let kept = connection.query(&text("SELECT count(*) FROM pg_prepared_statements")).unwrap();
    assert!(matches!(kept[0].values[0], Value::I64(kept) if kept <= 502), "{kept:?}");
    connection.execute(&text("DEALLOCATE mine")).unwrap();
    connection.commit().unwrap();
}
