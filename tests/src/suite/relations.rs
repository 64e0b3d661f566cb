//! Both sides of a relationship agree at every moment, in memory and after the flush.

use orm::Result;
use orm::prelude::*;

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::{check_kinds, check_silence};

cases![
    push_sets_the_reference,
    setting_the_reference_moves_between_collections,
    remove_and_clear_empty_the_reference,
    set_replaces_the_members,
    extend_keeps_the_order,
    pushing_twice_changes_nothing,
    an_unloaded_collection_takes_new_members_without_a_statement,
    an_unloaded_collection_has_old_and_new_members_when_loaded,
    a_one_to_one_displaces_who_was_there,
    a_one_to_one_is_cleared,
    many_to_many_agrees_from_both_sides,
    many_to_many_rows_follow,
    a_link_made_and_cut_is_no_row,
    a_keyed_map_is_read_by_its_key,
    a_keyed_map_replaces_by_its_key,
    a_set_holds_a_member_once,
    a_reference_by_id_finds_the_held_entity,
    loaded_peeks_without_a_statement,
];

#[derive(Entity, Debug, Default)]
struct Person {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "owner")]
    passport: HasOne<Passport>,
    #[entity(inverse = "person", key = "word", cascade = "all, delete-orphan")]
    notes: HasMany<Note>,
    #[entity(secondary = "person_club", inverse = "members", set)]
    clubs: ManyToMany<Club>,
}

#[derive(Entity, Debug, Default)]
struct Passport {
    #[entity(primary_key)]
    id: Auto<i64>,
    number: String,
    #[entity(inverse = "passport")]
    owner: BelongsTo<Option<Person>>,
}

#[derive(Entity, Debug, Default)]
struct Note {
    #[entity(primary_key)]
    id: Auto<i64>,
    word: String,
    text: String,
    #[entity(inverse = "notes")]
    person: BelongsTo<Person>,
}

#[derive(Entity, Debug, Default)]
struct Club {
    #[entity(primary_key)]
    name: String,
    #[entity(secondary = "person_club", inverse = "clubs", order_by = "name")]
    members: ManyToMany<Person>,
}

impl Person {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

fn club(name: &str) -> Club {
    Club { name: name.to_owned(), ..Club::default() }
}

fn passport(number: &str) -> Passport {
    Passport { number: number.to_owned(), ..Passport::default() }
}

fn note(word: &str, text: &str) -> Note {
    Note { word: word.to_owned(), text: text.to_owned(), ..Note::default() }
}

fn people(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Person, Passport, Note, Club])?))
}

fn departments(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Department, Worker])?))
}

fn push_sets_the_reference(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::default());
    let ann = session.rel(sales, Department::WORKERS).push(Worker::named("ann"))?;
    assert_eq!(session.rel(ann, Worker::DEPARTMENT).load()?, Some(sales));
    session.commit()?;
    assert_eq!(session.load(ann)?.department.id(), Some(1).as_ref());
    Ok(())
}

fn setting_the_reference_moves_between_collections(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let (sales, lab) = (session.add(Department::default()), session.add(Department::default()));
    let ann = session.rel(sales, Department::WORKERS).push(Worker::named("ann"))?;
    session.rel(ann, Worker::DEPARTMENT).set(lab)?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, []);
    assert_eq!(session.rel(lab, Department::WORKERS).load()?, [ann]);
    session.flush()?;
    // And back, now that all have rows.
    session.rel(sales, Department::WORKERS).push(ann)?;
    assert_eq!(session.rel(lab, Department::WORKERS).load()?, []);
    assert_eq!(session.rel(ann, Worker::DEPARTMENT).load()?, Some(sales));
    Ok(())
}

fn remove_and_clear_empty_the_reference(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::with("sales", &["ann", "bob"]));
    session.flush()?;
    let workers = session.rel(sales, Department::WORKERS).load()?;
    session.rel(sales, Department::WORKERS).remove(workers[0])?;
    assert_eq!(session.rel(workers[0], Worker::DEPARTMENT).load()?, None);
    session.rel(workers[1], Worker::DEPARTMENT).clear()?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, []);
    session.commit()?;
    assert_eq!(session.all(select(Worker::DEPARTMENT_ID))?, [None, None]);
    Ok(())
}

fn set_replaces_the_members(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::with("sales", &["ann", "bob"]));
    session.commit()?;
    let workers = session.rel(sales, Department::WORKERS).load()?;
    let cleo = session.add(Worker::named("cleo"));
    session.rel(sales, Department::WORKERS).set([workers[1], cleo])?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, [workers[1], cleo]);
    session.commit()?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, [workers[1], cleo]);
    assert_eq!(session.rel(workers[0], Worker::DEPARTMENT).load()?, None);
    Ok(())
}

fn extend_keeps_the_order(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::default());
    let added = session.rel(sales, Department::WORKERS).extend(["c", "a", "b"].map(Worker::named))?;
    session.flush()?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, added);
    Ok(())
}

fn pushing_twice_changes_nothing(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::default());
    let ann = session.rel(sales, Department::WORKERS).push(Worker::named("ann"))?;
    session.rel(sales, Department::WORKERS).push(ann)?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, [ann]);
    Ok(())
}

fn an_unloaded_collection_takes_new_members_without_a_statement(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::with("sales", &["ann"]));
    session.commit()?;
    let recorder = session.engine().record();
    session.rel(sales, Department::WORKERS).push(Worker::named("bob"))?;
    check_silence(&recorder);
    session.commit()?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?.len(), 2);
    Ok(())
}

fn an_unloaded_collection_has_old_and_new_members_when_loaded(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Department, Worker])?;
    let mut session = Session::builder(&engine).autoflush(false).build();
    let sales = session.add(Department::with("sales", &["ann"]));
    session.commit()?;
    let bob = session.rel(sales, Department::WORKERS).push(Worker::named("bob"))?;
    let members = session.rel(sales, Department::WORKERS).load()?;
    assert_eq!(members.len(), 2);
    assert!(members.contains(&bob));
    Ok(())
}

fn a_one_to_one_displaces_who_was_there(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(Person::named("ed"));
    let old = session.rel(ed, Person::PASSPORT).set(passport("1"))?;
    session.commit()?;
    let new = session.rel(ed, Person::PASSPORT).set(passport("2"))?;
    assert_eq!(session.rel(old, Passport::OWNER).load()?, None);
    assert_eq!(session.rel(new, Passport::OWNER).load()?, Some(ed));
    session.commit()?;
    assert_eq!(session.rel(ed, Person::PASSPORT).load()?, Some(new));
    assert_eq!(session.rel(old, Passport::OWNER).load()?, None);
    // From the other side it displaces, too.
    session.rel(old, Passport::OWNER).set(ed)?;
    assert_eq!(session.rel(ed, Person::PASSPORT).load()?, Some(old));
    assert_eq!(session.rel(new, Passport::OWNER).load()?, None);
    Ok(())
}

fn a_one_to_one_is_cleared(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(Person { passport: HasOne::new(passport("1")), ..Person::named("ed") });
    session.commit()?;
    let old = session.rel(ed, Person::PASSPORT).load()?.expect("it has one");
    session.rel(ed, Person::PASSPORT).clear()?;
    session.commit()?;
    assert_eq!(session.rel(ed, Person::PASSPORT).load()?, None);
    assert_eq!(session.rel(old, Passport::OWNER).load()?, None);
    Ok(())
}

fn many_to_many_agrees_from_both_sides(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let (ed, wendy) = (session.add(Person::named("ed")), session.add(Person::named("wendy")));
    let golf = session.rel(ed, Person::CLUBS).push(club("golf"))?;
    session.rel(golf, Club::MEMBERS).push(wendy)?;
    assert_eq!(session.rel(golf, Club::MEMBERS).load()?, [ed, wendy]);
    assert_eq!(session.rel(wendy, Person::CLUBS).load()?, [golf]);
    session.rel(golf, Club::MEMBERS).remove(ed)?;
    assert_eq!(session.rel(ed, Person::CLUBS).load()?, []);
    session.commit()?;
    assert_eq!(session.rel(golf, Club::MEMBERS).load()?, [wendy]);
    assert_eq!(session.rel(ed, Person::CLUBS).load()?, []);
    Ok(())
}

fn many_to_many_rows_follow(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(Person::named("ed"));
    let clubs = session.rel(ed, Person::CLUBS).extend(["golf", "chess", "rowing"].map(club))?;
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "begin insert insert insert commit");
    session.rel(ed, Person::CLUBS).load()?;
    session.rel(ed, Person::CLUBS).remove(clubs[0])?;
    session.rel(ed, Person::CLUBS).push(club("poker"))?;
    recorder.take();
    session.flush()?;
    check_kinds(&recorder, "insert delete insert");
    let between = table("person_club");
    let name = between.column::<String>("club_id");
    assert_eq!(session.all(select(name.clone()).order_by(name))?, ["chess", "poker", "rowing"]);
    Ok(())
}

fn a_link_made_and_cut_is_no_row(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(Person::named("ed"));
    let golf = session.add(club("golf"));
    session.flush()?;
    session.rel(ed, Person::CLUBS).push(golf)?;
    session.rel(golf, Club::MEMBERS).remove(ed)?;
    let recorder = session.engine().record();
    session.flush()?;
    check_silence(&recorder);
    Ok(())
}

fn a_keyed_map_is_read_by_its_key(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(Person::named("ed"));
    let height = session.rel(ed, Person::NOTES).insert(note("height", "tall"))?;
    let weight = session.rel(ed, Person::NOTES).insert(note("weight", "fair"))?;
    session.commit()?;
    let recorder = session.engine().record();
    assert_eq!(session.rel(ed, Person::NOTES).get("height")?, Some(height));
    assert_eq!(session.rel(ed, Person::NOTES).get("age")?, None);
    let all = session.rel(ed, Person::NOTES).load()?;
    assert_eq!(all, [("height".to_owned(), height), ("weight".to_owned(), weight)]);
    check_kinds(&recorder, "begin select");
    Ok(())
}

fn a_keyed_map_replaces_by_its_key(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(Person::named("ed"));
    let old = session.rel(ed, Person::NOTES).insert(note("height", "tall"))?;
    session.commit()?;
    let new = session.rel(ed, Person::NOTES).insert(note("height", "short"))?;
    session.commit()?;
    // Who was there is an orphan.
    assert!(!session.contains(old));
    assert_eq!(session.rel(ed, Person::NOTES).load()?, [("height".to_owned(), new)]);
    assert_eq!(session.rel(ed, Person::NOTES).remove("height")?, Some(new));
    session.commit()?;
    assert_eq!(session.query::<Note>().count()?, 0);
    Ok(())
}

fn a_set_holds_a_member_once(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(Person::named("ed"));
    let golf = session.rel(ed, Person::CLUBS).push(club("golf"))?;
    session.rel(ed, Person::CLUBS).push(golf)?;
    assert_eq!(session.rel(ed, Person::CLUBS).load()?, [golf]);
    session.commit()?;
    session.rel(ed, Person::CLUBS).push(golf)?;
    session.commit()?;
    assert_eq!(session.rel(ed, Person::CLUBS).load()?, [golf]);
    Ok(())
}

fn a_reference_by_id_finds_the_held_entity(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let ed = session.add(User::named("ed"));
    session.flush()?;
    let address = session.add(Address { user: BelongsTo::by_id(1), ..Address::at("a@x.org") });
    let recorder = session.engine().record();
    assert_eq!(session.rel(address, Address::USER).load()?, Some(ed));
    check_silence(&recorder);
    session.commit()?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [address]);
    Ok(())
}

fn loaded_peeks_without_a_statement(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    session.add(Department::with("sales", &["ann"]));
    session.commit()?;
    session.expunge_all();
    let sales = session.query::<Department>().one()?;
    assert!(session[sales].workers.loaded().is_none());
    session.rel(sales, Department::WORKERS).load()?;
    assert_eq!(session[sales].workers.loaded().map(|members| members.len()), Some(1));
    Ok(())
}
