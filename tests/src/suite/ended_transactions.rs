//! Transactions that something else than commit or rollback ends: the database by itself, or a statement by hand. No half of a unit of work stays without a word.

use orm::engine::{DialectName, Statement};
use orm::prelude::*;
use orm::{Connection, Error, Result};

use crate::Db;
use crate::models::{Address, User};

cases![
    statements_about_the_transaction_are_refused_in_it,
    lent_code_cannot_end_the_transaction,
    lent_code_cannot_touch_the_savepoints_of_the_session,
    another_connection_in_place_of_the_lent_one_is_noticed,
    a_transaction_by_hand_is_known_to_its_connection,
    ddl_first_leaves_a_transaction_that_can_be_rolled_back,
    settings_by_hand_leave_the_transaction_open;
    [hidden_commits]: ddl_that_commits_is_told, ddl_that_fails_and_commits_is_told, a_procedure_that_commits_is_told,
    a_savepoint_that_ddl_has_ended_is_told, autocommit_is_not_switched_off;
    (server): a_lock_timeout_leaves_what_the_server_says;
    (rollback_by_itself): a_row_that_sqlite_answers_with_a_rollback_loses_the_unit, a_full_database_loses_the_unit,
    a_rollback_by_sqlite_ends_savepoints, a_rollback_by_sqlite_is_noticed_by_a_connection;
];

fn engine(db: &Db) -> Result<Engine> {
    db.shared_engine(schema![User, Address])
}

/// A session that has written a row.
fn begun(engine: &Engine) -> Result<Session> {
    let mut session = Session::new(engine);
    session.add(User::named("ed"));
    session.flush()?;
    Ok(session)
}

fn names(engine: &Engine) -> Result<Vec<String>> {
    Session::new(engine).all(select(User::NAME).order_by(User::NAME))
}

fn insert_by_hand(name: &str) -> impl Statement {
    text("INSERT INTO user_account (name) VALUES (:name)").bind("name", name)
}

#[track_caller]
fn is_pending(error: &Error) {
    assert!(matches!(error, Error::PendingRollback { .. }), "{error}");
}

#[track_caller]
fn is_refused(error: &Error, code: &str, words: &str) {
    assert!(error.code() == code && error.to_string().contains(words), "{}: {error}", error.code());
}

fn statements_about_the_transaction_are_refused_in_it(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = begun(&engine)?;
    let mut connection = engine.connect()?;
    connection.begin()?;
    for sql in [
        "COMMIT",
        "END",
        "ROLLBACK",
        " rollback work",
        "-- so\nABORT",
        "/* so */ COMMIT AND CHAIN",
        "ROLLBACK AND CHAIN",
        "BEGIN",
        "START TRANSACTION",
        "SAVEPOINT flush",
        "RELEASE SAVEPOINT savepoint_1",
        "ROLLBACK TO SAVEPOINT savepoint_1",
        "PREPARE TRANSACTION 'x'",
        ";COMMIT",
    ] {
        is_refused(&session.execute(&text(sql)).unwrap_err(), "transaction-statement", "would end it unseen");
        is_refused(&connection.execute(&text(sql)).unwrap_err(), "transaction-statement", "would end it unseen");
        is_refused(&connection.query(&text(sql)).unwrap_err(), "transaction-statement", "would end it unseen");
    }
    connection.rollback()?;
    // Nothing was harmed.
    session.commit()?;
    assert_eq!(names(&engine)?, ["ed"]);
    Ok(())
}

fn lent_code_cannot_end_the_transaction(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = begun(&engine)?;
    let ends = [
        (Connection::commit as fn(&mut Connection) -> Result<()>, "transaction-borrowed"),
        (Connection::rollback, "transaction-borrowed"),
        (Connection::begin, "transaction-open"),
    ];
    for (end, code) in ends {
        let refused = session.with_connection(end).unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
    }
    session.commit()?;
    assert_eq!(names(&engine)?, ["ed"]);
    let refused = engine.begin(|connection| {
        connection.execute(&insert_by_hand("wendy"))?;
        connection.commit()
    });
    is_refused(&refused.unwrap_err(), "transaction-borrowed", "ended where it was begun");
    assert_eq!(names(&engine)?, ["ed"]);
    Ok(())
}

fn lent_code_cannot_touch_the_savepoints_of_the_session(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = begun(&engine)?;
    let savepoint = session.begin_nested()?;
    session.add(User::named("wendy"));
    session.flush()?;
    is_refused(
        &session.with_connection(|c| c.release("savepoint_1")).unwrap_err(),
        "unknown-savepoint",
        "no savepoint",
    );
    is_refused(
        &session.with_connection(|c| c.rollback_to("savepoint_1")).unwrap_err(),
        "unknown-savepoint",
        "no savepoint",
    );
    is_refused(
        &session.with_connection(|c| c.savepoint("Savepoint_1")).unwrap_err(),
        "invalid-request",
        "is the session's",
    );
    // One of its own it may set, and leave.
    session.with_connection(|c| c.savepoint("own").and_then(|()| c.rollback_to("own")))?;
    session.rollback_to(savepoint)?;
    session.commit()?;
    assert_eq!(names(&engine)?, ["ed"]);
    Ok(())
}

fn another_connection_in_place_of_the_lent_one_is_noticed(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = begun(&engine)?;
    let mut other = engine.connect()?;
    other.begin()?;
    is_pending(
        &session
            .with_connection(|connection| {
                std::mem::swap(connection, &mut other);
                Ok(())
            })
            .unwrap_err(),
    );
    is_pending(&session.commit().unwrap_err());
    session.rollback()?;
    drop(other);
    assert!(names(&engine)?.is_empty());
    Ok(())
}

fn a_transaction_by_hand_is_known_to_its_connection(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut connection = engine.connect()?;
    connection.execute(&text("BEGIN"))?;
    assert!(connection.in_transaction());
    assert!(connection.begin().is_err());
    connection.execute(&insert_by_hand("ed"))?;
    connection.commit()?;
    assert!(!connection.in_transaction());
    connection.execute(&text("BEGIN"))?;
    connection.execute(&insert_by_hand("wendy"))?;
    connection.execute(&text("ROLLBACK"))?;
    assert!(!connection.in_transaction());
    connection.begin()?;
    connection.execute(&insert_by_hand("mary"))?;
    connection.rollback()?;
    drop(connection);
    assert_eq!(names(&engine)?, ["ed"]);
    Ok(())
}

fn ddl_first_leaves_a_transaction_that_can_be_rolled_back(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = Session::new(&engine);
    session.query::<User>().all()?;
    session.execute(&text("CREATE TABLE beside (id INTEGER)"))?;
    session.add(User::named("ed"));
    session.flush()?;
    session.rollback()?;
    assert!(names(&engine)?.is_empty());
    let mut connection = engine.connect()?;
    connection.begin()?;
    connection.execute(&text("CREATE TABLE beneath (id INTEGER)"))?;
    connection.execute(&insert_by_hand("ed"))?;
    connection.rollback()?;
    drop(connection);
    assert!(names(&engine)?.is_empty());
    Ok(())
}

fn settings_by_hand_leave_the_transaction_open(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let setting = match engine.dialect() {
        DialectName::Sqlite => "PRAGMA cache_size = 1000",
        DialectName::Postgres => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        _ => "SET @x = 1",
    };
    let mut session = Session::new(&engine);
    session.execute(&text(setting))?;
    session.add(User::named("ed"));
    session.flush()?;
    session.rollback()?;
    assert!(names(&engine)?.is_empty());
    Ok(())
}

fn ddl_that_commits_is_told(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = begun(&engine)?;
    let told = session.execute(&text("CREATE TABLE beside (id INTEGER)")).unwrap_err();
    is_pending(&told);
    assert!(told.to_string().contains("CREATE TABLE beside"), "{told}");
    session.add(User::named("wendy"));
    is_pending(&session.flush().unwrap_err());
    is_pending(&session.commit().unwrap_err());
    // What is committed cannot be undone, and nobody says that it was.
    is_refused(&session.rollback().unwrap_err(), "not-rolled-back", "cannot be rolled back");
    session.add(User::named("mary"));
    session.commit()?;
    assert_eq!(names(&engine)?, ["ed", "mary"]);

    let mut connection = engine.connect()?;
    connection.begin()?;
    connection.execute(&insert_by_hand("jack"))?;
    is_pending(&connection.execute(&text("DROP TABLE beside")).unwrap_err());
    is_pending(&connection.execute(&insert_by_hand("fred")).unwrap_err());
    is_pending(&connection.commit().unwrap_err());
    is_refused(&connection.rollback().unwrap_err(), "not-rolled-back", "cannot be rolled back");
    drop(connection);
    assert_eq!(names(&engine)?, ["ed", "jack", "mary"]);
    Ok(())
}

fn ddl_that_fails_and_commits_is_told(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = begun(&engine)?;
    let failed = session.execute(&text("CREATE TABLE user_account (id INTEGER)")).unwrap_err();
    assert!(matches!(failed, Error::Database(_)), "{failed}");
    is_pending(&session.commit().unwrap_err());
    is_refused(&session.rollback().unwrap_err(), "not-rolled-back", "cannot be rolled back");
    assert_eq!(names(&engine)?, ["ed"]);
    Ok(())
}

fn a_procedure_that_commits_is_told(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    engine.connect()?.execute(&text("CREATE PROCEDURE turn() BEGIN COMMIT; START TRANSACTION; END"))?;
    let mut session = begun(&engine)?;
    is_pending(&session.execute(&text("CALL turn()")).unwrap_err());
    is_refused(&session.rollback().unwrap_err(), "not-rolled-back", "cannot be rolled back");
    let mut session = begun_as(&engine, "wendy")?;
    is_pending(&session.with_connection(|connection| connection.query(&text("CALL turn()"))).unwrap_err());
    assert!(session.rollback().is_err());
    let mut session = begun_as(&engine, "mary")?;
    is_pending(&session.execute(&text("/*! COMMIT AND CHAIN */")).unwrap_err());
    assert!(session.rollback().is_err());
    session.add(User::named("jack"));
    session.commit()?;
    assert_eq!(names(&engine)?, ["ed", "jack", "mary", "wendy"]);
    Ok(())
}

fn begun_as(engine: &Engine, name: &str) -> Result<Session> {
    let mut session = Session::new(engine);
    session.add(User::named(name));
    session.flush()?;
    Ok(session)
}

fn a_savepoint_that_ddl_has_ended_is_told(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = Session::new(&engine);
    let savepoint = session.begin_nested()?;
    is_pending(&session.execute(&text("CREATE TABLE beside (id INTEGER)")).unwrap_err());
    is_pending(&session.rollback_to(savepoint).unwrap_err());
    let _ = session.rollback();
    session.add(User::named("ed"));
    session.commit()?;
    Ok(())
}

fn autocommit_is_not_switched_off(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut connection = engine.connect()?;
    for sql in ["SET autocommit = 0", "SET SESSION AUTOCOMMIT=OFF", "SET @@session.autocommit = 0, sql_mode = ''"] {
        is_refused(&connection.execute(&text(sql)).unwrap_err(), "invalid-request", "autocommit");
    }
    connection.execute(&insert_by_hand("ed"))?;
    drop(connection);
    assert_eq!(names(&engine)?, ["ed"]);
    Ok(())
}

/// A server may roll back the statement alone, or all: the session goes on, or asks for a rollback, and no half stays.
fn a_lock_timeout_leaves_what_the_server_says(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let hasty = db.hasty_builder().build()?;
    let mut holder = begun(&engine)?;
    holder.commit()?;
    let of_ed =
        |fullname: &str| update("user_account").set(User::FULLNAME, fullname.to_owned()).filter(User::NAME.eq("ed"));
    holder.execute(&of_ed("held"))?;
    let mut session = begun_as(&hasty, "wendy")?;
    assert!(session.execute(&of_ed("mine")).is_err());
    holder.rollback()?;
    let committed = session.commit().is_ok();
    session.rollback()?;
    assert_eq!(names(&engine)?.len(), 1 + usize::from(committed));
    Ok(())
}

/// Stands for whatever makes SQLite roll back.
const NOBODY: &str = "CREATE TRIGGER nobody BEFORE INSERT ON user_account WHEN NEW.name = 'nobody' BEGIN SELECT RAISE(ROLLBACK, 'no'); END";

fn a_row_that_sqlite_answers_with_a_rollback_loses_the_unit(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    engine.connect()?.execute(&text(NOBODY))?;
    engine.connect()?.execute(&text("CREATE TABLE lone (id INTEGER UNIQUE ON CONFLICT ROLLBACK)"))?;
    engine.connect()?.execute(&text("INSERT INTO lone VALUES (1)"))?;
    let strikes: [fn(&mut Session) -> Result<()>; 5] = [
        |session| {
            session.add(User::named("nobody"));
            session.flush()
        },
        |session| session.execute(&insert_by_hand("nobody")).map(drop),
        |session| session.with_connection(|connection| connection.execute(&insert_by_hand("nobody"))).map(drop),
        |session| session.execute(&text("INSERT OR ROLLBACK INTO user_account (name) VALUES ('ed')")).map(drop),
        |session| session.execute(&text("INSERT INTO lone VALUES (1)")).map(drop),
    ];
    for strike in strikes {
        let mut session = begun(&engine)?;
        let struck = strike(&mut session).unwrap_err();
        assert!(matches!(struck, Error::Database(_)), "{struck}");
        for pending in session.pending::<User>() {
            session.expunge(pending)?;
        }
        session.add(User::named("wendy"));
        is_pending(&session.flush().unwrap_err());
        is_pending(&session.execute(&insert_by_hand("mary")).unwrap_err());
        is_pending(&session.commit().unwrap_err());
        session.rollback()?;
        assert!(names(&engine)?.is_empty());
        session.add(User::named("jack"));
        session.commit()?;
        engine.connect()?.execute(&delete("user_account"))?;
    }
    Ok(())
}

fn a_full_database_loses_the_unit(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = Session::new(&engine);
    session.add(User::named("before"));
    session.commit()?;
    let pages: i64 = session.with_connection(|c| c.query(&text("PRAGMA page_count"))?[0].get(0))?;
    session.with_connection(|c| c.query(&text(format!("PRAGMA max_page_count = {}", pages + 2))))?;
    session.rollback()?;
    session.add(User::named("ed"));
    session.flush()?;
    session.add_all((0..200).map(|number| User::named(&format!("{number}{}", "x".repeat(400)))));
    assert!(session.flush().is_err());
    for pending in session.pending::<User>() {
        session.expunge(pending)?;
    }
    // All of the unit or nothing, whatever SQLite could undo.
    let committed = session.commit();
    if let Err(error) = &committed {
        is_pending(error);
    }
    session.rollback()?;
    let expected: &[&str] = if committed.is_ok() { &["before", "ed"] } else { &["before"] };
    assert_eq!(names(&engine)?, expected);
    session.add(User::named("small"));
    session.commit()?;
    assert_eq!(names(&engine)?.len(), expected.len() + 1);
    Ok(())
}

fn a_rollback_by_sqlite_ends_savepoints(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    engine.connect()?.execute(&text(NOBODY))?;
    let mut session = begun(&engine)?;
    let savepoint = session.begin_nested()?;
    assert!(session.execute(&insert_by_hand("nobody")).is_err());
    is_pending(&session.rollback_to(savepoint).unwrap_err());
    is_pending(&session.begin_nested().unwrap_err());
    session.rollback()?;
    let nested: Result<()> = session.nested(|session| session.execute(&insert_by_hand("nobody")).map(drop));
    assert!(nested.is_err());
    session.rollback()?;
    session.add(User::named("wendy"));
    session.commit()?;
    assert_eq!(names(&engine)?, ["wendy"]);
    Ok(())
}

fn a_rollback_by_sqlite_is_noticed_by_a_connection(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    engine.connect()?.execute(&text(NOBODY))?;
    let mut connection = engine.connect()?;
    connection.begin()?;
    connection.savepoint("here")?;
    connection.execute(&insert_by_hand("ed"))?;
    assert!(connection.execute(&insert_by_hand("nobody")).is_err());
    is_pending(&connection.execute(&insert_by_hand("wendy")).unwrap_err());
    is_pending(&connection.query(&text("SELECT 1")).unwrap_err());
    is_pending(&connection.savepoint("there").unwrap_err());
    is_pending(&connection.rollback_to("here").unwrap_err());
    is_pending(&connection.commit().unwrap_err());
    connection.rollback()?;
    connection.execute(&insert_by_hand("mary"))?;
    drop(connection);
    assert_eq!(names(&engine)?, ["mary"]);
    let failed = engine.begin(|connection| {
        connection.execute(&insert_by_hand("ed"))?;
        let _ = connection.execute(&insert_by_hand("nobody"));
        Ok(())
    });
    is_pending(&failed.unwrap_err());
    assert_eq!(names(&engine)?, ["mary"]);
    Ok(())
}
