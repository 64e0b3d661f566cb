//! A random walk: whatever is done in whatever order, memory is as the database is after every commit and rollback.

use orm::prelude::*;
use orm::session::Savepoint;
use orm::unit::State;
use orm::{DatabaseErrorKind, Result};

use crate::Db;
use crate::models::{Address, Department, User, Worker};

cases![memory_follows_the_database_wherever_it_goes];

#[derive(Entity, Debug, Default)]
struct Person {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "person_tag", inverse = "people")]
    tags: ManyToMany<Tag>,
}

#[derive(Entity, Debug, Default)]
struct Tag {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "person_tag", inverse = "tags")]
    people: ManyToMany<Person>,
}

fn memory_follows_the_database_wherever_it_goes(db: &Db) -> Result<()> {
    let tables = || schema![Department, Worker, User, Address, Person, Tag];
    let engine = db.shared_engine(tables())?;
    let ends_by_itself = db.abilities().rollback_by_itself;
    for seed in 1..=30 {
        if ends_by_itself {
            engine.connect()?.execute(&text(
                "CREATE TRIGGER ends BEFORE INSERT ON department WHEN NEW.name = 'ends' BEGIN SELECT RAISE(ROLLBACK, 'it ends'); END",
            ))?;
        }
        // What fails names its seed and its steps.
        let mut walk = Walk { ends_by_itself, ..Walk::new(&engine, seed) };
        for _ in 0..120 {
            let step = walk.below(STEPS.len());
            walk.taken.push(STEPS[step].0);
            let outcome = (STEPS[step].1)(&mut walk);
            assert!(outcome.is_ok(), "seed {seed}: {outcome:?} after {:?}", walk.taken);
        }
        commit(&mut walk)?;
        walk.session.close()?;
        engine.drop_all(tables())?;
        engine.create_all(tables())?;
    }
    Ok(())
}

struct Walk {
    session: Session,
    savepoints: Vec<Savepoint>,
    random: u64,
    number: u64,
    seed: u64,
    taken: Vec<&'static str>,
    /// Whether a department called `ends` makes the database roll the transaction back.
    ends_by_itself: bool,
}

type Step = (&'static str, fn(&mut Walk) -> Result<()>);

const STEPS: &[Step] = &[
    ("add department", |walk| {
        walk.session.add(Department::with("department", &["first"]));
        Ok(())
    }),
    ("add worker", |walk| {
        walk.session.add(Worker::named("worker"));
        Ok(())
    }),
    ("move worker", |walk| {
        let (Some(worker), Some(department)) = (walk.any::<Worker>(), walk.any::<Department>()) else { return Ok(()) };
        walk.session.rel(worker, Worker::DEPARTMENT).set(department).map(drop)
    }),
    ("push worker", |walk| {
        let (Some(worker), Some(department)) = (walk.any::<Worker>(), walk.any::<Department>()) else { return Ok(()) };
        walk.session.rel(department, Department::WORKERS).push(worker).map(drop)
    }),
    ("remove worker", |walk| {
        let Some(department) = walk.any::<Department>() else { return Ok(()) };
        match walk.session.rel(department, Department::WORKERS).load()?.first().copied() {
            Some(worker) => walk.session.rel(department, Department::WORKERS).remove(worker),
            None => Ok(()),
        }
    }),
    ("clear worker", |walk| match walk.any::<Worker>() {
        Some(worker) => walk.session.rel(worker, Worker::DEPARTMENT).clear(),
        None => Ok(()),
    }),
    ("rename worker", |walk| {
        let (worker, name) = (walk.any::<Worker>(), walk.name());
        if let Some(worker) = worker {
            walk.session[worker].name = name;
        }
        Ok(())
    }),
    ("delete worker", |walk| walk.delete::<Worker>()),
    ("delete department", |walk| walk.delete::<Department>()),
    ("add user", |walk| {
        let name = walk.name();
        walk.session.add(User::with(&name, &["a", "b"]));
        Ok(())
    }),
    ("push address", |walk| match walk.any::<User>() {
        Some(user) => walk.session.rel(user, User::ADDRESSES).push(Address::at("c")).map(drop),
        None => Ok(()),
    }),
    ("move address", |walk| {
        let (Some(address), Some(user)) = (walk.any::<Address>(), walk.any::<User>()) else { return Ok(()) };
        walk.session.rel(address, Address::USER).set(user).map(drop)
    }),
    ("remove address", |walk| {
        let Some(user) = walk.any::<User>() else { return Ok(()) };
        match walk.session.rel(user, User::ADDRESSES).load()?.last().copied() {
            Some(address) => walk.session.rel(user, User::ADDRESSES).remove(address),
            None => Ok(()),
        }
    }),
    ("delete user", |walk| walk.delete::<User>()),
    ("add person", |walk| {
        walk.session.add(Person { tags: ManyToMany::of([Tag::default()]), ..Person::default() });
        Ok(())
    }),
    ("link", |walk| {
        let (Some(person), Some(tag)) = (walk.any::<Person>(), walk.any::<Tag>()) else { return Ok(()) };
        walk.session.rel(person, Person::TAGS).load()?;
        walk.session.rel(tag, Tag::PEOPLE).load()?;
        walk.session.rel(tag, Tag::PEOPLE).push(person).map(drop)
    }),
    ("cut", |walk| {
        let (Some(person), Some(tag)) = (walk.any::<Person>(), walk.any::<Tag>()) else { return Ok(()) };
        walk.session.rel(person, Person::TAGS).load()?;
        walk.session.rel(person, Person::TAGS).remove(tag)
    }),
    ("delete tag", |walk| walk.delete::<Tag>()),
    ("delete person", |walk| walk.delete::<Person>()),
    ("flush", |walk| walk.session.flush()),
    ("fail to flush", |walk| {
        let Some(user) = walk.any::<User>() else { return Ok(()) };
        let name = walk.session[user].name.clone();
        let twin = walk.session.add(User::with(&name, &["t"]));
        let refused = walk.session.flush().unwrap_err();
        assert_eq!(refused.database_kind(), Some(DatabaseErrorKind::UniqueViolation), "{refused}");
        walk.session.expunge(twin).map(drop)
    }),
    ("expire worker", |walk| match walk.any::<Worker>() {
        Some(worker) if walk.session.state(worker)? == State::Persistent => walk.session.expire(worker),
        _ => Ok(()),
    }),
    ("refresh department", |walk| match walk.any::<Department>() {
        Some(department) if walk.session.state(department)? == State::Persistent => {
            walk.session.refresh(department).map(drop)
        }
        _ => Ok(()),
    }),
    ("expire all", |walk| {
        walk.session.expire_all();
        Ok(())
    }),
    ("merge worker", |walk| {
        // A merge flushes first: what is laid over the row is how the row is then.
        walk.session.flush()?;
        let Some(worker) = walk.any::<Worker>() else { return Ok(()) };
        let held = walk.session.load(worker)?;
        let (id, department) = (held.id, held.department.id().copied());
        let department = department.map_or_else(BelongsTo::empty, BelongsTo::by_id);
        let name = walk.name();
        walk.session.merge(Worker { id, name, department }).map(drop)
    }),
    ("set savepoint", |walk| {
        let savepoint = walk.session.begin_nested()?;
        walk.savepoints.push(savepoint);
        Ok(())
    }),
    ("release savepoint", |walk| match walk.savepoints.pop() {
        Some(savepoint) => walk.session.release(savepoint),
        None => Ok(()),
    }),
    ("back to savepoint", |walk| match walk.savepoints.pop() {
        Some(savepoint) => walk.session.rollback_to(savepoint).map(drop),
        None => Ok(()),
    }),
    ("end by hand", |walk| {
        walk.session.flush()?;
        if walk.session.in_transaction() {
            for sql in ["COMMIT", "ROLLBACK"] {
                assert!(walk.session.execute(&text(sql)).is_err(), "{sql}");
            }
            assert!(walk.session.with_connection(|connection| connection.commit()).is_err());
            assert!(walk.session.with_connection(|connection| connection.rollback()).is_err());
        }
        Ok(())
    }),
    ("end by itself", |walk| {
        if !walk.ends_by_itself {
            return Ok(());
        }
        let doomed = walk.session.add(Department::with("ends", &[]));
        assert!(walk.session.flush().is_err());
        walk.session.expunge(doomed)?;
        // Nothing of what follows may stay.
        walk.session.add(Worker::named("too late"));
        let _ = walk.session.flush();
        walk.savepoints.clear();
        walk.session.rollback()?;
        check(walk)
    }),
    ("commit", commit),
    ("rollback", |walk| {
        walk.savepoints.clear();
        walk.session.rollback()?;
        check(walk)
    }),
];

fn commit(walk: &mut Walk) -> Result<()> {
    walk.savepoints.clear();
    walk.session.commit()?;
    check(walk)
}

impl Walk {
    fn new(engine: &Engine, seed: u64) -> Self {
        let session =
            Session::builder(engine).expire_on_commit(seed.is_multiple_of(3)).autoflush(seed.is_multiple_of(2)).build();
        Self {
            session,
            savepoints: Vec::new(),
            random: seed,
            number: 0,
            seed,
            taken: Vec::new(),
            ends_by_itself: false,
        }
    }

    /// Knuth's linear congruential generator: the walk is the same wherever it is taken.
    fn below(&mut self, bound: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % bound
    }

    fn name(&mut self) -> String {
        self.number += 1;
        format!("{} {}", self.seed, self.number)
    }

    /// Any entity of a type that is not about to go.
    fn any<E: Entity>(&mut self) -> Option<Key<E>> {
        let lives = |key: &Key<E>| matches!(self.session.state(*key), Ok(State::Pending | State::Persistent));
        let held: Vec<Key<E>> = self.session.held::<E>().into_iter().filter(lives).collect();
        if held.is_empty() { None } else { Some(held[self.below(held.len())]) }
    }

    fn delete<E: Entity>(&mut self) -> Result<()> {
        match self.any::<E>() {
            Some(key) if self.session.state(key)? == State::Persistent => self.session.delete(key),
            _ => Ok(()),
        }
    }
}

/// Every row, with the ids at the other ends of its relationships: `worker 1 name [2]`.
fn picture(session: &mut Session) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    for key in session.held::<Department>() {
        let members = session.rel(key, Department::WORKERS).load()?;
        let members = ids(session, members, |worker: &Worker| worker.id)?;
        rows.push(format!("department {} {members:?}", session.load(key)?.id));
    }
    for key in session.held::<Worker>() {
        let department = session.rel(key, Worker::DEPARTMENT).load()?;
        let department = ids(session, department, |department: &Department| department.id)?;
        let worker = session.load(key)?;
        rows.push(format!("worker {} {} {department:?} {}", worker.id, worker.name, worker.department));
    }
    for key in session.held::<User>() {
        let addresses = session.rel(key, User::ADDRESSES).load()?;
        let addresses = ids(session, addresses, |address: &Address| address.id)?;
        rows.push(format!("user {} {addresses:?}", session.load(key)?.id));
    }
    for key in session.held::<Address>() {
        let address = session.load(key)?;
        rows.push(format!("address {} {}", address.id, address.user));
    }
    for key in session.held::<Person>() {
        let tags = session.rel(key, Person::TAGS).load()?;
        let tags = ids(session, tags, |tag: &Tag| tag.id)?;
        rows.push(format!("person {} {tags:?}", session.load(key)?.id));
    }
    for key in session.held::<Tag>() {
        let people = session.rel(key, Tag::PEOPLE).load()?;
        let people = ids(session, people, |person: &Person| person.id)?;
        rows.push(format!("tag {} {people:?}", session.load(key)?.id));
    }
    rows.sort_unstable();
    Ok(rows)
}

fn ids<E: Entity>(
    session: &mut Session,
    keys: impl IntoIterator<Item = Key<E>>,
    id: fn(&E) -> Auto<i64>,
) -> Result<Vec<Option<i64>>> {
    let mut ids: Vec<Option<i64>> =
        keys.into_iter().map(|key| Ok(id(session.load(key)?).get())).collect::<Result<_>>()?;
    ids.sort_unstable();
    Ok(ids)
}

/// Compares what the session holds with what another session reads.
fn check(walk: &mut Walk) -> Result<()> {
    let mine = picture(&mut walk.session)?;
    let mut other = Session::new(walk.session.engine());
    other.query::<Department>().all()?;
    other.query::<Worker>().all()?;
    other.query::<User>().all()?;
    other.query::<Address>().all()?;
    other.query::<Person>().all()?;
    other.query::<Tag>().all()?;
    let theirs = picture(&mut other)?;
    assert_eq!(mine, theirs, "seed {}: after {:?}", walk.seed, walk.taken);
    Ok(())
}
