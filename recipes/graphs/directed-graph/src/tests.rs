//! What each step does, and how many statements it takes.
#![allow(clippy::unwrap_used, reason = "tests")]

use orm::{Recorder, StatementKind};

use super::*;

/// SELECT, INSERT, UPDATE and DELETE statements since the last call; asking MariaDB and MySQL for the keys that they made is not counted.
fn sent(recorder: &Recorder) -> [usize; 4] {
    let statements = recorder.take();
    let asked = statements.sql().iter().filter(|sql| sql.contains("LAST_INSERT_ID")).count();
    let [selects, inserts, updates, deletes] =
        [StatementKind::Select, StatementKind::Insert, StatementKind::Update, StatementKind::Delete]
            .map(|kind| statements.count(kind));
    [selects - asked, inserts, updates, deletes]
}

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
#[cfg(feature = "postgres")]
fn the_same_on_postgresql() -> orm::Result<()> {
    let Ok(url) = std::env::var("ORM_POSTGRES_URL") else {
        eprintln!("skipped: set ORM_POSTGRES_URL to a database to play in");
        return Ok(());
    };
    // Whatever else is in that database stays as it is.
    let engine = Engine::builder(url)
        .on_connect(|connection| {
            connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_directed_graph"))?;
            connection.execute(&text("SET search_path TO recipe_directed_graph")).map(drop)
        })
        .build()?;
    walk(&engine)
}

#[test]
#[cfg(feature = "mysql")]
fn the_same_on_mariadb_and_mysql() -> orm::Result<()> {
    for variable in ["ORM_MARIADB_URL", "ORM_MYSQL_URL"] {
        let Ok(url) = std::env::var(variable) else {
            eprintln!("skipped: set {variable} to a server to play on");
            continue;
        };
        // Whatever else is in that server stays as it is.
        let engine = Engine::builder(url)
            .on_connect(|connection| {
                connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_directed_graph"))?;
                connection.execute(&text("USE recipe_directed_graph")).map(drop)
            })
            .build()?;
        walk(&engine)?;
    }
    Ok(())
}
