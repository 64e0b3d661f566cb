//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

fn ids(session: &Session, children: &[Key<Child>]) -> Vec<i64> {
    children.iter().map(|child| session[*child].id.get().unwrap()).collect()
}

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Parent, Child])?;
    engine.create_all(schema![Parent, Child])?;
    let recorder = engine.record();
    fixture(engine)?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 7, 0, 0

    let mut session = Session::new(engine);
    let around_17 = temporal_range(october(16, 12), october(18, 12));
    let second = session.query::<Parent>().options(around_17.clone()).one()?;
    assert_eq!(session[second].id, Auto::Set(2));
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1
    let children = session.rel(second, Parent::CHILDREN).load()?;
    assert_eq!(ids(&session, &children), [5]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1

    session.expire_all();
    let again = session.query::<Parent>().options((around_17, selectin(Parent::CHILDREN))).one()?;
    assert_eq!(again, second);
    let children = session.rel(again, Parent::CHILDREN).load()?;
    assert_eq!(ids(&session, &children), [5]);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2

    session.expire_all();
    let parents = with_child(&mut session, 2)?;
    assert_eq!(parents.iter().map(|parent| session[*parent].id.get().unwrap()).collect::<Vec<_>>(), [1]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1
    let children = session.rel(parents[0], Parent::CHILDREN).load()?;
    assert_eq!(ids(&session, &children), [1, 2]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1
    assert_eq!(with_child(&mut session, 3)?, [], "that child is of the 20th");
    Ok(())
}

#[test]
fn a_range_travels_with_lazy_loads() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
