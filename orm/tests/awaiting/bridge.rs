//! Code that blocks, on connections that are awaited.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use orm::{Error, Result, text};

use super::{count, everywhere, insert, memory, numbers, table};

#[tokio::test]
async fn a_blocking_view_shares_pool_and_listeners() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        table(&engine, "bridged").await?;
        let recorder = engine.record();
        let blocking = engine.blocking()?;
        let (url, opened) = (engine.url().clone(), engine.pool_status().open);
        let blocked = tokio::task::spawn_blocking(move || {
            assert_eq!(blocking.url(), &url);
            let rows = blocking.connect()?.query(&text("SELECT 1 AS one"))?;
            assert_eq!(blocking.pool_status().open, opened);
            rows[0].get::<i64>(0)
        });
        assert_eq!(blocked.await.unwrap()?, 1);
        assert_eq!(recorder.statements().len(), 1);
        engine.begin(async |connection| insert(connection, "bridged", 1).await).await?;
        assert_eq!(count(&engine, "bridged").await?, 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_task_must_not_block() -> Result<()> {
    let blocking = memory().blocking()?;
    let error = blocking.connect().unwrap_err();
    assert!(error.to_string().contains("must not block"), "{error}");
    Ok(())
}

/// A connection that has a runtime of its own, on the server that `ORM_POSTGRES_URL` names.
#[cfg(feature = "postgres")]
fn alone() -> Option<orm::Engine> {
    let Ok(url) = std::env::var("ORM_POSTGRES_URL") else {
        eprintln!("skipped: ORM_POSTGRES_URL is not set");
        return None;
    };
    Some(orm::Engine::new(url.replacen("://", "+tokio-postgres://", 1)).unwrap())
}

#[cfg(feature = "postgres")]
#[test]
fn a_runtime_of_a_connections_own_refuses_tasks_and_outlives_them() -> Result<()> {
    let Some(engine) = alone() else { return Ok(()) };
    let mut connection = engine.connect()?;
    connection.execute(&text("CREATE TEMPORARY TABLE mine (x BIGINT)"))?;
    connection.begin()?;
    connection.execute(&text("INSERT INTO mine (x) VALUES (1)"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (connection, refused) = runtime.block_on(async move {
        let refused = connection.query(&text("SELECT x FROM mine")).unwrap_err();
        // Another connection cannot be opened there either.
        assert!(engine.connect().unwrap_err().to_string().contains("must not block"));
        (connection, refused)
    });
    assert!(refused.to_string().contains("must not block"), "{refused}");
    // Nothing was sent, so nothing is broken.
    let mut connection = connection;
    assert_eq!(connection.query(&text("SELECT x FROM mine"))?.len(), 1);
    connection.commit()?;
    // It goes wherever its owner goes.
    let elsewhere = std::thread::spawn(move || connection.query(&text("SELECT x FROM mine")));
    assert_eq!(elsewhere.join().unwrap()?[0].get::<i64>(0)?, 1);
    Ok(())
}

/// Whoever takes the rows of one connection uses another.
fn use_another_meanwhile(engine: &orm::Engine) -> Result<()> {
    let (mut rows, mut other) = (engine.connect()?, engine.connect()?);
    let mut sum = 0;
    let count = rows.stream(&numbers(200), |row| {
        let x = row.i64(0).unwrap();
        sum += other.query(&text("SELECT :x + 1 AS next").bind("x", x))?[0].get::<i64>(0)?;
        engine.connect().map(drop)
    })?;
    assert_eq!((count, sum), (200, 200 * 201 / 2 + 200));
    Ok(())
}

#[tokio::test]
async fn whoever_takes_rows_may_use_another_connection() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        let blocking = engine.blocking()?;
        tokio::task::spawn_blocking(move || use_another_meanwhile(&blocking)).await.unwrap()?;
    }
    #[cfg(feature = "postgres")]
    if let Some(engine) = alone() {
        tokio::task::spawn_blocking(move || use_another_meanwhile(&engine)).await.unwrap()?;
    }
    Ok(())
}

#[cfg(feature = "postgres")]
#[test]
fn a_result_that_is_given_up_holds_no_locks() -> Result<()> {
    let Some(engine) = alone() else { return Ok(()) };
    engine.begin(|connection| {
        connection.execute(&text("DROP TABLE IF EXISTS bridge_large"))?;
        // More than lies ready between server and client.
        connection.execute(&text(
            "CREATE TABLE bridge_large AS SELECT x, repeat('x', 1000) AS y FROM generate_series(1, 50000) AS n(x)",
        ))
    })?;
    let (mut reader, mut other) = (engine.connect()?, engine.connect()?);
    let given_up = reader.stream(&text("SELECT x, y FROM bridge_large"), |_| Err(Error::invalid("enough")));
    assert!(given_up.unwrap_err().to_string().contains("enough"));
    other.execute(&text("SET lock_timeout = '2s'"))?;
    other.execute(&text("DROP TABLE bridge_large"))?;
    assert_eq!(reader.query(&text("SELECT 1"))?.len(), 1);
    Ok(())
}

/// PostgreSQL answers COMMIT with a silent rollback when a statement has failed, though nobody may have seen it: further on in a result than was read.
#[cfg(feature = "postgres")]
#[test]
fn a_failure_in_what_was_not_read_of_a_result_is_known_at_commit() -> Result<()> {
    let Some(engine) = alone() else { return Ok(()) };
    let stops = |connection: &mut orm::Connection, fails_at: i64| {
        let sql = "SELECT 1 / (:at - x), repeat('x', 1000) FROM generate_series(1, 20000) AS n(x)";
        let stopped = connection.stream(&text(sql).bind("at", fails_at), |_| Err(Error::invalid("enough")));
        assert!(stopped.unwrap_err().to_string().contains("enough"));
    };
    for engine in [engine, orm::Engine::new(std::env::var("ORM_POSTGRES_URL").unwrap())?] {
        let mut connection = engine.connect()?;
        connection.begin()?;
        stops(&mut connection, 10_000);
        assert!(matches!(connection.commit(), Err(Error::PendingRollback { .. })));
        connection.rollback()?;
        // Nothing fails here, and what a savepoint takes back has not.
        connection.begin()?;
        stops(&mut connection, 30_000);
        connection.commit()?;
        connection.begin()?;
        connection.savepoint("before")?;
        stops(&mut connection, 10_000);
        connection.rollback_to("before")?;
        connection.commit()?;
    }
    Ok(())
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_failure_behind_a_row_that_cannot_be_read_is_known_at_commit() -> Result<()> {
    let Ok(url) = std::env::var("ORM_POSTGRES_URL") else { return Ok(()) };
    let mut connection = orm::engine::AsyncEngine::new(url)?.connect().await?;
    connection.begin().await?;
    let sql = "SELECT point(1 / (10000 - x), 1), repeat('x', 1000) FROM generate_series(1, 20000) AS n(x)";
    assert!(matches!(connection.query(&text(sql)).await, Err(Error::Decode { .. })));
    assert!(matches!(connection.commit().await, Err(Error::PendingRollback { .. })));
    Ok(())
}

#[cfg(feature = "postgres")]
#[test]
fn a_copy_that_the_client_has_part_in_is_refused_and_costs_nothing() -> Result<()> {
    let Some(engine) = alone() else { return Ok(()) };
    for engine in [engine, orm::Engine::new(std::env::var("ORM_POSTGRES_URL").unwrap())?] {
        let mut connection = engine.connect()?;
        connection.execute(&text("CREATE TEMPORARY TABLE copied (x BIGINT)"))?;
        for sql in ["COPY copied FROM STDIN", "COPY (SELECT 1) TO STDOUT"] {
            assert!(matches!(connection.execute(&text(sql)), Err(Error::InvalidRequest { .. })));
            assert!(matches!(connection.query(&text(sql)), Err(Error::InvalidRequest { .. })));
        }
        assert!(connection.query(&text("SELECT x FROM copied"))?.is_empty());
    }
    Ok(())
}

#[cfg(feature = "postgres")]
#[test]
fn what_a_task_drops_with_a_runtime_of_its_own_is_closed_or_rolled_back() -> Result<()> {
    let Some(engine) = alone() else { return Ok(()) };
    let table = "bridge_alone";
    engine.begin(|connection| {
        connection.execute(&text(format!("DROP TABLE IF EXISTS {table}")))?;
        connection.execute(&text(format!("CREATE TABLE {table} (x BIGINT)")))
    })?;
    let mut connection = engine.connect()?;
    connection.begin()?;
    connection.execute(&text(format!("INSERT INTO {table} (x) VALUES (1)")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async move { drop(connection) });
    assert_eq!(engine.pool_status().in_use, 0);
    let rows = engine.connect()?.query(&text(format!("SELECT x FROM {table}")))?;
    assert!(rows.is_empty(), "{rows:?}");
    runtime.block_on(async move { drop(engine) });
    Ok(())
}

#[cfg(feature = "postgres")]
#[test]
fn a_thread_that_ends_leaves_its_connections_closed() -> Result<()> {
    thread_local! {
        static HELD: std::cell::RefCell<Option<orm::Connection>> = const { std::cell::RefCell::new(None) };
    }
    let Some(engine) = alone() else { return Ok(()) };
    let opener = engine.clone();
    let held = std::thread::spawn(move || {
        // Before tokio holds anything here, which so is gone when this is dropped.
        HELD.with(|held| held.replace(None));
        let mut connection = opener.connect()?;
        connection.begin()?;
        HELD.with(|held| held.replace(Some(connection)));
        Ok::<_, Error>(())
    });
    held.join().unwrap()?;
    let status = engine.pool_status();
    assert_eq!((status.open, status.in_use), (0, 0));
    assert_eq!(engine.connect()?.query(&text("SELECT 1"))?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_transaction_dropped_by_code_that_blocks_is_rolled_back() -> Result<()> {
    let engine = memory();
    table(&engine, "blocked").await?;
    let blocking = engine.blocking()?;
    let work = tokio::task::spawn_blocking(move || {
        let mut connection = blocking.connect()?;
        connection.begin()?;
        connection.execute(&text("INSERT INTO blocked (x) VALUES (1)"))
    });
    assert_eq!(work.await.unwrap()?, 1);
    assert_eq!(count(&engine, "blocked").await?, 0);
    Ok(())
}

#[tokio::test]
async fn hooks_see_every_new_connection_once() -> Result<()> {
    let seen = Arc::new(AtomicU32::new(0));
    let engines = everywhere(|builder| {
        let seen = Arc::clone(&seen);
        builder.on_connect(move |connection| {
            seen.fetch_add(1, Ordering::Relaxed);
            connection.query(&text("SELECT 1")).map(drop)
        })
    });
    for engine in &engines {
        let before = seen.load(Ordering::Relaxed);
        drop(engine.connect().await?);
        drop(engine.connect().await?);
        assert_eq!(seen.load(Ordering::Relaxed), before + 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_hook_that_fails_gives_the_connection_up() -> Result<()> {
    let refusing = |builder: orm::engine::EngineBuilder| builder.on_connect(|_| Err(Error::invalid("not today")));
    for engine in everywhere(refusing) {
        assert!(engine.connect().await.unwrap_err().to_string().contains("not today"));
        let status = engine.pool_status();
        assert_eq!((status.open, status.in_use), (0, 0));
    }
    Ok(())
}
