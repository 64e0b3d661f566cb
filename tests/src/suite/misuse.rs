//! Keys and entities where they do not belong, and constraints that strike late.

use orm::prelude::*;
use orm::text as raw;
use orm::{DatabaseErrorKind, Error, KeyProblem, Result};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::{check_kinds, check_silence};

cases![
    a_reference_to_another_session_is_refused_at_the_flush,
    a_reference_to_an_expunged_entity_is_refused_at_the_flush,
    a_reference_to_a_deleted_entity_is_refused,
    a_member_that_is_deleted_is_no_member,
    an_isolation_level_that_is_not_there_is_refused,
    a_pending_entity_cannot_be_refreshed,
    an_incomplete_query_says_what_is_wrong,
    a_savepoint_of_another_session_is_refused,
    a_hook_that_fails_fails_the_call,
    a_closed_over_error_undoes_the_block,
    rolling_back_without_a_transaction_is_nothing,
    work_by_hand_is_part_of_the_transaction;
    [deferred_constraints]: a_commit_that_fails_can_be_rolled_back, a_constraint_that_strikes_at_commit_can_be_met,
];

fn users(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

/// An address in `session` whose user is `key`.
fn address_of(session: &mut Session, key: Key<User>) -> Key<Address> {
    session.add(Address { user: key.into(), ..Address::at("a@x.org") })
}

#[track_caller]
fn check_problem(error: &Error, expected: KeyProblem) {
    assert!(matches!(error, Error::UnknownKey { problem, .. } if *problem == expected), "{error}");
}

fn a_reference_to_another_session_is_refused_at_the_flush(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    let (mut one, mut two) = (Session::new(&engine), Session::new(&engine));
    let ed = one.add(User::named("ed"));
    let wendy = two.add(User::named("wendy"));
    let address = address_of(&mut two, ed);
    check_problem(&two.commit().unwrap_err(), KeyProblem::OtherSession);
    two.rel(address, Address::USER).set(wendy)?;
    two.commit()?;
    assert_eq!(two.all(select(User::NAME))?, ["wendy"]);
    Ok(())
}

fn a_reference_to_an_expunged_entity_is_refused_at_the_flush(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    session.expunge(ed)?;
    let address = address_of(&mut session, ed);
    check_problem(&session.commit().unwrap_err(), KeyProblem::Gone);
    session.rel(address, Address::USER).set(User::named("wendy"))?;
    session.commit()
}

fn a_reference_to_a_deleted_entity_is_refused(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let (ed, wendy) = (session.add(User::with("ed", &["a@x.org"])), session.add(User::named("wendy")));
    session.flush()?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    session.delete(wendy)?;
    session.flush()?;
    let refused = session.rel(address, Address::USER).set(wendy).map(drop).and_then(|()| session.flush());
    assert_eq!(refused.unwrap_err().database_kind(), Some(DatabaseErrorKind::ForeignKeyViolation));
    session.rel(address, Address::USER).set(ed)?;
    session.commit()?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [address]);
    Ok(())
}

fn a_member_that_is_deleted_is_no_member(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    let sales = session.add(Department::with("sales", &["ann", "bob"]));
    session.flush()?;
    let workers = session.rel(sales, Department::WORKERS).load()?;
    session.delete(workers[0])?;
    session.flush()?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, workers[1..]);
    session.commit()?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, workers[1..]);
    Ok(())
}

/// The tables, with a foreign key that is checked at COMMIT.
fn deferred(db: &Db) -> Result<Session> {
    let engine = db.builder("sqlite://").build()?;
    let recorder = engine.record();
    engine.create_all(schema![User, Address])?;
    let statements = recorder.take();
    let made = statements.sql().into_iter().find(|sql| sql.starts_with("CREATE TABLE address")).unwrap_or_default();
    let key = "REFERENCES user_account (id)";
    assert!(made.contains(key), "{made}");
    let mut connection = engine.connect()?;
    connection.execute(&raw("DROP TABLE address"))?;
    connection.execute(&raw(made.replace(key, &format!("{key} DEFERRABLE INITIALLY DEFERRED"))))?;
    drop(connection);
    Ok(Session::new(&engine))
}

fn a_commit_that_fails_can_be_rolled_back(db: &Db) -> Result<()> {
    let mut session = deferred(db)?;
    let address = session.add(Address { user: BelongsTo::by_id(99), ..Address::at("a@x.org") });
    session.flush()?;
    let refused = session.commit().unwrap_err();
    assert_eq!(refused.database_kind(), Some(DatabaseErrorKind::ForeignKeyViolation), "{refused}");
    let mut back = session.rollback()?;
    assert_eq!(back.take(address).map(|address| address.id.get()), Some(None));
    assert_eq!(session.query::<Address>().count()?, 0);
    session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    assert_eq!(session.query::<Address>().count()?, 1);
    Ok(())
}

fn a_constraint_that_strikes_at_commit_can_be_met(db: &Db) -> Result<()> {
    let mut session = deferred(db)?;
    session.add(Address { user: BelongsTo::by_id(7), ..Address::at("a@x.org") });
    session.flush()?;
    session.add(User { id: Auto::from(7), ..User::named("ed") });
    session.commit()?;
    assert_eq!(session.query::<Address>().count()?, 1);
    Ok(())
}

fn an_isolation_level_that_is_not_there_is_refused(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    let mut strict = Session::builder(&engine).isolation(Isolation::Serializable).build();
    strict.add(User::named("ed"));
    strict.commit()?;
    let mut odd = Session::builder(&engine).isolation(Isolation::RepeatableRead).build();
    match odd.query::<User>().count() {
        Ok(count) => assert!(engine.capabilities().isolation_levels && count == 1),
        Err(Error::Unsupported { dialect, instead, .. }) => {
            assert!(
                !engine.capabilities().isolation_levels && dialect == engine.capabilities().name && !instead.is_empty()
            );
        }
        Err(other) => panic!("{other}"),
    }
    Ok(())
}

fn a_pending_entity_cannot_be_refreshed(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    assert!(matches!(session.refresh(ed).unwrap_err(), Error::RowPending { .. }));
    assert!(matches!(session.expire(ed).unwrap_err(), Error::RowPending { .. }));
    assert_eq!(session.load(ed)?.name, "ed");
    session.commit()
}

fn an_incomplete_query_says_what_is_wrong(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let unbound = text("name = :name").typed::<bool>();
    let refused = session.query::<User>().filter(unbound).all().unwrap_err().to_string();
    assert!(refused.contains(":name"), "{refused}");
    let twice = session.all(select(User::NAME).join(User::ADDRESSES).join(User::ADDRESSES)).unwrap_err().to_string();
    assert!(twice.contains("alias"), "{twice}");
    let empty = session.execute(&insert("user_account").rows((User::NAME,), Vec::<(&str,)>::new()));
    assert!(matches!(empty.unwrap_err(), Error::InvalidRequest { .. }));
    assert_eq!(recorder.take().without_transactions().len(), 0);
    session.add(User::named("ed"));
    session.commit()
}

fn a_savepoint_of_another_session_is_refused(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let (mut one, mut two) = (Session::new(&engine), Session::new(&engine));
    let savepoint = one.begin_nested()?;
    assert!(two.rollback_to(savepoint).unwrap_err().to_string().contains("another session"));
    assert!(two.release(savepoint).is_err());
    one.release(savepoint)?;
    one.commit()
}

fn a_hook_that_fails_fails_the_call(db: &Db) -> Result<()> {
    let engine = db.builder("sqlite://").on_connect(|_| Err(Error::invalid("not today"))).build()?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::named("ed"));
    assert_eq!(session.flush().unwrap_err().to_string(), "not today");
    assert!(session.contains(ed));
    assert_eq!(engine.pool_status().in_use, 0);
    Ok(())
}

fn a_closed_over_error_undoes_the_block(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    let failed: Result<()> = session.nested(|session| {
        session[ed].name = "changed".into();
        session.rel(ed, User::ADDRESSES).push(Address::at("a@x.org"))?;
        // Nothing was flushed within.
        Err(Error::invalid("no"))
    });
    assert_eq!(failed.unwrap_err().to_string(), "no");
    assert_eq!(session[ed].name, "ed");
    session.commit()?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, []);
    Ok(())
}

fn rolling_back_without_a_transaction_is_nothing(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    assert!(session.rollback()?.is_empty());
    let ed = session.add(User::named("ed"));
    assert_eq!(session.rollback()?.take(ed).map(|ed| ed.name), Some("ed".to_owned()));
    check_silence(&recorder);
    Ok(())
}

fn work_by_hand_is_part_of_the_transaction(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add(User::named("ed"));
    let recorder = session.engine().record();
    let found = session.with_connection(|connection| {
        connection.execute(&raw("UPDATE user_account SET fullname = 'by hand'"))?;
        connection.query(&raw("SELECT fullname FROM user_account"))
    })?;
    assert_eq!(found[0].get::<String>(0)?, "by hand");
    check_kinds(&recorder, "begin insert update select");
    session.rollback()?;
    assert_eq!(session.query::<User>().count()?, 0);
    Ok(())
}
