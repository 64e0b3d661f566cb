//! Chapter 30: the same session, awaited.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50, unique)]
    name: String,
    #[entity(inverse = "user", order_by = "id")]
    addresses: HasMany<Address>,
}

#[derive(Entity, Debug, Default)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    email: String,
    #[entity(inverse = "addresses")]
    user: BelongsTo<User>,
}
// ANCHOR_END: model

fn at(email: &str) -> Address {
    Address { email: email.into(), ..Address::default() }
}

// ANCHOR: main
async fn connect(url: &str) -> orm::Result<AsyncEngine> {
    let engine = AsyncEngine::new(url)?; // opens nothing: no await
    engine.create_all(schema![User, Address]).await?;
    Ok(engine)
}
// ANCHOR_END: main

// ANCHOR: save
async fn save(session: &mut AsyncSession) -> orm::Result<Key<User>> {
    let ed = session.add(User { name: "ed".into(), ..User::default() }); // no await
    session.rel(ed, User::ADDRESSES).push(at("ed@x.org"))?; // no await
    session.commit().await?;
    session[ed].name = "eddie".into();
    session.commit().await?;
    Ok(ed)
}
// ANCHOR_END: save

// ANCHOR: read
async fn read(session: &mut AsyncSession) -> orm::Result<Vec<String>> {
    let mut emails = Vec::new();
    let query = session.query::<User>().options(selectin(User::ADDRESSES));
    for user in query.order_by(User::ID).all().await? {
        for address in session.rel(user, User::ADDRESSES).load().await? {
            emails.push(session[address].email.clone());
        }
    }
    Ok(emails)
}
// ANCHOR_END: read

// ANCHOR: nested
async fn nested(session: &mut AsyncSession) -> orm::Result<bool> {
    let outcome = session
        .nested(async |session| {
            session.add(User { name: "eddie".into(), ..User::default() }); // taken
            session.flush().await
        })
        .await;
    Ok(outcome.is_err()) // the rest of the transaction stays
}
// ANCHOR_END: nested

// ANCHOR: blocking
fn report(session: &mut Session) -> orm::Result<i64> {
    session.query::<User>().count() // code that was written to block
}

async fn blocking(session: &mut AsyncSession) -> orm::Result<i64> {
    session.run_blocking(report).await
}
// ANCHOR_END: blocking

// ANCHOR: no-runtime
fn no_runtime(url: &str) -> orm::Result<()> {
    let engine = AsyncEngine::new(url)?;
    let mut future = std::pin::pin!(engine.connect());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(connected) => connected.map(drop),
        std::task::Poll::Pending => Ok(()),
    }
}
// ANCHOR_END: no-runtime

async fn told(stage: &Stage) -> orm::Result<()> {
    let engine = connect(stage.url()).await?;
    stage.listen(engine.record());
    let mut session = AsyncSession::new(&engine);
    stage.step_async("save", save(&mut session)).await?;
    let mut session = AsyncSession::new(&engine);
    let emails = stage.step_async("read", read(&mut session)).await?;
    assert_eq!(emails, ["ed@x.org"]);
    assert!(stage.step_async("nested", nested(&mut session)).await?);
    session.rollback().await?;
    assert_eq!(stage.step_async("blocking", blocking(&mut session)).await?, 1);
    session.close().await
}

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(told(stage))?;
    stage.refused("no-runtime", || no_runtime(stage.url()))?;
    Ok(())
}
