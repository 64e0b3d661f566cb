//! Behavior of the engine on real databases: SQLite always, PostgreSQL where `ORM_POSTGRES_URL` names a server.
#![allow(clippy::unwrap_used, reason = "tests")]

#[cfg(feature = "postgres")]
#[path = "engine/postgres.rs"]
mod postgres;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orm::engine::{DatabaseUrl, EngineBuilder};
use orm::{
    Connection, DatabaseErrorKind, Echo, Engine, Error, Isolation, Result, StatementKind, Value, assert_statements,
    text,
};

fn memory() -> Engine {
    Engine::new("sqlite://").unwrap()
}

/// A database in a file of its own, gone with the guard.
fn file(configure: impl FnOnce(EngineBuilder) -> EngineBuilder) -> (Engine, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:///{}", directory.path().join("test.db").display());
    (configure(Engine::builder(url)).build().unwrap(), directory)
}

fn run(connection: &mut Connection, sql: &str) -> usize {
    connection.execute(&text(sql)).unwrap()
}

fn count(connection: &mut Connection, table: &str) -> i64 {
    connection.query(&text(format!("SELECT count(*) FROM {table}"))).unwrap()[0].get(0).unwrap()
}

#[test]
fn nothing_is_opened_before_the_first_use() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lazy.db");
    let engine = Engine::new(format!("sqlite:///{}", path.display())).unwrap();
    assert_eq!(engine.pool_status().open, 0);
    assert!(!path.exists());
    let mut connection = engine.connect().unwrap();
    run(&mut connection, "CREATE TABLE t (x)");
    assert!(path.exists());
    assert_eq!((engine.pool_status().open, engine.pool_status().in_use), (1, 1));
    drop(connection);
    assert_eq!((engine.pool_status().open, engine.pool_status().in_use), (1, 0));
}

#[test]
fn a_memory_database_lives_as_long_as_its_engine() {
    let engine = memory();
    run(&mut engine.connect().unwrap(), "CREATE TABLE t (x)");
    run(&mut engine.connect().unwrap(), "INSERT INTO t VALUES (1)");
    assert_eq!(count(&mut engine.clone().connect().unwrap(), "t"), 1);
    assert_eq!(engine.pool_status().pool_size, 1);
}

#[test]
fn a_full_pool_says_what_to_do() {
    let (engine, _directory) = file(|b| b.pool_size(1).max_overflow(1).pool_timeout(Duration::from_millis(50)));
    let _held = (engine.connect().unwrap(), engine.connect().unwrap());
    match engine.connect().unwrap_err() {
        Error::PoolTimeout { limit: 2, waited, .. } => assert!(waited >= Duration::from_millis(50)),
        other => panic!("{other}"),
    }
}

#[test]
fn overflow_is_closed_on_return_and_wakes_who_waits() {
    let (engine, _directory) = file(|b| b.pool_size(1).max_overflow(1).pool_timeout(Duration::from_secs(20)));
    let first = engine.connect().unwrap();
    let second = engine.connect().unwrap();
    let waiting = std::thread::spawn({
        let engine = engine.clone();
        move || {
            let start = Instant::now();
            engine.connect().unwrap();
            start.elapsed()
        }
    });
    std::thread::sleep(Duration::from_millis(100));
    drop(second);
    assert!(waiting.join().unwrap() < Duration::from_secs(10));
    drop(first);
    assert_eq!(engine.pool_status().open, 1);
    engine.connect().unwrap();
    assert_eq!(engine.pool_status().open, 1, "the open connection is taken before an empty slot");
}

#[test]
fn a_pool_may_wait_for_ever_and_be_of_any_size() {
    let (engine, _directory) =
        file(|b| b.pool_size(u32::MAX).max_overflow(u32::MAX).pool_timeout(Duration::MAX).busy_timeout(Duration::MAX));
    let mut connection = engine.connect().unwrap();
    let timeout = connection.query(&text("PRAGMA busy_timeout")).unwrap();
    assert_eq!(timeout[0].get::<i64>(0).unwrap(), i64::from(i32::MAX));
    drop(engine.connect().unwrap());
    assert_eq!(engine.pool_status().open, 2);
}

#[test]
fn a_file_that_cannot_be_opened_is_reported_at_once() {
    let engine = Engine::new("sqlite:////nowhere/at/all.db").unwrap();
    let start = Instant::now();
    assert!(matches!(engine.connect().unwrap_err(), Error::Connect { .. }));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(engine.pool_status().in_use, 0);
}

#[test]
fn what_is_not_committed_is_rolled_back() {
    let (engine, _directory) = file(|b| b);
    let mut connection = engine.connect().unwrap();
    run(&mut connection, "CREATE TABLE t (x)");
    connection.begin().unwrap();
    assert!(connection.in_transaction());
    assert!(connection.begin().unwrap_err().to_string().contains("a transaction is open"));
    run(&mut connection, "INSERT INTO t VALUES (1)");
    connection.rollback().unwrap();
    assert_eq!(count(&mut connection, "t"), 0);
    connection.begin().unwrap();
    run(&mut connection, "INSERT INTO t VALUES (1)");
    drop(connection);
    assert_eq!(count(&mut engine.connect().unwrap(), "t"), 0);
}

#[test]
fn a_hand_written_begin_does_not_leak_into_the_pool() {
    let (engine, _directory) = file(|b| b.pool_size(1));
    let mut connection = engine.connect().unwrap();
    run(&mut connection, "CREATE TABLE t (x)");
    run(&mut connection, "BEGIN");
    run(&mut connection, "INSERT INTO t VALUES (1)");
    drop(connection);
    let mut connection = engine.connect().unwrap();
    assert_eq!(count(&mut connection, "t"), 0);
    connection.begin().unwrap();
}

#[test]
fn a_block_commits_or_rolls_back() {
    let engine = memory();
    engine.begin(|c| c.execute(&text("CREATE TABLE t (x)"))).unwrap();
    assert_eq!(engine.begin(|c| c.execute(&text("INSERT INTO t VALUES (1), (2)"))).unwrap(), 2);
    let failed: Result<()> = engine.begin(|c| {
        c.execute(&text("DELETE FROM t"))?;
        Err(Error::invalid("no"))
    });
    assert_eq!(failed.unwrap_err().to_string(), "no");
    assert_eq!(count(&mut engine.connect().unwrap(), "t"), 2);
}

#[test]
fn savepoints_undo_a_part() {
    let engine = memory();
    let mut connection = engine.connect().unwrap();
    run(&mut connection, "CREATE TABLE t (x)");
    assert!(connection.savepoint("s").unwrap_err().to_string().contains("call begin() first"));
    connection.begin().unwrap();
    run(&mut connection, "INSERT INTO t VALUES (1)");
    connection.savepoint("order").unwrap();
    run(&mut connection, "INSERT INTO t VALUES (2)");
    connection.savepoint("inner").unwrap();
    connection.rollback_to("order").unwrap();
    assert_eq!(count(&mut connection, "t"), 1);
    assert!(connection.release("inner").unwrap_err().to_string().starts_with("no savepoint `inner` is set"));
    connection.release("order").unwrap();
    connection.commit().unwrap();
    assert_eq!(count(&mut connection, "t"), 1);
}

/// SQLite would undo what was done since the later one only.
#[test]
fn savepoints_that_differ_in_capitals_are_refused() {
    let mut connection = memory().connect().unwrap();
    run(&mut connection, "CREATE TABLE t (x)");
    connection.begin().unwrap();
    connection.savepoint("first").unwrap();
    run(&mut connection, "INSERT INTO t VALUES (1)");
    let error = connection.savepoint("First").unwrap_err().to_string();
    assert_eq!(error, "savepoint `First` differs from `first` in capitals only: name it otherwise");
    connection.savepoint("first").unwrap();
    connection.release("first").unwrap();
    connection.rollback_to("first").unwrap();
    assert_eq!(count(&mut connection, "t"), 0);
    connection.release("first").unwrap();
    connection.savepoint("First").unwrap();
}

#[test]
fn isolation_levels_that_sqlite_lacks_are_refused() {
    let refused = Engine::builder("sqlite://").isolation(Isolation::ReadCommitted).build().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "SQLite has no isolation level READ COMMITTED; use Isolation::Serializable, its own level, which promises more"
    );
    let engine = memory();
    let mut connection = engine.connect().unwrap();
    assert!(connection.begin_with(Isolation::RepeatableRead).is_err());
    assert_statements!(
        engine,
        || {
            connection.begin_with(Isolation::ReadUncommitted).unwrap();
            connection.commit().unwrap();
            connection.begin().unwrap();
            connection.rollback().unwrap();
        },
        ["PRAGMA read_uncommitted = 1", "BEGIN", "COMMIT", "PRAGMA read_uncommitted = 0", "BEGIN", "ROLLBACK"]
    );
}

#[test]
fn foreign_keys_are_held_unless_switched_off() {
    let schema = "CREATE TABLE a (id INTEGER PRIMARY KEY); ";
    for held in [true, false] {
        let engine = Engine::builder("sqlite://").foreign_keys(held).build().unwrap();
        let mut connection = engine.connect().unwrap();
        run(&mut connection, schema.trim_end_matches("; "));
        run(&mut connection, "CREATE TABLE b (a_id INTEGER REFERENCES a (id))");
        let inserted = connection.execute(&text("INSERT INTO b VALUES (7)"));
        assert_eq!(inserted.is_err(), held);
        if let Err(error) = inserted {
            assert_eq!(error.database_kind(), Some(DatabaseErrorKind::ForeignKeyViolation));
        }
    }
}

#[test]
fn hooks_run_on_every_new_connection() {
    let seen = Arc::new(Mutex::new(0));
    let (engine, _directory) = file(|b| {
        let seen = Arc::clone(&seen);
        b.on_connect(move |connection| {
            *seen.lock().unwrap() += 1;
            connection.execute(&text("PRAGMA cache_size = 100")).map(|_| ())
        })
    });
    let pair = (engine.connect().unwrap(), engine.connect().unwrap());
    drop(pair);
    let mut again = engine.connect().unwrap();
    assert_eq!(*seen.lock().unwrap(), 2);
    assert_eq!(again.query(&text("PRAGMA cache_size")).unwrap()[0].get::<i64>(0).unwrap(), 100);

    let (failing, _directory) = file(|b| b.on_connect(|_| Err(Error::invalid("not today"))));
    assert_eq!(failing.connect().unwrap_err().to_string(), "not today");
    assert_eq!(failing.pool_status().open, 0);
}

#[test]
fn nobody_gets_a_connection_on_which_a_hook_has_panicked() {
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let (engine, _directory) = file(|b| {
        b.on_connect(move |connection| {
            let call = {
                let mut calls = counted.lock().unwrap();
                *calls += 1;
                *calls
            };
            connection.execute(&text("PRAGMA recursive_triggers = ON"))?;
            assert!(call > 1, "the first time");
            Ok(())
        })
    });
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| engine.connect().map(drop))).is_err());
    assert_eq!(engine.pool_status().open, 0);
    drop(engine.connect().unwrap());
    assert_eq!((*calls.lock().unwrap(), engine.pool_status().open), (2, 1));
}

#[test]
fn values_go_to_sqlite_and_come_back() {
    let engine = memory();
    let mut connection = engine.connect().unwrap();
    let json = serde_json::json!({"a": [1, null, "x"]});
    let moment = chrono::NaiveDate::from_ymd_opt(2026, 3, 1).unwrap().and_hms_micro_opt(14, 30, 5, 250_000).unwrap();
    let decimal: bigdecimal::BigDecimal = "12345678901234567890.123456789".parse().unwrap();
    let uuid = uuid::Uuid::from_u128(7);
    let query = text("SELECT :a, :b, :c, :d, :e, :f, :g, :h, :i, :j, :k, :l")
        .bind("a", true)
        .bind("b", i64::MIN)
        .bind("c", 0.1)
        .bind("d", "it's :x ü")
        .bind("e", vec![0_u8, 255])
        .bind("f", moment.date())
        .bind("g", moment.time())
        .bind("h", moment)
        .bind("i", decimal.clone())
        .bind("j", uuid)
        .bind("k", json.clone())
        .bind("l", None::<i64>);
    let row = connection.query(&query).unwrap().remove(0);
    assert!(row.get::<bool>(0).unwrap());
    assert_eq!(row.get::<i64>(1).unwrap(), i64::MIN);
    assert_eq!(row.get::<f64>(2).unwrap(), 0.1);
    assert_eq!(row.get::<String>(3).unwrap(), "it's :x ü");
    assert_eq!(row.get::<Vec<u8>>(4).unwrap(), [0, 255]);
    assert_eq!(row.get::<chrono::NaiveDate>(5).unwrap(), moment.date());
    assert_eq!(row.get::<chrono::NaiveTime>(6).unwrap(), moment.time());
    assert_eq!(row.get::<chrono::NaiveDateTime>(7).unwrap(), moment);
    assert_eq!(row.get::<bigdecimal::BigDecimal>(8).unwrap(), decimal);
    assert_eq!(row.get::<uuid::Uuid>(9).unwrap(), uuid);
    assert_eq!(row.get::<serde_json::Value>(10).unwrap(), json);
    assert_eq!(row.get::<Option<i64>>(11).unwrap(), None);
    assert_eq!(row.values[8], Value::Text("12345678901234567890.123456789".to_owned()));
}

#[test]
fn the_wrong_type_is_never_read_as_something_else() {
    let mut connection = memory().connect().unwrap();
    let statement = text("SELECT 'abc' AS word, 1.5 AS half, 9007199254740993 AS big, NULL AS none, 2 AS two");
    let refusals = Mutex::new(Vec::new());
    connection
        .stream(&statement, |row| {
            let note = |refused: Option<orm::ReadError>| {
                let refused = refused.unwrap();
                refusals.lock().unwrap().push(format!("{} not {}", refused.problem.found, refused.problem.expected));
            };
            note(row.i64(0).err());
            note(row.bool(0).err());
            note(row.date(0).err());
            note(row.i64(1).err());
            note(row.f64(2).err());
            note(row.string(4).err());
            note(row.bool(4).err());
            note(row.i64(9).err());
            assert_eq!(row.i64(3).unwrap(), None);
            assert_eq!(row.column_name(1), Some("half"));
            Ok(())
        })
        .unwrap();
    let expected = [
        "text not an integer",
        "text not a boolean",
        "text not a date",
        "a float not an integer",
        "an integer not a float",
        "an integer not text",
        "an integer not a boolean",
        "no such column not an integer",
    ];
    assert_eq!(*refusals.lock().unwrap(), expected);
}

/// SQLite would store NULL, and in a column that takes it nobody would notice.
#[test]
fn not_a_number_is_refused_on_sqlite() {
    let mut connection = memory().connect().unwrap();
    run(&mut connection, "CREATE TABLE t (x DOUBLE)");
    let error = connection.execute(&text("INSERT INTO t VALUES (:x)").bind("x", f64::NAN)).unwrap_err();
    assert!(error.to_string().starts_with("SQLite keeps no NaN"), "{error}");
    assert_eq!(connection.execute(&text("INSERT INTO t VALUES (:x)").bind("x", f64::INFINITY)).unwrap(), 1);
    assert_eq!(count(&mut connection, "t"), 1);
}

/// A driver would ask for memory for each zero, and the process would end.
#[test]
fn a_decimal_of_too_many_zeros_is_refused() {
    let mut connection = memory().connect().unwrap();
    let mut send = |number: &str| {
        let number: bigdecimal::BigDecimal = number.parse().unwrap();
        connection.query(&text("SELECT length(:n)").bind("n", number)).map(|rows| rows[0].get::<i64>(0).unwrap())
    };
    assert_eq!(send("1e1000").unwrap(), 1_001);
    for number in ["1e9000000000000000000", "-1e-9000000000000000000"] {
        assert!(send(number).unwrap_err().to_string().starts_with("a decimal of more than a million zeros"));
    }
}

#[test]
fn json_that_could_not_be_read_is_not_written() {
    let mut connection = memory().connect().unwrap();
    let mut send = |levels: usize| {
        let document = (0..levels).fold(serde_json::json!(1), |inner, level| match level % 2 {
            0 => serde_json::json!([inner]),
            _ => serde_json::json!({ "inner": inner }),
        });
        let rows = connection.query(&text("SELECT :document").bind("document", document.clone()))?;
        assert_eq!(rows[0].get::<serde_json::Value>(0)?, document);
        Ok(())
    };
    let sent: Result<()> = send(127);
    sent.unwrap();
    let error = send(128).unwrap_err().to_string();
    assert_eq!(error, "JSON of more than 127 levels cannot be sent: it could not be read");
}

#[test]
fn a_float_too_large_for_the_field_is_refused() {
    let row = memory().connect().unwrap().query(&text("SELECT 1e300, 9e999, 0.1")).unwrap().remove(0);
    let error = row.get::<f32>(0).unwrap_err().to_string();
    assert!(error.ends_with("expected a 32-bit float, the row holds a float out of range"), "{error}");
    assert_eq!((row.get::<f32>(1).unwrap(), row.get::<f32>(2).unwrap()), (f32::INFINITY, 0.1));
}

/// Databases keep microseconds and know no leap second: the same goes to each of them, and is in keys.
#[test]
fn times_are_sent_to_the_microsecond() {
    let day = chrono::NaiveDate::from_ymd_opt(1990, 12, 31).unwrap();
    let sent = |nano| Value::from(day.and_hms_nano_opt(23, 59, 59, nano).unwrap());
    let kept = |micro| Value::DateTime(day.and_hms_micro_opt(23, 59, 59, micro).unwrap());
    assert_eq!(sent(123_456_789), kept(123_456));
    assert_eq!(sent(1_500_000_000), kept(999_999));
    let late = chrono::NaiveTime::from_hms_nano_opt(23, 59, 59, 1_000_000_000).unwrap();
    let row = memory().connect().unwrap().query(&text("SELECT :t").bind("t", late)).unwrap().remove(0);
    assert_eq!(row.get::<chrono::NaiveTime>(0).unwrap().to_string(), "23:59:59.999999");
}

/// SQLite stores whatever bytes as text, and diesel's reading of a value as text puts U+FFFD for what is none.
#[test]
fn text_that_is_not_utf8_is_refused_and_never_changed() {
    let mut connection = memory().connect().unwrap();
    let quoted = text("SELECT CAST(X'22ff22' AS TEXT) AS note");
    match connection.query(&quoted) {
        Err(Error::Decode { column, expected, found, .. }) => {
            assert_eq!((&*column, &*expected, &*found), ("note", "text", "text that is not UTF-8"));
        }
        other => panic!("{other:?}"),
    }
    let read = connection.stream(&quoted, |row| {
        for problem in [row.string(0).map(drop).unwrap_err(), row.json(0).map(drop).unwrap_err()] {
            assert_eq!(problem.problem.found, "text that is not UTF-8");
        }
        assert!(row.date(0).is_err() && row.uuid(0).is_err() && row.decimal(0).is_err());
        Ok(())
    });
    assert_eq!(read.unwrap(), 1);
}

#[test]
fn one_statement_runs_with_many_sets() {
    let engine = memory();
    let mut connection = engine.connect().unwrap();
    run(&mut connection, "CREATE TABLE point (x INTEGER PRIMARY KEY, name TEXT)");
    let insert = text("INSERT INTO point (x, name) VALUES (:x, :name)");
    let sets = (0..3).map(|x| (("x", x), ("name", format!("p{x}"))));
    assert_eq!(connection.execute_many(insert.clone(), sets).unwrap(), 3);
    let twice = connection.execute_many(insert.clone(), [(("x", 10), ("name", "a")), (("x", 1), ("name", "b"))]);
    let twice = twice.unwrap_err();
    assert_eq!(twice.database_kind(), Some(DatabaseErrorKind::UniqueViolation));
    assert_eq!(twice.code(), "unique-violation");
    let cause = std::error::Error::source(&twice).and_then(|cause| cause.downcast_ref::<diesel::result::Error>());
    assert!(cause.is_some(), "the driver's error is the source");
    assert!(!connection.in_transaction());
    assert_eq!(count(&mut connection, "point"), 3, "all of them or none");
    let lacking =
        connection.execute_many(insert, [vec![("x", Value::I64(4)), ("name", "c".into())], vec![("x", Value::I64(5))]]);
    assert!(lacking.unwrap_err().to_string().starts_with("the text has a parameter :name without a value"));
}

#[test]
fn what_is_bound_before_holds_for_every_set() {
    let mut connection = memory().connect().unwrap();
    run(&mut connection, "CREATE TABLE point (x INTEGER, y INTEGER)");
    let insert = text("INSERT INTO point VALUES (:x, :y)").bind("x", 7);
    let sets = [vec![("y", 1)], vec![("x", 8), ("y", 2)], vec![("y", 3)]];
    assert_eq!(connection.execute_many(insert, sets).unwrap(), 3);
    let rows = connection.query(&text("SELECT x, y FROM point ORDER BY y")).unwrap();
    let rows: Vec<(i64, i64)> = rows.iter().map(|row| row.unpack().unwrap()).collect();
    assert_eq!(rows, [(7, 1), (8, 2), (7, 3)]);
}

/// Of what changes none, SQLite says the count of the statement before.
#[test]
fn only_rows_that_are_changed_are_counted() {
    let engine = memory();
    let mut connection = engine.connect().unwrap();
    run(&mut connection, "CREATE TABLE t (x)");
    assert_eq!(run(&mut connection, "INSERT INTO t VALUES (1), (2), (3)"), 3);
    let recorder = engine.record();
    for sql in ["SELECT 1", "WITH a AS (SELECT 1) SELECT * FROM a", "PRAGMA user_version", "ANALYZE", "VACUUM"] {
        assert_eq!(run(&mut connection, sql), 0, "{sql}");
    }
    assert!(recorder.take().iter().all(|statement| statement.rows == 0));
    assert_eq!(run(&mut connection, "WITH a AS (SELECT 1) UPDATE t SET x = 0 WHERE x > 1"), 2);
}

#[test]
fn a_statement_of_nothing_is_refused() {
    let mut connection = memory().connect().unwrap();
    for sql in ["", " \n"] {
        let error = connection.query(&text(sql)).unwrap_err();
        assert_eq!(error.to_string(), "the statement cannot be sent: its text is empty");
    }
    assert_eq!(count(&mut connection, "sqlite_master"), 0);
}

#[test]
fn refusals_say_what_and_where() {
    let mut connection = memory().connect().unwrap();
    run(
        &mut connection,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INT CONSTRAINT adult CHECK (age > 17))",
    );
    run(&mut connection, "INSERT INTO t VALUES (1, 'ed', 40)");
    let mut refuse = |sql: &str| match connection.execute(&text(sql)).unwrap_err() {
        Error::Database(error) => *error,
        other => panic!("{other}"),
    };
    let error = refuse("INSERT INTO t VALUES (2, 'ed', 40)");
    assert_eq!(error.kind, DatabaseErrorKind::UniqueViolation);
    assert_eq!((error.table.as_deref(), error.column.as_deref()), (Some("t"), Some("name")));
    let error = refuse("INSERT INTO t VALUES (2, NULL, 40)");
    assert_eq!((error.kind, error.column.as_deref()), (DatabaseErrorKind::NotNullViolation, Some("name")));
    let error = refuse("INSERT INTO t VALUES (2, 'jo', 4)");
    assert_eq!((error.kind, error.constraint.as_deref()), (DatabaseErrorKind::CheckViolation, Some("adult")));
    let error = refuse("INSERT INTO u VALUES (1)");
    assert_eq!((error.kind, error.table.as_deref()), (DatabaseErrorKind::MissingTable, Some("u")));
    let error = refuse("UPDATE t SET size = 1");
    assert_eq!((error.kind, error.column.as_deref()), (DatabaseErrorKind::MissingColumn, Some("size")));
    let error = refuse("INSERT INTO t (size) VALUES (1)");
    assert_eq!((error.kind, error.column.as_deref()), (DatabaseErrorKind::MissingColumn, Some("size")));
    assert_eq!(refuse("SELEC 1").kind, DatabaseErrorKind::Other);
}

#[test]
fn errors_show_the_statement_but_nothing_sensitive() {
    let mut connection = memory().connect().unwrap();
    run(&mut connection, "CREATE TABLE t (a UNIQUE, b)");
    let insert = text("INSERT INTO t VALUES (:a, :b)").bind("a", 1).bind_sensitive("b", "hunter2");
    connection.execute(&insert).unwrap();
    let error = connection.execute(&insert).unwrap_err().to_string();
    assert_eq!(
        error,
        "UNIQUE constraint failed: t.a\n  statement: INSERT INTO t VALUES (?, ?)\n  parameters: [1, ***]"
    );
    let long = text("SELECT :a FROM nowhere").bind("a", "x".repeat(100_000));
    assert!(connection.execute(&long).unwrap_err().to_string().len() < 500);
}

#[test]
fn a_sensitive_value_that_the_database_quotes_is_masked() {
    let mut connection = memory().connect().unwrap();
    let refuse = |connection: &mut Connection, secret: &str| {
        let path = text("SELECT json_extract('{}', :path)").bind_sensitive("path", secret);
        connection.query(&path).unwrap_err().to_string()
    };
    let error = refuse(&mut connection, "hunter2");
    assert!(error.starts_with("bad JSON path: '***'\n"), "{error}");
    let error = refuse(&mut connection, "it's a 'secret'");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_locked_database_is_told_apart() {
    let (engine, _directory) = file(|b| b.busy_timeout(Duration::from_millis(20)));
    let mut writer = engine.connect().unwrap();
    run(&mut writer, "CREATE TABLE t (x)");
    writer.begin().unwrap();
    run(&mut writer, "INSERT INTO t VALUES (1)");
    let error = engine.connect().unwrap().execute(&text("INSERT INTO t VALUES (2)")).unwrap_err();
    assert_eq!(error.database_kind(), Some(DatabaseErrorKind::Locked));
}

/// A writer that a test can look into.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn echo_shows_what_is_sent() {
    let shown = Shared::default();
    let engine = Engine::builder("sqlite://").echo(Echo::writer(shown.clone())).build().unwrap();
    let query = text("SELECT 1 FROM (SELECT 2) WHERE 'it''s' = :a AND :b").bind("a", "it's").bind_sensitive("b", 7);
    engine.begin(|c| c.query(&query)).unwrap();
    engine.set_echo(Echo::writer(shown.clone()).pretty().prefix("| ")).unwrap();
    engine.connect().unwrap().query(&text("SELECT 2 FROM (SELECT 3)")).unwrap();
    let long = text(
        "SELECT 1 FROM (SELECT 2) WHERE 'a text that is so long that this must be broken into several lines' = :a",
    )
    .bind("a", "");
    engine.connect().unwrap().query(&long).unwrap();
    engine.set_echo(false).unwrap();
    engine.connect().unwrap().query(&query).unwrap();
    let expected = "BEGIN\n\
                    SELECT 1 FROM (SELECT 2) WHERE 'it''s' = ? AND ?\n  ['it''s', ***]\n\
                    COMMIT\n\
                    | SELECT 2 FROM (SELECT 3)\n\
                    | SELECT 1\n| FROM (SELECT 2)\n\
                    | WHERE 'a text that is so long that this must be broken into several lines' = ?\n|   ['']\n";
    assert_eq!(String::from_utf8(shown.0.lock().unwrap().clone()).unwrap(), expected);
}

#[test]
fn echo_goes_to_a_file_with_the_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sql.log");
    let engine = Engine::builder("sqlite://").echo(Echo::file(&path)).build().unwrap();
    engine.connect().unwrap().query(&text("SELECT 1")).unwrap();
    let shown = std::fs::read_to_string(&path).unwrap();
    assert!(shown.ends_with(" SELECT 1\n") && shown.as_bytes()[2] == b':', "{shown}");
}

/// Collects events, each as its target, its level and its fields.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Events {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Fields(String);
        impl tracing::field::Visit for Fields {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                // How long it took differs from run to run.
                let value = if field.name() == "elapsed" { String::new() } else { format!("{value:?}") };
                self.0.push_str(&format!(" {}={value}", field.name()));
            }
        }
        let mut fields = Fields(format!("{} {}", event.metadata().target(), event.metadata().level()));
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn echo_goes_to_tracing_with_rows_and_time() {
    let events = Events::default();
    tracing::subscriber::with_default(events.clone(), || {
        let engine = Engine::builder("sqlite://").echo(Echo::tracing()).build().unwrap();
        let query = text("SELECT :a, :b").bind("a", "x").bind_sensitive("b", 7);
        engine.connect().unwrap().query(&query).unwrap();
        engine.connect().unwrap().query(&text("SELECT x")).unwrap_err();
    });
    let events = events.0.lock().unwrap();
    assert_eq!(events[0], r#"orm::sql INFO sql=SELECT ?, ? parameters=["'x'", "***"] rows=1 elapsed= cause=query"#);
    assert!(
        events[1].ends_with(r#"elapsed= cause=query error="no such column: x\n  statement: SELECT x""#),
        "{}",
        events[1]
    );
    assert_eq!(events.len(), 2);
}

#[test]
fn statements_are_recorded() {
    let engine = memory();
    let recorder = engine.record();
    engine.begin(|c| c.execute(&text("CREATE TABLE t (x)"))).unwrap();
    engine.connect().unwrap().execute(&text("INSERT INTO t VALUES (:x)").bind("x", 3)).unwrap();
    engine.connect().unwrap().execute(&text("INSERT INTO u VALUES (1)")).unwrap_err();
    let statements = recorder.statements();
    assert_eq!(statements.count(StatementKind::Insert), 2);
    assert_eq!(statements.count(StatementKind::Transaction), 2);
    assert_eq!((statements[3].rows, statements[3].parameters.join(",")), (1, "3".to_owned()));
    assert!(statements[4].error.as_deref().unwrap().starts_with("no such table: u"));
    assert_eq!(recorder.take().without_transactions().len(), 3);
    assert_statements!(recorder, []);
}

#[test]
fn a_statement_that_differs_is_pointed_at() {
    let engine = memory();
    let recorder = engine.record();
    engine.begin(|c| c.query(&text("SELECT 1"))).unwrap();
    let message = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        assert_statements!(recorder, ["BEGIN", "SELECT 2", "COMMIT"]);
    }))
    .unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert!(message.contains("    BEGIN\n  - SELECT 2\n  + SELECT 1  []\n    COMMIT\n"), "{message}");
}

#[test]
fn an_engine_is_shared_and_a_connection_is_sent() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    fn sent<T: Send + 'static>() {}
    shared::<Engine>();
    sent::<Connection>();
    assert_eq!(format!("{:?}", memory()), "Engine { url: DatabaseUrl(sqlite://), .. }");
    assert!(DatabaseUrl::parse("sqlite:///x").unwrap().to_string().starts_with("sqlite:///x"));
}

/// Listens to an engine, and uses it meanwhile: for queries, to record, to switch the echo off, also from another thread.
struct Reentrant(Arc<std::sync::OnceLock<Engine>>);

impl std::io::Write for Reentrant {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Some(engine) = self.0.get() {
            let recorder = engine.record();
            engine.connect().unwrap().query(&text("SELECT 2")).unwrap();
            let elsewhere = engine.clone();
            std::thread::spawn(move || elsewhere.set_echo(false).unwrap()).join().unwrap();
            assert_eq!(recorder.statements().sql(), ["SELECT 2"]);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn who_listens_may_use_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:///{}", folder.path().join("echo.db").display());
    let later = Arc::new(std::sync::OnceLock::new());
    let engine = Engine::builder(url).echo(Echo::writer(Reentrant(later.clone()))).build().unwrap();
    later.set(engine.clone()).unwrap();
    let (done, end) = std::sync::mpsc::channel();
    let working = std::thread::spawn(move || {
        let rows = engine.connect().unwrap().query(&text("SELECT 1")).unwrap();
        done.send(rows.len()).unwrap();
    });
    assert_eq!(end.recv_timeout(Duration::from_secs(20)), Ok(1), "the listener waits for itself");
    working.join().unwrap();
}
