//! Tests of each step: its result and its number of statements.

use recipe_testing::{sent, servers};

use super::*;

fn indented(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Node])?;
    engine.create_all(schema![Node])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    session.add_all(PATHS.map(Node::new));
    let lines = tree(&mut session, 1)?;
    let expected = ["1", "  2", "  3", "    4", "    5", "    6", "  7", "    11", "    8", "    9", "      10"];
    assert_eq!(indented(&lines), expected);
    assert_eq!(sent(&recorder), [2, 1, 0, 0]); // 2, 1, 0, 0

    move_to(&mut session, 7, 3)?;
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 3, 0, 1, 0
    let lines = tree(&mut session, 1)?;
    let expected =
        ["1", "  2", "  3", "    4", "    5", "    6", "    7", "      11", "      8", "      9", "        10"];
    assert_eq!(indented(&lines), expected);
    assert_eq!(sent(&recorder), [1, 0, 1, 0]); // 2, 0, 0, 0

    move_to(&mut session, 3, 2)?;
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 3, 0, 1, 0
    let lines = tree(&mut session, 1)?;
    let expected = [
        "1",
        "  2",
        "    3",
        "      4",
        "      5",
        "      6",
        "      7",
        "        11",
        "        8",
        "        9",
        "          10",
    ];
    assert_eq!(indented(&lines), expected);
    assert_eq!(sent(&recorder), [1, 0, 1, 0]); // 2, 0, 0, 0

    assert_eq!(ancestors(&mut session, 10)?, [1, 2, 3, 7, 9]);
    assert_eq!(ancestors(&mut session, 1)?, [0_i64; 0]);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0
    session.commit()
}

#[test]
fn subtrees_move_with_their_paths() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
