//! A graph in which a flush has everything to do: new rows below new rows, changes, moves, orphans, deletions with and without cascade,
//! links, a tree, rows that refer to each other in a circle, and keys and unique values that rows hand on.

use orm::mapping::{Keyed, RelationKind, Relationship, ToMany, ToOne};
use orm::prelude::*;
use orm::session::Session;
use orm::unit::UnitOfWork;

use crate::entities::{Badge, Node, Person, Profile, Tag, Task, Team};

/// Has entries, and one of them is its favorite: a circle, which `post_update` breaks.
#[derive(Entity, Debug, Default)]
pub(crate) struct Widget {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    #[entity(post_update)]
    pub(crate) favorite: BelongsTo<Option<Entry>>,
    #[entity(inverse = "widget", cascade = "all, delete-orphan")]
    pub(crate) entries: HasMany<Entry>,
}

/// An entry of a widget.
#[derive(Entity, Debug, Default)]
pub(crate) struct Entry {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: String,
    #[entity(inverse = "entries")]
    pub(crate) widget: BelongsTo<Widget>,
}

/// Has a key and a place of its own, which desks hand on to each other.
#[derive(Entity, Debug, Default)]
pub(crate) struct Desk {
    #[entity(primary_key, length = 8)]
    pub(crate) code: String,
    #[entity(unique)]
    pub(crate) place: Option<i64>,
    pub(crate) neighbor: BelongsTo<Option<Self>>,
}

/// What a unit of work and a session have in common.
pub(crate) trait Edits {
    fn add<E: Entity>(&mut self, entity: E) -> Key<E>;
    fn edit<E: Entity>(&mut self, key: Key<E>) -> &mut E;
    fn push<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToMany>, member: Key<T>);
    fn insert<O: Entity, T: Entity>(
        &mut self,
        owner: Key<O>,
        relation: Relationship<O, T, Keyed<String>>,
        member: Key<T>,
    );
    fn remove<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToMany>, member: Key<T>);
    fn set<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToOne>, other: Key<T>);
    fn clear<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToOne>);
    fn delete<E: Entity>(&mut self, key: Key<E>);
}

impl Edits for UnitOfWork {
    fn add<E: Entity>(&mut self, entity: E) -> Key<E> {
        self.add(entity)
    }

    fn edit<E: Entity>(&mut self, key: Key<E>) -> &mut E {
        self.edit(key).unwrap()
    }

    fn push<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToMany>, member: Key<T>) {
        self.put_in(owner, relation, member).unwrap();
    }

    fn insert<O: Entity, T: Entity>(
        &mut self,
        owner: Key<O>,
        relation: Relationship<O, T, Keyed<String>>,
        member: Key<T>,
    ) {
        self.put_in(owner, relation, member).unwrap();
    }

    fn remove<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToMany>, member: Key<T>) {
        self.take_out(owner, relation, member).unwrap();
    }

    fn set<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToOne>, other: Key<T>) {
        match relation.meta().kind {
            RelationKind::BelongsTo => self.point_to(owner, relation, Some(other)).unwrap(),
            _ => self.put_in(owner, relation, other).unwrap(),
        }
    }

    fn clear<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToOne>) {
        self.point_to(owner, relation, None).unwrap();
    }

    fn delete<E: Entity>(&mut self, key: Key<E>) {
        self.delete(key).unwrap();
    }
}

impl Edits for Session {
    fn add<E: Entity>(&mut self, entity: E) -> Key<E> {
        self.add(entity)
    }

    fn edit<E: Entity>(&mut self, key: Key<E>) -> &mut E {
        self.edit(key).unwrap()
    }

    fn push<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToMany>, member: Key<T>) {
        self.rel(owner, relation).push(member).unwrap();
    }

    fn insert<O: Entity, T: Entity>(
        &mut self,
        owner: Key<O>,
        relation: Relationship<O, T, Keyed<String>>,
        member: Key<T>,
    ) {
        self.rel(owner, relation).insert(member).unwrap();
    }

    fn remove<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToMany>, member: Key<T>) {
        self.rel(owner, relation).remove(member).unwrap();
    }

    fn set<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToOne>, other: Key<T>) {
        self.rel(owner, relation).set(other).unwrap();
    }

    fn clear<O: Entity, T: Entity>(&mut self, owner: Key<O>, relation: Relationship<O, T, ToOne>) {
        self.rel(owner, relation).clear().unwrap();
    }

    fn delete<E: Entity>(&mut self, key: Key<E>) {
        self.delete(key).unwrap();
    }
}

/// Where keys come from: the database, or here where it cannot say which it made.
pub(crate) struct Keys {
    next: Option<i64>,
}

impl Keys {
    pub(crate) fn new(given: bool) -> Self {
        Self { next: given.then_some(0) }
    }

    fn next(&mut self) -> Auto<i64> {
        self.next = self.next.map(|next| next + 1);
        self.next.map_or(Auto::Unset, Auto::Set)
    }
}

/// What is there before the edits.
pub(crate) struct Graph {
    teams: [Key<Team>; 2],
    people: [Key<Person>; 4],
    tasks: [Key<Task>; 4],
    badges: [Key<Badge>; 2],
    profile: Key<Profile>,
    tags: [Key<Tag>; 3],
    nodes: [Key<Node>; 5],
    widgets: [Key<Widget>; 3],
    entries: [Key<Entry>; 3],
    desks: [Key<Desk>; 5],
}

macro_rules! new {
    ($to:ident, $keys:ident, $entity:ident, $name:expr) => {
        $to.add($entity { id: $keys.next(), name: $name.to_owned(), ..$entity::default() })
    };
}

/// Adds what is there before the edits.
pub(crate) fn base(to: &mut impl Edits, keys: &mut Keys) -> Graph {
    let teams = ["red", "blue"].map(|name| new!(to, keys, Team, name));
    let people = ["ann", "bob", "cid", "dan"].map(|name| new!(to, keys, Person, name));
    let tasks = ["dig", "fill", "rest", "wait"].map(|name| new!(to, keys, Task, name));
    let badges = ["gold", "tin"].map(|name| new!(to, keys, Badge, name));
    let profile = new!(to, keys, Profile, "short");
    let tags = ["a", "b", "c"].map(|name| new!(to, keys, Tag, name));
    let nodes = ["root", "left", "right", "deep", "deeper"].map(|name| new!(to, keys, Node, name));
    let widgets = ["w1", "w2", "w3"].map(|name| new!(to, keys, Widget, name));
    let entries = ["e1", "e2", "e3"].map(|name| new!(to, keys, Entry, name));
    let desks = ["a", "b", "c", "d", "e"];
    let mut places = 1..;
    let desks =
        desks.map(|code| to.add(Desk { code: code.to_owned(), place: places.next(), neighbor: BelongsTo::empty() }));
    to.set(desks[1], Desk::NEIGHBOR, desks[0]);
    to.push(teams[0], Team::PEOPLE, people[0]);
    to.push(teams[0], Team::PEOPLE, people[1]);
    to.set(people[2], Person::TEAM, teams[1]);
    for (task, person) in tasks.into_iter().zip([0, 0, 1, 2]) {
        to.push(people[person], Person::TASKS, task);
    }
    to.set(badges[0], Badge::PERSON, people[2]);
    to.set(badges[1], Badge::PERSON, people[0]);
    to.set(people[0], Person::PROFILE, profile);
    for (person, tag) in [(0, 0), (0, 1), (1, 1), (2, 2)] {
        to.push(people[person], Person::TAGS, tags[tag]);
    }
    for (child, parent) in [(1, 0), (2, 0), (3, 1), (4, 3)] {
        to.insert(nodes[parent], Node::CHILDREN, nodes[child]);
    }
    for (widget, entry) in widgets.into_iter().zip(entries) {
        to.push(widget, Widget::ENTRIES, entry);
        to.set(widget, Widget::FAVORITE, entry);
    }
    Graph { teams, people, tasks, badges, profile, tags, nodes, widgets, entries, desks }
}

/// Changes a bit of everything.
pub(crate) fn edit(to: &mut impl Edits, keys: &mut Keys, graph: &Graph) {
    let Graph { teams, people, tasks, badges, profile, tags, nodes, widgets, entries, desks } = graph;
    // Columns: one alone, two rows of one shape, one that counts versions.
    to.edit(people[0]).name = "anna".to_owned();
    to.edit(tags[0]).size = 5;
    to.edit(tags[1]).size = 6;
    to.edit(tasks[0]).name = "dig deep".to_owned();
    // An edited row that also moves, an orphan, a newcomer that is an orphan at once.
    to.edit(tasks[2]).size = 3;
    to.push(people[0], Person::TASKS, tasks[2]);
    to.remove(people[0], Person::TASKS, tasks[1]);
    let short_lived = new!(to, keys, Task, "short-lived");
    to.push(people[1], Person::TASKS, short_lived);
    to.remove(people[1], Person::TASKS, short_lived);
    // New rows below new rows.
    let eve = new!(to, keys, Person, "eve");
    let green = new!(to, keys, Team, "green");
    to.set(eve, Person::TEAM, green);
    to.set(people[3], Person::TEAM, green);
    for name in ["x", "y"] {
        let task = new!(to, keys, Task, name);
        to.push(eve, Person::TASKS, task);
    }
    let long = new!(to, keys, Profile, "long");
    to.set(people[0], Person::PROFILE, long);
    to.push(eve, Person::TAGS, tags[1]);
    to.push(people[1], Person::TAGS, tags[0]);
    to.remove(people[0], Person::TAGS, tags[1]);
    // A person goes with its tasks and links, its badge stays with another; a team goes and leaves its people, one of them edited.
    to.set(badges[0], Badge::PERSON, people[0]);
    to.edit(badges[1]).size = 2;
    to.delete(people[2]);
    to.delete(teams[0]);
    let _ = profile;
    // A branch goes, another grows.
    to.delete(nodes[1]);
    let mut below = nodes[2];
    for name in ["n1", "n2", "n3"] {
        let node = new!(to, keys, Node, name);
        to.insert(below, Node::CHILDREN, node);
        below = node;
    }
    // Circles: a new one, one that turns to a new row, one that opens, one that goes.
    let widget = new!(to, keys, Widget, "w4");
    let entry = new!(to, keys, Entry, "e4");
    to.push(widget, Widget::ENTRIES, entry);
    to.set(widget, Widget::FAVORITE, entry);
    let second = new!(to, keys, Entry, "e5");
    to.push(widgets[0], Widget::ENTRIES, second);
    to.set(widgets[0], Widget::FAVORITE, second);
    to.edit(entries[0]).name = "no favorite".to_owned();
    to.clear(widgets[1], Widget::FAVORITE);
    to.delete(widgets[2]);
    // The first desk goes. Its place is for the second desk, which refers to it; its key and the place of the second desk are for a new one.
    to.delete(desks[0]);
    to.clear(desks[1], Desk::NEIGHBOR);
    to.edit(desks[1]).place = Some(1);
    to.add(Desk { code: "a".to_owned(), place: Some(2), neighbor: BelongsTo::empty() });
    // A key that changes, and a new row under the old key.
    to.edit(desks[2]).code = "z".to_owned();
    to.add(Desk { code: "c".to_owned(), place: None, neighbor: BelongsTo::to(desks[1]) });
    // A place that is free only after another desk has moved.
    to.edit(desks[4]).place = Some(4);
    to.edit(desks[3]).place = Some(6);
}
