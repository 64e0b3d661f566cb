//! Sessions that are awaited: the same statements as blocking ones send, and what only they can be asked: to give up, to stream, to gather, to run
//! blocking code, to work side by side.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use orm::engine::AsyncEngine;
use orm::prelude::*;
use orm::{Error, Result, StatementKind};

use crate::Db;
use crate::mode::wait;
use crate::models::{Address, User};

cases![
    the_same_program_sends_the_same_statements,
    futures_can_move_between_threads,
    a_flush_given_up_anywhere_leaves_memory_as_it_was,
    a_flush_given_up_after_a_write_asks_for_a_rollback,
    a_commit_given_up_anywhere_is_whole_or_nothing,
    a_load_given_up_anywhere_can_be_asked_again,
    a_block_given_up_within_its_savepoint_asks_for_a_rollback,
    a_stream_lends_its_entities,
    a_stream_may_end_early,
    a_stream_says_what_went_wrong,
    gathered_queries_run_at_once_and_meet_in_one_session,
    gathered_queries_see_what_is_committed,
    gather_says_what_went_wrong,
    blocking_code_works_on_the_same_session,
    blocking_code_that_fails_hands_the_session_back,
    blocking_code_that_is_given_up_goes_on_and_is_undone,
    sessions_work_side_by_side,
    closures_that_borrow_run_in_tasks,
    a_dropped_session_gives_its_connection_back,
    proxies_are_awaited,
];

fn engine(db: &Db) -> Result<AsyncEngine> {
    let engine = db.async_builder().build_async()?;
    wait(engine.create_all(schema![User, Address]))?;
    Ok(engine)
}

/// Polls a future some times at most, and drops it; what it gave, if it was done by then.
async fn polled<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn is_send<T: Send>(future: T) -> T {
    future
}

/// The same program over a session of either kind.
macro_rules! program {
    ($session:ident $(, $await:tt)?) => {{
        let ed = $session.add(User::with("ed", &["ed@x.org", "ed@y.org"]));
        let wendy = $session.add(User::named("wendy"));
        $session.flush()$(.$await)??;
        let address = $session.rel(wendy, User::ADDRESSES).push(Address::at("wendy@x.org"))?;
        $session.commit()$(.$await)??;
        assert_eq!($session.load(ed)$(.$await)??.name, "ed");
        let found = $session.query::<User>().filter(User::NAME.eq("wendy")).one()$(.$await)??;
        assert_eq!(found, wendy);
        assert_eq!($session.rel(address, Address::USER).one()$(.$await)??, wendy);
        let first = $session.rel(ed, User::ADDRESSES).load()$(.$await)??[0];
        $session.rel(ed, User::ADDRESSES).remove(first)$(.$await)??;
        $session[ed].fullname = Some("Ed Jones".into());
        let savepoint = $session.begin_nested()$(.$await)??;
        $session[wendy].fullname = Some("nobody".into());
        $session.flush()$(.$await)??;
        $session.rollback_to(savepoint)$(.$await)??;
        assert_eq!($session.count(select(entity::<Address>()))$(.$await)??, 2);
        let names = $session.all(select(User::NAME).order_by(User::NAME.asc()))$(.$await)??;
        assert_eq!(names, ["ed", "wendy"]);
        $session.delete(wendy)?;
        $session.commit()$(.$await)??;
        assert_eq!($session.get::<User>(1)$(.$await)??, Some(ed));
        $session[ed].name = "eddie".into();
        $session.rollback()$(.$await)??;
        assert_eq!($session.refresh(ed)$(.$await)??.name, "ed");
        let merged = $session.merge(User { id: $session[ed].id, ..User::named("edward") })$(.$await)??;
        assert_eq!(merged, ed);
        let loaded = $session.all(select(entity::<User>()).options(selectin(User::ADDRESSES)))$(.$await)??;
        assert_eq!(loaded, [ed]);
        $session.execute(&update("user_account").set(User::FULLNAME, "E").filter(User::ID.eq(1)))$(.$await)??;
        $session.commit()$(.$await)??;
        $session.close()$(.$await)??;
    }};
}

fn the_same_program_sends_the_same_statements(db: &Db) -> Result<()> {
    let awaited = engine(db)?;
    let recorder = awaited.record();
    wait(async {
        let mut session = AsyncSession::new(&awaited);
        program!(session, await);
        Ok::<_, Error>(())
    })?;
    let sent = recorder.take();
    let twin = db.twin()?;
    let blocking = twin.shared_engine(schema![User, Address])?;
    let recorder = blocking.record();
    let mut session = Session::new(&blocking);
    program!(session);
    let expected = recorder.take();
    assert!(expected.len() > 25, "the program has much to say");
    let tell = |statements: &orm::engine::Statements| -> Vec<String> {
        statements.iter().map(|one| format!("{} {:?} {}", one.sql, one.parameters, one.rows)).collect()
    };
    assert_eq!(tell(&sent), tell(&expected));
    Ok(())
}

fn futures_can_move_between_threads(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    wait(async {
        let mut session = is_send(AsyncSession::new(&engine));
        let ed = session.add(User::with("ed", &["ed@x.org"]));
        is_send(session.flush()).await?;
        is_send(session.commit()).await?;
        let query = select(entity::<User>()).options(selectin(User::ADDRESSES));
        is_send(session.all(&query)).await?;
        is_send(session.all(select((User::ID, User::NAME)))).await?;
        is_send(session.one(&query)).await?;
        is_send(session.first(&query)).await?;
        is_send(session.count(&query)).await?;
        is_send(session.scalar(select(User::NAME))).await?;
        is_send(session.get::<User>(1)).await?;
        is_send(session.load(ed)).await?;
        is_send(session.refresh(ed)).await?;
        is_send(session.merge(User::named("zoe"))).await?;
        let address = is_send(session.rel(ed, User::ADDRESSES).load()).await?[0];
        is_send(session.rel(address, Address::USER).load()).await?;
        is_send(session.rel(ed, User::ADDRESSES).set([address])).await?;
        is_send(session.query::<User>().filter(User::NAME.eq("ed")).all()).await?;
        is_send(session.for_each(&query.clone().options(lazy(User::ADDRESSES)), |_| Ok(()))).await.unwrap_err();
        is_send(session.execute(&update("user_account").set(User::FULLNAME, "E"))).await?;
        let named = update("user_account").set(User::FULLNAME, "E").filter(User::NAME.eq("ed"));
        is_send(session.execute_synchronized(named, Synchronize::Auto)).await?;
        let initial = Hybrid::new("named", || User::NAME.into()).body(|user: &User| user.name.clone());
        is_send(session.check_hybrid(initial)).await?;
        is_send(session.nested(async |session| session.flush().await)).await?;
        is_send(session.rollback()).await?;
        is_send(session.retry(2, async |session| session.flush().await)).await?;
        is_send(session.no_autoflush(async |session| session.flush().await)).await?;
        is_send(session.with_connection(async |connection| connection.query(&text("SELECT 1")).await)).await?;
        let mut stream = is_send(session.stream(select(User::NAME))).await?;
        is_send(stream.next()).await?;
        is_send(stream.close()).await?;
        is_send(session.rollback()).await?;
        is_send(session.gather([query])).await?;
        is_send(session.run_blocking(|session| session.flush())).await?;
        is_send(session.close()).await
    })
}

/// What a session of two users knows, and what is committed.
struct Scene {
    engine: AsyncEngine,
    session: AsyncSession,
    ed: Key<User>,
    wendy: Key<User>,
}

/// A user as it is not.
#[derive(Entity, Debug)]
#[entity(table = "user_account")]
struct Misread {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: i64,
}

/// At so many places each call is given up, if it has as many; more would be the same over again.
const PLACES: usize = 14;

const BEFORE: &str = "ed wendy";
const AFTER: &str = "eddie zoe";

impl Scene {
    async fn new(db: &Db) -> Result<Self> {
        let engine = db.async_builder().build_async()?;
        engine.drop_all(schema![User, Address]).await?;
        engine.create_all(schema![User, Address]).await?;
        let mut session = AsyncSession::builder(&engine).expire_on_commit(false).build();
        let ed = session.add(User::with("ed", &["ed@x.org"]));
        let wendy = session.add(User::with("wendy", &["wendy@x.org"]));
        session.commit().await?;
        Ok(Self { engine, session, ed, wendy })
    }

    fn edit(&mut self) -> Result<()> {
        self.session[self.ed].name = "eddie".into();
        self.session.rel(self.ed, User::ADDRESSES).push(Address::at("eddie@y.org"))?;
        self.session.delete(self.wendy)?;
        self.session.add(User::named("zoe"));
        Ok(())
    }

    /// The names in the database, once whoever was given up holds no lock any more.
    async fn names(&self) -> Result<String> {
        let mut connection = self.engine.connect().await?;
        connection.execute(&text("UPDATE user_account SET fullname = NULL")).await?;
        let rows = connection.query(&text("SELECT name FROM user_account ORDER BY name")).await?;
        let names: Result<Vec<String>> = rows.iter().map(|row| row.get::<String>(0)).collect();
        Ok(names?.join(" "))
    }

    fn memory(&self) -> String {
        let session = &self.session;
        let tell = |key: Key<User>| (session[key].name.clone(), session.state(key), session.is_modified(key));
        let users: Vec<_> = session.held::<User>().into_iter().map(tell).collect();
        format!("{users:?} {:?} {:?}", session.pending::<Address>(), session.deleted::<Address>())
    }

    /// What was left within a transaction is rolled back by somebody else, soon.
    async fn wait_until_in_use(&self, connections: u32) {
        for _ in 0..500 {
            if self.engine.pool_status().in_use == connections {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{connections} connections should be in use: {:?}", self.engine.pool_status());
    }

    /// Every connection of the pool can begin a transaction, as none is left in one.
    async fn check_pool(&self) -> Result<()> {
        let held = u32::from(self.session.in_transaction());
        self.wait_until_in_use(held).await;
        let mut taken = Vec::new();
        for _ in held..self.engine.pool_status().open {
            let mut connection = self.engine.connect().await?;
            connection.begin().await?;
            connection.rollback().await?;
            taken.push(connection);
        }
        Ok(())
    }
}

fn a_flush_given_up_anywhere_leaves_memory_as_it_was(db: &Db) -> Result<()> {
    wait(async {
        for polls in 0..PLACES {
            let mut scene = Scene::new(db).await?;
            scene.edit()?;
            let memory = scene.memory();
            if let Some(done) = polled(scene.session.flush(), polls).await {
                done?;
                scene.session.commit().await?;
                assert_eq!(scene.names().await?.replace("early ", ""), AFTER, "after {polls} polls");
                continue;
            }
            assert_eq!(scene.memory(), memory, "after {polls} polls");
            assert_eq!(scene.names().await?, BEFORE);
            scene.session.commit().await?;
            assert_eq!(scene.names().await?, AFTER, "after {polls} polls");
            scene.check_pool().await?;
        }
        Ok(())
    })
}

fn a_flush_given_up_after_a_write_asks_for_a_rollback(db: &Db) -> Result<()> {
    wait(async {
        for polls in 1..PLACES {
            let mut scene = Scene::new(db).await?;
            let early = scene.session.add(User::named("early"));
            scene.session.flush().await?;
            scene.edit()?;
            let memory = scene.memory();
            if let Some(done) = polled(scene.session.flush(), polls).await {
                done?;
                scene.session.commit().await?;
                assert_eq!(scene.names().await?.replace("early ", ""), AFTER, "after {polls} polls");
                continue;
            }
            assert_eq!(scene.memory(), memory, "after {polls} polls");
            let refused = scene.session.commit().await.unwrap_err();
            assert!(matches!(refused, Error::PendingRollback { .. }), "{refused}");
            let mut handed_back = scene.session.rollback().await?;
            assert_eq!(handed_back.take(early).map(|user: User| user.name), Some("early".to_owned()));
            assert_eq!(scene.names().await?, BEFORE, "after {polls} polls");
            scene.edit()?;
            scene.session.commit().await?;
            assert_eq!(scene.names().await?, AFTER, "after {polls} polls");
            scene.check_pool().await?;
        }
        Ok(())
    })
}

fn a_commit_given_up_anywhere_is_whole_or_nothing(db: &Db) -> Result<()> {
    wait(async {
        for polls in 0..PLACES {
            let mut scene = Scene::new(db).await?;
            scene.edit()?;
            if let Some(done) = polled(scene.session.commit(), polls).await {
                done?;
                scene.session.commit().await?;
                assert_eq!(scene.names().await?.replace("early ", ""), AFTER, "after {polls} polls");
                continue;
            }
            let names = scene.names().await?;
            assert!(names == BEFORE || names == AFTER, "after {polls} polls: {names}");
            scene.session.rollback().await?;
            let (ed, committed) = (scene.ed, names == AFTER);
            let name = scene.session.refresh(ed).await?.name.clone();
            assert_eq!(name, if committed { "eddie" } else { "ed" }, "after {polls} polls");
            if !committed {
                scene.edit()?;
            }
            scene.session.commit().await?;
            assert_eq!(scene.names().await?, AFTER, "after {polls} polls");
            scene.check_pool().await?;
        }
        Ok(())
    })
}

fn a_load_given_up_anywhere_can_be_asked_again(db: &Db) -> Result<()> {
    let query = select(entity::<User>()).options(selectin(User::ADDRESSES)).order_by(User::NAME.asc());
    wait(async {
        for polls in 0..PLACES {
            let mut scene = Scene::new(db).await?;
            scene.session = AsyncSession::new(&scene.engine);
            // Given up or not: a quick database may be done within the first poll.
            polled(scene.session.all(&query), polls).await.transpose()?;
            let users = scene.session.all(&query).await?;
            assert_eq!(users.len(), 2, "after {polls} polls");
            for user in users {
                assert_eq!(
                    scene.session[user].addresses.loaded().map(|members| members.len()),
                    Some(1),
                    "after {polls} polls"
                );
            }
            assert_eq!(scene.session.held::<Address>().len(), 2);
            scene.session.commit().await?;
            scene.check_pool().await?;
        }
        Ok(())
    })
}

fn a_block_given_up_within_its_savepoint_asks_for_a_rollback(db: &Db) -> Result<()> {
    wait(async {
        let mut scene = Scene::new(db).await?;
        let ed = scene.ed;
        let block = scene.session.nested(async |session| {
            session[ed].name = "half".into();
            session.flush().await?;
            std::future::pending::<()>().await;
            Ok(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(300), block).await.is_err());
        let refused = scene.session.commit().await.unwrap_err();
        assert!(matches!(refused, Error::PendingRollback { .. }), "{refused}");
        scene.session.rollback().await?;
        assert_eq!(scene.session.load(ed).await?.name, "ed");
        scene.session.commit().await?;
        assert_eq!(scene.names().await?, BEFORE);
        scene.check_pool().await
    })
}

fn a_stream_lends_its_entities(db: &Db) -> Result<()> {
    wait(async {
        let mut scene = Scene::new(db).await?;
        let recorder = scene.engine.record();
        let query = select(entity::<User>()).order_by(User::NAME.asc());
        let mut stream = scene.session.stream(&query).await?;
        let mut names = Vec::new();
        while let Some(user) = stream.next().await? {
            names.push(stream[user].name.clone());
        }
        drop(stream);
        assert_eq!(names, ["ed", "wendy"]);
        assert_eq!(scene.session[scene.ed].name, "ed");
        assert_eq!(recorder.take().without_transactions().len(), 1);
        scene.session[scene.ed].name = "eddie".into();
        scene.session.commit().await?;
        assert_eq!(scene.names().await?, "eddie wendy");
        let refused = scene.session.stream(query.options(selectin(User::ADDRESSES))).await.err().unwrap();
        assert!(refused.to_string().contains("one by one"), "{refused}");
        Ok(())
    })
}

fn a_stream_may_end_early(db: &Db) -> Result<()> {
    wait(async {
        let mut scene = Scene::new(db).await?;
        scene.session.add_all((0..500).map(|number| User::named(&format!("user {number}"))));
        scene.session.flush().await?;
        let mut stream = scene.session.stream(select(User::NAME)).await?;
        assert!(stream.next().await?.is_some());
        stream.close().await?;
        // The transaction goes on.
        assert_eq!(scene.session.count(select(entity::<User>())).await?, 502);
        let mut stream = scene.session.stream(select(User::NAME)).await?;
        assert!(stream.next().await?.is_some());
        drop(stream);
        let refused = scene.session.commit().await.unwrap_err();
        assert!(matches!(refused, Error::PendingRollback { .. }), "{refused}");
        assert_eq!(scene.session.rollback().await?.len(), 500);
        assert_eq!(scene.names().await?, BEFORE);
        scene.check_pool().await
    })
}

fn a_stream_says_what_went_wrong(db: &Db) -> Result<()> {
    wait(async {
        let mut scene = Scene::new(db).await?;
        let mut stream = scene.session.stream(select(entity::<Misread>())).await?;
        let error = stream.next().await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{error}");
        drop(stream);
        scene.session.rollback().await?;
        assert_eq!(scene.session.count(select(entity::<User>())).await?, 2);
        Ok(())
    })
}

fn gathered_queries_run_at_once_and_meet_in_one_session(db: &Db) -> Result<()> {
    wait(async {
        let mut scene = Scene::new(db).await?;
        let (ed, wendy) = (scene.ed, scene.wendy);
        let recorder = scene.engine.record();
        let by_name = |name: &str| select(entity::<User>()).filter(User::NAME.eq(name));
        let with_addresses = select(entity::<User>()).options(selectin(User::ADDRESSES)).order_by(User::ID.asc());
        let mut other = AsyncSession::new(&scene.engine);
        let queries = [by_name("wendy"), with_addresses, by_name("ed"), by_name("nobody")];
        let results = other.gather(queries.clone()).await?;
        assert_eq!(results.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1, 0]);
        assert_eq!((results[0][0], results[2][0]), (results[1][1], results[1][0]), "one row is one key");
        assert_eq!(other[results[0][0]].addresses.loaded().map(|members| members.len()), Some(1));
        let sent = recorder.take();
        assert_eq!(sent.count(StatementKind::Select), 5, "four queries, and one for the addresses");
        assert_eq!(sent.count(StatementKind::Transaction), 0);
        assert!(!other.in_transaction());
        // What is held and fresh stays as it is.
        scene.session[ed].name = "mine".into();
        let results = scene.session.gather(queries).await?;
        assert_eq!((results[0].as_slice(), results[2].as_slice()), ([wendy].as_slice(), [ed].as_slice()));
        assert_eq!(scene.session[ed].name, "mine");
        assert!(scene.session.is_modified(ed)?);
        scene.check_pool().await
    })
}

fn gathered_queries_see_what_is_committed(db: &Db) -> Result<()> {
    wait(async {
        let mut scene = Scene::new(db).await?;
        scene.session.add(User::named("zoe"));
        // Pending, and so neither flushed nor seen.
        let results = scene.session.gather([select(User::NAME).order_by(User::NAME.asc())]).await?;
        assert_eq!(results, [["ed", "wendy"]]);
        scene.session.commit().await?;
        let results = scene.session.gather([select(User::NAME).order_by(User::NAME.asc())]).await?;
        assert_eq!(results, [["ed", "wendy", "zoe"]]);
        Ok(())
    })
}

fn gather_says_what_went_wrong(db: &Db) -> Result<()> {
    wait(async {
        let mut scene = Scene::new(db).await?;
        let wrong = select(User::NAME).filter(text("no_such_column = 1"));
        let error = scene.session.gather([select(User::NAME), wrong]).await.unwrap_err();
        assert!(matches!(error, Error::Database(_)), "{error}");
        scene.check_pool().await?;
        assert_eq!(scene.session.gather([select(User::NAME)]).await?[0].len(), 2);
        let memory = AsyncEngine::new("sqlite://")?;
        memory.create_all(schema![User, Address]).await?;
        let mut session = AsyncSession::new(&memory);
        assert_eq!(session.gather([select(User::NAME), select(User::NAME)]).await?.len(), 2);
        session.count(select(entity::<User>())).await?;
        let refused = session.gather([select(User::NAME)]).await.unwrap_err();
        assert!(refused.to_string().contains("only connection"), "{refused}");
        Ok(())
    })
}

fn blocking_code_works_on_the_same_session(db: &Db) -> Result<()> {
    fn rename(session: &mut Session, user: Key<User>) -> Result<usize> {
        let addresses = session.rel(user, User::ADDRESSES).load()?;
        session[user].name = "eddie".into();
        session.flush()?;
        Ok(addresses.len())
    }
    wait(async {
        let mut scene = Scene::new(db).await?;
        let (ed, wendy) = (scene.ed, scene.wendy);
        scene.session.delete(wendy)?;
        scene.session.flush().await?;
        scene.session.add(User::named("zoe"));
        let recorder = scene.engine.record();
        scene.session.expire(ed)?;
        assert_eq!(scene.session.run_blocking(move |session| rename(session, ed)).await?, 1);
        assert!(!recorder.take().sql().contains(&"BEGIN"), "the transaction is the one that was open");
        assert_eq!(scene.session[ed].name, "eddie");
        assert_eq!(scene.engine.pool_status().in_use, 1);
        scene.session.rollback().await?;
        assert_eq!(scene.names().await?, BEFORE);
        // The transaction may also begin, and end, in blocking code.
        let mut fresh = AsyncSession::new(&scene.engine);
        fresh
            .run_blocking(|session| {
                session.add(User::named("zoe"));
                session.commit()
            })
            .await?;
        assert_eq!(fresh.held::<User>().len(), 1);
        assert_eq!(scene.names().await?, "ed wendy zoe");
        scene.check_pool().await
    })
}

fn blocking_code_that_fails_hands_the_session_back(db: &Db) -> Result<()> {
    wait(async {
        let mut scene = Scene::new(db).await?;
        let ed = scene.ed;
        let failed = scene.session.run_blocking(move |session| {
            session[ed].name = "wendy".into();
            session.flush()
        });
        assert!(matches!(failed.await.unwrap_err(), Error::Database(_)));
        assert_eq!(scene.session[ed].name, "wendy", "nothing is lost: mend it and flush again");
        scene.session[ed].name = "eddie".into();
        scene.session.flush().await?;
        let name = scene.session[ed].name.clone();
        let panics = scene.session.run_blocking(move |_| -> Result<()> { panic!("{name} panics") });
        let panicked = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(panics)).await;
        assert_eq!(panicked.unwrap_err().downcast_ref::<String>().map(String::as_str), Some("eddie panics"));
        scene.session.commit().await?;
        assert_eq!(scene.names().await?, "eddie wendy");
        scene.check_pool().await
    })
}

fn blocking_code_that_is_given_up_goes_on_and_is_undone(db: &Db) -> Result<()> {
    wait(async {
        let mut scene = Scene::new(db).await?;
        let ed = scene.ed;
        scene.session.add(User::named("zoe"));
        let (started, has_started) = std::sync::mpsc::channel();
        let (go_on, wait_for) = std::sync::mpsc::channel::<()>();
        let code = scene.session.run_blocking(move |session| {
            session[ed].name = "eddie".into();
            session.flush()?;
            let _ = started.send(());
            let _ = wait_for.recv();
            Ok(())
        });
        assert!(polled(code, 1).await.is_none());
        has_started.recv().unwrap();
        let refused = scene.session.flush().await;
        assert!(refused.is_ok(), "there is nothing to flush while the entities are away");
        let refused = scene.session.all(select(User::NAME)).await.unwrap_err();
        assert!(matches!(refused, Error::PendingRollback { .. }), "{refused}");
        drop(go_on);
        let handed_back = scene.session.rollback().await?;
        assert_eq!(handed_back.len(), 1, "zoe was added before");
        assert_eq!(scene.session.load(ed).await?.name, "ed");
        scene.session.rollback().await?;
        assert_eq!(scene.names().await?, BEFORE);
        scene.check_pool().await
    })
}

fn sessions_work_side_by_side(db: &Db) -> Result<()> {
    wait(async {
        let scene = Scene::new(db).await?;
        let tasks = (0..12).map(|number| {
            let engine = scene.engine.clone();
            tokio::spawn(async move {
                let mut session = AsyncSession::new(&engine);
                let user = session.add(User::with(&format!("user {number}"), &["a@x.org", "b@x.org"]));
                session.commit().await?;
                let addresses = session.rel(user, User::ADDRESSES).load().await?;
                assert_eq!(addresses.len(), 2);
                // A transaction that reads first cannot always write on SQLite.
                session.commit().await?;
                session.delete(addresses[0])?;
                session.commit().await
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap()?;
        }
        let mut session = AsyncSession::new(&scene.engine);
        assert_eq!(session.count(select(entity::<User>())).await?, 14);
        assert_eq!(session.count(select(entity::<Address>())).await?, 14);
        session.commit().await?;
        scene.check_pool().await
    })
}

fn a_dropped_session_gives_its_connection_back(db: &Db) -> Result<()> {
    wait(async {
        let scene = Scene::new(db).await?;
        let mut session = AsyncSession::new(&scene.engine);
        session.count(select(entity::<User>())).await?;
        session.add(User::named("never"));
        session.flush().await?;
        let before = scene.engine.pool_status().open;
        drop(session);
        assert_eq!(scene.names().await?, BEFORE);
        scene.wait_until_in_use(0).await;
        assert!(scene.engine.pool_status().open >= before, "none was closed");
        scene.check_pool().await
    })
}

/// Whatever a handler does: the closures borrow what the task owns, and what they are given outlives no await.
async fn rename(engine: AsyncEngine, from: String, to: String) -> Result<usize> {
    let mut session = AsyncSession::new(&engine);
    let suffixes = ["x".to_owned(), "y".to_owned()];
    let by_borrow = session.retry(5, async |session| {
        let ed = session.query::<User>().filter(User::NAME.eq(from.clone())).one().await?;
        session.load(ed).await?;
        session
            .nested(async |session| {
                session[ed].name = format!("{to}{}", suffixes.concat());
                session.flush().await
            })
            .await?;
        Ok(session[ed].name.len())
    });
    let length = by_borrow.await?;
    let owned = format!("{to}{}", suffixes.concat());
    let by_move = session.retry(Duration::from_secs(5), async move |session| {
        session.query::<User>().filter(User::NAME.eq(owned)).count().await
    });
    assert_eq!(by_move.await?, 1);
    let ed = session
        .no_autoflush(async |session| session.query::<User>().filter(User::NAME.like(format!("{to}%"))).one().await)
        .await?;
    let name = &from;
    session
        .with_connection(async |connection| {
            let sql = text("SELECT count(*) FROM user_account WHERE name = :name").bind("name", name.clone());
            connection.query(&sql).await
        })
        .await?;
    engine.begin(async |connection| connection.query(&text("SELECT :n + 1").bind("n", length as i64)).await).await?;
    session.load(ed).await?;
    Ok(length)
}

fn closures_that_borrow_run_in_tasks(db: &Db) -> Result<()> {
    let engine = engine(db)?;
    wait(async {
        let mut session = AsyncSession::new(&engine);
        session.add(User::named("ed"));
        session.commit().await?;
        let task = tokio::spawn(rename(engine.clone(), "ed".to_owned(), "edward".to_owned()));
        assert_eq!(task.await.unwrap()?, "edwardxy".len());
        Ok(())
    })
}

/// The views of proxies wait as relationships do, and their futures are `Send`.
fn proxies_are_awaited(db: &Db) -> Result<()> {
    const EMAILS: Proxy<User, Address, ToMany, String> =
        User::ADDRESSES.proxy_values(Address::EMAIL, |email| Address::at(&email));
    const OWNER_NAME: Proxy<Address, User, ToOne, String> =
        Address::USER.proxy_values(User::NAME, |name| User::named(&name));
    let engine = engine(db)?;
    wait(is_send(async move {
        let mut session = AsyncSession::new(&engine);
        let ed = session.add(User::named("ed"));
        session.proxy(ed, EMAILS).extend(["ed@x.org", "ed@y.org"]).await?;
        session.commit().await?;
        let recorder = engine.record();
        assert_eq!(session.proxy(ed, EMAILS).load().await?, ["ed@x.org", "ed@y.org"]);
        assert_eq!(recorder.take().count(StatementKind::Select), 1);
        session.proxy(ed, EMAILS).set(["ed@y.org", "ed@z.org"]).await?;
        session.commit().await?;
        let addresses = session.rel(ed, User::ADDRESSES).load().await?;
        session.proxy(addresses[0], OWNER_NAME).set("edward").await?;
        session.commit().await?;
        assert_eq!(session.load(ed).await?.name, "edward");
        assert_eq!(session.query::<User>().filter(EMAILS.contains("ed@z.org")).one().await?, ed);
        Ok(())
    }))
}
