//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
async fn walk(engine: &AsyncEngine) -> orm::Result<()> {
    engine.drop_all(schema![A, B]).await?;
    engine.create_all(schema![A, B]).await?;
    let recorder = engine.record();
    let mut session = AsyncSession::new(engine);
    add(&mut session).await?;
    session.close().await?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 2, 0, 0

    let lines = session.run_blocking(fetch_and_update).await?;
    assert_eq!(lines, LINES);
    assert_eq!(sent(&recorder), [5, 0, 0, 0]); // 5, 0, 0, 0

    session.commit().await?;
    assert_eq!(sent(&recorder), [0, 0, 1, 0]); // 0, 0, 1, 0
    let first = session.query::<A>().order_by(A::ID).first().await?.unwrap();
    assert_eq!(session[first].data.as_deref(), Some("new data"));
    Ok(())
}

const LINES: [&str; 8] = ["a1", "  b1", "  b2", "a2", "  b3", "a3", "  b4", "  b5"];

/// The routine is an ordinary one.
#[test]
fn the_same_routine_in_a_blocking_program() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![A, B])?;
    let mut session = Session::new(&engine);
    session.add_all([A::new("a1", ["b1", "b2"]), A::new("a2", ["b3"]), A::new("a3", ["b4", "b5"])]);
    session.commit()?;
    assert_eq!(fetch_and_update(&mut session)?, LINES);
    session.commit()
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
