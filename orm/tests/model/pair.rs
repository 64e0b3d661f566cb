//! A session and the model of it, driven together: what both are, and how a step ends in a flush, a commit, a rollback or a savepoint.

use std::collections::{BTreeMap, BTreeSet};

use orm::engine::{Recorder, text};
use orm::prelude::*;
use orm::session::{Savepoint, Session, SessionBuilder};
use orm::unit::{RolledBack, State};
use orm::{Engine, schema};

use crate::entities::{Badge, Node, Person, Profile, Tag, Task, Team};
use crate::world::{Item, Kind, Life, World};

/// A key of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnyKey {
    Team(Key<Team>),
    Person(Key<Person>),
    Task(Key<Task>),
    Badge(Key<Badge>),
    Profile(Key<Profile>),
    Tag(Key<Tag>),
    Node(Key<Node>),
}

macro_rules! each {
    ($any:expr, $key:ident => $body:expr) => {
        match $any {
            AnyKey::Team($key) => $body,
            AnyKey::Person($key) => $body,
            AnyKey::Task($key) => $body,
            AnyKey::Badge($key) => $body,
            AnyKey::Profile($key) => $body,
            AnyKey::Tag($key) => $body,
            AnyKey::Node($key) => $body,
        }
    };
}

mod again;
mod edit;
mod look;

/// A session, and what it should be.
pub(crate) struct Pair {
    pub(crate) engine: Engine,
    pub(crate) session: Session,
    factory: SessionBuilder,
    recorder: Recorder,
    autoflush: bool,
    /// The keys of what this session holds, as far as the model has asked.
    pub(crate) keys: BTreeMap<usize, AnyKey>,
    /// The primary keys of what was ever flushed.
    rows: BTreeMap<usize, i64>,
    next: usize,
    /// What memory should be.
    pub(crate) now: World,
    /// What the rows should be, within the transaction.
    pub(crate) flushed: World,
    /// What the rows should be outside.
    pub(crate) committed: World,
    savepoints: Vec<(Savepoint, World, usize)>,
    /// Where the numbers of this transaction began.
    first: usize,
    /// The keys of entities whose rows went behind the session.
    ghosts: Vec<AnyKey>,
}

/// An entity that was handed back, with its number and its columns, to be added again.
pub(crate) struct HandedBack {
    id: usize,
    name: String,
    size: i64,
    add: Box<dyn FnOnce(&mut Session) -> AnyKey>,
}

impl Pair {
    pub(crate) fn new(autoflush: bool, expire_on_commit: bool) -> Self {
        let engine = Engine::new("sqlite://").unwrap();
        engine.create_all(schema![Team, Person, Task, Badge, Profile, Tag, Node]).unwrap();
        let recorder = engine.record();
        let factory = Session::builder(&engine).autoflush(autoflush).expire_on_commit(expire_on_commit);
        Self {
            session: factory.build(),
            engine,
            factory,
            recorder,
            autoflush,
            keys: BTreeMap::new(),
            rows: BTreeMap::new(),
            next: 0,
            now: World::default(),
            flushed: World::default(),
            committed: World::default(),
            savepoints: Vec::new(),
            first: 0,
            ghosts: Vec::new(),
        }
    }

    /// The key of an item; asks the database when this session has not seen it yet. `None` when that cannot be: an autoflush would fail.
    pub(crate) fn key(&mut self, id: usize) -> Option<AnyKey> {
        if let Some(key) = self.keys.get(&id) {
            return Some(*key);
        }
        if !self.may_load() {
            return None;
        }
        let row = self.rows[&id];
        let key = match self.now.items.get(&id)?.kind {
            Kind::Team => AnyKey::Team(self.session.get(row).unwrap()?),
            Kind::Person => AnyKey::Person(self.session.get(row).unwrap()?),
            Kind::Task => AnyKey::Task(self.session.get(row).unwrap()?),
            Kind::Badge => AnyKey::Badge(self.session.get(row).unwrap()?),
            Kind::Profile => AnyKey::Profile(self.session.get(row).unwrap()?),
            Kind::Tag => AnyKey::Tag(self.session.get(row).unwrap()?),
            Kind::Node => AnyKey::Node(self.session.get(row).unwrap()?),
        };
        self.keys.insert(id, key);
        Some(key)
    }

    /// Whether a load can be had: it may flush first, and then memory must be fit for that.
    pub(crate) fn may_load(&mut self) -> bool {
        !self.autoflush || self.flush()
    }

    /// Flushes both; they must agree whether that works.
    pub(crate) fn flush(&mut self) -> bool {
        let expected = self.now.flushed(&self.flushed);
        let plan = self.plan();
        let outcome = self.session.flush();
        match (&outcome, expected) {
            (Ok(()), Some(next)) => {
                self.arrived(next);
                self.recorder.take();
                self.session.flush().unwrap();
                assert_eq!(self.recorder.take().sql(), Vec::<&str>::new(), "a flush after a flush");
                true
            }
            (Err(_), None) => {
                // What had to be loaded stays loaded.
                if !plan.starts_with("load") {
                    assert_eq!(self.plan(), plan, "the plan after a flush that failed");
                }
                false
            }
            (Ok(()), None) => panic!("the flush should have failed\n{plan}\n{:#?}", self.now),
            (Err(error), Some(_)) => panic!("the flush failed: {error}\n{plan}"),
        }
    }

    fn plan(&mut self) -> String {
        match self.session.flush_plan() {
            Ok(plan) => plan.to_string(),
            Err(error) => error.to_string(),
        }
    }

    fn arrived(&mut self, next: World) {
        for id in next.items.keys() {
            if let Some(key) = self.keys.get(id) {
                self.rows.insert(*id, each!(*key, key => self.session[key].id.get().unwrap()));
            }
        }
        self.now = next.clone();
        self.flushed = next;
    }

    pub(crate) fn commit(&mut self) {
        if !self.flush() {
            assert!(self.session.commit().is_err());
            return;
        }
        self.session.commit().unwrap();
        self.committed = self.flushed.clone();
        self.savepoints.clear();
        self.first = self.next;
        self.check_rows();
    }

    pub(crate) fn rollback(&mut self) {
        self.roll_back();
    }

    fn roll_back(&mut self) -> Vec<HandedBack> {
        let handed_back = self.session.rollback().unwrap();
        let handed_back = self.went_back(handed_back, self.first);
        self.now = self.committed.clone();
        self.flushed = self.committed.clone();
        self.savepoints.clear();
        // Whoever left and came back within the transaction is as it was read then, and expired.
        for (id, key) in self.keys.clone() {
            if !self.now.items.contains_key(&id) {
                continue;
            }
            each!(key, key => drop(self.session.load(key).unwrap()));
        }
        self.session.commit().unwrap();
        self.check_rows();
        handed_back
    }

    /// Whoever was added since is handed back, without a key of a row.
    fn went_back(&mut self, mut handed_back: RolledBack, first: usize) -> Vec<HandedBack> {
        assert_eq!(handed_back.len(), self.next - first, "how many are handed back");
        let mut entities = Vec::new();
        macro_rules! take {
            ($id:ident, $key:ident: $($kind:ident),+) => {
                match $key {
                    $(AnyKey::$kind(key) => {
                        assert!(!self.session.contains(key));
                        let entity = handed_back.take(key).unwrap();
                        assert!(!entity.id.is_set(), "{entity:?} was handed back with a key");
                        entities.push(HandedBack {
                            id: $id,
                            name: entity.name.clone(),
                            size: entity.size,
                            add: Box::new(move |session| AnyKey::$kind(session.add(entity))),
                        });
                    })+
                }
            };
        }
        for id in first..self.next {
            let key = self.keys.remove(&id).unwrap();
            take!(id, key: Team, Person, Task, Badge, Profile, Tag, Node);
        }
        self.next = first;
        entities
    }

    pub(crate) fn begin_nested(&mut self) {
        if !self.flush() {
            assert!(self.session.begin_nested().is_err());
            return;
        }
        let savepoint = self.session.begin_nested().unwrap();
        self.savepoints.push((savepoint, self.flushed.clone(), self.next));
    }

    fn savepoint(&self, pick: u8) -> Option<usize> {
        (!self.savepoints.is_empty()).then(|| pick as usize % self.savepoints.len())
    }

    pub(crate) fn release(&mut self, pick: u8) {
        let Some(at) = self.savepoint(pick) else { return };
        let savepoint = self.savepoints[at].0;
        if !self.flush() {
            assert!(self.session.release(savepoint).is_err());
            return;
        }
        self.session.release(savepoint).unwrap();
        self.savepoints.truncate(at);
    }

    pub(crate) fn rollback_to(&mut self, pick: u8) {
        if let Some(at) = self.savepoint(pick) {
            self.roll_back_to(at);
        }
    }

    fn roll_back_to(&mut self, at: usize) -> Vec<HandedBack> {
        let (savepoint, world, first) = self.savepoints[at].clone();
        let handed_back = self.session.rollback_to(savepoint).unwrap();
        let handed_back = self.went_back(handed_back, first);
        self.now = world.clone();
        self.flushed = world;
        self.savepoints.truncate(at);
        handed_back
    }

    /// Everything is committed, and another session goes on that holds nothing.
    pub(crate) fn reopen(&mut self) {
        self.commit();
        self.rollback();
        self.session = self.factory.build();
        self.keys.clear();
        self.ghosts.clear();
    }
}

fn as_team(key: Option<AnyKey>) -> Option<Key<Team>> {
    match key {
        Some(AnyKey::Team(key)) => Some(key),
        _ => None,
    }
}

fn as_person(key: Option<AnyKey>) -> Option<Key<Person>> {
    match key {
        Some(AnyKey::Person(key)) => Some(key),
        _ => None,
    }
}

fn as_node(key: Option<AnyKey>) -> Option<Key<Node>> {
    match key {
        Some(AnyKey::Node(key)) => Some(key),
        _ => None,
    }
}
