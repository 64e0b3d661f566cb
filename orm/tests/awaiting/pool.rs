//! The pool: how many are open, who waits, and what becomes of a connection that comes back.

use std::time::Duration;

use orm::engine::AsyncEngine;
use orm::{Error, Result, text};

use super::{count, everywhere, insert, memory, table};

#[tokio::test]
async fn connections_are_counted_kept_and_closed() -> Result<()> {
    for engine in everywhere(|builder| builder.pool_size(1).max_overflow(1).pool_timeout(Duration::from_millis(50))) {
        let status = |engine: &AsyncEngine| {
            let status = engine.pool_status();
            (status.open, status.in_use)
        };
        assert_eq!(status(&engine), (0, 0));
        let one = engine.connect().await?;
        let two = engine.connect().await?;
        assert_eq!(status(&engine), (2, 2));
        assert!(matches!(engine.connect().await, Err(Error::PoolTimeout { limit: 2, .. })));
        drop(two);
        assert_eq!(status(&engine), (1, 1));
        drop(one);
        assert_eq!(status(&engine), (1, 0));
        engine.dispose();
        assert_eq!(status(&engine), (0, 0));
    }
    Ok(())
}

#[tokio::test]
async fn whoever_waits_gets_the_connection_that_comes_back() -> Result<()> {
    let engine = memory();
    let held = engine.connect().await?;
    let waiting = tokio::spawn({
        let engine = engine.clone();
        async move { engine.connect().await?.query(&text("SELECT 1")).await.map(|rows| rows.len()) }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!waiting.is_finished());
    drop(held);
    assert_eq!(waiting.await.unwrap()?, 1);
    Ok(())
}

#[tokio::test]
async fn a_connection_dropped_in_a_transaction_comes_back_rolled_back() -> Result<()> {
    for engine in everywhere(|builder| builder.pool_size(1).max_overflow(0)) {
        table(&engine, "dropped").await?;
        let recorder = engine.record();
        let mut connection = engine.connect().await?;
        connection.begin().await?;
        insert(&mut connection, "dropped", 1).await?;
        drop(connection);
        assert_eq!(count(&engine, "dropped").await?, 0);
        assert_eq!(engine.pool_status().open, 1);
        assert!(recorder.statements().sql().contains(&"ROLLBACK"));
    }
    Ok(())
}

#[tokio::test]
async fn a_transaction_begun_by_hand_is_rolled_back_too() -> Result<()> {
    for engine in everywhere(|builder| builder.pool_size(1).max_overflow(0)) {
        table(&engine, "by_hand").await?;
        let mut connection = engine.connect().await?;
        connection.execute(&text("BEGIN")).await?;
        insert(&mut connection, "by_hand", 1).await?;
        drop(connection);
        assert_eq!(count(&engine, "by_hand").await?, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_database_in_memory_lives_as_long_as_its_engine() -> Result<()> {
    let engine = memory();
    table(&engine, "kept").await?;
    engine.begin(async |connection| insert(connection, "kept", 1).await).await?;
    assert_eq!(count(&engine, "kept").await?, 1);
    engine.dispose();
    assert!(count(&engine, "kept").await.unwrap_err().to_string().contains("no such table"));
    Ok(())
}

#[test]
fn a_runtime_that_ends_takes_no_engine_along() -> Result<()> {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for engine in everywhere(|builder| builder.pre_ping(true)) {
        runtime().block_on(table(&engine, "survivor"))?;
        assert_eq!(runtime().block_on(count(&engine, "survivor"))?, 0);
    }
    // SQLite's connections live on: a database in memory would be gone with its own.
    let engine = memory();
    runtime().block_on(table(&engine, "survivor"))?;
    assert_eq!(runtime().block_on(count(&engine, "survivor"))?, 0);
    Ok(())
}
