//! Calls that are given up: whoever drops a future in the middle leaves nothing half done behind.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use orm::engine::{AsyncEngine, DialectName};
use orm::{Result, text};

use super::{count, everywhere, insert, memory, numbers, table};

/// Polls a future so many times at most, and drops it then; whether it was done.
async fn polled(times: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Writes two rows in a transaction, and is given up at every point where it waits; gives how often it was polled in the end.
async fn give_up_everywhere(engine: &AsyncEngine) -> Result<usize> {
    table(engine, "given_up").await?;
    for times in 0.. {
        let before = count(engine, "given_up").await?;
        let key = 2 * i64::try_from(times).unwrap();
        let work = engine.begin(async |connection| {
            insert(connection, "given_up", key).await?;
            insert(connection, "given_up", key + 1).await
        });
        let done = polled(times, work).await;
        let after = count(engine, "given_up").await?;
        // COMMIT may have been on its way: then both rows are there, and never one.
        assert!(after == before + 2 || (after == before && !done), "after {times} polls: {before} and then {after}");
        let mut connection = engine.connect().await?;
        assert!(!connection.in_transaction() && !connection.is_broken());
        connection.begin().await?;
        connection.rollback().await?;
        if done {
            return Ok(times);
        }
    }
    unreachable!("it is done at some time")
}

#[tokio::test]
async fn a_transaction_given_up_anywhere_is_whole_or_not_there() -> Result<()> {
    for engine in everywhere(|builder| builder.pool_size(2).max_overflow(0)) {
        let times = give_up_everywhere(&engine).await?;
        // On SQLite a call may be done before anybody asks a second time.
        assert!(times > 3 || engine.dialect() == DialectName::Sqlite, "it never waited");
    }
    give_up_everywhere(&memory()).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_on_several_threads() -> Result<()> {
    give_up_everywhere(&memory()).await.map(drop)
}

#[tokio::test]
async fn a_connection_interrupted_in_a_call_is_closed() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        let mut connection = engine.connect().await?;
        let query = numbers(100_000);
        assert!(!polled(1, connection.query(&query)).await);
        assert!(connection.is_broken());
        assert!(connection.query(&text("SELECT 1")).await.unwrap_err().to_string().contains("interrupted"));
        drop(connection);
        assert_eq!(engine.pool_status().open, 0);
        assert_eq!(engine.connect().await?.query(&text("SELECT 1")).await?.len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_stream_dropped_early_gives_the_connection_up() -> Result<()> {
    for engine in everywhere(|builder| builder) {
        let mut connection = engine.connect().await?;
        let query = numbers(900);
        let mut rows = connection.stream(&query).await?;
        assert_eq!(rows.next().await?.unwrap().get::<i64>(0)?, 1);
        drop(rows);
        assert!(connection.is_broken());
    }
    Ok(())
}

#[tokio::test]
async fn what_lives_in_memory_survives_an_interrupted_call() -> Result<()> {
    let engine = memory();
    table(&engine, "kept").await?;
    let mut connection = engine.connect().await?;
    connection.begin().await?;
    insert(&mut connection, "kept", 1).await?;
    let query = numbers(100_000);
    assert!(!polled(1, connection.query(&query)).await);
    drop(connection);
    assert_eq!(count(&engine, "kept").await?, 0);
    Ok(())
}

#[test]
fn a_connection_whose_ping_is_given_up_is_rolled_back_by_the_next() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let engine = AsyncEngine::builder("sqlite://").pre_ping(true).build_async()?;
    let connection = runtime.block_on(async {
        table(&engine, "pinged").await?;
        let mut connection = engine.connect().await?;
        connection.begin().await?;
        insert(&mut connection, "pinged", 1).await?;
        Ok::<_, orm::Error>(connection)
    })?;
    // Out here nobody waits for a ROLLBACK.
    drop(connection);
    runtime.block_on(async {
        // Seldom is the answer there at once.
        polled(1, engine.connect()).await;
        assert_eq!(count(&engine, "pinged").await?, 0);
        Ok(())
    })
}
