//! What is given up at any place where it waits: memory, rows, transaction and pool are then as the session says.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::SessionOf;
use crate::engine::Cause;
use crate::engine::tests::{Paced, PacedEngine, paced};
use crate::prelude::*;
use crate::{Error, Key, text};

#[derive(Entity, Debug, Default)]
#[entity(table = "team")]
struct Team {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "team", cascade = "all, delete-orphan", order_by = "id")]
    players: HasMany<Player>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "player")]
struct Player {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "players")]
    team: BelongsTo<Team>,
}

/// Polls a future some times at most, and drops it; what it gave, if it was done by then.
fn poll<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
    }
    None
}

fn done<T>(future: impl Future<Output = T>) -> T {
    poll(future, 10_000).expect("it is done some day")
}

fn is_send<T: Send>(future: T) -> T {
    future
}

struct Scene {
    _folder: tempfile::TempDir,
    plain: Engine,
    engine: PacedEngine,
    session: SessionOf<Paced>,
    reds: Key<Team>,
    ann: Key<Player>,
    bob: Key<Player>,
}

/// Two players of a team are committed and known to a session.
fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:///{}", folder.path().join("teams.db").display());
    let plain = Engine::new(&url).unwrap();
    plain.create_all(schema![Team, Player]).unwrap();
    let engine = paced(&url);
    let mut session = SessionOf::builder(&engine).expire_on_commit(false).build();
    let reds = session.add(Team { name: "reds".into(), ..Team::default() });
    let ann = session.rel(reds, Team::PLAYERS).push(player("ann")).unwrap();
    let bob = session.rel(reds, Team::PLAYERS).push(player("bob")).unwrap();
    done(session.core.commit()).unwrap();
    Scene { _folder: folder, plain, engine, session, reds, ann, bob }
}

fn player(name: &str) -> Player {
    Player { name: name.into(), ..Player::default() }
}

impl Scene {
    /// A player comes, one goes, one gets a new name, and a team is founded.
    fn edit(&mut self) {
        self.session.rel(self.reds, Team::PLAYERS).push(player("cid")).unwrap();
        self.session.delete(self.bob).unwrap();
        self.session[self.ann].name = "anna".into();
        self.session.add(Team { name: "blues".into(), ..Team::default() });
    }

    /// What is in the database for everybody else.
    fn rows(&self) -> String {
        let sql = "SELECT name FROM team UNION ALL SELECT name FROM player ORDER BY 1";
        let rows = self.plain.connect().unwrap().query(&text(sql)).unwrap();
        rows.iter().map(|row| row.get::<String>(0).unwrap()).collect::<Vec<_>>().join(" ")
    }

    /// What the session holds.
    fn memory(&self) -> String {
        let session = &self.session;
        let mut words = Vec::new();
        for key in session.held::<Team>() {
            words.push(format!("{} {:?}", session[key].name, session.state(key).unwrap()));
        }
        for key in session.held::<Player>() {
            let modified = session.is_modified(key).unwrap();
            words.push(format!("{} {:?} {modified}", session[key].name, session.state(key).unwrap()));
        }
        words.join(", ")
    }

    /// No connection is out, and none of those that are kept is in a transaction.
    fn check_pool(&self) {
        let status = self.engine.pool_status();
        assert_eq!(status.in_use, 0, "{status:?}");
        let mut kept = Vec::new();
        for _ in 0..status.open {
            let mut connection = done(self.engine.acquire()).unwrap();
            done(connection.core.begin()).expect("a connection that is kept is in no transaction");
            done(connection.core.rollback()).unwrap();
            kept.push(connection);
        }
    }
}

const BEFORE: &str = "ann bob reds";
const AFTER: &str = "anna blues cid reds";

#[test]
fn a_flush_that_is_given_up_anywhere_leaves_memory_as_it_was() {
    for polls in 0.. {
        let mut scene = scene();
        scene.edit();
        let memory = scene.memory();
        if poll(is_send(scene.session.core.flush(Cause::Flush)), polls).is_some() {
            assert!(polls > 10, "there were only {polls} places to give up");
            return;
        }
        assert_eq!(scene.memory(), memory, "after {polls} polls");
        assert_eq!(scene.rows(), BEFORE);
        // Nothing was written before it: the session goes on.
        done(scene.session.core.commit()).unwrap();
        assert_eq!(scene.rows(), AFTER, "after {polls} polls");
        scene.check_pool();
    }
}

#[test]
fn a_flush_that_is_given_up_in_a_transaction_that_wrote_asks_for_a_rollback() {
    for polls in 0.. {
        let mut scene = scene();
        let early = scene.session.add(Team { name: "early".into(), ..Team::default() });
        done(scene.session.core.flush(Cause::Flush)).unwrap();
        scene.edit();
        let memory = scene.memory();
        if poll(is_send(scene.session.core.flush(Cause::Flush)), polls).is_some() {
            assert!(polls > 10, "there were only {polls} places to give up");
            return;
        }
        assert_eq!(scene.memory(), memory, "after {polls} polls");
        if polls > 0 {
            let refused = done(scene.session.core.commit()).unwrap_err();
            assert!(matches!(refused, Error::PendingRollback { .. }), "{refused}");
            assert!(refused.to_string().contains("given up"), "{refused}");
        }
        let mut handed_back = done(scene.session.core.rollback()).unwrap();
        let early: Team = handed_back.take(early).expect("what was added comes back");
        assert_eq!((early.name.as_str(), scene.rows().as_str()), ("early", BEFORE));
        scene.edit();
        done(scene.session.core.commit()).unwrap();
        assert_eq!(scene.rows(), AFTER, "after {polls} polls");
        scene.check_pool();
    }
}

#[test]
fn a_commit_that_is_given_up_anywhere_is_whole_or_nothing() {
    for polls in 0.. {
        let mut scene = scene();
        scene.edit();
        if poll(is_send(scene.session.core.commit()), polls).is_some() {
            assert!(polls > 10, "there were only {polls} places to give up");
            return;
        }
        let rows = scene.rows();
        assert!(rows == BEFORE || rows == AFTER, "after {polls} polls: {rows}");
        done(scene.session.core.rollback()).unwrap();
        let ann = scene.ann;
        let name = if rows == AFTER { "anna" } else { "ann" };
        done(scene.session.core.freshen(ann)).unwrap();
        assert_eq!(scene.session[ann].name, name, "the session reads what the database has, after {polls} polls");
        if rows == BEFORE {
            scene.edit();
        }
        done(scene.session.core.commit()).unwrap();
        assert_eq!(scene.rows(), AFTER);
        scene.check_pool();
    }
}

#[test]
fn a_load_that_is_given_up_anywhere_can_be_asked_again() {
    for polls in 0.. {
        let scene = scene();
        let mut session = SessionOf::new(&scene.engine);
        let query = select(entity::<Team>()).options(selectin(Team::PLAYERS));
        let given_up = poll(is_send(session.core.all(query.clone())), polls).is_none();
        let teams = done(session.core.all(query.clone())).unwrap();
        let [reds] = teams[..] else { panic!("there is one team: {teams:?}") };
        let players = session[reds].players.loaded().expect("they are loaded").len();
        assert_eq!((players, session.held::<Player>().len()), (2, 2), "after {polls} polls");
        done(session.core.commit()).unwrap();
        drop(session);
        scene.check_pool();
        if !given_up {
            assert!(polls > 5, "there were only {polls} places to give up");
            return;
        }
    }
}

#[test]
fn a_rollback_that_is_given_up_is_asked_for_again() {
    for polls in 1.. {
        let mut scene = scene();
        scene.edit();
        done(scene.session.core.flush(Cause::Flush)).unwrap();
        if poll(is_send(scene.session.core.rollback()), polls).is_some() {
            assert!(polls > 2, "there were only {polls} places to give up");
            return;
        }
        let refused = done(scene.session.core.all(select(entity::<Team>()))).unwrap_err();
        assert!(matches!(refused, Error::PendingRollback { .. }), "{refused}");
        let handed_back = done(scene.session.core.rollback()).unwrap();
        assert_eq!((handed_back.len(), scene.rows().as_str()), (2, BEFORE), "after {polls} polls");
        scene.check_pool();
    }
}

#[test]
fn a_merge_that_is_given_up_leaves_nothing_behind() {
    for polls in 0.. {
        let scene = scene();
        let id = scene.session[scene.reds].id;
        let mut session = SessionOf::new(&scene.engine);
        let team = Team { id, name: "merged".into(), ..Team::default() };
        if poll(is_send(session.core.merge(team)), polls).is_some() {
            assert!(polls > 3, "there were only {polls} places to give up");
            return;
        }
        // The row may have been read by then; what was to be laid over it has gone.
        assert_eq!((session.pending::<Team>(), session.dirty::<Team>()), (vec![], vec![]), "after {polls} polls");
        assert!(session.held::<Team>().iter().all(|key| session[*key].name == "reds"), "after {polls} polls");
        drop(session);
        scene.check_pool();
    }
}
