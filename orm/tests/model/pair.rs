//! A session and the model of it, driven together.

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
}

/// A row of any table, as far as the tables are alike.
type Line = (i64, String, i64, Option<i64>);

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
        let handed_back = self.session.rollback().unwrap();
        self.went_back(handed_back, self.first);
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
    }

    /// Whoever was added since is handed back, without a key of a row.
    fn went_back(&mut self, mut handed_back: RolledBack, first: usize) {
        assert_eq!(handed_back.len(), self.next - first, "how many are handed back");
        for id in first..self.next {
            let key = self.keys.remove(&id).unwrap();
            each!(key, key => {
                assert!(!self.session.contains(key));
                let entity = handed_back.take(key).unwrap();
                assert!(!entity.id.is_set(), "{entity:?} was handed back with a key");
            });
        }
        self.next = first;
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
        let Some(at) = self.savepoint(pick) else { return };
        let (savepoint, world, first) = self.savepoints[at].clone();
        let handed_back = self.session.rollback_to(savepoint).unwrap();
        self.went_back(handed_back, first);
        self.now = world.clone();
        self.flushed = world;
        self.savepoints.truncate(at);
    }

    /// Everything is committed, and another session goes on that holds nothing.
    pub(crate) fn reopen(&mut self) {
        self.commit();
        self.rollback();
        self.session = self.factory.build();
        self.keys.clear();
    }

    /// Takes a new entity in, below a parent or alone.
    pub(crate) fn add(&mut self, kind: Kind, parent: Option<usize>, name: &str, push: bool) {
        let parent_key = parent.map(|parent| self.key(parent));
        let parent_key = match parent_key {
            Some(None) => return,
            Some(Some(key)) => Some(key),
            None => None,
        };
        let mut item = Item { kind, name: name.to_owned(), size: 1, parent: None, life: Life::Pending, taken: false };
        let id = self.next;
        if let (Some(parent), Kind::Profile | Kind::Node) = (parent, kind) {
            if !self.load(parent) {
                return;
            }
            item.parent = Some(parent);
            self.now.items.insert(id, item.clone());
            // Only `insert` makes room in a keyed collection.
            let namesake = (kind == Kind::Node).then(|| self.now.namesake(id, parent)).flatten();
            self.now.items.remove(&id);
            item.parent = None;
            if namesake.is_some() && !push {
                return;
            }
            if let Some(namesake) = namesake {
                self.now.set_parent(namesake, None);
            }
        }
        self.next += 1;
        self.now.items.insert(id, item);
        if parent.is_some() {
            self.now.set_parent(id, parent);
        }
        let session = &mut self.session;
        let name = || name.to_owned();
        macro_rules! added {
            ($parent:expr, $entity:ident, $relation:ident, $owner:ident :: $collection:ident . $put:ident) => {
                match $parent {
                    Some(parent) if push => session
                        .rel(parent, $owner::$collection)
                        .$put($entity { name: name(), size: 1, ..$entity::default() })
                        .unwrap(),
                    Some(parent) => session.add($entity {
                        name: name(),
                        size: 1,
                        $relation: BelongsTo::to(parent),
                        ..$entity::default()
                    }),
                    None => session.add($entity { name: name(), size: 1, ..$entity::default() }),
                }
            };
        }
        let (team, person, node) = (as_team(parent_key), as_person(parent_key), as_node(parent_key));
        let key = match kind {
            Kind::Team => AnyKey::Team(session.add(Team { name: name(), size: 1, ..Team::default() })),
            Kind::Tag => AnyKey::Tag(session.add(Tag { name: name(), size: 1, ..Tag::default() })),
            Kind::Person => AnyKey::Person(added!(team, Person, team, Team::PEOPLE.push)),
            Kind::Task => AnyKey::Task(added!(person, Task, person, Person::TASKS.push)),
            Kind::Badge => AnyKey::Badge(added!(person, Badge, person, Person::BADGES.push)),
            Kind::Profile => AnyKey::Profile(added!(person, Profile, person, Person::PROFILE.set)),
            Kind::Node => AnyKey::Node(added!(node, Node, parent, Node::CHILDREN.insert)),
        };
        self.keys.insert(id, key);
    }

    pub(crate) fn edit(&mut self, id: usize, size: i64) {
        let Some(key) = self.key(id) else { return };
        each!(key, key => self.session[key].size = size);
        self.item(id).size = size;
    }

    pub(crate) fn rename(&mut self, id: usize, name: &str) {
        let Some(key) = self.key(id) else { return };
        each!(key, key => self.session[key].name = name.to_owned());
        self.item(id).name = name.to_owned();
    }

    fn item(&mut self, id: usize) -> &mut Item {
        self.now.items.get_mut(&id).unwrap()
    }

    pub(crate) fn set_parent(&mut self, child: usize, parent: usize, from_child: bool) {
        if self.now.is_within(parent, child) {
            return;
        }
        let (Some(child_key), Some(parent_key)) = (self.key(child), self.key(parent)) else { return };
        let kind = self.now.items[&child].kind;
        if matches!(kind, Kind::Profile | Kind::Node) && !self.load(parent) {
            return;
        }
        let mut from_child = from_child;
        if kind == Kind::Node
            && let Some(namesake) = self.now.namesake(child, parent)
        {
            from_child = false;
            self.now.set_parent(namesake, None);
        }
        self.now.set_parent(child, Some(parent));
        let session = &mut self.session;
        macro_rules! put {
            ($child:expr, $parent:expr, $entity:ident :: $relation:ident, $owner:ident :: $collection:ident . $put:ident) => {
                match from_child {
                    true => session.rel($child, $entity::$relation).set($parent).map(drop).unwrap(),
                    false => session.rel($parent, $owner::$collection).$put($child).map(drop).unwrap(),
                }
            };
        }
        match (child_key, parent_key) {
            (AnyKey::Person(c), AnyKey::Team(p)) => put!(c, p, Person::TEAM, Team::PEOPLE.push),
            (AnyKey::Task(c), AnyKey::Person(p)) => put!(c, p, Task::PERSON, Person::TASKS.push),
            (AnyKey::Badge(c), AnyKey::Person(p)) => put!(c, p, Badge::PERSON, Person::BADGES.push),
            (AnyKey::Profile(c), AnyKey::Person(p)) => put!(c, p, Profile::PERSON, Person::PROFILE.set),
            (AnyKey::Node(c), AnyKey::Node(p)) => put!(c, p, Node::PARENT, Node::CHILDREN.insert),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn clear_parent(&mut self, child: usize, from_child: bool) {
        let Some(child_key) = self.key(child) else { return };
        let item = self.now.items[&child].clone();
        let parent_key = match item.parent {
            Some(parent) if !from_child => match self.key(parent) {
                Some(key) => Some(key),
                None => return,
            },
            _ => None,
        };
        if matches!(item.kind, Kind::Profile | Kind::Node)
            && let (Some(parent), Some(_)) = (item.parent, parent_key)
            && (!self.load(parent) || self.now.namesake(child, parent).is_some())
        {
            return;
        }
        self.now.set_parent(child, None);
        let session = &mut self.session;
        macro_rules! take {
            ($child:expr, $parent:expr, $entity:ident :: $relation:ident, $owner:ident :: $collection:ident) => {
                match $parent {
                    Some(parent) => session.rel(parent, $owner::$collection).remove($child).unwrap(),
                    None => session.rel($child, $entity::$relation).clear().unwrap(),
                }
            };
        }
        match child_key {
            AnyKey::Person(c) => take!(c, as_team(parent_key), Person::TEAM, Team::PEOPLE),
            AnyKey::Task(c) => take!(c, as_person(parent_key), Task::PERSON, Person::TASKS),
            AnyKey::Badge(c) => take!(c, as_person(parent_key), Badge::PERSON, Person::BADGES),
            AnyKey::Profile(c) => match as_person(parent_key) {
                Some(parent) => session.rel(parent, Person::PROFILE).clear().unwrap(),
                None => session.rel(c, Profile::PERSON).clear().unwrap(),
            },
            AnyKey::Node(c) => match as_node(parent_key) {
                Some(parent) => {
                    let removed = session.rel(parent, Node::CHILDREN).remove(item.name.as_str()).unwrap();
                    assert_eq!(removed, Some(c));
                }
                None => session.rel(c, Node::PARENT).clear().unwrap(),
            },
            AnyKey::Team(_) | AnyKey::Tag(_) => {}
        }
    }

    pub(crate) fn link(&mut self, person: usize, tag: usize, from_tag: bool, present: bool) {
        let (Some(AnyKey::Person(person_key)), Some(AnyKey::Tag(tag_key))) = (self.key(person), self.key(tag)) else {
            return;
        };
        // What it does not know when it cuts a link it looks up.
        if !present && !self.may_load() {
            return;
        }
        // What it does not know when it links, it is shown, by either side.
        if present && self.now.links.contains(&(person, tag)) {
            let knows = self.session.rel(person_key, Person::TAGS).is_loaded().unwrap()
                || self.session.rel(tag_key, Tag::PEOPLE).is_loaded().unwrap();
            let other = if from_tag { person } else { tag };
            if !knows && !self.load(other) {
                return;
            }
        }
        let session = &mut self.session;
        match (from_tag, present) {
            (false, true) => drop(session.rel(person_key, Person::TAGS).push(tag_key).unwrap()),
            (true, true) => drop(session.rel(tag_key, Tag::PEOPLE).push(person_key).unwrap()),
            (false, false) => session.rel(person_key, Person::TAGS).remove(tag_key).unwrap(),
            (true, false) => session.rel(tag_key, Tag::PEOPLE).remove(person_key).unwrap(),
        }
        match present {
            true => self.now.links.insert((person, tag)),
            false => self.now.links.remove(&(person, tag)),
        };
    }

    pub(crate) fn delete(&mut self, id: usize) {
        let Some(key) = self.key(id) else { return };
        let outcome = each!(key, key => self.session.delete(key));
        let item = self.item(id);
        match item.life {
            Life::Pending => assert!(outcome.is_err(), "a pending entity has no row to delete"),
            Life::Persistent | Life::Deleting => {
                outcome.unwrap();
                item.life = Life::Deleting;
            }
        }
    }

    /// Loads every relationship of an item, and compares.
    pub(crate) fn load(&mut self, id: usize) -> bool {
        let Some(key) = self.key(id) else { return false };
        if !self.may_load() || !self.now.items.contains_key(&id) {
            return false;
        }
        self.collections(id, key, true);
        self.reference(id, key, true);
        self.now.items.contains_key(&id)
    }

    pub(crate) fn get(&mut self, id: usize) {
        let Some(key) = self.key(id) else { return };
        let Some(row) = self.rows.get(&id).copied() else { return };
        if self.now.items[&id].life == Life::Pending || !self.may_load() {
            return;
        }
        let found = match key {
            AnyKey::Team(_) => self.session.get::<Team>(row).unwrap().map(AnyKey::Team),
            AnyKey::Person(_) => self.session.get::<Person>(row).unwrap().map(AnyKey::Person),
            AnyKey::Task(_) => self.session.get::<Task>(row).unwrap().map(AnyKey::Task),
            AnyKey::Badge(_) => self.session.get::<Badge>(row).unwrap().map(AnyKey::Badge),
            AnyKey::Profile(_) => self.session.get::<Profile>(row).unwrap().map(AnyKey::Profile),
            AnyKey::Tag(_) => self.session.get::<Tag>(row).unwrap().map(AnyKey::Tag),
            AnyKey::Node(_) => self.session.get::<Node>(row).unwrap().map(AnyKey::Node),
        };
        let expected = self.now.items.contains_key(&id).then_some(key);
        assert_eq!(found, expected, "one row, one key");
    }

    /// Every row of a kind: one key each.
    pub(crate) fn query(&mut self, kind: Kind) {
        if !self.may_load() {
            return;
        }
        let ids = self.flushed.of_kind(kind);
        macro_rules! all {
            ($($kind:ident),+) => {
                match kind {
                    $(Kind::$kind => self.session.query::<$kind>().order_by($kind::ID.asc()).all().unwrap()
                        .into_iter().map(AnyKey::$kind).collect::<Vec<_>>(),)+
                }
            };
        }
        let found = all!(Team, Person, Task, Badge, Profile, Tag, Node);
        let rows: BTreeSet<i64> =
            found.iter().map(|key| each!(*key, key => self.session[key].id.get().unwrap())).collect();
        let expected: BTreeSet<i64> = ids.iter().map(|id| self.rows[id]).collect();
        assert_eq!(rows, expected, "the rows of {kind:?}");
        assert_eq!(rows.len(), found.len(), "one row, one key");
        for id in ids {
            if let Some(key) = self.keys.get(&id) {
                assert!(found.contains(key), "the key of {kind:?} {id}");
            }
        }
    }

    /// Drops unflushed edits of an item and what its cascades reach; `refresh` reads it again, too.
    pub(crate) fn expire(&mut self, id: usize, refresh: bool) {
        let Some(mut reached) = self.reach(id) else { return };
        let Some(key) = self.key(id) else { return };
        if self.now.items[&id].life == Life::Pending {
            assert!(each!(key, key => self.session.expire(key)).is_err());
            return;
        }
        reached.retain(|id| self.now.items[id].life != Life::Pending);
        let mut after = self.now.clone();
        for id in reached {
            let old = &self.flushed.items[&id];
            if old.kind == Kind::Profile && old.parent != after.items[&id].parent {
                // Who makes room for whom would depend on the order.
                return;
            }
            after.set_parent(id, old.parent);
            if let Some(item) = after.items.get_mut(&id) {
                item.name.clone_from(&old.name);
                item.size = old.size;
            }
        }
        if after.has_circle() {
            return;
        }
        self.now = after;
        if refresh {
            each!(key, key => drop(self.session.refresh(key).unwrap()));
        } else {
            each!(key, key => self.session.expire(key).unwrap());
        }
    }

    /// What a cascade reaches from an item, all of it loaded.
    fn reach(&mut self, id: usize) -> Option<Vec<usize>> {
        let mut reached = vec![id];
        let mut index = 0;
        while let Some(id) = reached.get(index).copied() {
            index += 1;
            if !self.load(id) {
                return None;
            }
            for kind in Kind::ALL.into_iter().filter(|kind| kind.cascades()) {
                reached.extend(self.now.children(id, kind));
            }
        }
        Some(reached)
    }

    /// Adds a person with everything that hangs on it, as one value.
    pub(crate) fn add_graph(&mut self, tasks: u8, name: &str) {
        let entity = Person {
            name: name.to_owned(),
            size: 1,
            team: BelongsTo::new(Team { name: name.to_owned(), size: 1, ..Team::default() }),
            tasks: HasMany::of((0..tasks).map(|_| Task { name: name.to_owned(), size: 1, ..Task::default() })),
            profile: HasOne::new(Profile { name: name.to_owned(), size: 1, ..Profile::default() }),
            tags: ManyToMany::of([Tag { name: name.to_owned(), size: 1, ..Tag::default() }]),
            ..Person::default()
        };
        let key = self.session.add(entity);
        let person = self.arrive(AnyKey::Person(key), Kind::Person, name, None);
        let team = self.session.rel(key, Person::TEAM).load().unwrap().unwrap();
        let team = self.arrive(AnyKey::Team(team), Kind::Team, name, None);
        self.now.set_parent(person, Some(team));
        for task in self.session.rel(key, Person::TASKS).load().unwrap() {
            self.arrive(AnyKey::Task(task), Kind::Task, name, Some(person));
        }
        let profile = self.session.rel(key, Person::PROFILE).load().unwrap().unwrap();
        self.arrive(AnyKey::Profile(profile), Kind::Profile, name, Some(person));
        for tag in self.session.rel(key, Person::TAGS).load().unwrap() {
            let tag = self.arrive(AnyKey::Tag(tag), Kind::Tag, name, None);
            self.now.links.insert((person, tag));
        }
    }

    fn arrive(&mut self, key: AnyKey, kind: Kind, name: &str, parent: Option<usize>) -> usize {
        let id = self.next;
        self.next += 1;
        let item = Item { kind, name: name.to_owned(), size: 1, parent, life: Life::Pending, taken: false };
        self.now.items.insert(id, item);
        self.keys.insert(id, key);
        id
    }

    /// Makes these the tasks, and these the tags of a person.
    pub(crate) fn set_members(&mut self, person: usize, tasks: &[usize], tags: &[usize]) {
        if !self.load(person) {
            return;
        }
        let Some(AnyKey::Person(key)) = self.key(person) else { return };
        let mut task_keys = Vec::new();
        for task in tasks {
            match self.key(*task) {
                Some(AnyKey::Task(key)) => task_keys.push(key),
                _ => return,
            }
        }
        let mut tag_keys = Vec::new();
        for tag in tags {
            match self.key(*tag) {
                Some(AnyKey::Tag(key)) => tag_keys.push(key),
                _ => return,
            }
        }
        for gone in self.now.children(person, Kind::Task) {
            if !tasks.contains(&gone) {
                self.now.set_parent(gone, None);
            }
        }
        tasks.iter().for_each(|task| self.now.set_parent(*task, Some(person)));
        self.now.links.retain(|link| link.0 != person);
        self.now.links.extend(tags.iter().map(|tag| (person, *tag)));
        self.session.rel(key, Person::TASKS).set(task_keys).unwrap();
        self.session.rel(key, Person::TAGS).set(tag_keys).unwrap();
    }

    /// Lays a value over the row with its key.
    pub(crate) fn merge(&mut self, id: usize, size: i64) {
        let Some(key) = self.key(id) else { return };
        let Item { life: Life::Persistent, ref name, .. } = self.now.items[&id] else { return };
        let (name, row) = (name.clone(), Auto::Set(self.rows[&id]));
        if !self.may_load() || !self.now.items.contains_key(&id) {
            return;
        }
        macro_rules! merge {
            ($($kind:ident),+) => {
                match key {
                    $(AnyKey::$kind(key) => {
                        let merged = self.session.merge($kind { id: row, name, size, ..$kind::default() }).unwrap();
                        assert_eq!(merged, key, "one row, one key");
                    })+
                }
            };
        }
        merge!(Team, Person, Task, Badge, Profile, Tag, Node);
        self.item(id).size = size;
    }

    /// An item leaves the session, and its row stays.
    pub(crate) fn expunge(&mut self, id: usize) {
        let same =
            self.now.items[&id] == self.flushed.items.get(&id).cloned().unwrap_or_else(|| self.now.items[&id].clone());
        let is_old = self.committed.items.contains_key(&id) && self.savepoints.is_empty();
        if !same || !is_old || self.now.items[&id].life != Life::Persistent {
            return;
        }
        // Whoever refers to it, and is not flushed, would refer to nobody.
        let alone = Kind::ALL.into_iter().all(|kind| self.now.children(id, kind) == self.flushed.children(id, kind))
            && self.now.links == self.flushed.links;
        if !alone {
            return;
        }
        let Some(reached) = self.reach(id) else { return };
        if reached.iter().any(|id| {
            !self.committed.items.contains_key(id)
                || self.now.items[id].differs(&self.flushed.items[id])
                || self.now.items[id].life != Life::Persistent
        }) {
            return;
        }
        let Some(key) = self.key(id) else { return };
        let size = self.now.items[&id].size;
        each!(key, key => assert_eq!(self.session.expunge(key).unwrap().size, size));
        for id in reached {
            self.keys.remove(&id);
        }
    }

    pub(crate) fn expire_all(&mut self) {
        self.session.expire_all();
    }

    /// Memory is as the model says, without a statement.
    pub(crate) fn check_memory(&mut self) {
        self.recorder.take();
        let held: Vec<(usize, AnyKey)> = self.keys.iter().map(|(id, key)| (*id, *key)).collect();
        for (id, key) in &held {
            let Some(item) = self.now.items.get(id).cloned() else { continue };
            each!(*key, key => {
                let state = match item.life {
                    Life::Pending => State::Pending,
                    Life::Persistent => State::Persistent,
                    Life::Deleting => State::Deleting,
                };
                assert_eq!(self.session.state(key).unwrap(), state, "the state of {id}");
                assert_eq!((&self.session[key].name, self.session[key].size), (&item.name, item.size), "the columns of {id}");
                let is_modified = match item.life {
                    Life::Pending => true,
                    Life::Persistent => self.flushed.items[id].differs(&item),
                    Life::Deleting => false,
                };
                assert_eq!(self.session.is_modified(key).unwrap(), is_modified, "whether {id} is modified");
            });
            self.reference(*id, *key, false);
            self.collections(*id, *key, false);
        }
        self.check_lists();
        assert_eq!(self.recorder.take().sql(), Vec::<&str>::new(), "looking at memory sends nothing");
    }

    fn check_lists(&self) {
        macro_rules! lists {
            ($($kind:ident),+) => {
                $(
                    let ids = |keys: Vec<Key<$kind>>| -> Vec<usize> {
                        let id = |key: Key<$kind>| {
                            let known = self.keys.iter().find(|(_, any)| **any == AnyKey::$kind(key)).map(|(id, _)| *id);
                            // The session may hold what the model has not asked for.
                            known.or_else(|| {
                                let row = self.session[key].id.get();
                                let mut same = self.rows.iter().filter(|(_, found)| Some(**found) == row).map(|(id, _)| *id);
                                same.find(|id| self.now.items.get(id).is_some_and(|item| item.kind == Kind::$kind))
                            })
                        };
                        keys.into_iter().map(|key| id(key).unwrap()).collect()
                    };
                    let sorted = |mut ids: Vec<usize>| { ids.sort_unstable(); ids };
                    let in_life = |life: Life| -> Vec<usize> {
                        let mut ids = self.now.of_kind(Kind::$kind);
                        ids.retain(|id| self.now.items[id].life == life);
                        ids
                    };
                    assert_eq!(ids(self.session.pending::<$kind>()), in_life(Life::Pending), "pending {}", stringify!($kind));
                    assert_eq!(sorted(ids(self.session.deleted::<$kind>())), in_life(Life::Deleting), "deleted {}", stringify!($kind));
                    let mut dirty = in_life(Life::Persistent);
                    dirty.retain(|id| self.flushed.items[id].differs(&self.now.items[id]));
                    assert_eq!(sorted(ids(self.session.dirty::<$kind>())), dirty, "dirty {}", stringify!($kind));
                )+
            };
        }
        lists!(Team, Person, Task, Badge, Profile, Tag, Node);
    }

    fn reference(&mut self, id: usize, key: AnyKey, load: bool) {
        let Some(item) = self.now.items.get(&id).cloned() else { return };
        macro_rules! check {
            ($key:expr, $entity:ident :: $relation:ident, $field:ident, $parent:ident) => {{
                if load {
                    let found = self.session.rel($key, $entity::$relation).load().unwrap().map(AnyKey::$parent);
                    let expected = item.parent.map(|parent| self.key(parent).unwrap());
                    assert_eq!(found, expected, "the parent of {id}");
                }
                let reference = &self.session[$key].$field;
                let row = item.parent.and_then(|parent| self.rows.get(&parent)).copied();
                // Whoever has left the session and come back has another key.
                match reference.loaded().filter(|target| self.session.contains(*target)) {
                    Some(found) => {
                        let parent = item.parent.unwrap_or_else(|| panic!("{id} has no parent but {found:?}"));
                        match self.keys.get(&parent) {
                            Some(expected) => assert_eq!(AnyKey::$parent(found), *expected, "the parent of {id}"),
                            None => assert_eq!(self.session[found].id.get(), row, "the parent of {id}"),
                        }
                    }
                    None => {
                        assert_eq!(reference.id().copied(), item.parent.map(|_| row.unwrap()), "the parent of {id}")
                    }
                }
            }};
        }
        match key {
            AnyKey::Person(key) => check!(key, Person::TEAM, team, Team),
            AnyKey::Task(key) => check!(key, Task::PERSON, person, Person),
            AnyKey::Badge(key) => check!(key, Badge::PERSON, person, Person),
            AnyKey::Profile(key) => check!(key, Profile::PERSON, person, Person),
            AnyKey::Node(key) => check!(key, Node::PARENT, parent, Node),
            AnyKey::Team(_) | AnyKey::Tag(_) => {}
        }
    }

    /// Compares the collections that are known, or loads them all first.
    fn collections(&mut self, id: usize, key: AnyKey, load: bool) {
        if !self.now.items.contains_key(&id) {
            return;
        }
        macro_rules! check {
            ($key:expr, $owner:ident :: $collection:ident, $kind:ident, $expected:expr, $members:expr) => {
                if load || self.session.rel($key, $owner::$collection).is_loaded().unwrap() {
                    let members = self.session.rel($key, $owner::$collection).load().unwrap();
                    let members: Vec<AnyKey> = $members(members);
                    let expected: BTreeSet<usize> = $expected;
                    assert_eq!(members.len(), expected.len(), "{} of {id}: {members:?}, expected {expected:?}", stringify!($collection));
                    for member in expected {
                        match self.keys.get(&member) {
                            Some(key) => assert!(members.contains(key), "{} of {id} lack {member}", stringify!($collection)),
                            None => assert!(
                                members.iter().any(|key| each!(*key, key => self.session[key].id.get() == self.rows.get(&member).copied())),
                                "{} of {id} lack {member}", stringify!($collection)
                            ),
                        }
                    }
                }
            };
        }
        fn list<T>(kind: fn(Key<T>) -> AnyKey) -> impl Fn(Vec<Key<T>>) -> Vec<AnyKey> {
            move |members| members.into_iter().map(kind).collect()
        }
        let children = |pair: &Self, kind: Kind| pair.now.children(id, kind);
        match key {
            AnyKey::Team(key) => {
                check!(key, Team::PEOPLE, Person, children(self, Kind::Person), list(AnyKey::Person));
            }
            AnyKey::Person(key) => {
                check!(key, Person::TASKS, Task, children(self, Kind::Task), list(AnyKey::Task));
                check!(key, Person::BADGES, Badge, children(self, Kind::Badge), list(AnyKey::Badge));
                check!(key, Person::PROFILE, Profile, children(self, Kind::Profile), |found: Option<Key<Profile>>| {
                    found.into_iter().map(AnyKey::Profile).collect::<Vec<_>>()
                });
                let tags = |pair: &Self| pair.now.links.iter().filter(|link| link.0 == id).map(|link| link.1).collect();
                check!(key, Person::TAGS, Tag, tags(self), list(AnyKey::Tag));
            }
            AnyKey::Tag(key) => {
                let people =
                    |pair: &Self| pair.now.links.iter().filter(|link| link.1 == id).map(|link| link.0).collect();
                check!(key, Tag::PEOPLE, Person, people(self), list(AnyKey::Person));
            }
            AnyKey::Node(key) => {
                check!(key, Node::CHILDREN, Node, children(self, Kind::Node), |found: Vec<(String, Key<Node>)>| found
                    .into_iter()
                    .map(|(_, key)| AnyKey::Node(key))
                    .collect::<Vec<_>>());
            }
            AnyKey::Task(_) | AnyKey::Badge(_) | AnyKey::Profile(_) => {}
        }
    }

    /// The rows are as the model says. Only between transactions: the database has one connection.
    fn check_rows(&self) {
        let mut connection = self.engine.connect().unwrap();
        let mut expected: BTreeMap<&str, BTreeSet<Line>> = BTreeMap::new();
        for (id, item) in &self.committed.items {
            let parent = item.parent.map(|parent| self.rows[&parent]);
            expected.entry(item.kind.table()).or_default().insert((
                self.rows[id],
                item.name.clone(),
                item.size,
                parent,
            ));
        }
        for kind in Kind::ALL {
            let parent = match kind.parent() {
                Some(Kind::Team) => "team_id",
                Some(Kind::Node) => "parent_id",
                Some(_) => "person_id",
                None => "NULL",
            };
            let rows =
                connection.query(&text(format!("SELECT id, name, size, {parent} FROM {}", kind.table()))).unwrap();
            let rows: BTreeSet<_> =
                rows.iter().map(|row| row.unpack::<(i64, String, i64, Option<i64>)>().unwrap()).collect();
            assert_eq!(rows, expected.remove(kind.table()).unwrap_or_default(), "the rows of {}", kind.table());
        }
        let links = connection.query(&text("SELECT person_id, tag_id FROM person_tag")).unwrap();
        let links: BTreeSet<(i64, i64)> = links.iter().map(|row| row.unpack().unwrap()).collect();
        let expected: BTreeSet<(i64, i64)> =
            self.committed.links.iter().map(|(person, tag)| (self.rows[person], self.rows[tag])).collect();
        assert_eq!(links, expected, "the links");
        for (id, key) in &self.keys {
            if self.committed.items.contains_key(id)
                && let AnyKey::Task(key) = key
            {
                let version = connection
                    .query(&text("SELECT version FROM task WHERE id = :id").bind("id", self.rows[id]))
                    .unwrap()[0]
                    .get::<i64>(0)
                    .unwrap();
                assert_eq!(self.session[*key].version, version, "the version of {id}");
            }
        }
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
