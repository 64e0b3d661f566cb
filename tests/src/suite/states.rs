//! What an entity is to its session: the states, what changed, and what leaves.

use orm::prelude::*;
use orm::unit::State;
use orm::{Error, KeyProblem, Result};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_silence, check_words};

cases![
    states_follow_the_life_of_a_row,
    pending_dirty_and_deleted_are_listed_in_order,
    an_edit_back_to_the_same_value_is_no_change,
    history_has_values_before_and_after,
    an_unchanged_entity_is_not_written,
    only_changed_columns_are_written,
    expunge_hands_the_value_back,
    expunge_follows_its_cascade,
    close_drops_everything_and_starts_anew,
    a_key_of_another_session_is_refused,
    a_stale_key_is_refused,
    a_pending_entity_cannot_be_deleted,
    an_edit_of_what_was_deleted_is_not_written,
    a_session_may_move_between_threads,
    memory_tells_what_is_held,
];

fn session(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

fn problem(error: &Error) -> KeyProblem {
    match error {
        Error::UnknownKey { problem, .. } => *problem,
        other => panic!("{other}"),
    }
}

fn an_edit_of_what_was_deleted_is_not_written(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    session.load(ed)?;
    session.delete(ed)?;
    session.flush()?;
    assert_eq!(session.load(ed)?.name, "ed");
    session[ed].name = "edwin".into();
    assert!(!session.is_modified(ed)?);
    session.flush()?;
    session.rollback()?;
    assert_eq!(session.load(ed)?.name, "ed");
    session.delete(ed)?;
    session.commit()?;
    assert_eq!(problem(&session.load(ed).unwrap_err()), KeyProblem::Gone);
    Ok(())
}

fn states_follow_the_life_of_a_row(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    assert_eq!(session.state(ed)?, State::Pending);
    session.flush()?;
    assert_eq!(session.state(ed)?, State::Persistent);
    session.delete(ed)?;
    assert_eq!(session.state(ed)?, State::Deleting);
    session.flush()?;
    assert_eq!(session.state(ed)?, State::Deleted);
    session.commit()?;
    assert!(!session.contains(ed));
    Ok(())
}

fn pending_dirty_and_deleted_are_listed_in_order(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let users = session.add_all(["a", "b", "c", "d"].map(User::named));
    assert_eq!(session.pending::<User>(), users);
    session.flush()?;
    session[users[2]].fullname = Some("C".into());
    session[users[0]].fullname = Some("A".into());
    session.delete(users[3])?;
    session.delete(users[1])?;
    assert_eq!(session.dirty::<User>(), [users[2], users[0]]);
    assert_eq!(session.deleted::<User>(), [users[3], users[1]]);
    session.flush()?;
    assert!(session.pending::<User>().is_empty() && session.dirty::<User>().is_empty());
    assert!(session.deleted::<User>().is_empty());
    Ok(())
}

fn an_edit_back_to_the_same_value_is_no_change(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    session[ed].name = "edward".into();
    assert!(session.is_modified(ed)?);
    session[ed].name = "ed".into();
    assert!(!session.is_modified(ed)?);
    assert!(session.dirty::<User>().is_empty());
    Ok(())
}

fn history_has_values_before_and_after(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    assert!(session.history(ed)?.iter().all(|change| change.before.is_none()));
    session.flush()?;
    assert!(session.history(ed)?.is_empty());
    session[ed].fullname = Some("Ed Jones".into());
    let history = session.history(ed)?;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].column, "fullname");
    assert_eq!(history[0].before, Some(Value::Null));
    assert_eq!(history[0].after, Value::Text("Ed Jones".into()));
    Ok(())
}

fn an_unchanged_entity_is_not_written(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    let recorder = session.engine().record();
    session[ed].name = "ed".into();
    session.flush()?;
    check_silence(&recorder);
    Ok(())
}

fn only_changed_columns_are_written(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    session.load(ed)?;
    let recorder = session.engine().record();
    session[ed].fullname = Some("Ed".into());
    session.flush()?;
    check_words(db, &recorder, &["UPDATE user_account SET fullname = ? WHERE user_account.id = ?"]);
    Ok(())
}

fn expunge_hands_the_value_back(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    session.load(ed)?;
    session[ed].fullname = Some("never written".into());
    let value = session.expunge(ed)?;
    assert_eq!((value.id, value.name.as_str()), (Auto::from(1), "ed"));
    session.commit()?;
    assert_eq!(session.scalar(select(User::FULLNAME))?, Some(None));
    Ok(())
}

fn expunge_follows_its_cascade(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::with("ed", &["a@x.org", "b@x.org"]));
    session.flush()?;
    let addresses = session.rel(ed, User::ADDRESSES).load()?;
    session.expunge(ed)?;
    assert!(addresses.iter().all(|address| !session.contains(*address)));
    assert_eq!(session.memory().entities, 0);
    Ok(())
}

fn close_drops_everything_and_starts_anew(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    session.close()?;
    assert!(!session.contains(ed) && !session.in_transaction());
    assert_eq!(session.query::<User>().count()?, 0);
    let again = session.add(User::named("ed"));
    session.commit()?;
    assert_eq!(session.query::<User>().all()?, [again]);
    Ok(())
}

fn a_key_of_another_session_is_refused(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    let (mut one, mut other) = (Session::new(&engine), Session::new(&engine));
    let ed = one.add(User::named("ed"));
    let wendy = other.add(User::named("wendy"));
    assert_eq!(problem(&other.peek(ed).unwrap_err()), KeyProblem::OtherSession);
    assert_eq!(problem(&other.delete(ed).unwrap_err()), KeyProblem::OtherSession);
    let address = other.add(Address::at("a@x.org"));
    assert_eq!(problem(&other.rel(address, Address::USER).set(ed).unwrap_err()), KeyProblem::OtherSession);
    assert_eq!(other.peek(wendy)?.name, "wendy");
    Ok(())
}

fn a_stale_key_is_refused(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    session.expunge(ed)?;
    // The place is taken again, the key is not honored again.
    let wendy = session.add(User::named("wendy"));
    assert_ne!(ed, wendy);
    assert_eq!(problem(&session.peek(ed).unwrap_err()), KeyProblem::Gone);
    assert_eq!(problem(&session.load(ed).unwrap_err()), KeyProblem::Gone);
    assert_eq!(problem(&session.rel(ed, User::ADDRESSES).load().unwrap_err()), KeyProblem::Gone);
    session.commit()?;
    assert_eq!(session.query::<User>().count()?, 1);
    Ok(())
}

fn a_pending_entity_cannot_be_deleted(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::named("ed"));
    let refused = session.delete(ed).unwrap_err();
    assert!(refused.to_string().contains("expunge()"), "{refused}");
    session.commit()?;
    assert_eq!(session.query::<User>().count()?, 1);
    Ok(())
}

fn a_session_may_move_between_threads(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    let ed = session.add(User::with("ed", &["a@x.org"]));
    session.flush()?;
    let moved = std::thread::spawn(move || session.rel(ed, User::ADDRESSES).load().map(|found| found.len()));
    assert_eq!(moved.join().expect("the thread does not panic")?, 1);
    Ok(())
}

fn memory_tells_what_is_held(db: &Db) -> Result<()> {
    let mut session = session(db)?;
    session.add_all((0..10).map(|number| User::named(&number.to_string())));
    session.commit()?;
    let memory = session.memory();
    assert_eq!((memory.entities, memory.journal_entries), (10, 0));
    let recorder = session.engine().record();
    session.expunge_all();
    assert_eq!(session.memory().entities, 0);
    check_silence(&recorder);
    Ok(())
}
