//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Example, Parent, Child])?;
    engine.create_all(schema![Example, Parent, Child])?;
    let recorder = engine.record();
    let mut session = sessions(engine).build();
    let example = session.add(example("e1"));
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 1, 0, 0]); // 0, 1, 0, 0

    session.load(example)?;
    session[example].data = "e2".to_owned();
    session.commit()?;
    assert_eq!(sent(&recorder), [1, 1, 1, 0]); // 1, 1, 1, 0
    let versions = |one: &str, two: &str| [(1, 1, false, false, one.to_owned()), (1, 2, true, true, two.to_owned())];
    assert_eq!(examples(&mut session)?, versions("e1", "e2"));
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    let parent = session.add(Parent { child: BelongsTo::new(child("c1")), ..Parent::default() });
    session.commit()?;
    change_child(&mut session)?;
    assert_eq!(sent(&recorder), [2, 3, 2, 0]); // 4, 3, 2, 0
    assert_eq!(children(&mut session)?, versions("c1", "c2"));
    assert_eq!(child_of(&mut session, parent)?, (1, 2));
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0
    Ok(())
}

#[test]
fn versions_are_kept_and_one_is_current() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}

/// A flush that fails takes the UPDATE of the older versions back, too.
#[test]
fn a_failed_version_changes_nothing() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Example, Parent, Child])?;
    let mut session = sessions(&engine).build();
    let old = session.add(example("e1"));
    session.add(Example { version_id: 2, is_current_version: false, ..example("in the way") });
    session.commit()?;
    session.load(old)?;
    session[old].data = "e2".to_owned();
    session.flush().unwrap_err();
    session.rollback()?;
    let rows = session.all(select((Example::VERSION_ID, Example::IS_CURRENT_VERSION)).order_by(Example::VERSION_ID))?;
    assert_eq!(rows, [(1, true), (2, false)]);
    Ok(())
}
