//! What each step does to the tree, and how many statements it takes.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// The tree as the recipe prints it.
fn lines(session: &mut Session, root: Key<TreeNode>) -> orm::Result<Vec<String>> {
    let nodes = nodes(session, root)?;
    nodes.into_iter().map(|(level, node)| Ok(format!("{level} {}", describe(session, node)?))).collect()
}

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![TreeNode])?;
    engine.create_all(schema![TreeNode])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    let root = build(&mut session)?;
    let before = [
        "0 rootnode (id None, parent_id None)",
        "1 node1 (id None, parent_id None, parent rootnode)",
        "1 node3 (id None, parent_id None, parent rootnode)",
        "1 node2 (id None, parent_id None, parent rootnode)",
        "2 subnode1 (id None, parent_id None, parent rootnode/node2)",
        "2 subnode2 (id None, parent_id None, parent rootnode/node2)",
    ];
    assert_eq!(lines(&mut session, root)?, before);
    assert_eq!(recorder.take().sql(), [""; 0], "nothing is sent before the commit");

    session.commit()?;
    assert_eq!(sent(&recorder), [0, 3, 0, 0]); // 0, 6, 0, 0

    let saved = [
        "0 rootnode (id 1, parent_id None)",
        "1 node1 (id 2, parent_id 1, parent rootnode)",
        "1 node3 (id 3, parent_id 1, parent rootnode)",
        "1 node2 (id 4, parent_id 1, parent rootnode)",
        "2 subnode1 (id 5, parent_id 4, parent rootnode/node2)",
        "2 subnode2 (id 6, parent_id 4, parent rootnode/node2)",
    ];
    assert_eq!(lines(&mut session, root)?, saved);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 7, 0, 0, 0

    let node1 = child(&mut session, root, "node1")?;
    change(&mut session, root)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 3, 0, 1]); // 0, 4, 0, 1
    assert!(!session.contains(node1), "an orphan is gone");

    let changed = [
        "0 rootnode (id 1, parent_id None)",
        "1 node3 (id 3, parent_id 1, parent rootnode)",
        "1 node2 (id 4, parent_id 1, parent rootnode)",
        "2 subnode1 (id 5, parent_id 4, parent rootnode/node2)",
        "2 subnode2 (id 6, parent_id 4, parent rootnode/node2)",
        "1 node4 (id 7, parent_id 1, parent rootnode)",
        "2 subnode3 (id 8, parent_id 7, parent rootnode/node4)",
        "3 subsubnode1 (id 10, parent_id 8, parent rootnode/node4/subnode3)",
        "2 subnode4 (id 9, parent_id 7, parent rootnode/node4)",
    ];
    assert_eq!(lines(&mut session, root)?, changed);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 10, 0, 0, 0
    drop(session);

    let mut session = Session::new(engine);
    let root = find(&mut session)?;
    assert_eq!(sent(&recorder), [5, 0, 0, 0]); // 5, 0, 0, 0
    assert_eq!(lines(&mut session, root)?, changed);
    assert_eq!(sent(&recorder), [0, 0, 0, 0]);

    session.delete(root)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 0, 0, 4]); // 0, 0, 0, 4
    assert_eq!(session.query::<TreeNode>().count()?, 0);
    Ok(())
}

#[test]
fn the_tree_grows_and_falls_in_few_statements() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
