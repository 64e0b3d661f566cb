//! Listeners of an engine and of a schema: connections, statements, transactions, tables.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orm::engine::event::{
    SavepointChange, after_execute, before_execute, on_begin, on_checkin, on_checkout, on_close, on_commit,
    on_rollback, on_savepoint,
};
use orm::engine::{BeginMode, EngineListenerToken};
use orm::prelude::*;
use orm::schema::{after_create, after_drop, before_create, before_drop};
use orm::sql::delete;
use orm::{Error, Result, StatementKind, text};

use crate::Db;
use crate::models::{Address, User};

cases![
    a_rewritten_text_is_sent_with_its_parameters,
    placeholders_in_strings_and_comments_are_no_parameters,
    a_text_with_other_placeholders_is_refused,
    a_statement_that_a_listener_refuses_is_not_sent,
    a_flush_refused_at_any_statement_loses_nothing,
    ended_statements_are_told_with_rows_and_errors,
    transactions_and_savepoints_are_told_in_order,
    a_refused_commit_is_rolled_back,
    connections_are_told_when_taken_and_given_back,
    a_refused_connection_goes_back_to_the_pool,
    the_first_listener_is_called_first_and_can_be_removed,
    a_listener_may_remove_itself_and_use_the_engine,
    a_panic_leaves_the_session_usable,
    statements_of_listeners_go_around_each_table,
    a_listener_that_refuses_a_table_leaves_all_uncreated,
];

/// What listeners wrote down.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn engine(db: &Db) -> Result<Engine> {
    db.shared_engine(schema![User, Address])
}

fn comment(engine: &Engine) -> EngineListenerToken {
    engine.listen(before_execute(|statement| {
        let sql = format!("/* it's a test: ? $1 */ {}", statement.sql());
        statement.set_sql(sql)
    }))
}

fn a_rewritten_text_is_sent_with_its_parameters(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    comment(&engine);
    let recorder = engine.record();
    let mut session = Session::new(&engine);
    let ed = session.add(User::with("ed", &["ed@x.org", "ed@y.org"]));
    session.commit()?;
    session[ed].name = "edward".into();
    session.commit()?;
    session.expunge_all();
    // By its key, by a condition, along a relationship.
    let ed = session.query::<User>().filter(User::NAME.eq("edward")).one()?;
    let id = session[ed].id.get().expect("the row is read");
    session.expire_all();
    assert_eq!(session.get::<User>(id)?, Some(ed));
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?.len(), 2);
    session.delete(ed)?;
    session.commit()?;
    assert_eq!(session.query::<Address>().count()?, 0);
    let statements = recorder.take().without_transactions();
    assert!(statements.len() > 6, "{statements:?}");
    for sent in statements.iter().filter(|sent| sent.kind != StatementKind::Other) {
        assert!(sent.sql.starts_with("/* it's a test: ? $1 */ "), "{}", sent.sql);
    }
    Ok(())
}

fn placeholders_in_strings_and_comments_are_no_parameters(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    engine.listen(before_execute(|statement| {
        let sql = statement.sql().replace("'here'", "'a ? and $1' /* ? $2 */");
        statement.set_sql(format!("{sql} -- and $3 ?"))
    }));
    let query = text("SELECT :one AS one, 'here' AS words, :two AS two").bind("one", "1").bind("two", "2");
    let rows = engine.connect()?.query(&query)?;
    let values = [rows[0].get::<String>("one")?, rows[0].get("words")?, rows[0].get("two")?];
    assert_eq!(values, ["1", "a ? and $1", "2"]);
    Ok(())
}

fn a_text_with_other_placeholders_is_refused(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    for text_of_listener in ["SELECT 1", "SELECT ?, ?, ?", "SELECT $2, $1", "SELECT $1, $1", "", "SELECT '?', '$1'"] {
        let token = engine.listen(before_execute(move |statement| statement.set_sql(text_of_listener)));
        let recorder = engine.record();
        let query = text("SELECT :one, :two").bind("one", 1).bind("two", 2);
        let error = engine.connect()?.query(&query).unwrap_err();
        let Error::ListenerFailed { event, source, .. } = &error else { panic!("{error}") };
        assert_eq!(*event, "before_execute");
        assert!(source.to_string().contains("it has 2 parameters"), "{source}");
        let sent = recorder.take();
        assert!(sent.iter().all(|sent| sent.kind == StatementKind::Other), "{sent:?}");
        engine.unlisten(token);
        assert_eq!(engine.connect()?.query(&query)?.len(), 1);
    }
    Ok(())
}

fn a_statement_that_a_listener_refuses_is_not_sent(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = Session::new(&engine);
    session.add(User::named("ed"));
    session.commit()?;
    let token = engine.listen(before_execute(|statement| match statement.kind() {
        StatementKind::Delete => Err(Error::invalid("rows are kept for ten years")),
        _ => Ok(()),
    }));
    let error = session.execute(&delete("user_account")).unwrap_err();
    assert_eq!(error.code(), "listener-failed");
    assert!(error.to_string().contains("engine_events.rs"), "{error}");
    // The transaction goes on, on every database: nothing was sent.
    assert_eq!(session.query::<User>().count()?, 1);
    session.commit()?;
    engine.unlisten(token);
    session.execute(&delete("user_account"))?;
    session.commit()
}

/// Adds, changes and deletes in one flush.
fn edit(session: &mut Session, ed: Key<User>, wendy: Key<User>) -> Result<()> {
    session.load(ed)?;
    session.load(wendy)?;
    session[ed].name = "edward".into();
    session.rel(ed, User::ADDRESSES).push(Address::at("edward@x.org"))?;
    session.delete(wendy)?;
    session.add(User::with("fred", &["fred@x.org"]));
    Ok(())
}

fn a_flush_refused_at_any_statement_loses_nothing(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    for refused in 0.. {
        let mut session = Session::new(&engine);
        let (ed, wendy) = (session.add(User::named("ed")), session.add(User::with("wendy", &["w@x.org"])));
        session.commit()?;
        edit(&mut session, ed, wendy)?;
        let seen = AtomicUsize::new(0);
        let token = engine.listen(before_execute(move |_| match seen.fetch_add(1, Ordering::Relaxed) {
            number if number == refused => Err(Error::invalid("no")),
            _ => Ok(()),
        }));
        let outcome = session.flush();
        engine.unlisten(token);
        let is_whole = outcome.is_ok();
        if let Err(error) = outcome {
            assert_eq!(error.code(), "listener-failed");
        }
        session.commit()?;
        let names: Vec<String> = session.all(select(User::NAME).order_by(User::ID))?;
        assert_eq!(names, ["edward", "fred"], "refused at {refused}");
        let emails: Vec<String> = session.all(select(Address::EMAIL).order_by(Address::EMAIL))?;
        assert_eq!(emails, ["edward@x.org", "fred@x.org"], "refused at {refused}");
        session.execute(&delete("address"))?;
        session.execute(&delete("user_account"))?;
        session.commit()?;
        if is_whole {
            assert!(refused >= 4, "a flush of {refused} statements");
            return Ok(());
        }
    }
    Ok(())
}

fn ended_statements_are_told_with_rows_and_errors(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = Session::new(&engine);
    session.add_all([User::named("ed"), User::named("wendy")]);
    session.commit()?;
    drop(session);
    let log = Log::default();
    let told = log.clone();
    engine.listen(after_execute(move |statement| {
        let failed = statement.error.as_ref().map_or("", |_| " failed");
        told.add(format!("{:?} {}{failed}", statement.kind, statement.rows));
    }));
    let mut connection = engine.connect()?;
    log.take();
    connection.query(&text("SELECT name FROM user_account"))?;
    assert_eq!(log.take(), ["Select 2"]);
    assert!(connection.query(&text("SELECT nobody FROM nothing_at_all")).is_err());
    assert_eq!(log.take(), ["Select 0 failed"]);
    assert_eq!(connection.execute(&text("UPDATE user_account SET fullname = 'x'"))?, 2);
    assert_eq!(log.take(), ["Update 2"]);
    Ok(())
}

fn transactions_and_savepoints_are_told_in_order(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let log = Log::default();
    let (begun, committed, rolled_back, savepoints) = (log.clone(), log.clone(), log.clone(), log.clone());
    engine.listen(on_begin(move |_| begun.add("begin")));
    engine.listen(on_commit(move |_| {
        committed.add("commit");
        Ok(())
    }));
    engine.listen(on_rollback(move |_| rolled_back.add("rollback")));
    engine.listen(on_savepoint(move |_, change| {
        savepoints.add(match change {
            SavepointChange::Set(name) => format!("set {name}"),
            SavepointChange::Released(name) => format!("release {name}"),
            SavepointChange::RolledBack(name) => format!("back to {name}"),
            _ => "?".to_owned(),
        });
    }));
    let mut connection = engine.connect()?;
    connection.begin_with(BeginMode::Deferred)?;
    connection.savepoint("a")?;
    connection.savepoint("b")?;
    connection.rollback_to("b")?;
    connection.release("a")?;
    connection.commit()?;
    connection.begin()?;
    connection.rollback()?;
    let expected = ["begin", "set a", "set b", "back to b", "release a", "commit", "begin", "rollback"];
    assert_eq!(log.take(), expected);
    connection.begin()?;
    drop(connection);
    // The connection rolls back where it is dropped, or, awaited, in a task.
    engine.connect()?.query(&text("SELECT 1"))?;
    let told = log.take();
    assert_eq!(told[0], "begin", "{told:?}");
    Ok(())
}

fn a_refused_commit_is_rolled_back(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::named("ed"));
    let token = engine.listen(on_commit(|_| Err(Error::invalid("the shop is closed"))));
    let error = session.commit().unwrap_err();
    assert!(error.to_string().contains("the shop is closed"), "{error}");
    session.rollback()?;
    assert!(!session.contains(ed));
    assert!(engine.begin(|connection| connection.query(&text("SELECT 1"))).is_err());
    engine.unlisten(token);
    assert_eq!(session.query::<User>().count()?, 0);
    let ed = session.add(User::named("ed"));
    session.commit()?;
    assert_eq!(session.load(ed)?.name, "ed");
    Ok(())
}

fn connections_are_told_when_taken_and_given_back(db: &Db) -> Result<()> {
    let engine = db.shared_builder().pool_size(1).max_overflow(1).build()?;
    let log = Log::default();
    let (taken, given_back, closed) = (log.clone(), log.clone(), log.clone());
    engine.listen(on_checkout(move |connection| {
        taken.add(format!("out {}", connection.number));
        Ok(())
    }));
    engine.listen(on_checkin(move |connection| given_back.add(format!("in {}", connection.number))));
    engine.listen(on_close(move |connection| closed.add(format!("close {}", connection.number))));
    let first = engine.connect()?;
    let second = engine.connect()?;
    drop(second);
    drop(first);
    drop(engine.connect()?);
    drop(engine);
    let closed = |told: &[String]| told.iter().filter(|line| line.starts_with("close")).count();
    // One connection stays open until the engine goes. The pool's own thread may hold the pool a moment longer.
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut told = log.take();
    while closed(&told) < 2 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
        told.extend(log.take());
    }
    assert_eq!(told[..3], ["out 1", "out 2", "in 2"], "{told:?}");
    assert_eq!(closed(&told), 2, "{told:?}");
    assert_eq!(told.iter().filter(|line| line.starts_with("in")).count(), 3, "{told:?}");
    assert!(told.last().is_some_and(|line| line.starts_with("close")), "{told:?}");
    Ok(())
}

fn a_refused_connection_goes_back_to_the_pool(db: &Db) -> Result<()> {
    let engine = db.shared_builder().pool_size(1).max_overflow(0).build()?;
    let token = engine.listen(on_checkout(|_| Err(Error::invalid("come back tomorrow"))));
    for _ in 0..3 {
        let error = engine.connect().map(drop).unwrap_err();
        assert!(error.to_string().contains("come back tomorrow"), "{error}");
        assert_eq!(engine.pool_status().in_use, 0);
    }
    engine.unlisten(token);
    engine.connect()?.query(&text("SELECT 1"))?;
    Ok(())
}

fn the_first_listener_is_called_first_and_can_be_removed(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let append = |comment: &'static str| {
        before_execute(move |statement| {
            let sql = format!("{} /* {comment} */", statement.sql());
            statement.set_sql(sql)
        })
    };
    let first = engine.listen(append("first"));
    engine.listen(append("second"));
    engine.listen(append("once").once());
    assert_eq!(engine.listeners().len(), 3);
    let sent = |engine: &Engine| -> Result<String> {
        let mut connection = engine.connect()?;
        let recorder = engine.record();
        connection.query(&text("SELECT 1"))?;
        Ok(recorder.take().sql()[0].to_owned())
    };
    engine.connect()?.query(&text("SELECT 0"))?;
    assert_eq!(sent(&engine)?, "SELECT 1 /* first */ /* second */");
    assert!(engine.unlisten(first));
    assert!(!engine.unlisten(first));
    assert_eq!(sent(&engine)?, "SELECT 1 /* second */");
    Ok(())
}

fn a_listener_may_remove_itself_and_use_the_engine(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let (own, token) = (engine.clone(), Arc::new(Mutex::new(None)));
    let (calls, kept) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&token));
    let counted = Arc::clone(&calls);
    *token.lock().unwrap() = Some(engine.listen(before_execute(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        own.connect()?.query(&text("SELECT 1"))?;
        if let Some(token) = kept.lock().unwrap().take() {
            own.unlisten(token);
        }
        Ok(())
    })));
    engine.connect()?.query(&text("SELECT 2"))?;
    engine.connect()?.query(&text("SELECT 3"))?;
    // Also a new connection is told some statements by its hooks.
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert!(engine.listeners().is_empty());
    Ok(())
}

fn a_panic_leaves_the_session_usable(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::named("ed"));
    session.commit()?;
    let token = engine.listen(before_execute(|statement| {
        if statement.kind() == StatementKind::Update {
            resume_unwind(Box::new("a panic, which prints nothing"));
        }
        Ok(())
    }));
    session.load(ed)?;
    session[ed].name = "edward".into();
    let unwound = catch_unwind(AssertUnwindSafe(|| session.flush()));
    assert!(unwound.is_err());
    engine.unlisten(token);
    session.rollback()?;
    session.load(ed)?;
    session[ed].name = "eddie".into();
    session.commit()?;
    assert_eq!(session.one(select(User::NAME))?, "eddie");
    // A destructor tells of this one.
    let token = engine.listen(on_checkin(|_| resume_unwind(Box::new("another"))));
    drop(session);
    engine.connect()?.query(&text("SELECT 1"))?;
    engine.unlisten(token);
    assert_eq!(Session::new(&engine).one(select(User::NAME))?, "eddie");
    Ok(())
}

fn statements_of_listeners_go_around_each_table(db: &Db) -> Result<()> {
    let engine = db.shared_builder().build()?;
    let log = Log::default();
    let told = log.clone();
    let schema = schema![User, Address]
        .listen(before_create(|scope| {
            scope.execute(text(format!("SELECT '{} is coming'", scope.table().name)));
            Ok(())
        }))
        .listen(after_create(move |scope| {
            told.add(format!("created {} on {}", scope.table().name, scope.capabilities().name));
            if scope.table().name == "user_account" {
                scope.execute(text("INSERT INTO user_account (name) VALUES (:name)").bind("name", "root"));
            }
            Ok(())
        }))
        .listen(before_drop(|scope| {
            scope.execute(text(format!("DELETE FROM {}", scope.table().name)));
            Ok(())
        }))
        .listen(after_drop(|scope| {
            scope.execute(text(format!("SELECT '{} is gone'", scope.table().name)));
            Ok(())
        }));
    let recorder = engine.record();
    let verbs = || -> Vec<String> {
        let sent = recorder.take().without_transactions();
        let about_tables = sent.iter().filter(|sent| {
            let words = ["is coming", "is gone", "CREATE TABLE", "INSERT", "DELETE", "DROP TABLE"];
            words.iter().any(|word| sent.sql.contains(word))
        });
        about_tables.map(|sent| sent.sql.split_inclusive(' ').take(2).collect::<String>().trim().to_owned()).collect()
    };
    engine.create_all(&schema)?;
    let expected = ["SELECT 'user_account", "CREATE TABLE", "INSERT INTO", "SELECT 'address", "CREATE TABLE"];
    assert_eq!(verbs(), expected);
    let on = engine.capabilities().name;
    assert_eq!(log.take(), [format!("created user_account on {on}"), format!("created address on {on}")]);
    assert_eq!(Session::new(&engine).one(select(User::NAME))?, "root");
    // Nothing is created, so nobody is called.
    engine.create_all(&schema)?;
    assert!(log.take().is_empty() && verbs().is_empty());
    engine.drop_all(&schema)?;
    let expected =
        ["DELETE FROM", "DROP TABLE", "SELECT 'address", "DELETE FROM", "DROP TABLE", "SELECT 'user_account"];
    assert_eq!(verbs(), expected);
    Ok(())
}

fn a_listener_that_refuses_a_table_leaves_all_uncreated(db: &Db) -> Result<()> {
    let engine = db.shared_builder().build()?;
    let schema = schema![User, Address].listen(after_create(|scope| match scope.table().name.as_str() {
        "address" => Err(Error::invalid("addresses are kept elsewhere")),
        _ => Ok(()),
    }));
    let error = engine.create_all(&schema).unwrap_err();
    assert!(error.to_string().contains("addresses are kept elsewhere"), "{error}");
    assert!(error.to_string().contains("after_create"), "{error}");
    assert!(Session::new(&engine).query::<User>().count().is_err());
    engine.create_all(schema![User, Address])?;
    assert_eq!(Session::new(&engine).query::<User>().count()?, 0);
    Ok(())
}
