//! Tests of each step: its result and its number of statements.

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![A, B, C])?;
    engine.create_all(schema![A, B, C])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    let built = build(&mut session)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 3, 0, 0]); // 0, 5, 0, 0

    let a = session.query::<A>().one()?;
    assert_eq!(a, built);
    assert_eq!(set(&mut session, a, "1")?, [1, 2, 3]);
    assert_eq!(sent(&recorder), [3, 0, 0, 0]); // 3, 0, 0, 0

    session.proxy(a, A::COLLECTIONS).entry("1")?.insert(4)?;
    assert!(!session.proxy(a, A::COLLECTIONS).entry("1")?.insert(4)?, "a number is in a set once");
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 1, 0, 0]); // 0, 1, 0, 0

    session.proxy(a, A::COLLECTIONS).entry("2")?.extend([7, 8, 9])?;
    session.commit()?;
    assert_eq!(sent(&recorder), [1, 2, 0, 0]); // 2, 4, 0, 0

    assert_eq!(set(&mut session, a, "2")?, [7, 8, 9]);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 3, 0, 0, 0

    assert_eq!(set(&mut session, a, "1")?, [1, 2, 3, 4]);
    assert_eq!(session.proxy(a, A::COLLECTIONS).keys()?, ["1", "2"]);
    let rows = (session.query::<A>().count()?, session.query::<B>().count()?, session.query::<C>().count()?);
    assert_eq!(rows, (1, 2, 7));
    assert_eq!(session.query::<A>().filter(A::COLLECTIONS.any(C::VALUE.eq(8))).all()?, [a]);
    assert_eq!(session.query::<A>().filter(A::COLLECTIONS.any(C::VALUE.eq(80))).count()?, 0);
    Ok(())
}

#[test]
fn a_map_of_sets_is_stored_in_three_tables() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
