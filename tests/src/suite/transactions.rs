//! Transactions of a session: what they show, what a rollback gives back, savepoints, expiry, autoflush.

use orm::prelude::*;
use orm::unit::State;
use orm::{Error, Result, StatementKind, text};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::{check_kinds, check_silence};

cases![
    a_query_flushes_first,
    without_autoflush_a_query_sees_the_database_only,
    a_commit_expires_what_is_held,
    without_expiry_a_commit_keeps_what_is_known,
    expire_reads_again_and_drops_edits,
    expire_all_keeps_edits,
    refresh_sees_what_others_wrote,
    a_rollback_restores_columns,
    a_rollback_restores_what_was_flushed,
    a_rollback_brings_deleted_entities_back,
    a_rollback_restores_relationships,
    a_rollback_hands_back_whole_values,
    a_savepoint_restores_memory,
    a_released_savepoint_is_part_of_the_transaction,
    savepoints_nest,
    a_failed_nested_block_leaves_the_rest,
    a_savepoint_of_the_past_is_refused,
    a_failed_flush_leaves_memory_as_it_was,
    a_failed_flush_keeps_what_was_written_before,
    a_flush_of_one_row_spends_one_statement_on_its_savepoint_at_most,
    a_flush_right_after_a_savepoint_needs_none_of_its_own,
    flushes_that_fail_and_flushes_that_do_not_take_turns,
    savepoints_by_hand_stand_between_flushes,
    statements_that_go_on_differing_are_all_run,
    dropping_a_session_rolls_back;
    [isolation_levels]: a_level_shows_what_others_commit_or_does_not;
];

fn engine(db: &Db) -> Result<Engine> {
    db.engine(schema![User, Address])
}

fn session(db: &Db) -> Result<Session> {
    Ok(Session::new(&engine(db)?))
}

/// A session with one committed and loaded user.
fn with_ed(db: &Db) -> Result<(Session, Key<User>)> {
    let mut session = session(db)?;
    let ed = session.add(User::with("ed", &["a@x.org", "b@x.org"]));
    session.commit()?;
    session.load(ed)?;
    Ok((session, ed))
}

fn names(session: &mut Session) -> Result<Vec<String>> {
    session.all(select(User::NAME).order_by(User::NAME))
}

fn a_query_flushes_first(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.add(User::named("ed"));
    assert_eq!(names(&mut session)?, ["ed"]);
    Ok(())
}

fn without_autoflush_a_query_sees_the_database_only(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).autoflush(false).build();
    let ed = session.add(User::named("ed"));
    assert!(names(&mut session)?.is_empty());
    assert_eq!(session.state(ed)?, State::Pending);
    session.commit()?;
    assert_eq!(names(&mut session)?, ["ed"]);
    Ok(())
}

fn a_commit_expires_what_is_held(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::named("ed"));
    session.commit()?;
    engine.begin(|connection| connection.execute(&update("user_account").set(User::NAME, "edward")))?;
    // Memory as it was; the load reads again.
    assert_eq!(session[ed].name, "ed");
    assert_eq!(session.load(ed)?.name, "edward");
    Ok(())
}

fn without_expiry_a_commit_keeps_what_is_known(db: &Db) -> Result<()> {
    let mut session = Session::builder(&engine(db)?).expire_on_commit(false).build();
    let ed = session.add(User::named("ed"));
    session.commit()?;
    let recorder = session.engine().record();
    assert_eq!(session.load(ed)?.id, 1);
    assert_eq!(session.get::<User>(1)?, Some(ed));
    check_silence(&recorder);
    Ok(())
}

fn expire_reads_again_and_drops_edits(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].name = "edited".into();
    session.expire(ed)?;
    let recorder = session.engine().record();
    assert_eq!(session.load(ed)?.name, "ed");
    check_kinds(&recorder, "select");
    assert!(!session.is_modified(ed)?);
    Ok(())
}

fn expire_all_keeps_edits(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].name = "edited".into();
    session.expire_all();
    session.commit()?;
    assert_eq!(names(&mut session)?, ["edited"]);
    assert_eq!(session.load(ed)?.name, "edited");
    Ok(())
}

fn refresh_sees_what_others_wrote(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session.execute(&update("user_account").set(User::FULLNAME, "Ed Jones").filter(User::NAME.eq("ed")))?;
    assert_eq!(session.load(ed)?.fullname, None);
    assert_eq!(session.refresh(ed)?.fullname.as_deref(), Some("Ed Jones"));
    Ok(())
}

fn a_rollback_restores_columns(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].name = "edited".into();
    session.rollback()?;
    // Already in memory, before anything is read again.
    assert_eq!(session[ed].name, "ed");
    assert!(session.dirty::<User>().is_empty());
    Ok(())
}

fn a_rollback_restores_what_was_flushed(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].name = "one".into();
    session.flush()?;
    session[ed].name = "two".into();
    session.flush()?;
    session[ed].name = "three".into();
    session.rollback()?;
    assert_eq!(session[ed].name, "ed");
    assert_eq!(session.load(ed)?.name, "ed");
    Ok(())
}

fn a_rollback_brings_deleted_entities_back(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session.delete(ed)?;
    session.flush()?;
    session.rollback()?;
    assert_eq!(session.state(ed)?, State::Persistent);
    assert_eq!(session.load(ed)?.name, "ed");
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?.len(), 2);
    Ok(())
}

fn a_rollback_restores_relationships(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    let (sales, lab) = (session.add(Department::with("sales", &["ann", "bob"])), session.add(Department::default()));
    session.commit()?;
    let workers = session.rel(sales, Department::WORKERS).load()?;
    session.rel(lab, Department::WORKERS).load()?;
    session.rel(workers[0], Worker::DEPARTMENT).set(lab)?;
    session.flush()?;
    session.rel(workers[1], Worker::DEPARTMENT).clear()?;
    session.rollback()?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, workers);
    assert_eq!(session.rel(lab, Department::WORKERS).load()?, []);
    assert_eq!(session.rel(workers[0], Worker::DEPARTMENT).load()?, Some(sales));
    Ok(())
}

fn a_rollback_hands_back_whole_values(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    session[ed].fullname = Some("Ed".into());
    let wendy = session.add(User::named("wendy"));
    let mut back = session.rollback()?;
    assert_eq!(back.len(), 2);
    let ed = back.take(ed).expect("it was added");
    // The key that the database gave is void.
    assert_eq!((ed.name.as_str(), ed.id.get()), ("ed", None));
    assert_eq!(back.take(wendy).map(|wendy| wendy.name), Some("wendy".to_owned()));
    // It can be added again.
    session.add(ed);
    session.commit()?;
    assert_eq!(names(&mut session)?, ["ed"]);
    Ok(())
}

fn a_savepoint_restores_memory(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].name = "before".into();
    let savepoint = session.begin_nested()?;
    session[ed].name = "within".into();
    let wendy = session.add(User::named("wendy"));
    session.flush()?;
    let mut back = session.rollback_to(savepoint)?;
    assert_eq!(session[ed].name, "before");
    assert_eq!(back.take(wendy).map(|wendy| wendy.name), Some("wendy".to_owned()));
    session.commit()?;
    assert_eq!(names(&mut session)?, ["before"]);
    Ok(())
}

fn a_released_savepoint_is_part_of_the_transaction(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    let savepoint = session.begin_nested()?;
    session[ed].name = "within".into();
    session.release(savepoint)?;
    session.rollback()?;
    assert_eq!(session.load(ed)?.name, "ed");
    session[ed].name = "kept".into();
    let savepoint = session.begin_nested()?;
    session.release(savepoint)?;
    session.commit()?;
    assert_eq!(names(&mut session)?, ["kept"]);
    Ok(())
}

fn savepoints_nest(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    let outer = session.begin_nested()?;
    session[ed].name = "one".into();
    let inner = session.begin_nested()?;
    session[ed].name = "two".into();
    session.rollback_to(inner)?;
    assert_eq!(session[ed].name, "one");
    session.rollback_to(outer)?;
    assert_eq!(session[ed].name, "ed");
    session.commit()?;
    assert_eq!(names(&mut session)?, ["ed"]);
    Ok(())
}

fn a_failed_nested_block_leaves_the_rest(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].fullname = Some("Ed".into());
    let failed: Result<()> = session.nested(|session| {
        session.add(User::named("wendy"));
        // The name is taken.
        session.add(User::named("ed"));
        session.flush()
    });
    assert!(failed.is_err());
    session.commit()?;
    assert_eq!(session.all(select((User::NAME, User::FULLNAME)))?, [("ed".into(), Some("Ed".into()))]);
    assert!(session.pending::<User>().is_empty());
    Ok(())
}

fn a_savepoint_of_the_past_is_refused(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.add(User::named("ed"));
    let savepoint = session.begin_nested()?;
    session.commit()?;
    let refused = session.rollback_to(savepoint).unwrap_err();
    assert!(matches!(refused, Error::SavepointEnded { .. } | Error::PendingRollback { .. }), "{refused}");
    assert_eq!(names(&mut session)?, ["ed"]);
    Ok(())
}

fn a_failed_flush_leaves_memory_as_it_was(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].fullname = Some("Ed".into());
    let wendy = session.add(User::with("wendy", &["w@x.org"]));
    let twin = session.add(User::named("ed"));
    assert!(session.flush().is_err());
    assert_eq!(session.state(wendy)?, State::Pending);
    assert_eq!(session[wendy].id.get(), None);
    assert_eq!(session.dirty::<User>(), [ed]);
    // Mended, it goes through.
    session[twin].name = "twin".into();
    session.commit()?;
    assert_eq!(names(&mut session)?, ["ed", "twin", "wendy"]);
    assert_eq!(session.query::<Address>().count()?, 3);
    Ok(())
}

fn a_failed_flush_keeps_what_was_written_before(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].fullname = Some("Ed".into());
    session.flush()?;
    let twin = session.add(User::named("ed"));
    assert!(session.flush().is_err());
    session.expunge(twin)?;
    session.commit()?;
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("Ed"));
    Ok(())
}

/// A savepoint is let go of by the text that sets the next, and by COMMIT.
fn a_flush_of_one_row_spends_one_statement_on_its_savepoint_at_most(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].fullname = Some("Ed".into());
    session.flush()?;
    for round in 0..3 {
        session[ed].fullname = Some(round.to_string());
        let recorder = session.engine().record();
        session.flush()?;
        let sent = recorder.take();
        let about = sent.iter().filter(|statement| statement.kind == StatementKind::Transaction).count();
        assert!(about <= 1, "{:#?}", sent.sql());
    }
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "commit");
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("2"));
    Ok(())
}

/// Nothing was written since, so that a failed flush is undone to the savepoint that is there.
fn a_flush_right_after_a_savepoint_needs_none_of_its_own(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].fullname = Some("Ed".into());
    session.flush()?;
    let savepoint = session.begin_nested()?;
    let twin = session.add(User::with("ed", &["a@x.org"]));
    assert!(session.flush().is_err());
    assert_eq!(session.state(twin)?, State::Pending);
    session[twin].name = "twin".into();
    let recorder = session.engine().record();
    session.flush()?;
    let sent = recorder.take();
    assert!(sent.iter().all(|statement| statement.kind != StatementKind::Transaction), "{:#?}", sent.sql());
    // What was written since is kept by the next failure.
    session.add(User::named("wendy"));
    session.flush()?;
    let other = session.add(User::with("ed", &["b@x.org"]));
    assert!(session.flush().is_err());
    session.expunge(other)?;
    assert_eq!(names(&mut session)?, ["ed", "twin", "wendy"]);
    let handed_back = session.rollback_to(savepoint)?;
    assert_eq!(handed_back.len(), 3);
    session.commit()?;
    assert_eq!(session.all(select((User::NAME, User::FULLNAME)))?, [("ed".into(), Some("Ed".into()))]);
    Ok(())
}

fn flushes_that_fail_and_flushes_that_do_not_take_turns(db: &Db) -> Result<()> {
    let (mut session, _) = with_ed(db)?;
    let mut kept = vec!["ed".to_owned()];
    for round in 0..4 {
        let user = session.add(User::with(&round.to_string(), &["a@x.org", "b@x.org"]));
        session.flush()?;
        let savepoint = session.begin_nested()?;
        let twin = session.add(User::with("ed", &["c@x.org"]));
        assert!(session.flush().is_err());
        session.expunge(twin)?;
        session[user].fullname = Some("kept".into());
        session.flush()?;
        let twin = session.add(User::with("ed", &["d@x.org"]));
        assert!(session.flush().is_err());
        session.expunge(twin)?;
        match round % 2 {
            0 => session.release(savepoint)?,
            _ => drop(session.rollback_to(savepoint)?),
        }
        kept.push(round.to_string());
        assert_eq!(session.load(user)?.fullname.is_some(), round % 2 == 0);
    }
    session.commit()?;
    kept.sort();
    assert_eq!(names(&mut session)?, kept);
    assert_eq!(session.query::<User>().filter(User::FULLNAME.eq("kept")).count()?, 2);
    Ok(())
}

fn savepoints_by_hand_stand_between_flushes(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    for name in ["wendy", "mary"] {
        session.add(User::with(name, &["a@x.org"]));
        session.flush()?;
    }
    for name in ["fred", "jack"] {
        session.with_connection(|connection| {
            connection.savepoint("mine")?;
            connection.execute(&text("UPDATE user_account SET fullname = 'none'"))?;
            connection.rollback_to("mine")
        })?;
        session.add(User::with(name, &["a@x.org"]));
        session.flush()?;
        session.add(User::named("ed"));
        assert!(session.flush().is_err());
        let twin = session.pending::<User>()[0];
        session.expunge(twin)?;
        session.execute(&text(format!("UPDATE user_account SET fullname = '{name}' WHERE name = 'ed'")))?;
    }
    session.commit()?;
    assert_eq!(names(&mut session)?, ["ed", "fred", "jack", "mary", "wendy"]);
    assert_eq!(session.query::<User>().filter(User::FULLNAME.eq("none")).count()?, 0);
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("jack"));
    Ok(())
}

/// A connection keeps a bounded number of statements prepared, in the middle of a transaction as well.
fn statements_that_go_on_differing_are_all_run(db: &Db) -> Result<()> {
    let (mut session, ed) = with_ed(db)?;
    session[ed].fullname = Some("Ed".into());
    session.flush()?;
    for number in 0..1_200 {
        let found = session.with_connection(|connection| {
            let sql = format!("SELECT {number} AS number FROM user_account WHERE name = :name");
            connection.query(&text(sql).bind("name", "ed"))
        })?;
        assert_eq!(found[0].values[0], Value::I64(number));
        if number % 300 == 0 {
            session.add(User::named(&number.to_string()));
            session.flush()?;
        }
    }
    session.commit()?;
    assert_eq!(names(&mut session)?, ["0", "300", "600", "900", "ed"]);
    Ok(())
}

fn dropping_a_session_rolls_back(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    let mut session = Session::new(&engine);
    session.add(User::named("ed"));
    session.flush()?;
    drop(session);
    assert_eq!(engine.pool_status().in_use, 0);
    assert!(names(&mut Session::new(&engine))?.is_empty());
    Ok(())
}

fn a_level_shows_what_others_commit_or_does_not(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut other = Session::new(&engine);
    for (level, sees) in [(Isolation::ReadCommitted, true), (Isolation::RepeatableRead, false)] {
        let mut session = Session::builder(&engine).isolation(level).build();
        let before = names(&mut session)?;
        other.add(User::named(&format!("{level:?}")));
        other.commit()?;
        assert_eq!(names(&mut session)?.len(), before.len() + usize::from(sees), "{level:?}");
        // The next transaction begins with what there is.
        session.commit()?;
        assert_eq!(names(&mut session)?.len(), before.len() + 1, "{level:?}");
    }
    Ok(())
}
