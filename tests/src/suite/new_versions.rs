//! Entities that become new rows while their old rows stay: `make_pending`.

use orm::event::before_flush;
use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::check_kinds;

cases![
    an_edited_entity_becomes_a_new_row,
    a_hook_writes_versions,
    references_stay_with_the_old_row,
    a_reference_is_made_to_follow,
    new_members_come_along,
    links_stay_with_the_old_row,
    a_composite_key_gets_its_new_part,
    a_failed_flush_leaves_the_old_row,
    a_rollback_gives_the_old_row_back,
    pending_expired_and_deleted_entities,
];

#[derive(Entity, Debug, Default)]
#[entity(table = "versioned_text")]
struct Text {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 40, unique)]
    body: String,
    note: Option<String>,
}

fn text(body: &str) -> Text {
    Text { body: body.to_owned(), note: Some("kept".to_owned()), ..Text::default() }
}

fn an_edited_entity_becomes_a_new_row(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Text])?);
    let key = session.add(text("one"));
    session.flush()?;
    let old = session[key].id.get().expect("it is flushed");
    session[key].body = "two".into();
    session.make_pending(key)?;
    assert_eq!((session.state(key)?, session.pending::<Text>()), (State::Pending, vec![key]));
    assert_eq!(session.dirty::<Text>(), []);
    let recorder = session.engine().record();
    session.flush()?;
    check_kinds(&recorder, "insert");
    assert_eq!(session.all(select(Text::BODY).order_by(Text::ID))?, ["one", "two"]);
    let first = session.get::<Text>(old)?.expect("the old row is there");
    assert_ne!(first, key);
    assert_eq!((session[first].body.as_str(), session[key].body.as_str()), ("one", "two"));
    assert_eq!(session[key].note.as_deref(), Some("kept"));
    session[key].body = "three".into();
    session.commit()?;
    assert_eq!(session.all(select(Text::BODY).order_by(Text::ID))?, ["one", "three"], "an entity like any other");
    Ok(())
}

fn a_hook_writes_versions(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Text])?;
    let mut session = Session::new(&engine);
    session
        .listen(before_flush(|scope| scope.dirty_of::<Text>().into_iter().try_for_each(|key| scope.make_pending(key))));
    let key = session.add(text("one"));
    for body in ["two", "three"] {
        session.commit()?;
        session.load(key)?;
        session[key].body = body.into();
    }
    let recorder = engine.record();
    session.commit()?;
    check_kinds(&recorder, "insert commit");
    assert_eq!(session.all(select(Text::BODY).order_by(Text::ID))?, ["one", "two", "three"]);
    assert_eq!(session.load(key)?.body, "three");
    Ok(())
}

fn references_stay_with_the_old_row(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let ed = session.add(User::with("ed", &["a", "b"]));
    session.flush()?;
    let old = session[ed].id.get().expect("it is flushed");
    let [a, b] = session.rel(ed, User::ADDRESSES).load()?[..] else { panic!("two addresses") };
    session[ed].name = "edward".into();
    session.make_pending(ed)?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [], "they are those of the old row");
    session.flush()?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, []);
    let first = session.rel(a, Address::USER).one()?;
    assert_ne!(first, ed);
    assert_eq!((session[first].id.get(), session[first].name.as_str()), (Some(old), "ed"));
    assert_eq!(session.rel(first, User::ADDRESSES).load()?, [a, b]);
    session.delete(first)?;
    session.commit()?;
    assert_eq!(session.all(select(User::NAME))?, ["edward"]);
    assert_eq!(session.query::<Address>().count()?, 0);
    Ok(())
}

fn a_reference_is_made_to_follow(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    session.listen(before_flush(|scope| {
        for department in scope.dirty_of::<Department>() {
            let workers: Vec<_> = scope[department].workers.loaded().into_iter().flatten().collect();
            scope.make_pending(department)?;
            for worker in workers {
                scope.push(department, Department::WORKERS, worker)?;
            }
        }
        Ok(())
    }));
    let sales = session.add(Department::with("sales", &["ann", "bob"]));
    session.commit()?;
    session.load(sales)?;
    let workers = session.rel(sales, Department::WORKERS).load()?;
    session[sales].name = "trade".into();
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "insert update commit");
    for worker in &workers {
        assert_eq!(session.rel(*worker, Worker::DEPARTMENT).load()?, Some(sales));
    }
    assert_eq!(session.rel(sales, Department::WORKERS).load()?, workers);
    let counted = select((Department::NAME, count(Worker::ID))).left_join(Department::WORKERS);
    let rows = session.all(counted.group_by((Department::ID, Department::NAME)).order_by(Department::ID))?;
    assert_eq!(rows, [("sales".to_owned(), 0), ("trade".to_owned(), 2)]);
    Ok(())
}

fn new_members_come_along(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let ed = session.add(User::with("ed", &["old"]));
    session.flush()?;
    let old = session.rel(ed, User::ADDRESSES).load()?[0];
    let new = session.rel(ed, User::ADDRESSES).push(Address::at("new"))?;
    session[ed].name = "edward".into();
    session.make_pending(ed)?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [new]);
    assert_eq!(session.rel(new, Address::USER).load()?, Some(ed));
    session.commit()?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [new]);
    let first = session.rel(old, Address::USER).one()?;
    assert_eq!(session.load(first)?.name, "ed");
    assert_eq!(session.rel(first, User::ADDRESSES).load()?, [old]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "versioned_essay")]
struct Essay {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20)]
    title: String,
    #[entity(secondary = "versioned_essay_topic", inverse = "essays", order_by = "id")]
    topics: ManyToMany<Topic>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "versioned_topic")]
struct Topic {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20)]
    name: String,
    #[entity(secondary = "versioned_essay_topic", inverse = "topics", order_by = "id")]
    essays: ManyToMany<Essay>,
}

fn links_stay_with_the_old_row(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Essay, Topic])?);
    let topic = |name: &str| Topic { name: name.to_owned(), ..Topic::default() };
    let essay = session.add(Essay { title: "one".into(), topics: ManyToMany::of([topic("war")]), ..Essay::default() });
    session.flush()?;
    let war = session.rel(essay, Essay::TOPICS).load()?[0];
    let peace = session.rel(essay, Essay::TOPICS).push(topic("peace"))?;
    session[essay].title = "two".into();
    session.make_pending(essay)?;
    assert_eq!(session.rel(essay, Essay::TOPICS).load()?, [peace]);
    session.flush()?;
    assert_eq!(session.rel(essay, Essay::TOPICS).load()?, [peace]);
    assert_eq!(session.rel(peace, Topic::ESSAYS).load()?, [essay]);
    let first = session.rel(war, Topic::ESSAYS).load()?;
    assert_eq!(first.len(), 1);
    assert_eq!(session[first[0]].title, "one");
    let rows = session.all(select((Essay::TITLE, Topic::NAME)).join(Essay::TOPICS).order_by(Topic::ID))?;
    assert_eq!(rows, [("one".to_owned(), "war".to_owned()), ("two".to_owned(), "peace".to_owned())]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "versioned_document")]
struct Document {
    #[entity(primary_key)]
    number: i64,
    #[entity(primary_key)]
    version: i64,
    body: String,
}

fn a_composite_key_gets_its_new_part(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Document])?);
    session.listen(before_flush(|scope| {
        for document in scope.dirty_of::<Document>() {
            scope.make_pending(document)?;
            scope[document].version += 1;
        }
        Ok(())
    }));
    let document = session.add(Document { number: 7, version: 1, body: "one".into() });
    session.commit()?;
    session.load(document)?;
    session[document].body = "two".into();
    session.commit()?;
    let rows =
        session.all(select((Document::NUMBER, Document::VERSION, Document::BODY)).order_by(Document::VERSION))?;
    assert_eq!(rows, [(7, 1, "one".to_owned()), (7, 2, "two".to_owned())]);
    assert_eq!(session.get::<Document>((7, 2))?, Some(document));
    let first = session.get::<Document>((7, 1))?.expect("the old row");
    assert_ne!(first, document);
    // The key of the old row is taken, so the new row needs another one.
    session[first].body = "three".into();
    session.make_pending(first)?;
    let refused = session.flush().expect_err("the key is taken");
    assert!(matches!(refused, Error::Database(_)), "{refused}");
    Ok(())
}

fn a_failed_flush_leaves_the_old_row(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![User, Address])?);
    let ed = session.add(User::with("ed", &["old"]));
    session.commit()?;
    session.load(ed)?;
    let addresses = session.rel(ed, User::ADDRESSES).load()?;
    let token = session.listen(before_flush(|scope| {
        scope.dirty_of::<User>().into_iter().try_for_each(|user| scope.make_pending(user))
    }));
    // The name is unique, so the second row of this name is refused.
    session[ed].fullname = Some("Ed Jones".into());
    let refused = session.flush().expect_err("the name is unique");
    assert!(matches!(refused, Error::Database(_)), "{refused}");
    assert_eq!((session.state(ed)?, session.pending::<User>()), (State::Persistent, vec![]));
    assert_eq!(session.dirty::<User>(), [ed]);
    assert_eq!(session[addresses[0]].user.loaded(), Some(ed));
    session.unlisten(token);
    let recorder = session.engine().record();
    session.no_autoflush(|session| session.rel(ed, User::ADDRESSES).load())?;
    session.commit()?;
    assert!(recorder.statements().iter().any(|it| it.sql.starts_with("UPDATE")), "a plain edit again");
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("Ed Jones"));
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, addresses);
    Ok(())
}

fn a_rollback_gives_the_old_row_back(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Text])?);
    let key = session.add(text("one"));
    session.commit()?;
    let id = session.load(key)?.id;
    let savepoint = session.begin_nested()?;
    session[key].body = "two".into();
    session.make_pending(key)?;
    session[key].note = None;
    session.flush()?;
    assert_ne!(session[key].id, id);
    let handed_back = session.rollback_to(savepoint)?;
    assert!(handed_back.is_empty(), "the entity has its row again");
    assert_eq!((session.state(key)?, &session[key].id), (State::Persistent, &id));
    let text = session.load(key)?;
    assert_eq!((text.body.as_str(), text.note.as_deref()), ("one", Some("kept")));
    session[key].body = "three".into();
    session.make_pending(key)?;
    session.rollback()?;
    assert_eq!(session.load(key)?.body, "one");
    assert_eq!(session.query::<Text>().count()?, 1);
    Ok(())
}

fn pending_expired_and_deleted_entities(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Text])?);
    let key = session.add(text("one"));
    session.make_pending(key)?;
    assert_eq!(session.pending::<Text>(), [key], "it is pending already");
    session.commit()?;
    let refused = session.make_pending(key).expect_err("it is expired").to_string();
    assert!(refused.contains("`session.load(key)?` before the edit"), "{refused}");
    session[key].body = "two".into();
    session.make_pending(key).expect_err("the edit is of expired memory");
    session.rollback()?;
    session.load(key)?;
    session.delete(key)?;
    let refused = session.make_pending(key).expect_err("it is to be deleted").to_string();
    assert!(refused.contains("marked for deletion"), "{refused}");
    session.flush()?;
    let refused = session.make_pending(key).expect_err("the row is gone");
    assert!(matches!(refused, Error::RowDeleted { .. }), "{refused}");
    let recorder = session.engine().record();
    session.rollback()?;
    session.load(key)?;
    session.make_pending(key)?;
    session.expunge(key)?;
    session.flush()?;
    check_silence_but_reads(&recorder);
    Ok(())
}

/// Nothing was written.
fn check_silence_but_reads(recorder: &orm::Recorder) {
    let statements = recorder.statements();
    let writes = ["INSERT", "UPDATE", "DELETE"];
    assert!(!statements.iter().any(|it| writes.iter().any(|verb| it.sql.starts_with(verb))), "{statements:?}");
}
