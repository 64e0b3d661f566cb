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
    let mut session = AsyncSession::builder(engine).expire_on_commit(false).build();

    add(&mut session).await?;
    // Where an INSERT cannot say which dates the database made, it is asked.
    let asked = usize::from(!engine.capabilities().insert_returning);
    assert_eq!(sent(&recorder), [asked, 2, 0, 0]); // 0, 2, 0, 0
    session.close().await?;

    let found = all_at_once(&mut session).await?;
    assert_eq!(names(&found), ["a1", "  b1", "  b2", "a2", "  b3", "a3", "  b4", "  b5"]);
    assert!(found[0].contains(", created 20"), "the database dated it: {}", found[0]);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    assert_eq!(streamed(&mut session).await?, found);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 2, 0, 0, 0

    let first = change_the_first(&mut session).await?;
    assert_eq!(sent(&recorder), [1, 0, 1, 0]); // 1, 0, 1, 0

    assert_eq!(session.rel(first, A::BS).load().await?.len(), 2);
    assert_eq!(sent(&recorder), [0, 0, 0, 0]); // 1, 0, 0, 0

    // Who begins with nothing loads where it is asked for.
    let mut other = AsyncSession::new(engine);
    let first = other.get::<A>(1).await?.unwrap();
    assert_eq!(other.rel(first, A::BS).load().await?.len(), 2);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]);
    Ok(())
}

fn names(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.split(", created").next().unwrap_or(line)).collect()
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
            connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_async_orm"))?;
            connection.execute(&text("SET search_path TO recipe_async_orm")).map(drop)
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
                connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_async_orm"))?;
                connection.execute(&text("USE recipe_async_orm")).map(drop)
            })
            .build_async()?;
        walk(&engine).await?;
    }
    Ok(())
}
