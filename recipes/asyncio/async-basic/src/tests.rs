//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

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
async fn on_servers() -> orm::Result<()> {
    for engine in servers(env!("CARGO_PKG_NAME")) {
        walk(&engine.build_async()?).await?;
    }
    Ok(())
}
