//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

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
async fn on_servers() -> orm::Result<()> {
    for engine in servers(env!("CARGO_PKG_NAME")) {
        walk(&engine.build_async()?).await?;
    }
    Ok(())
}
