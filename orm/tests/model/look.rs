//! What a step reads, and whether memory and rows are as the model says.

use super::*;

/// A row of any table, as far as the tables are alike.
type Line = (i64, String, i64, Option<i64>);

impl Pair {
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

    /// Drops unflushed edits of an item and what its cascades reach; `refresh` reads it again, after a flush where there is something left to write.
    pub(crate) fn expire(&mut self, id: usize, refresh: bool) {
        let Some(mut reached) = self.reach(id) else { return };
        let Some(key) = self.key(id) else { return };
        if self.now.items[&id].life == Life::Pending {
            assert!(each!(key, key => self.session.expire(key)).is_err());
            return;
        }
        reached.retain(|id| self.now.items[id].life != Life::Pending);
        for id in reached {
            let old = self.flushed.items[&id].clone();
            let item = self.item(id);
            (item.name, item.size) = (old.name, old.size);
            // A change of a relationship stays: the other end was changed with it.
            item.assigned |= item.parent != old.parent;
            if !item.assigned {
                item.taken = old.taken;
            }
        }
        if refresh {
            let is_kept = self.now.items[&id].assigned && self.now.items[&id].life == Life::Persistent;
            if is_kept && !self.may_load() {
                each!(key, key => assert!(self.session.refresh(key).is_err()));
                return;
            }
            let outcome = each!(key, key => self.session.refresh(key).map(drop));
            // Without autoflush nothing is flushed, and a row with something to write is not read into memory.
            assert_eq!(outcome.is_err(), is_kept && !self.autoflush && self.now.items.contains_key(&id), "{outcome:?}");
        } else {
            each!(key, key => self.session.expire(key).unwrap());
        }
    }

    /// What a cascade reaches from an item, all of it loaded.
    pub(super) fn reach(&mut self, id: usize) -> Option<Vec<usize>> {
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
                    Life::Persistent => item.assigned || self.flushed.items[id].differs(&item),
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
                    dirty.retain(|id| self.now.items[id].assigned || self.flushed.items[id].differs(&self.now.items[id]));
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
    pub(super) fn check_rows(&self) {
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
