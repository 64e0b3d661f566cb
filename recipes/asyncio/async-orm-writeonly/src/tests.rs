//! Tests of each step: its result and its number of statements.

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
async fn walk(engine: &AsyncEngine) -> orm::Result<()> {
    engine.drop_all(schema![A, B]).await?;
    engine.create_all(schema![A, B]).await?;
    let recorder = engine.record();
    let mut session = AsyncSession::builder(engine).expire_on_commit(false).build();

    add(&mut session).await?;
    // Where an INSERT cannot say which dates the database made, it is asked.
    let asked = usize::from(!engine.capabilities().insert_returning);
    assert_eq!(sent(&recorder), [asked, 2, 0, 0]); // 0, 2, 0, 0
    session.close().await?;

    let found = all_at_once(&mut session).await?;
    assert_eq!(names(&found), ["a1", "  b1", "  b2", "a2", "  b3", "a3", "  b4", "  b5"]);
    assert!(found[0].contains(", created 20"), "the database dated it: {}", found[0]);
    assert_eq!(sent(&recorder), [4, 0, 0, 0]); // 4, 0, 0, 0

    assert_eq!(streamed(&mut session).await?, found);
    assert_eq!(sent(&recorder), [4, 0, 0, 0]); // 4, 0, 0, 0

    let first = first(&mut session).await?;
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0
    assert!(matches!(session.rel(first, A::BS).load().await, Err(orm::Error::RaisedLoad { .. })));
    assert!(session[first].bs.loaded().is_none(), "the members were read, the collection was not");

    session.rel(first, A::BS).push(B { data: Some("b6".to_owned()), ..B::default() })?;
    session[first].data = Some("new data".to_owned());
    session.commit().await?;
    // The original changes the first A too, and never commits the change.
    assert_eq!(sent(&recorder), [0, 1, 1, 0]); // 0, 0, 0, 0
    let members = session.rel(first, A::BS).select()?;
    assert_eq!(session.count(members).await?, 3);
    Ok(())
}

fn names(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.split(", created").next().unwrap_or(line)).collect()
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
