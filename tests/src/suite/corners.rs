//! Where two features meet: moves and deletions, additions and rollbacks, edits around the session's back.

use orm::prelude::*;
use orm::unit::State;
use orm::{Error, KeyProblem, Result};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::{check_kinds, check_silence};

cases![
    a_moved_child_survives_its_old_parent,
    a_moved_child_survives_its_old_parent_that_was_not_loaded,
    a_pending_child_of_a_deleted_parent_is_not_inserted,
    letting_go_of_a_required_child_is_an_error,
    an_edited_child_of_a_deleted_parent_is_not_updated,
    deleting_twice_is_deleting_once,
    an_expunged_pending_child_is_not_inserted,
    a_link_is_cut_without_loading,
    rollback_restores_links_on_both_sides,
    a_savepoint_restores_links,
    friends_of_one_table,
    both_ends_of_a_self_referencing_link_agree,
    a_new_parent_for_an_old_child,
    a_pending_owner_has_an_empty_collection,
    a_reference_may_be_assigned_as_a_value,
    a_key_may_be_assigned_where_there_was_none,
    an_assigned_key_that_is_not_honored_is_refused,
    an_assigned_parent_survives_a_failed_flush,
    an_assigned_collection_is_refused,
    a_key_changes_while_children_arrive,
    a_row_is_replaced_by_another_of_the_same_key,
    an_expired_row_that_is_gone_is_not_found,
    a_deleted_target_of_a_one_way_reference,
    two_references_to_one_entity_are_apart,
    more_rows_than_a_statement_takes_parameters,
    a_list_of_many_values,
    autoflush_does_not_disturb_a_load,
    a_commit_without_changes_ends_the_transaction,
];

#[derive(Entity, Debug, Default)]
struct Person {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(secondary = "friendship", local = "from_id", remote = "to_id", inverse = "fans", order_by = "id")]
    friends: ManyToMany<Self>,
    #[entity(secondary = "friendship", local = "to_id", remote = "from_id", inverse = "friends", order_by = "id")]
    fans: ManyToMany<Self>,
    #[entity(secondary = "person_tag", inverse = "people", order_by = "word")]
    tags: ManyToMany<Tag>,
}

#[derive(Entity, Debug, Default)]
struct Tag {
    #[entity(primary_key)]
    word: String,
    #[entity(secondary = "person_tag", inverse = "tags", order_by = "id")]
    people: ManyToMany<Person>,
}

/// Two references to the same entity, of which it knows nothing.
#[derive(Entity, Debug, Default)]
struct Message {
    #[entity(primary_key)]
    id: Auto<i64>,
    sender: BelongsTo<Person>,
    receiver: BelongsTo<Person>,
}

#[derive(Entity, Debug, Default)]
struct Country {
    #[entity(primary_key)]
    code: String,
    name: String,
    #[entity(inverse = "country", cascade = "all")]
    cities: HasMany<City>,
}

#[derive(Entity, Debug, Default)]
struct City {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "cities", on_update = "cascade")]
    country: BelongsTo<Country>,
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), ..Person::default() }
}

fn tag(word: &str) -> Tag {
    Tag { word: word.to_owned(), ..Tag::default() }
}

fn people(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Person, Tag, Message])?))
}

fn users(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

fn emails(session: &mut Session) -> Result<Vec<String>> {
    session.all(select(Address::EMAIL).order_by(Address::ID))
}

fn a_moved_child_survives_its_old_parent(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let (ed, wendy) = (session.add(User::with("ed", &["a@x.org", "b@x.org"])), session.add(User::named("wendy")));
    session.flush()?;
    let moved = session.rel(ed, User::ADDRESSES).load()?[0];
    session.rel(moved, Address::USER).set(wendy)?;
    session.delete(ed)?;
    session.commit()?;
    assert_eq!(emails(&mut session)?, ["a@x.org"]);
    assert_eq!(session.rel(wendy, User::ADDRESSES).load()?, [moved]);
    Ok(())
}

fn a_moved_child_survives_its_old_parent_that_was_not_loaded(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    let mut session = Session::builder(&engine).autoflush(false).build();
    let (ed, wendy) = (session.add(User::with("ed", &["a@x.org", "b@x.org"])), session.add(User::named("wendy")));
    session.commit()?;
    session.expunge_all();
    let (ed, wendy) = (session.get::<User>(1)?.unwrap_or(ed), session.get::<User>(2)?.unwrap_or(wendy));
    let moved = session.query::<Address>().filter(Address::EMAIL.eq("a@x.org")).one()?;
    session.rel(moved, Address::USER).set(wendy)?;
    // The database still has both with ed when the flush asks.
    session.delete(ed)?;
    session.commit()?;
    assert_eq!(emails(&mut session)?, ["a@x.org"]);
    assert_eq!(session.rel(moved, Address::USER).load()?, Some(wendy));
    Ok(())
}

fn a_pending_child_of_a_deleted_parent_is_not_inserted(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    let address = session.rel(ed, User::ADDRESSES).push(Address::at("a@x.org"))?;
    session.delete(ed)?;
    session.commit()?;
    assert!(!session.contains(address));
    assert!(emails(&mut session)?.is_empty());
    assert!(session.pending::<Address>().is_empty());
    Ok(())
}

/// The same tables, but a user does not own its addresses.
#[derive(Entity, Debug, Default)]
struct Owner {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "owner")]
    things: HasMany<Thing>,
}

#[derive(Entity, Debug, Default)]
struct Thing {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "things")]
    owner: BelongsTo<Owner>,
}

fn letting_go_of_a_required_child_is_an_error(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Owner, Thing])?);
    let owner = session.add(Owner { things: HasMany::of([Thing::default()]), ..Owner::default() });
    session.commit()?;
    session.delete(owner)?;
    let unset = session.commit().unwrap_err();
    assert!(matches!(unset, Error::ParentDeleted { entity: "Thing", relationship: "owner", .. }), "{unset}");
    session.rollback()?;
    assert_eq!(session.rel(owner, Owner::THINGS).load()?.len(), 1);
    assert_eq!(session.query::<Owner>().count()? + session.query::<Thing>().count()?, 2);
    Ok(())
}

fn an_edited_child_of_a_deleted_parent_is_not_updated(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org"]));
    session.flush()?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    session[address].email = "edited".into();
    session[ed].fullname = Some("edited".into());
    session.delete(ed)?;
    let recorder = session.engine().record();
    session.flush()?;
    check_kinds(&recorder, "delete delete");
    Ok(())
}

fn deleting_twice_is_deleting_once(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    session.flush()?;
    session.delete(ed)?;
    session.delete(ed)?;
    assert_eq!(session.deleted::<User>(), [ed]);
    session.flush()?;
    let recorder = session.engine().record();
    session.delete(ed)?;
    session.flush()?;
    check_silence(&recorder);
    assert_eq!(session.state(ed)?, State::Deleted);
    Ok(())
}

fn an_expunged_pending_child_is_not_inserted(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org", "b@x.org"]));
    let addresses = session.pending::<Address>();
    let value = session.expunge(addresses[0])?;
    assert_eq!(value.email, "a@x.org");
    session.commit()?;
    assert_eq!(emails(&mut session)?, ["b@x.org"]);
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, addresses[1..]);
    Ok(())
}

fn a_link_is_cut_without_loading(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(person("ed"));
    let tags = session.rel(ed, Person::TAGS).extend(["a", "b"].map(tag))?;
    session.commit()?;
    let recorder = session.engine().record();
    session.rel(ed, Person::TAGS).remove(tags[0])?;
    session.commit()?;
    check_kinds(&recorder, "begin delete commit");
    assert_eq!(session.rel(ed, Person::TAGS).load()?, [tags[1]]);
    assert_eq!(session.rel(tags[0], Tag::PEOPLE).load()?, []);
    Ok(())
}

fn rollback_restores_links_on_both_sides(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(person("ed"));
    let tags = session.rel(ed, Person::TAGS).extend(["a", "b"].map(tag))?;
    session.commit()?;
    session.rel(ed, Person::TAGS).load()?;
    session.rel(ed, Person::TAGS).remove(tags[0])?;
    session.flush()?;
    let extra = session.rel(ed, Person::TAGS).push(tag("c"))?;
    session.rollback()?;
    assert!(!session.contains(extra));
    assert_eq!(session.rel(ed, Person::TAGS).load()?, tags);
    assert_eq!(session.rel(tags[0], Tag::PEOPLE).load()?, [ed]);
    Ok(())
}

fn a_savepoint_restores_links(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let ed = session.add(person("ed"));
    let tags = session.rel(ed, Person::TAGS).extend(["a", "b"].map(tag))?;
    let savepoint = session.begin_nested()?;
    session.rel(ed, Person::TAGS).remove(tags[0])?;
    session.rel(ed, Person::TAGS).push(tag("c"))?;
    session.flush()?;
    session.rollback_to(savepoint)?;
    let recorder = session.engine().record();
    assert_eq!(session.rel(ed, Person::TAGS).load()?, tags);
    check_silence(&recorder);
    session.commit()?;
    assert_eq!(session.rel(ed, Person::TAGS).load()?, tags);
    Ok(())
}

fn friends_of_one_table(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let keys = session.add_all(["a", "b", "c"].map(person));
    session.rel(keys[0], Person::FRIENDS).extend([keys[1], keys[2]])?;
    session.rel(keys[1], Person::FRIENDS).push(keys[0])?;
    // One may like oneself.
    session.rel(keys[2], Person::FRIENDS).push(keys[2])?;
    session.commit()?;
    session.expunge_all();
    let people = session.query::<Person>().options(selectin(Person::FRIENDS)).order_by(Person::ID).all()?;
    assert_eq!(session.rel(people[0], Person::FRIENDS).load()?, people[1..]);
    assert_eq!(session.rel(people[1], Person::FRIENDS).load()?, people[..1]);
    assert_eq!(session.rel(people[2], Person::FRIENDS).load()?, people[2..]);
    Ok(())
}

fn both_ends_of_a_self_referencing_link_agree(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let (ed, ann) = (session.add(person("ed")), session.add(person("ann")));
    session.rel(ed, Person::FRIENDS).push(ann)?;
    assert_eq!(session.rel(ann, Person::FANS).load()?, [ed]);
    assert_eq!(session.rel(ann, Person::FRIENDS).load()?, []);
    session.commit()?;
    assert_eq!(session.rel(ann, Person::FANS).load()?, [ed]);
    session.rel(ann, Person::FANS).remove(ed)?;
    assert_eq!(session.rel(ed, Person::FRIENDS).load()?, []);
    session.commit()?;
    assert_eq!(session.scalar(select(count_all()).select_from(table("friendship")))?, Some(0));
    Ok(())
}

fn a_new_parent_for_an_old_child(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    let ann = session.add(Worker::named("ann"));
    session.commit()?;
    let recorder = session.engine().record();
    let sales = session.rel(ann, Worker::DEPARTMENT).set(Department::default())?;
    session.commit()?;
    check_kinds(&recorder, "begin insert update commit");
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, [ann]);
    Ok(())
}

fn a_pending_owner_has_an_empty_collection(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    let mut session = Session::builder(&engine).autoflush(false).build();
    let ed = session.add(User::named("ed"));
    let recorder = engine.record();
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, []);
    check_silence(&recorder);
    Ok(())
}

fn a_reference_may_be_assigned_as_a_value(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    let (sales, lab) = (session.add(Department::with("sales", &["ann"])), session.add(Department::default()));
    session.commit()?;
    let ann = session.rel(sales, Department::WORKERS).load()?[0];
    session.load(ann)?;
    session[ann].department = BelongsTo::to(lab);
    session.commit()?;
    assert_eq!(session.rel(ann, Worker::DEPARTMENT).load()?, Some(lab));
    assert_eq!(session.rel(lab, Department::WORKERS).load()?, [ann]);
    session[ann].department = BelongsTo::by_id(1);
    session.commit()?;
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, [ann]);
    session.load(ann)?;
    session[ann].department = BelongsTo::new(Department { name: "new".into(), ..Department::default() });
    session.commit()?;
    let new = session.rel(ann, Worker::DEPARTMENT).load()?.expect("it has one");
    assert_eq!(session.load(new)?.name, "new");
    Ok(())
}

fn a_key_may_be_assigned_where_there_was_none(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Department, Worker])?;
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let (sales, lab) = (session.add(Department::with("sales", &["bob"])), session.add(Department::default()));
    let ann = session.add(Worker::named("ann"));
    session.commit()?;
    for department in [sales, lab] {
        session[ann].department = BelongsTo::to(department);
        assert!(session.is_modified(ann)?);
        session.commit()?;
        assert_eq!(
            session.all(select(Worker::DEPARTMENT_ID).filter(Worker::NAME.eq("ann")))?,
            [session[department].id.get()]
        );
        // Both sides agree, without a load.
        assert_eq!(session.rel(department, Department::WORKERS).load()?.last(), Some(&ann));
    }
    assert_eq!(session.rel(sales, Department::WORKERS).load()?.len(), 1);
    // One that has no key yet is told as well.
    session.rel(ann, Worker::DEPARTMENT).set(Department::default())?;
    let history = session.history(ann)?;
    assert_eq!(history.iter().map(|change| change.column).collect::<Vec<_>>(), ["department_id"]);
    assert_eq!((&history[0].before, &history[0].after), (&Some(Value::I64(2)), &Value::Null));
    Ok(())
}

fn an_assigned_key_that_is_not_honored_is_refused(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Department, Worker])?;
    let mut session = Session::new(&engine);
    let (lab, ann) = (session.add(Department::default()), session.add(Worker::named("ann")));
    session.commit()?;
    let mut other = Session::new(&engine);
    let theirs = other.query::<Department>().one()?;
    session.expunge(lab)?;
    for (key, problem) in [(theirs, KeyProblem::OtherSession), (lab, KeyProblem::Gone)] {
        session.load(ann)?;
        session[ann].department = BelongsTo::to(key);
        let refused = session.flush().unwrap_err();
        assert!(matches!(refused, Error::UnknownKey { problem: found, .. } if found == problem), "{refused}");
        session.rel(ann, Worker::DEPARTMENT).clear()?;
        session.commit()?;
    }
    Ok(())
}

fn an_assigned_parent_survives_a_failed_flush(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    let address = session.query::<Address>().one()?;
    session[address].user = BelongsTo::new(User::named("ed"));
    session.flush_plan()?;
    assert!(session.flush().is_err());
    let twin = session.pending::<User>()[0];
    session[twin].name = "twin".into();
    session.commit()?;
    assert_eq!(session.rel(address, Address::USER).load()?, Some(twin));
    Ok(())
}

fn an_assigned_collection_is_refused(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    session[ed].addresses = HasMany::of([Address::at("a@x.org")]);
    // To be lost without a word would be worse.
    let refused = session.commit().unwrap_err().to_string();
    assert!(refused.contains("session.rel(key, User::ADDRESSES)"), "{refused}");
    session[ed].addresses = HasMany::default();
    session.rel(ed, User::ADDRESSES).push(Address::at("b@x.org"))?;
    session.commit()?;
    assert_eq!(emails(&mut session)?, ["b@x.org"]);
    Ok(())
}

fn a_key_changes_while_children_arrive(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Country, City])?);
    let country = session.add(Country { code: "xx".into(), ..Country::default() });
    session.rel(country, Country::CITIES).push(City::default())?;
    session.commit()?;
    session.load(country)?;
    session[country].code = "ut".into();
    session.rel(country, Country::CITIES).push(City::default())?;
    session.commit()?;
    assert_eq!(session.all(select(City::COUNTRY_ID))?, ["ut", "ut"]);
    assert_eq!(session.rel(country, Country::CITIES).load()?.len(), 2);
    Ok(())
}

fn a_row_is_replaced_by_another_of_the_same_key(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Country, City])?);
    let old = session.add(Country { code: "ut".into(), name: "old".into(), ..Country::default() });
    session.commit()?;
    session.delete(old)?;
    session.flush()?;
    let new = session.add(Country { code: "ut".into(), name: "new".into(), ..Country::default() });
    session.commit()?;
    assert!(!session.contains(old));
    assert_eq!(session.all(select(Country::NAME))?, ["new"]);
    assert_eq!(session.get::<Country>("ut")?, Some(new));
    // In one flush the deletion goes first.
    session.delete(new)?;
    let newer = session.add(Country { code: "ut".into(), name: "newer".into(), ..Country::default() });
    session.flush()?;
    assert_eq!(session.get::<Country>("ut")?, Some(newer));
    session.rollback()?;
    assert_eq!(session.load(new)?.name, "new");
    Ok(())
}

fn an_expired_row_that_is_gone_is_not_found(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    session.commit()?;
    session.execute(&delete("user_account"))?;
    assert_eq!(session.get::<User>(1)?, None);
    assert!(matches!(session.load(ed).unwrap_err(), Error::ObjectDeleted { .. }));
    Ok(())
}

fn a_deleted_target_of_a_one_way_reference(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let (ed, ann) = (session.add(person("ed")), session.add(person("ann")));
    let message = session.add(Message { sender: ed.into(), receiver: ann.into(), ..Message::default() });
    session.commit()?;
    // Nobody knows that the message hangs on it but the database.
    session.delete(ann)?;
    let refused = session.commit().unwrap_err();
    assert_eq!(refused.database_kind(), Some(DatabaseErrorKind::ForeignKeyViolation), "{refused}");
    // Together they go, the message first.
    session.delete(message)?;
    session.commit()?;
    assert_eq!(session.query::<Person>().all()?, [ed]);
    Ok(())
}

fn two_references_to_one_entity_are_apart(db: &Db) -> Result<()> {
    let mut session = people(db)?;
    let message = session.add(Message {
        sender: BelongsTo::new(person("ed")),
        receiver: BelongsTo::new(person("ann")),
        ..Message::default()
    });
    session.commit()?;
    let sender = session.rel(message, Message::SENDER).load()?.expect("it has one");
    let receiver = session.rel(message, Message::RECEIVER).load()?.expect("it has one");
    assert_eq!(session.load(sender)?.name, "ed");
    assert_eq!(session.load(receiver)?.name, "ann");
    session.expunge_all();
    let options = (joined(Message::SENDER), joined(Message::RECEIVER));
    let message = session.query::<Message>().options(options).one()?;
    let recorder = session.engine().record();
    let sender = session.rel(message, Message::SENDER).load()?.expect("it has one");
    assert_eq!(session[sender].name, "ed");
    check_silence(&recorder);
    Ok(())
}

fn more_rows_than_a_statement_takes_parameters(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add_all((0..20_000).map(|number| User::named(&number.to_string())));
    let recorder = session.engine().record();
    session.commit()?;
    assert!(recorder.take().count(orm::StatementKind::Insert) <= 200);
    let users = session.query::<User>().all()?;
    for user in &users {
        session.delete(*user)?;
    }
    session.commit()?;
    assert_eq!(session.query::<User>().count()?, 0);
    Ok(())
}

fn a_list_of_many_values(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.add_all(["a", "b"].map(User::named));
    let names = (0..5_000).map(|number| number.to_string()).chain(["b".to_owned()]);
    assert_eq!(session.all(select(User::NAME).filter(User::NAME.in_(names)))?, ["b"]);
    Ok(())
}

fn autoflush_does_not_disturb_a_load(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    let ed = session.get::<User>(1)?.unwrap_or(ed);
    let pushed = session.rel(ed, User::ADDRESSES).push(Address::at("b@x.org"))?;
    session[ed].fullname = Some("Ed".into());
    // Asking for the collection flushes first, and has each address once.
    let addresses = session.rel(ed, User::ADDRESSES).load()?;
    assert_eq!(addresses.len(), 2);
    assert_eq!(addresses[1], pushed);
    assert_eq!(session[ed].fullname.as_deref(), Some("Ed"));
    Ok(())
}

fn a_commit_without_changes_ends_the_transaction(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    session.query::<User>().count()?;
    assert!(session.in_transaction());
    let recorder = session.engine().record();
    session.commit()?;
    assert!(!session.in_transaction());
    check_kinds(&recorder, "commit");
    Ok(())
}
