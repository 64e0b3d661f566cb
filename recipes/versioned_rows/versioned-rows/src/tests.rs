//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings: 6, 5, 1, 0 in all. The example is read before its change here, and the parent and the child by
/// one statement.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Example, Parent, Child])?;
    engine.create_all(schema![Example, Parent, Child])?;
    let recorder = engine.record();
    let mut session = sessions(engine).build();
    let example = session.add(Example { data: "e1".to_owned(), ..Example::default() });
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 1, 0, 0]); // 0, 1, 0, 0

    session.load(example)?;
    session[example].data = "e2".to_owned();
    session.commit()?;
    assert_eq!(sent(&recorder), [1, 1, 0, 0]); // 0, 1, 0, 0
    assert_eq!(examples(&mut session)?, [(1, "e1".to_owned()), (2, "e2".to_owned())]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    let child = BelongsTo::new(Child { data: "c1".to_owned(), ..Child::default() });
    let parent = session.add(Parent { child, ..Parent::default() });
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 2, 0, 0

    change_child(&mut session)?;
    assert_eq!(sent(&recorder), [2, 1, 1, 0]); // 3, 1, 1, 0
    assert_eq!(children(&mut session)?, [(1, "c1".to_owned()), (2, "c2".to_owned())]);
    assert_eq!(child_of(&mut session, parent)?, 2);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0
    Ok(())
}

#[test]
fn old_rows_stay_and_the_parent_follows() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}

/// An edit of expired memory could write old values into the new row.
#[test]
fn an_expired_example_is_loaded_first() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Example, Parent, Child])?;
    let mut session = sessions(&engine).build();
    let example = session.add(Example { data: "e1".to_owned(), ..Example::default() });
    session.commit()?;
    session[example].data = "e2".to_owned();
    let refused = session.commit().unwrap_err().to_string();
    assert!(refused.contains("before_flush") && refused.contains("`session.load(key)?` before the edit"), "{refused}");
    Ok(())
}
