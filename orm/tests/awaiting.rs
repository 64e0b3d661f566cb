//! Engines that are awaited: pool, connections, streams, calls that are given up, and the way back to code that blocks. On SQLite, and on the
//! servers that `ORM_POSTGRES_URL`, `ORM_MARIADB_URL` and `ORM_MYSQL_URL` name.

#![cfg(feature = "async")]
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "awaiting/bridge.rs"]
mod bridge;
#[path = "awaiting/given_up.rs"]
mod given_up;
#[path = "awaiting/pool.rs"]
mod pool;
#[path = "awaiting/servers.rs"]
mod servers;

use orm::engine::{AsyncConnection, AsyncEngine, DialectName, EngineBuilder};
use orm::{Isolation, Result, StatementKind, text};

/// A database in memory.
fn memory() -> AsyncEngine {
    AsyncEngine::new("sqlite://").unwrap()
}

/// One of each database that there is, several connections each; SQLite in a file.
fn everywhere(configure: impl Fn(EngineBuilder) -> EngineBuilder) -> Vec<AsyncEngine> {
    let mut urls = Vec::new();
    if cfg!(feature = "sqlite") {
        let file = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        // SQLite makes it again.
        urls.push(format!("sqlite:///{}.db", file.display()));
    }
    for (built_in, variable) in [
        (cfg!(feature = "postgres"), "ORM_POSTGRES_URL"),
        (cfg!(feature = "mysql"), "ORM_MARIADB_URL"),
        (cfg!(feature = "mysql"), "ORM_MYSQL_URL"),
    ] {
        match std::env::var(variable) {
            Ok(url) if built_in => urls.push(url),
            _ => eprintln!("skipped: {variable} is not set, or its feature is off"),
        }
    }
    urls.iter().map(|url| configure(AsyncEngine::builder(url)).build_async().unwrap()).collect()
}

/// A table of the test's own, in the schema that all share.
async fn table(engine: &AsyncEngine, name: &str) -> Result<()> {
    let mut connection = engine.connect().await?;
    if engine.dialect() == DialectName::Mysql {
        connection.execute(&text("CREATE DATABASE IF NOT EXISTS orm_awaiting")).await?;
    }
    connection.execute(&text(format!("DROP TABLE IF EXISTS {}", named(engine, name)))).await?;
    connection.execute(&text(format!("CREATE TABLE {} (x BIGINT PRIMARY KEY)", named(engine, name)))).await?;
    Ok(())
}

/// What the table is called there.
fn named(engine: &AsyncEngine, name: &str) -> String {
    if engine.dialect() == DialectName::Mysql { format!("orm_awaiting.{name}") } else { name.to_owned() }
}

async fn insert(connection: &mut AsyncConnection, name: &str, x: i64) -> Result<usize> {
    let table = named(connection.engine(), name);
    connection.execute(&text(format!("INSERT INTO {table} (x) VALUES (:x)")).bind("x", x)).await
}

async fn count(engine: &AsyncEngine, name: &str) -> Result<i64> {
    let sql = text(format!("SELECT COUNT(*) FROM {}", named(engine, name)));
    engine.connect().await?.query(&sql).await?[0].get(0)
}

/// Numbers from 1, made by the database.
fn numbers(last: i64) -> orm::engine::TextClause {
    text("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :last) SELECT x FROM n")
        .bind("last", last)
}

#[tokio::test]
async fn statements_are_awaited_and_recorded() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        table(&engine, "recorded").await?;
        let recorder = engine.record();
        let mut connection = engine.connect().await?;
        assert_eq!(insert(&mut connection, "recorded", 7).await?, 1);
        let rows = connection.query(&text(format!("SELECT x FROM {}", named(&engine, "recorded")))).await?;
        assert_eq!(rows[0].get::<i64>(0)?, 7);
        let statements = recorder.statements();
        assert_eq!((statements.count(StatementKind::Insert), statements.count(StatementKind::Select)), (1, 1));
    }
    Ok(())
}

#[tokio::test]
async fn a_scope_commits_or_rolls_back() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        table(&engine, "scope").await?;
        engine.begin(async |connection| insert(connection, "scope", 1).await).await?;
        let failed = engine
            .begin(async |connection| {
                insert(connection, "scope", 2).await?;
                insert(connection, "scope", 2).await
            })
            .await;
        assert!(failed.unwrap_err().database_kind().is_some());
        assert_eq!(count(&engine, "scope").await?, 1);
        assert_eq!(engine.pool_status().in_use, 0);
    }
    Ok(())
}

#[tokio::test]
async fn savepoints_and_isolation_levels_are_those_of_blocking_connections() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        table(&engine, "savepoints").await?;
        let mut connection = engine.connect().await?;
        connection.begin_with(Isolation::Serializable).await?;
        insert(&mut connection, "savepoints", 1).await?;
        connection.savepoint("one").await?;
        insert(&mut connection, "savepoints", 2).await?;
        connection.rollback_to("one").await?;
        connection.release("one").await?;
        connection.commit().await?;
        assert!(connection.rollback_to("one").await.is_err());
        drop(connection);
        assert_eq!(count(&engine, "savepoints").await?, 1);
    }
    Ok(())
}

#[tokio::test]
async fn rows_come_one_by_one() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        let mut connection = engine.connect().await?;
        let query = numbers(900);
        let mut rows = connection.stream(&query).await?;
        let mut sum = 0;
        while let Some(row) = rows.next().await? {
            sum += row.get::<i64>(0)?;
        }
        assert_eq!(sum, 900 * 901 / 2);
        assert!(rows.next().await?.is_none());
        drop(rows);
        let refused = text("SELECT nothing FROM nowhere");
        assert!(connection.stream(&refused).await.is_err());
        assert_eq!(connection.query(&text("SELECT 1 AS one")).await?[0].get::<i64>("one")?, 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_done_in_a_spawned_task() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        table(&engine, "spawned").await?;
        let task = tokio::spawn(async move {
            engine.begin(async |connection| insert(connection, "spawned", 1).await).await?;
            let mut connection = engine.connect().await?;
            connection.begin().await?;
            let query = numbers(3);
            let mut rows = connection.stream(&query).await?;
            while rows.next().await?.is_some() {}
            drop(rows);
            let table = named(&engine, "spawned");
            let insert = text(format!("INSERT INTO {table} (x) VALUES (:x)"));
            connection.execute_many(insert, [[("x", 2)], [("x", 3)]]).await?;
            connection.rollback().await?;
            count(&engine, "spawned").await
        });
        assert_eq!(task.await.unwrap()?, 1);
    }
    Ok(())
}

#[test]
fn without_a_runtime_the_error_says_so() {
    let engine = memory();
    let mut connecting = std::pin::pin!(engine.connect());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = connecting.as_mut().poll(&mut context) else {
        panic!("it waits for a runtime that is not there");
    };
    assert!(error.to_string().contains("tokio runtime"), "{error}");
    assert!(engine.blocking().unwrap_err().to_string().contains("tokio runtime"));
}
