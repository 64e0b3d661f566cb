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

async fn walk(engine: &AsyncEngine) -> orm::Result<()> {
    engine.drop_all(schema![Thing]).await?;
    engine.create_all(schema![Thing]).await?;
    let recorder = engine.record();
    let both = [(1, "some name 1".to_owned()), (2, "some name 2".to_owned())];

    name_things(engine).await?;
    assert_eq!(sent(&recorder), [0, 1, 0, 0]);

    assert_eq!(all_at_once(engine).await?, both);
    assert_eq!(one_by_one(engine).await?, both);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]);
    Ok(())
}

#[tokio::test]
async fn a_scope_that_fails_leaves_nothing() -> orm::Result<()> {
    let engine = AsyncEngine::new("sqlite://")?;
    engine.create_all(schema![Thing]).await?;
    let failed: orm::Result<()> = engine
        .begin(async |connection| {
            connection.execute(&insert("t1").set(Thing::NAME, "nobody")).await?;
            Err(orm::Error::invalid("on second thought"))
        })
        .await;
    assert!(failed.unwrap_err().to_string().contains("on second thought"));
    assert_eq!(all_at_once(&engine).await?, []);
    Ok(())
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
            connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_async_basic"))?;
            connection.execute(&text("SET search_path TO recipe_async_basic")).map(drop)
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
                connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_async_basic"))?;
                connection.execute(&text("USE recipe_async_basic")).map(drop)
            })
            .build_async()?;
        walk(&engine).await?;
    }
    Ok(())
}
