//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Node, Edge])?;
    engine.create_all(schema![Node, Edge])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    let nodes @ [n1, n2, n3, _, n5, n6, n7] = build(&mut session);
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 8, 0, 0
    assert_eq!(nodes.map(|node| session[node].node_id.get().unwrap()), [1, 2, 3, 4, 5, 6, 7]);

    assert_eq!(higher_neighbors(&mut session, n3)?, [n6]);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 3, 0, 0, 0
    assert_eq!(lower_neighbors(&mut session, n3)?, [n1]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 2, 0, 0, 0
    assert_eq!(lower_neighbors(&mut session, n2)?, [n1]);
    assert_eq!(sent(&recorder), [0, 0, 0, 0]); // 2, 0, 0, 0
    assert_eq!(higher_neighbors(&mut session, n2)?, [n1, n5, n7]);
    assert_eq!(sent(&recorder), [0, 0, 0, 0]); // 3, 0, 0, 0
    Ok(())
}

#[test]
fn neighbors_are_found_in_few_statements() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
