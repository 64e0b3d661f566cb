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
async fn walk(engine: &AsyncEngine) -> orm::Result<()> {
    engine.drop_all(schema![A, B]).await?;
    engine.create_all(schema![A, B]).await?;
    let recorder = engine.record();
    let mut session = AsyncSession::new(engine);
    add(&mut session).await?;
    session.close().await?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 2, 0, 0

    let lines = session.run_blocking(fetch_and_update).await?;
    assert_eq!(lines, LINES);
    assert_eq!(sent(&recorder), [5, 0, 0, 0]); // 5, 0, 0, 0

    session.commit().await?;
    assert_eq!(sent(&recorder), [0, 0, 1, 0]); // 0, 0, 1, 0
    let first = session.query::<A>().order_by(A::ID).first().await?.unwrap();
    assert_eq!(session[first].data.as_deref(), Some("new data"));
    Ok(())
}

const LINES: [&str; 8] = ["a1", "  b1", "  b2", "a2", "  b3", "a3", "  b4", "  b5"];

/// The routine is an ordinary one.
#[test]
fn the_same_routine_in_a_blocking_program() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![A, B])?;
    let mut session = Session::new(&engine);
    session.add_all([A::new("a1", ["b1", "b2"]), A::new("a2", ["b3"]), A::new("a3", ["b4", "b5"])]);
    session.commit()?;
    assert_eq!(fetch_and_update(&mut session)?, LINES);
    session.commit()
}

#[tokio::test]
async fn on_sqlite() -> orm::Result<()> {
    walk(&AsyncEngine::new("sqlite://")?).await
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(feature = "postgres")]
async fn on_postgresql() -> orm::Result<()> {
    let Ok(url) = std::env::var("ORM_POSTGRES_URL") else {
        eprintln!("skipped: set ORM_POSTGRES_URL to a database to play in");
        return Ok(());
    };
    // Whatever else is in that database stays as it is.
    let engine = AsyncEngine::builder(url)
        .on_connect(|connection| {
            connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_greenlet_orm"))?;
            connection.execute(&text("SET search_path TO recipe_greenlet_orm")).map(drop)
        })
        .build_async()?;
    walk(&engine).await
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(feature = "mysql")]
async fn on_mariadb_and_mysql() -> orm::Result<()> {
    for variable in ["ORM_MARIADB_URL", "ORM_MYSQL_URL"] {
        let Ok(url) = std::env::var(variable) else {
            eprintln!("skipped: set {variable} to a server to play on");
            continue;
        };
        let engine = AsyncEngine::builder(url)
            .on_connect(|connection| {
                connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_greenlet_orm"))?;
                connection.execute(&text("USE recipe_greenlet_orm")).map(drop)
            })
            .build_async()?;
        walk(&engine).await?;
    }
    Ok(())
}
