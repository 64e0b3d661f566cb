//! Chapter 31: tasks, streams, and futures that are dropped.

use std::time::Duration;

use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Item {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    pieces: i32,
}
// ANCHOR_END: model

async fn start(engine: &AsyncEngine) -> orm::Result<()> {
    engine.create_all(schema![Item]).await?;
    let mut session = AsyncSession::new(engine);
    let item = |n| Item { name: format!("item {n}"), pieces: n, ..Item::default() };
    session.add_all((1..=9).map(item));
    session.commit().await
}

// ANCHOR: tasks
async fn tasks(engine: &AsyncEngine) -> orm::Result<i32> {
    let mut handles = Vec::new();
    for id in 1..=3_i64 {
        let engine = engine.clone(); // one pool, shared
        handles.push(tokio::spawn(async move {
            let mut session = AsyncSession::new(&engine); // a session for each task
            let item = session.query::<Item>().filter(Item::ID.eq(id)).one().await?;
            Ok::<i32, orm::Error>(session[item].pieces)
        }));
    }
    let mut sum = 0;
    for handle in handles {
        sum += handle.await.unwrap_or(Ok(0))?;
    }
    Ok(sum)
}
// ANCHOR_END: tasks

// ANCHOR: gather
async fn gather(session: &mut AsyncSession) -> orm::Result<Vec<usize>> {
    let at_least = |n: i32| select(entity::<Item>()).filter(Item::PIECES.ge(n));
    let found = session.gather([at_least(3), at_least(6), at_least(9)]).await?;
    assert_eq!(found[0].last(), found[2].last()); // one row, one key, in one session
    Ok(found.iter().map(Vec::len).collect())
}
// ANCHOR_END: gather

// ANCHOR: stream
async fn stream(session: &mut AsyncSession) -> orm::Result<i32> {
    let mut total = 0;
    let mut rows = session.stream(select(entity::<Item>()).order_by(Item::ID)).await?;
    while let Some(item) = rows.next().await? {
        total += rows[item].pieces; // the stream has borrowed the session
    }
    Ok(total)
}
// ANCHOR_END: stream

// ANCHOR: timeout
async fn timeout(session: &mut AsyncSession) -> orm::Result<State> {
    let item = session.query::<Item>().filter(Item::ID.eq(1)).one().await?;
    session[item].pieces = 100;
    let never = async |session: &mut AsyncSession| {
        session.flush().await?;
        tokio::time::sleep(Duration::from_secs(3600)).await; // a partner does not answer
        session.commit().await
    };
    let outcome = tokio::time::timeout(Duration::from_millis(50), never(session)).await;
    assert!(outcome.is_err()); // the future was dropped after its flush
    session.rollback().await?;
    assert_eq!(session.load(item).await?.pieces, 1); // memory is rolled back, too
    session.state(item)
}
// ANCHOR_END: timeout

// ANCHOR: dropped
async fn dropped(session: &mut AsyncSession) -> orm::Result<()> {
    let item = session.query::<Item>().filter(Item::ID.eq(2)).one().await?;
    let booked = session.nested(async |session| {
        session[item].pieces = 200;
        session.flush().await?;
        std::future::pending::<orm::Result<()>>().await // a partner never answers
    });
    let _ = tokio::time::timeout(Duration::from_millis(50), booked).await;
    session.commit().await // half of the block's work?
}
// ANCHOR_END: dropped

async fn told(stage: &Stage, engine: &AsyncEngine) -> orm::Result<Option<orm::Error>> {
    start(engine).await?;
    assert_eq!(tasks(engine).await?, 6);
    stage.listen(engine.record());
    let mut session = AsyncSession::new(engine);
    assert_eq!(gather(&mut session).await?, [7, 4, 1]);
    assert_eq!(stage.step_async("stream", stream(&mut session)).await?, 45);
    session.rollback().await?;
    stage.step_async("timeout", timeout(&mut session)).await?;
    session.rollback().await?;
    let error = dropped(&mut session).await.err();
    session.rollback().await?;
    Ok(error)
}

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = AsyncEngine::new(stage.url())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let error = runtime.block_on(told(stage, &engine))?;
    let error = error.ok_or("a commit after a dropped flush must fail")?;
    stage.show("dropped", format!("error [{}]: {error}", error.code()));
    Ok(())
}
