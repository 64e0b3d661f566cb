//! The rules that must always hold, one test each that fails when its rule is broken.
//!
//! Rule 4 (rollback and failed flushes) is guarded by `flush_faults.rs` and `model.rs`, rule 9 (memory) by `memory.rs`, rule 5 (both sides agree)
//! by `model.rs` after each of thousands of random steps, and here in one example.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[path = "model/entities.rs"]
mod entities;

use std::collections::BTreeSet;

use orm::engine::text;
use orm::prelude::*;
use orm::session::Session;
use orm::{Engine, Error, KeyProblem, assert_statements, schema};
use proptest::prelude::*;

use self::entities::{Badge, Node, Person, Profile, Tag, Task, Team};

fn engine() -> Engine {
    let engine = Engine::new("sqlite://").unwrap();
    engine
        .create_all(schema![Team, Person, Task, Badge, Profile, Tag, Node, Chicken, Egg, Odd, Document, Reading])
        .unwrap();
    engine
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), ..Person::default() }
}

fn task(name: &str) -> Task {
    Task { name: name.to_owned(), ..Task::default() }
}

/// What a sensor reads at a time.
#[derive(Entity, Debug, Default)]
struct Reading {
    #[entity(primary_key)]
    sensor: i64,
    #[entity(primary_key)]
    at: chrono::NaiveDateTime,
    level: i64,
}

/// One half of a circle that nothing breaks.
#[derive(Entity, Debug, Default)]
#[entity(table = "chicken")]
struct Chicken {
    #[entity(primary_key)]
    id: Auto<i64>,
    egg: BelongsTo<Option<Egg>>,
}

/// The other half.
#[derive(Entity, Debug, Default)]
#[entity(table = "egg")]
struct Egg {
    #[entity(primary_key)]
    id: Auto<i64>,
    chicken: BelongsTo<Option<Chicken>>,
}

/// Names that must be quoted.
#[derive(Entity, Debug, Default)]
#[entity(table = "select")]
struct Odd {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(column = "or\"der by; --")]
    order: String,
}

/// Counts its versions.
#[derive(Entity, Debug, Default)]
#[entity(table = "document")]
struct Document {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    body: String,
    #[entity(version)]
    version: i64,
}

fn problem<T>(result: orm::Result<T>) -> KeyProblem {
    match result.map(drop) {
        Err(Error::UnknownKey { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

/// Rule 1: whichever way a row is reached, it is one entity.
/// An edit of two documents.
type Edit = fn(&mut Session, [Key<Document>; 2]);

#[test]
fn rule_1_one_row_has_one_key() -> orm::Result<()> {
    let engine = engine();
    let mut session = Session::new(&engine);
    let ann = session.add(person("ann"));
    let dig = session.rel(ann, Person::TASKS).push(task("dig"))?;
    session.commit()?;
    let (ann_row, dig_row) = (session[ann].id.get().unwrap(), session[dig].id.get().unwrap());

    let mut session = Session::new(&engine);
    let dig = session.get::<Task>(dig_row)?.unwrap();
    let ann = session.rel(dig, Task::PERSON).load()?.unwrap();
    assert_eq!(session.get::<Person>(ann_row)?, Some(ann));
    assert_eq!(session.query::<Person>().filter(Person::NAME.eq("ann")).one()?, ann);
    assert_eq!(session.query::<Person>().options(joined(Person::TASKS)).all()?, [ann]);
    assert_eq!(session.query::<Person>().options(selectin(Person::TASKS)).all()?, [ann]);
    assert_eq!(session.all(select((entity::<Person>(), entity::<Task>())).join(Person::TASKS))?, [(ann, dig)]);
    assert_eq!(session.rel(ann, Person::TASKS).load()?, [dig]);
    assert_eq!(session.merge(Person { id: Auto::Set(ann_row), ..person("anna") })?, ann);
    session.commit()?;
    session.refresh(ann)?;
    assert_eq!(session.get::<Person>(ann_row)?, Some(ann));
    assert_eq!((session.held::<Person>(), session.held::<Task>()), (vec![ann], vec![dig]));
    Ok(())
}

/// Rule 1: a key of another session is refused by whatever takes a key, though that session has the same place taken.
#[test]
fn rule_1_a_key_of_another_session_is_refused() {
    let engine = engine();
    let (mut one, mut other) = (Session::new(&engine), Session::new(&engine));
    let (mine, foreign) = (one.add(person("mine")), other.add(person("foreign")));
    let my_task = one.add(task("mine"));
    let foreign_task = other.add(task("foreign"));
    assert_eq!(mine.slot(), foreign.slot());
    let problems = [
        problem(one.peek(foreign)),
        problem(one.edit(foreign)),
        problem(one.state(foreign)),
        problem(one.load(foreign)),
        problem(one.refresh(foreign)),
        problem(one.expire(foreign)),
        problem(one.delete(foreign)),
        problem(one.expunge(foreign)),
        problem(one.is_modified(foreign)),
        problem(one.history(foreign)),
        problem(one.rel(foreign, Person::TASKS).load()),
        problem(one.rel(foreign, Person::TASKS).push(my_task)),
        problem(one.rel(mine, Person::TASKS).push(foreign_task)),
        problem(one.rel(mine, Person::TASKS).remove(foreign_task)),
        problem(one.rel(foreign_task, Task::PERSON).set(mine)),
        problem(one.rel(my_task, Task::PERSON).set(foreign)),
    ];
    assert!(problems.iter().all(|problem| *problem == KeyProblem::OtherSession), "{problems:?}");
    assert!(!one.contains(foreign));
    assert_eq!((&*one[mine].name, &*other[foreign].name), ("mine", "foreign"));
    // In a field it is refused by the flush.
    one.expunge(my_task).unwrap();
    one.add(Task { person: BelongsTo::to(foreign), ..task("lost") });
    assert_eq!(problem(one.flush()), KeyProblem::OtherSession);
}

/// Rule 1: the key of an entity that has left never reads whoever took its place.
#[test]
fn rule_1_a_stale_key_is_refused() {
    let engine = engine();
    let mut session = Session::new(&engine);
    let expunged = session.add(person("expunged"));
    session.expunge(expunged).unwrap();
    let rolled_back = session.add(person("rolled back"));
    session.flush().unwrap();
    session.rollback().unwrap();
    let deleted = session.add(person("deleted"));
    session.commit().unwrap();
    session.delete(deleted).unwrap();
    session.commit().unwrap();
    let tenant = session.add(person("tenant"));
    for stale in [expunged, rolled_back, deleted] {
        assert_eq!(stale.slot().index, tenant.slot().index, "the place is taken again");
        assert_ne!(stale, tenant);
        assert_eq!(problem(session.peek(stale)), KeyProblem::Gone);
        assert_eq!(problem(session.edit(stale)), KeyProblem::Gone);
        assert_eq!(problem(session.load(stale)), KeyProblem::Gone);
        assert_eq!(problem(session.delete(stale)), KeyProblem::Gone);
        assert_eq!(problem(session.rel(stale, Person::TASKS).load()), KeyProblem::Gone);
    }
    assert_eq!(session[tenant].name, "tenant");
}

/// Rule 1: nobody refers to an entity that has left; the foreign key stays.
#[test]
fn rule_1_no_stale_key_stays_behind() -> orm::Result<()> {
    let engine = engine();
    let mut session = Session::new(&engine);
    let red = session.add(Team::default());
    let ann = session.rel(red, Team::PEOPLE).push(person("ann"))?;
    session.commit()?;
    session.expunge(red)?;
    assert_eq!((session[ann].team.loaded(), session[ann].team.id()), (None, Some(&1)));
    let again = session.rel(ann, Person::TEAM).load()?;
    assert!(again.is_some() && again != Some(red));
    Ok(())
}

/// Rule 1: so has one whose key holds a time that no database keeps.
#[test]
fn rule_1_a_time_in_a_key_is_that_of_its_row() -> orm::Result<()> {
    let engine = engine();
    let mut session = Session::new(&engine);
    let at = chrono::DateTime::from_timestamp(0, 123_456_789).unwrap().naive_utc();
    let reading = session.add(Reading { sensor: 1, at, level: 5 });
    session.commit()?;
    assert_eq!(session.query::<Reading>().all()?, [reading]);
    assert_eq!(session.get::<Reading>((1, at))?, Some(reading));
    assert_eq!(session.held::<Reading>(), [reading]);
    Ok(())
}

/// Rule 2: tables by foreign key, then arrival; deletions backwards; whatever the order of the edits was.
#[test]
fn rule_2_the_order_is_deterministic() -> orm::Result<()> {
    let flush = |children_first: bool| -> orm::Result<()> {
        let engine = engine();
        let mut session = Session::new(&engine);
        let (dig, ann, red, tag) = if children_first {
            let tag = session.add(Tag { name: "tag".to_owned(), ..Tag::default() });
            let dig = session.add(task("dig"));
            let ann = session.add(person("ann"));
            (dig, ann, session.add(Team { name: "red".to_owned(), ..Team::default() }), tag)
        } else {
            let red = session.add(Team { name: "red".to_owned(), ..Team::default() });
            let ann = session.add(person("ann"));
            let dig = session.add(task("dig"));
            (dig, ann, red, session.add(Tag { name: "tag".to_owned(), ..Tag::default() }))
        };
        session.rel(dig, Task::PERSON).set(ann)?;
        session.rel(ann, Person::TEAM).set(red)?;
        session.rel(ann, Person::TAGS).push(tag)?;
        let recorder = engine.record();
        session.flush()?;
        let sent = recorder.take().without_transactions();
        let tables: Vec<&str> = sent.iter().map(|sent| sent.sql.split(' ').nth(2).unwrap()).collect();
        let before =
            |one: &str, other: &str| tables.iter().position(|t| *t == one) < tables.iter().position(|t| *t == other);
        assert!(before("team", "person") && before("person", "task") && before("tag", "person_tag"), "{tables:?}");
        assert_eq!(tables.last(), Some(&"person_tag"));
        assert_eq!(tables.len(), 5);
        session.delete(red)?;
        session.delete(tag)?;
        session.delete(ann)?;
        session.flush()?;
        let sent = recorder.take().without_transactions();
        let deletes: Vec<&str> = sent.sql().into_iter().filter(|sql| sql.starts_with("DELETE")).collect();
        let deletes: Vec<&str> = deletes.iter().map(|sql| sql.split(' ').nth(2).unwrap()).collect();
        assert_eq!(deletes.iter().filter(|table| **table == "person_tag").count(), 2, "{deletes:?}");
        let before =
            |one: &str, other: &str| deletes.iter().position(|t| *t == one) < deletes.iter().position(|t| *t == other);
        assert!(before("person_tag", "person") && before("task", "person") && before("person", "team"), "{deletes:?}");
        Ok(())
    };
    flush(true)?;
    flush(false)?;

    let order = |engine: &Engine| -> orm::Result<Vec<String>> {
        let mut session = Session::new(engine);
        for number in 0..20 {
            let ann = session.add(person(&format!("p{number}")));
            session.rel(ann, Person::TASKS).extend([task("b"), task("a")])?;
        }
        let recorder = engine.record();
        session.flush()?;
        Ok(recorder.take().iter().map(|sent| format!("{} {:?}", sent.sql, sent.parameters)).collect())
    };
    let (first, second) = (order(&engine())?, order(&engine())?);
    assert_eq!(first, second);
    let arrival: Vec<usize> = (0..20).map(|number| first.concat().find(&format!("'p{number}'")).unwrap()).collect();
    assert!(arrival.is_sorted(), "{arrival:?}");
    Ok(())
}

/// Rule 2: a circle of rows that nothing breaks is told by its tables, and nothing is sent.
#[test]
fn rule_2_a_circle_names_its_tables() {
    let engine = engine();
    let mut session = Session::new(&engine);
    let chicken = session.add(Chicken::default());
    let egg = session.add(Egg::default());
    session.rel(chicken, Chicken::EGG).set(egg).unwrap();
    session.rel(egg, Egg::CHICKEN).set(chicken).unwrap();
    let recorder = engine.record();
    let error = session.flush().unwrap_err();
    let Error::CircularDependency { tables, .. } = &error else { panic!("{error}") };
    assert_eq!(tables.iter().map(String::as_str).collect::<BTreeSet<_>>(), ["chicken", "egg"].into());
    assert_eq!(recorder.take().len(), 0);
    // With one of them there, it is no circle any more.
    session.rel(egg, Egg::CHICKEN).clear().unwrap();
    session.flush().unwrap();
    session.rel(egg, Egg::CHICKEN).set(chicken).unwrap();
    session.flush().unwrap();
}

/// Rule 3: what changed is written, and nothing else.
#[test]
fn rule_3_an_update_writes_what_changed() -> orm::Result<()> {
    let engine = engine();
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let ann = session.add(person("ann"));
    let red = session.add(Team::default());
    session.rel(ann, Person::TEAM).set(red)?;
    session.commit()?;
    let recorder = engine.record();
    session[ann].name = "ann".to_owned();
    session[ann].size += 1;
    session[ann].size -= 1;
    session.rel(ann, Person::TEAM).clear()?;
    session.rel(ann, Person::TEAM).set(red)?;
    session.flush()?;
    assert_statements!(recorder, []);
    session[ann].size = 9;
    session.flush()?;
    session[ann].size = 10;
    session[ann].name = "anna".to_owned();
    session.flush()?;
    session.flush()?;
    session.commit()?;
    let sent = recorder.take().without_transactions();
    assert_eq!(
        sent.sql(),
        ["UPDATE person SET size = ? WHERE person.id = ?", "UPDATE person SET name = ?, size = ? WHERE person.id = ?"]
    );
    Ok(())
}

/// Rule 3: a row that somebody else took, or changed where versions are counted, is noticed.
#[test]
fn rule_3_an_unexpected_count_is_stale_data() {
    let edits: [(&str, Edit); 3] = [
        ("UPDATE document SET version = version + 1 WHERE id = 2", |session, [_, second]| {
            session[second].title = "new".to_owned();
        }),
        ("DELETE FROM document WHERE id = 1", |session, both| {
            both.into_iter().for_each(|key| session[key].body = "new".to_owned());
        }),
        ("DELETE FROM document WHERE id = 2", |session, both| {
            both.into_iter().for_each(|key| session.delete(key).unwrap());
        }),
    ];
    for (by_somebody_else, edit) in edits {
        let engine = engine();
        let mut session = Session::builder(&engine).expire_on_commit(false).build();
        let keys = [session.add(Document::default()), session.add(Document::default())];
        session.commit().unwrap();
        engine.begin(|connection| connection.execute(&text(by_somebody_else))).unwrap();
        edit(&mut session, keys);
        let plan = session.flush_plan().unwrap().to_string();
        let error = session.flush().unwrap_err();
        let Error::StaleData { entity, expected, found, .. } = &error else { panic!("{error}") };
        assert_eq!((*entity, *found + 1), ("Document", *expected), "{error}");
        assert_eq!(session.flush_plan().unwrap().to_string(), plan);
        session.rollback().unwrap();
    }
}

/// Rule 5: each way to change a relationship changes both sides, at once and without a statement.
#[test]
fn rule_5_both_sides_agree() -> orm::Result<()> {
    let engine = engine();
    let mut session = Session::new(&engine);
    let recorder = engine.record();
    let (ann, bob) = (session.add(person("ann")), session.add(person("bob")));
    let dig = session.add(task("dig"));
    let tasks = |session: &Session, owner: Key<Person>| session[owner].tasks.loaded().unwrap().collect::<Vec<_>>();
    session.rel(ann, Person::TASKS).push(dig)?;
    assert_eq!((session[dig].person.loaded(), tasks(&session, ann)), (Some(ann), vec![dig]));
    session.rel(dig, Task::PERSON).set(bob)?;
    assert_eq!((tasks(&session, ann), tasks(&session, bob)), (vec![], vec![dig]));
    session.rel(bob, Person::TASKS).set([] as [Key<Task>; 0])?;
    assert_eq!((session[dig].person.loaded(), tasks(&session, bob)), (None, vec![]));
    let tag = session.add(Tag::default());
    session.rel(tag, Tag::PEOPLE).push(ann)?;
    assert_eq!(session[ann].tags.loaded().unwrap().collect::<Vec<_>>(), [tag]);
    session.rel(ann, Person::TAGS).remove(tag)?;
    assert_eq!(session[tag].people.loaded().unwrap().count(), 0);
    let (short, long) = (session.add(Profile::default()), session.add(Profile::default()));
    session.rel(ann, Person::PROFILE).set(short)?;
    session.rel(long, Profile::PERSON).set(ann)?;
    assert_eq!((session[short].person.loaded(), session[ann].profile.loaded()), (None, Some(Some(long))));
    let (root, leaf) = (session.add(Node::default()), session.add(Node { name: "leaf".to_owned(), ..Node::default() }));
    session.rel(root, Node::CHILDREN).insert(leaf)?;
    assert_eq!(session[leaf].parent.loaded(), Some(root));
    session.rel(root, Node::CHILDREN).remove("leaf")?;
    assert_eq!(session[leaf].parent.loaded(), None);
    assert_statements!(recorder, []);
    Ok(())
}

/// Rule 6: identifiers are quoted, in DDL and in every kind of statement.
#[test]
fn rule_6_identifiers_are_quoted() -> orm::Result<()> {
    let engine = engine();
    let mut session = Session::new(&engine);
    let recorder = engine.record();
    let odd = session.add(Odd { order: "x".to_owned(), ..Odd::default() });
    session.flush()?;
    session[odd].order = "y".to_owned();
    session.commit()?;
    assert_eq!(session.query::<Odd>().filter(Odd::ORDER.eq("y")).order_by(Odd::ORDER.desc()).one()?, odd);
    session.delete(odd)?;
    session.commit()?;
    let sent = recorder.take().without_transactions();
    let texts = sent.sql();
    assert_eq!(texts[0], r#"INSERT INTO "select" ("or""der by; --") VALUES (?) RETURNING id"#);
    assert_eq!(texts[1], r#"UPDATE "select" SET "or""der by; --" = ? WHERE "select".id = ?"#);
    assert!(texts[2].contains(r#"WHERE "select"."or""der by; --" = ?"#), "{}", texts[2]);
    assert_eq!(texts[3], r#"DELETE FROM "select" WHERE "select".id = ?"#);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Rule 6: no text changes a statement, and every text comes back as it went.
    #[test]
    fn rule_6_values_travel_as_parameters(
        texts in prop::collection::vec(
            prop_oneof![any::<String>(), "[a-z'\";\\-%_?:$]*", Just("'; DROP TABLE person; --".to_owned())], 2,
        )
    ) {
        let run = |one: &str, other: &str| -> orm::Result<Vec<String>> {
            let engine = engine();
            let mut session = Session::new(&engine);
            let recorder = engine.record();
            let key = session.add(person(one));
            session.flush()?;
            session[key].name = format!("{other}.");
            session.flush()?;
            session.expire(key)?;
            assert_eq!(session.load(key)?.name, format!("{other}."));
            let found = session.query::<Person>().filter(Person::NAME.eq(format!("{other}."))).all()?;
            assert_eq!(found, [key]);
            let names = session.all(select(Person::NAME).filter(Person::NAME.in_([one.to_owned(), format!("{other}.")])))?;
            assert_eq!(names, [format!("{other}.")]);
            session.delete(key)?;
            session.commit()?;
            Ok(recorder.take().sql().into_iter().map(str::to_owned).collect())
        };
        let plain = run("a", "b").unwrap();
        prop_assert_eq!(run(&texts[0], &texts[1]).unwrap(), plain);
    }
}

/// Rule 8: many like entities cost few statements.
#[test]
fn rule_8_a_flush_of_many_is_few_statements() -> orm::Result<()> {
    let engine = engine();
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let recorder = engine.record();
    let count = |session: &mut Session| -> orm::Result<usize> {
        session.flush()?;
        Ok(recorder.take().without_transactions().len())
    };
    let people = session.add_all((0..1_000).map(|number| person(&number.to_string())));
    for person in &people {
        session.rel(*person, Person::TASKS).push(task("only"))?;
    }
    let insert = count(&mut session)?;
    for person in &people {
        session[*person].size += 1;
    }
    let update = count(&mut session)?;
    people.iter().try_for_each(|person| session.delete(*person))?;
    let delete = count(&mut session)?;
    let per_batch = engine.capabilities().insert_rows;
    assert_eq!((insert, update), (2 * 1_000 / per_batch, 2));
    // The links that may be there, the tasks, the people.
    assert!(delete <= 8, "{delete} statements");
    Ok(())
}

/// Rule 8: an eager load costs a statement a level, what is held costs none.
#[test]
fn rule_8_a_load_is_one_statement_a_level() -> orm::Result<()> {
    let engine = engine();
    let mut session = Session::new(&engine);
    for number in 0..100 {
        let person = session.add(person(&number.to_string()));
        session.rel(person, Person::TASKS).extend([task("a"), task("b")])?;
        let tag = session.add(Tag::default());
        session.rel(person, Person::TAGS).push(tag)?;
    }
    session.commit()?;
    let mut session = Session::new(&engine);
    let recorder = engine.record();
    let people = session.query::<Person>().options((selectin(Person::TASKS), selectin(Person::TAGS))).all()?;
    assert_eq!(recorder.take().without_transactions().len(), 3);
    for person in &people {
        let row = session[*person].id.get().unwrap();
        assert_eq!(session.get::<Person>(row)?, Some(*person));
        for task in session.rel(*person, Person::TASKS).load()? {
            assert_eq!(session.rel(task, Task::PERSON).load()?, Some(*person));
        }
        assert_eq!(session.rel(*person, Person::TAGS).load()?.len(), 1);
    }
    assert_eq!(recorder.take().len(), 0);
    Ok(())
}
