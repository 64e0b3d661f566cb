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
    engine.drop_all(schema![A]).await?;
    engine.create_all(schema![A]).await?;
    let recorder = engine.record();
    add(&mut AsyncSession::new(engine), 100).await?;
    assert_eq!(sent(&recorder)[1], 1); // 1 on PostgreSQL, 100 rows

    let mut session = AsyncSession::new(engine);
    let wanted = ["a_7", "a_99", "a_7", "a_0", "nobody"];
    let found = session.gather(wanted.map(query_for)).await?;
    assert_eq!(sent(&recorder), [5, 0, 0, 0]);

    let ids: Vec<Vec<i64>> =
        found.iter().map(|found| found.iter().filter_map(|a| session[*a].id.get()).collect()).collect();
    assert_eq!(ids, [vec![8], vec![100], vec![8], vec![1], vec![]]);
    assert_eq!(found[0], found[2], "one row, one entity");
    assert_eq!(session.get::<A>(100).await?, Some(found[1][0]));
    assert_eq!(sent(&recorder), [0; 4], "what was gathered is held");
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
            connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_gather_orm_statements"))?;
            connection.execute(&text("SET search_path TO recipe_gather_orm_statements")).map(drop)
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
                connection.execute(&text("CREATE SCHEMA IF NOT EXISTS recipe_gather_orm_statements"))?;
                connection.execute(&text("USE recipe_gather_orm_statements")).map(drop)
            })
            .build_async()?;
        walk(&engine).await?;
    }
    Ok(())
}
