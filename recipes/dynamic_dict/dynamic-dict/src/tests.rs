//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Parent, Child])?;
    engine.create_all(schema![Parent, Child])?;
    let recorder = engine.record();
    let mut session = Session::new(engine);
    let parent = session.add(Parent { name: "p1".to_owned(), ..Parent::default() });
    let map = ChildMap(parent);

    map.set(&mut session, "k1")?;
    assert_eq!(sent(&recorder), [1, 1, 0, 0]); // 1, 1, 0, 0
    let before = map.set(&mut session, "k2")?;
    assert_eq!(sent(&recorder), [1, 1, 0, 0]); // 1, 1, 0, 0
    assert_eq!(map.keys(&mut session)?, ["k1", "k2"]);
    assert_eq!(sent(&recorder), [1, 1, 0, 0]); // 1, 1, 0, 0
    let found = map.get(&mut session, "k1")?.unwrap();
    assert_eq!(session[found].key, "k1");
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    let after = map.set(&mut session, "k2")?;
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0
    assert_eq!(map.get(&mut session, "k2")?, Some(after));
    assert_ne!(before, after);
    assert_eq!(sent(&recorder), [1, 1, 0, 1]); // 1, 1, 0, 1
    assert_eq!(map.keys(&mut session)?, ["k1", "k2"]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0
    assert_eq!(map.get(&mut session, "k3")?, None);

    // Until here the session knew the children of its new parent. Now nothing is known of them, and nothing is loaded.
    session.commit()?;
    session.expunge_all();
    let parent = session.query::<Parent>().one()?;
    let map = ChildMap(parent);
    map.set(&mut session, "k3")?;
    assert_eq!(map.keys(&mut session)?, ["k1", "k2", "k3"]);
    assert!(session[parent].children.loaded().is_none(), "the collection is not loaded");
    assert!(matches!(session.rel(parent, Parent::CHILDREN).load(), Err(orm::Error::RaisedLoad { .. })));
    Ok(())
}

#[test]
fn each_operation_is_a_query() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
