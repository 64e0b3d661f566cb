//! Memory is as the database is, without being read again: after commits, rollbacks, and beside other sessions.

use orm::prelude::*;
use orm::unit::State;
use orm::{DatabaseErrorKind, Result};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::check_silence;

cases![
    collections_are_right_without_expiry,
    a_rollback_restores_the_key_and_the_identity_map,
    a_rollback_restores_versions_and_defaults,
    a_savepoint_restores_deletions,
    a_savepoint_keeps_what_was_loaded_within,
    nested_blocks_nest,
    a_failed_flush_within_a_savepoint,
    a_failed_autoflush_names_the_entity,
    a_session_goes_on_after_many_rollbacks,
    sessions_do_not_see_each_other_before_commit,
    sessions_on_many_threads,
    work_without_autoflush,
];

#[derive(Entity, Debug, Default)]
struct Page {
    #[entity(primary_key)]
    name: String,
    text: String,
    #[entity(version)]
    revision: i32,
    #[entity(default = 7)]
    rank: Auto<i64>,
    #[entity(onupdate = "changed")]
    state: Option<String>,
}

fn page(name: &str) -> Page {
    Page { name: name.to_owned(), ..Page::default() }
}

fn users(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

fn collections_are_right_without_expiry(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Department, Worker])?;
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let (sales, lab) = (session.add(Department::with("sales", &["ann", "bob"])), session.add(Department::default()));
    session.commit()?;
    let workers = session.rel(sales, Department::WORKERS).load()?;
    session.rel(workers[0], Worker::DEPARTMENT).set(lab)?;
    session.commit()?;
    session.delete(workers[1])?;
    session.commit()?;
    let recorder = engine.record();
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, []);
    assert_eq!(session.rel(lab, Department::WORKERS).load()?, workers[..1]);
    session.delete(lab)?;
    recorder.take();
    session.commit()?;
    recorder.take();
    assert_eq!(session.rel(workers[0], Worker::DEPARTMENT).load()?, None);
    assert_eq!(session.load(workers[0])?.department.id(), None);
    check_silence(&recorder);
    Ok(())
}

fn a_rollback_restores_the_key_and_the_identity_map(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Page])?);
    let home = session.add(page("home"));
    session.commit()?;
    session.load(home)?;
    session[home].name = "start".into();
    session.flush()?;
    assert_eq!(session.get::<Page>("start")?, Some(home));
    session.rollback()?;
    assert_eq!(session[home].name, "home");
    assert_eq!(session.get::<Page>("home")?, Some(home));
    assert_eq!(session.get::<Page>("start")?, None);
    Ok(())
}

fn a_rollback_restores_versions_and_defaults(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Page])?);
    let home = session.add(page("home"));
    session.commit()?;
    session.load(home)?;
    session[home].text = "changed".into();
    session.flush()?;
    assert_eq!((session[home].revision, session[home].state.as_deref()), (2, Some("changed")));
    let draft = session.add(page("draft"));
    session.flush()?;
    assert_eq!(session[draft].rank, 7);
    let mut back = session.rollback()?;
    assert_eq!((session[home].revision, session[home].state.as_deref()), (1, None));
    let draft = back.take(draft).expect("it was added");
    assert_eq!((draft.rank.get(), draft.revision), (None, 0));
    session[home].text = "again".into();
    session.commit()?;
    assert_eq!(session.load(home)?.revision, 2);
    Ok(())
}

fn a_savepoint_restores_deletions(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org"]));
    session.flush()?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    let savepoint = session.begin_nested()?;
    session.delete(ed)?;
    session.flush()?;
    session.rollback_to(savepoint)?;
    assert_eq!((session.state(ed)?, session.state(address)?), (State::Persistent, State::Persistent));
    let recorder = session.engine().record();
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [address]);
    assert_eq!(session.get::<User>(1)?, Some(ed));
    check_silence(&recorder);
    session.commit()?;
    assert_eq!(session.query::<Address>().count()?, 1);
    Ok(())
}

fn a_savepoint_keeps_what_was_loaded_within(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    session.expunge_all();
    let savepoint = session.begin_nested()?;
    let ed = session.get::<User>(1)?.expect("it is there");
    session.rollback_to(savepoint)?;
    assert_eq!(session.load(ed)?.name, "ed");
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?.len(), 1);
    Ok(())
}

fn nested_blocks_nest(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.nested(|session| {
        session.add(User::named("outer"));
        let failed: Result<()> = session.nested(|session| {
            session.add(User::named("inner"));
            session.flush()?;
            Err(orm::Error::invalid("no"))
        });
        assert!(failed.is_err());
        session.nested(|session| {
            session.add(User::named("second"));
            Ok(())
        })
    })?;
    session.commit()?;
    assert_eq!(session.all(select(User::NAME).order_by(User::NAME))?, ["outer", "second"]);
    Ok(())
}

fn a_failed_flush_within_a_savepoint(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add(User::named("ed"));
    let savepoint = session.begin_nested()?;
    let twin = session.add(User::with("ed", &["a@x.org"]));
    assert!(session.flush().is_err());
    // The savepoint is still set; what came before it, too.
    assert_eq!(session.state(twin)?, State::Pending);
    session.rollback_to(savepoint)?;
    assert!(!session.contains(twin));
    session.add(User::named("wendy"));
    session.commit()?;
    assert_eq!(session.all(select(User::NAME).order_by(User::NAME))?, ["ed", "wendy"]);
    Ok(())
}

fn a_failed_autoflush_names_the_entity(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let twins = session.add_all(["ed", "ed"].map(User::named));
    let failed = session.query::<Address>().all().unwrap_err();
    assert_eq!(failed.database_kind(), Some(DatabaseErrorKind::UniqueViolation));
    assert!(failed.to_string().starts_with("User: "), "{failed}");
    session[twins[1]].name = "twin".into();
    assert!(session.query::<Address>().all()?.is_empty());
    session.commit()
}

fn a_session_goes_on_after_many_rollbacks(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    for round in 0..50 {
        session.load(ed)?;
        session[ed].fullname = Some(round.to_string());
        session.add(User::with(&round.to_string(), &["a@x.org"]));
        session.flush()?;
        session.rollback()?;
    }
    assert_eq!(session.load(ed)?.fullname, None);
    let memory = session.memory();
    assert_eq!((memory.entities, memory.journal_entries), (1, 0));
    assert_eq!(session.query::<User>().count()?, 1);
    Ok(())
}

fn sessions_do_not_see_each_other_before_commit(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let (mut one, mut two) = (Session::new(&engine), Session::new(&engine));
    one.add(User::named("ed"));
    one.flush()?;
    assert_eq!(two.query::<User>().count()?, 0);
    two.rollback()?;
    one.commit()?;
    assert_eq!(two.query::<User>().count()?, 1);
    Ok(())
}

fn sessions_on_many_threads(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    std::thread::scope(|scope| {
        let work = |thread: usize| {
            let engine = &engine;
            move || -> Result<()> {
                let mut session = Session::new(engine);
                for number in 0..10 {
                    session.add(User::with(&format!("{thread}.{number}"), &["a@x.org"]));
                    session.commit()?;
                }
                Ok(())
            }
        };
        let threads: Vec<_> = (0..4).map(|thread| scope.spawn(work(thread))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    })?;
    let mut session = Session::new(&engine);
    assert_eq!((session.query::<User>().count()?, session.query::<Address>().count()?), (40, 40));
    assert_eq!(engine.pool_status().in_use, 1);
    Ok(())
}

fn work_without_autoflush(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add(User::named("ed"));
    assert_eq!(session.no_autoflush(|session| session.query::<User>().count())?, 0);
    assert_eq!(session.query::<User>().count()?, 1);
    Ok(())
}
