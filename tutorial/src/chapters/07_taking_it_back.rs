//! Chapter 7: rollback, savepoints, and flushes that fail.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: user
#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50, unique)]
    name: String,
}

fn user(name: &str) -> User {
    User { name: name.into(), ..User::default() }
}
// ANCHOR_END: user

// ANCHOR: rollback
fn rollback(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    session[ed].name = "edwardo".into();
    let fake = session.add(user("fake"));
    assert_eq!(session.query::<User>().count()?, 2); // both changes were flushed

    let mut back = session.rollback()?;
    assert_eq!(session.load(ed)?.name, "ed"); // as in the database
    assert!(!session.contains(fake));
    assert_eq!(back.take(fake).map(|fake| fake.name), Some("fake".to_owned())); // a value
    Ok(())
}
// ANCHOR_END: rollback

// ANCHOR: nested
fn nested(session: &mut Session) -> orm::Result<Vec<String>> {
    let mut refused = Vec::new();
    for name in ["wendy", "ed", "mary"] {
        let outcome = session.nested(|session| {
            session.add(user(name));
            session.flush()
        });
        if let Err(error) = outcome {
            refused.push(format!("{name}: {}", error.code())); // the others stay
        }
    }
    session.commit()?;
    Ok(refused)
}
// ANCHOR_END: nested

// ANCHOR: savepoint
fn savepoint(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    session[ed].name = "eddie".into();
    let savepoint = session.begin_nested()?; // flushes first
    session[ed].name = "somebody".into();
    session.flush()?;
    session.rollback_to(savepoint)?;
    assert_eq!(session.load(ed)?.name, "eddie"); // what stood before the savepoint stays
    session.commit()
}
// ANCHOR_END: savepoint

// ANCHOR: mend
fn mend(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    session[ed].name = "ed".into();
    let twin = session.add(user("wendy"));
    let Err(error) = session.flush() else { unreachable!("wendy is taken") };
    assert_eq!(error.code(), "unique-violation");

    assert_eq!(session.state(twin)?, State::Pending); // nothing is lost
    session[twin].name = "wendy-2".into();
    session.commit() // the edit of ed is sent, too
}
// ANCHOR_END: mend

// ANCHOR: failed
fn failed(session: &mut Session) -> orm::Result<()> {
    session.add(user("mary")); // there is one
    session.commit()
}
// ANCHOR_END: failed

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    stage.engine().create_all(schema![User])?;
    let mut session = Session::new(stage.engine());
    let ed = session.add(user("ed"));
    session.commit()?;
    stage.step("rollback", || rollback(&mut session, ed))?;
    let refused = stage.step("nested", || nested(&mut session))?;
    assert_eq!(refused, ["ed: unique-violation"]);
    stage.step("savepoint", || savepoint(&mut session, ed))?;
    stage.step("mend", || mend(&mut session, ed))?;
    stage.refused("failed", || failed(&mut session))?;
    Ok(())
}
