//! Statements that fail while they run, sent again on the same connection: each answers, and none waits for ever.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use orm::engine::DialectName;
use orm::prelude::*;
use orm::{Connection, Error, Result};

use crate::Db;
use crate::models::{Address, User};

cases![
    a_query_that_fails_while_it_runs_fails_again,
    a_query_that_fails_in_the_middle_of_its_rows_fails_again,
    a_write_that_fails_while_it_reads_fails_again,
    rows_that_are_left_unread_leave_the_connection_usable;
    [hidden_commits]: a_procedure_that_fails_fails_again;
];

/// Fails unless it ends soon.
fn soon(work: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    let (done, end) = channel();
    let working = thread::spawn(move || {
        let outcome = work();
        let _ = done.send(());
        outcome
    });
    assert!(end.recv_timeout(Duration::from_secs(20)).is_ok() || working.is_finished(), "a statement waits for ever");
    working.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// An expression over a column of numbers that no database can compute for the number 7.
fn impossible(engine: &Engine) -> &'static str {
    match engine.dialect() {
        DialectName::Sqlite => "abs(-9223372036854775807 - (n = 7))",
        DialectName::Postgres => "1 / (n - 7)",
        _ => "9223372036854775807 + (n = 7)",
    }
}

/// One connection, and a table of the numbers from 1 to 9.
fn numbers(db: &Db) -> Result<Engine> {
    let engine = db.shared_builder().pool_size(1).max_overflow(0).build()?;
    engine.create_all(schema![User, Address])?;
    let mut connection = engine.connect()?;
    connection.execute(&text("CREATE TABLE number (n INTEGER)"))?;
    for n in 1..=9 {
        connection.execute(&text("INSERT INTO number (n) VALUES (:n)").bind("n", n))?;
    }
    drop(connection);
    Ok(engine)
}

/// Runs a statement three times, within a transaction and without, by `query` and by `execute`; it fails each time, and the connection works in between.
fn fails_again(engine: &Engine, sql: &str) -> Result<()> {
    let (engine, sql) = (engine.clone(), sql.to_owned());
    soon(move || {
        let by_query: fn(&mut Connection, &str) -> Result<()> =
            |connection, sql| connection.query(&text(sql)).map(drop);
        let by_execute: fn(&mut Connection, &str) -> Result<()> =
            |connection, sql| connection.execute(&text(sql)).map(drop);
        for run in [by_query, by_execute] {
            let mut connection = engine.connect()?;
            for _ in 0..3 {
                let failed = run(&mut connection, &sql).unwrap_err();
                assert!(matches!(failed, Error::Database(_)), "{failed}");
                assert_eq!(connection.query(&text("SELECT 5"))?[0].get::<i64>(0)?, 5);
            }
            connection.begin()?;
            connection.execute(&text("INSERT INTO user_account (name) VALUES ('ed')"))?;
            for _ in 0..3 {
                let failed = run(&mut connection, &sql).unwrap_err();
                assert!(matches!(failed, Error::Database(_) | Error::PendingRollback { .. }), "{failed}");
            }
            connection.rollback()?;
            drop(connection);
            assert_eq!(Session::new(&engine).query::<User>().count()?, 0);
        }
        Ok(())
    })
}

fn a_query_that_fails_while_it_runs_fails_again(db: &Db) -> Result<()> {
    let engine = numbers(db)?;
    fails_again(&engine, &format!("SELECT {} FROM number WHERE n = 7", impossible(&engine)))
}

fn a_query_that_fails_in_the_middle_of_its_rows_fails_again(db: &Db) -> Result<()> {
    let engine = numbers(db)?;
    fails_again(&engine, &format!("SELECT {} FROM number ORDER BY n", impossible(&engine)))
}

fn a_write_that_fails_while_it_reads_fails_again(db: &Db) -> Result<()> {
    let engine = numbers(db)?;
    fails_again(&engine, &format!("INSERT INTO number (n) SELECT {} FROM number", impossible(&engine)))
}

fn rows_that_are_left_unread_leave_the_connection_usable(db: &Db) -> Result<()> {
    let engine = numbers(db)?;
    soon(move || {
        let mut connection = engine.connect()?;
        for _ in 0..3 {
            let stopped =
                connection.stream(&text("SELECT n FROM number ORDER BY n"), |_| Err(Error::invalid("enough")));
            assert_eq!(stopped.unwrap_err().to_string(), "enough");
            assert_eq!(connection.query(&text("SELECT n FROM number"))?.len(), 9);
        }
        Ok(())
    })
}

fn a_procedure_that_fails_fails_again(db: &Db) -> Result<()> {
    let engine = numbers(db)?;
    let wrong = impossible(&engine);
    engine.connect()?.execute(&text(format!(
        "CREATE PROCEDURE late() BEGIN SELECT n FROM number; SELECT {wrong} FROM number; END"
    )))?;
    engine.connect()?.execute(&text(format!("CREATE PROCEDURE early() BEGIN SELECT {wrong} FROM number; END")))?;
    engine
        .connect()?
        .execute(&text("CREATE PROCEDURE fine() BEGIN SELECT n FROM number; SELECT n FROM number; END"))?;
    fails_again(&engine, "CALL early()")?;
    soon(move || {
        // What comes behind the first result is not read by every driver; whatever each says, the connection answers afterwards.
        for sql in ["CALL fine()", "CALL late()"] {
            let mut connection = engine.connect()?;
            for _ in 0..3 {
                let _ = connection.execute(&text(sql));
                let _ = connection.query(&text(sql));
                if !connection.is_broken() {
                    assert_eq!(connection.query(&text("SELECT 5"))?[0].get::<i64>(0)?, 5, "{sql}");
                }
            }
        }
        Ok(())
    })
}
