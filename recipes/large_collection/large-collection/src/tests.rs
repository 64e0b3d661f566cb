//! Tests of each step: its result and its number of statements.

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings. They were measured with SQLAlchemy 1.4 on SQLite.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Organization, Member])?;
    engine.create_all(schema![Organization, Member])?;
    let recorder = engine.record();
    let mut session = Session::new(engine);

    let organization = session.add(Organization { name: "org one".to_owned(), ..Organization::default() });
    add_members(&mut session, organization, ["one", "two", "three"])?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 4, 0, 0

    assert_eq!(members_like(&mut session, organization, "member t%")?, ["member two", "member three"]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    add_members(&mut session, organization, ["four", "five", "six"])?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 1, 0, 0]); // 0, 3, 0, 0

    session.delete(organization)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 0, 0, 1]); // 0, 0, 0, 1
    assert_eq!(session.query::<Member>().count()?, 0);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    // A session that finds the organization does not know its members, deletes it by one statement all the same, and loads nothing by accident.
    session.add(Organization { name: "org two".to_owned(), ..Organization::default() });
    session.commit()?;
    session.expunge_all();
    let organization = session.query::<Organization>().one()?;
    add_members(&mut session, organization, ["one", "two", "three"])?;
    session.commit()?;
    session.expunge_all();
    let organization = session.query::<Organization>().one()?;
    assert!(matches!(session.rel(organization, Organization::MEMBERS).load(), Err(orm::Error::RaisedLoad { .. })));
    recorder.take();
    session.delete(organization)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 0, 0, 1]);
    assert_eq!(session.query::<Member>().count()?, 0);
    Ok(())
}

#[test]
fn members_are_never_loaded_all() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
