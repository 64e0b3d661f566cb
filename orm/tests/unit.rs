//! The unit of work as a program sees it, where edits, deletions and savepoints meet.
#![allow(missing_docs, reason = "tests")]

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Country {
    #[entity(primary_key)]
    code: String,
}

fn country(code: &str) -> Country {
    Country { code: code.to_owned() }
}

fn countries() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Country])?;
    Ok(Session::new(&engine))
}

#[test]
fn a_deleted_row_frees_the_key_that_it_had_whatever_was_assigned_since() -> orm::Result<()> {
    let mut session = countries()?;
    let old = session.add(country("su"));
    session.commit()?;
    session.load(old)?;
    session[old].code = "ru".into();
    session.delete(old)?;
    session.flush()?;
    assert_eq!(session.get::<Country>("su")?, None);
    let new = session.add(country("su"));
    session.flush()?;
    assert_eq!(session.get::<Country>("su")?, Some(new));
    session.rollback()?;
    assert_eq!(session.get::<Country>("su")?, Some(old));
    assert_eq!(session.get::<Country>("ru")?, None);
    Ok(())
}

#[test]
fn a_savepoint_takes_back_every_mark_for_deletion_also_of_what_was_expunged() -> orm::Result<()> {
    let mut session = countries()?;
    let (stays, leaves) = (session.add(country("fr")), session.add(country("dd")));
    session.commit()?;
    let savepoint = session.begin_nested()?;
    session.delete(stays)?;
    session.delete(leaves)?;
    session.expunge(leaves)?;
    session.rollback_to(savepoint)?;
    session.delete(stays)?;
    assert_eq!(session.deleted::<Country>(), [stays]);
    session.commit()?;
    assert_eq!(session.all(select(Country::CODE))?, ["dd"]);
    Ok(())
}
