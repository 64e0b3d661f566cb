//! What a step changes, in the session and in the model alike.

use super::*;

impl Pair {
    /// Takes a new entity in, below a parent or alone.
    pub(crate) fn add(&mut self, kind: Kind, parent: Option<usize>, name: &str, push: bool) {
        let parent_key = parent.map(|parent| self.key(parent));
        let parent_key = match parent_key {
            Some(None) => return,
            Some(Some(key)) => Some(key),
            None => None,
        };
        let mut item = Item {
            kind,
            name: name.to_owned(),
            size: 1,
            parent: None,
            life: Life::Pending,
            taken: false,
            assigned: false,
        };
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

    /// Another session writes a row that a commit has expired here; an edit of what memory shows is refused, an assignment counts.
    pub(crate) fn meanwhile(&mut self, id: usize, assigned: bool) {
        if !self.flush() {
            return;
        }
        self.commit();
        let (Some(key), Some(row)) = (self.keys.get(&id).copied(), self.rows.get(&id).copied()) else { return };
        if self.session.in_transaction() || !self.now.items.contains_key(&id) || !self.is_expired(key) {
            return;
        }
        let mine = self.now.items[&id].size;
        let table = self.now.items[&id].kind.table();
        let theirs =
            text(format!("UPDATE {table} SET size = :size WHERE id = :id")).bind("size", mine + 10).bind("id", row);
        self.engine.connect().unwrap().execute(&theirs).unwrap();
        macro_rules! set {
            ($($kind:ident),+) => {
                match key {
                    $(AnyKey::$kind(key) => self.session.set(key, $kind::SIZE, mine).unwrap()),+
                }
            };
        }
        let size = if assigned {
            set!(Team, Person, Task, Badge, Profile, Tag, Node);
            mine
        } else {
            each!(key, key => self.session[key].size = mine + 1);
            mine + 10
        };
        let outcome = self.session.flush();
        assert_eq!(outcome.is_ok(), assigned, "{outcome:?} {:#?}", self.recorder.take().sql());
        if !assigned {
            assert!(matches!(outcome, Err(orm::Error::StaleData { columns, .. }) if columns == ["size"]));
            each!(key, key => drop(self.session.refresh(key).unwrap()));
        }
        self.session.commit().unwrap();
        each!(key, key => assert_eq!(self.session.load(key).unwrap().size, size));
        self.session.commit().unwrap();
        for world in [&mut self.now, &mut self.flushed, &mut self.committed] {
            world.items.get_mut(&id).unwrap().size = size;
        }
    }

    /// A profile is given to a person who may have one that is not loaded: that one loses the place, as if it had been.
    pub(crate) fn succeed(&mut self, profile: usize, person: usize) {
        if !self.may_load() || !self.now.items.contains_key(&profile) || !self.now.items.contains_key(&person) {
            return;
        }
        let (Some(AnyKey::Profile(profile_key)), Some(AnyKey::Person(person_key))) =
            (self.key(profile), self.key(person))
        else {
            return;
        };
        let mut after = self.now.clone();
        after.set_parent(profile, Some(person));
        if after.flushed(&self.flushed).is_none() {
            // Who loses the place is known once that is flushed.
            return;
        }
        let was_expired = self.is_expired(AnyKey::Profile(profile_key));
        self.now.set_parent(profile, Some(person));
        self.item(profile).assigned |= was_expired;
        self.session.rel(profile_key, Profile::PERSON).set(person_key).unwrap();
        assert!(self.flush());
    }

    fn is_expired(&self, key: AnyKey) -> bool {
        each!(key, key => self.session.is_expired(key).unwrap())
    }

    pub(super) fn item(&mut self, id: usize) -> &mut Item {
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
        let was_expired = self.is_expired(child_key);
        self.now.set_parent(child, Some(parent));
        self.item(child).assigned |= was_expired;
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
        let is_read_first = parent_key.is_some() || item.kind.cascades();
        if self.is_expired(child_key) && !is_read_first {
            self.item(child).assigned = true;
        } else if self.is_expired(child_key) && each!(child_key, key => self.session.is_modified(key).unwrap()) {
            // Refused, unless a flush comes first: whose it is cannot be read into memory.
            let is_flushed = self.autoflush && self.flush();
            if !is_flushed || self.now.items.get(&child).is_none_or(|now| now.parent != item.parent) {
                return;
            }
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

    pub(super) fn arrive(&mut self, key: AnyKey, kind: Kind, name: &str, parent: Option<usize>) -> usize {
        let id = self.next;
        self.next += 1;
        let item =
            Item { kind, name: name.to_owned(), size: 1, parent, life: Life::Pending, taken: false, assigned: false };
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
        for task in tasks {
            let was_expired = self.is_expired(self.keys[task]);
            self.now.set_parent(*task, Some(person));
            self.item(*task).assigned |= was_expired;
        }
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
}
