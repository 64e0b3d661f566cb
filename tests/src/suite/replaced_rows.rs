//! Rows that are deleted behind the session, and whose primary keys others take: the old key never reaches the new row.

use orm::prelude::*;
use orm::{Error, Result, State};

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::check_kinds;

cases![
    an_old_key_never_reaches_the_row_that_took_its_number,
    references_to_a_replaced_row_are_refused,
    a_replaced_row_leaves_the_collections_it_was_in,
    a_rollback_restores_what_was_replaced,
    a_natural_key_of_a_row_that_is_gone_is_free,
    a_natural_key_of_a_row_that_is_there_is_not,
    only_a_contested_key_costs_a_statement,
    a_changed_entity_is_not_replaced,
    a_merge_inserts_where_the_row_is_gone,
    a_row_takes_the_key_of_one_that_is_gone,
    a_flush_that_fails_replaces_nothing,
];

#[derive(Entity, Debug, Default)]
struct Page {
    #[entity(primary_key, length = 20)]
    name: String,
    text: String,
}

fn page(name: &str, text: &str) -> Page {
    Page { name: name.into(), text: text.into() }
}

fn pages(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Page])?))
}

fn is_gone<T: std::fmt::Debug>(outcome: Result<T>) -> bool {
    matches!(outcome, Err(Error::ObjectDeleted { .. }))
}

/// Dave, added and deleted behind the session, and ann, who has his number where the database gives numbers out again.
fn dave_and_ann(db: &Db) -> Result<(Session, Key<Worker>, Key<Worker>)> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    let dave = session.add(Worker::named("dave"));
    session.commit()?;
    session.execute(&delete(table("worker")))?;
    let ann = session.add(Worker::named("ann"));
    session.flush()?;
    Ok((session, dave, ann))
}

fn an_old_key_never_reaches_the_row_that_took_its_number(db: &Db) -> Result<()> {
    let (mut session, dave, ann) = dave_and_ann(db)?;
    assert!(is_gone(session.load(dave).map(|_| ())));
    assert!(is_gone(session.refresh(dave).map(|_| ())));
    assert_eq!(session.load(ann)?.name, "ann");
    session[dave].name = "by the old key".into();
    assert!(session.flush().is_err());
    session.expire(dave)?;
    let deleted = session.delete(dave).and_then(|()| session.flush());
    assert!(deleted.is_err(), "{deleted:?}");
    session.expunge(dave)?;
    session.commit()?;
    assert_eq!(session.all(select(Worker::NAME))?, ["ann"]);
    assert_eq!(session.load(ann)?.name, "ann");
    Ok(())
}

/// A session that knew of a department whose row is gone, and the department that has its number.
fn two_departments(db: &Db) -> Result<(Session, Key<Department>, Key<Department>)> {
    let mut session = Session::new(&db.engine(schema![Department, Worker])?);
    let old = session.add(Department::with("old", &[]));
    session.commit()?;
    session.execute(&delete(table("department")))?;
    let id = session[old].id;
    let new = session.add(Department { id, ..Department::with("new", &[]) });
    session.flush()?;
    assert_eq!(session.state(old)?, State::Replaced);
    Ok((session, old, new))
}

fn references_to_a_replaced_row_are_refused(db: &Db) -> Result<()> {
    let (mut session, old, new) = two_departments(db)?;
    let dave = session.add(Worker::named("dave"));
    assert!(is_gone(session.rel(dave, Worker::DEPARTMENT).set(old)));
    assert!(is_gone(session.rel(old, Department::WORKERS).push(dave)));
    assert!(is_gone(session.rel(old, Department::WORKERS).load()));
    session.flush()?;
    session[dave].department = BelongsTo::to(old);
    assert!(is_gone(session.flush()));
    session.expire(dave)?;
    let ann = session.add(Worker { department: BelongsTo::to(old), ..Worker::named("ann") });
    assert!(is_gone(session.flush()));
    session.rel(ann, Worker::DEPARTMENT).set(new)?;
    session.commit()?;
    let rows = select((Worker::NAME, Department::NAME)).join(Worker::DEPARTMENT);
    assert_eq!(session.all(rows)?, [("ann".to_owned(), "new".to_owned())]);
    Ok(())
}

fn a_replaced_row_leaves_the_collections_it_was_in(db: &Db) -> Result<()> {
    let mut session = Session::builder(&db.engine(schema![User, Address])?).expire_on_commit(false).build();
    let ed = session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    let old = session.rel(ed, User::ADDRESSES).load()?[0];
    session.execute(&delete(table("address")))?;
    session.expire(old)?;
    let id = session[old].id;
    let new = session.add(Address { id, user: ed.into(), ..Address::at("b@x.org") });
    session.flush()?;
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [new]);
    assert!(is_gone(session.rel(ed, User::ADDRESSES).remove(old)));
    session.commit()?;
    assert!(!session.contains(old) && session.contains(new));
    Ok(())
}

fn a_rollback_restores_what_was_replaced(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    let old = session.add(page("home", "old"));
    session.commit()?;
    let savepoint = session.begin_nested()?;
    session.execute(&delete(table("page")))?;
    let new = session.add(page("home", "new"));
    session.flush()?;
    assert_eq!(session.state(old)?, State::Replaced);
    assert_eq!(session.get::<Page>("home")?, Some(new));
    let mut back = session.rollback_to(savepoint)?;
    assert_eq!(back.take(new).map(|page| page.text).as_deref(), Some("new"));
    assert_eq!(session.load(old)?.text, "old");
    assert_eq!(session.get::<Page>("home")?, Some(old));
    Ok(())
}

fn a_natural_key_of_a_row_that_is_gone_is_free(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    session.execute(&text("INSERT INTO page (name, text) VALUES ('home', 'one')"))?;
    let old = session.query::<Page>().one()?;
    session.rollback()?;
    assert!(is_gone(session.load(old).map(|_| ())));
    let new = session.add(page("home", "two"));
    session.flush()?;
    assert_eq!(session.load(new)?.text, "two");
    assert!(is_gone(session.load(old).map(|_| ())) && is_gone(session.delete(old)));
    session.commit()?;
    assert_eq!(session.all(select(Page::TEXT))?, ["two"]);
    Ok(())
}

fn a_natural_key_of_a_row_that_is_there_is_not(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    let old = session.add(page("home", "one"));
    session.commit()?;
    let new = session.add(page("home", "two"));
    assert!(matches!(session.flush(), Err(Error::DuplicateIdentity { entity: "Page", .. })));
    session.expunge(new)?;
    session.commit()?;
    assert_eq!(session.load(old)?.text, "one");
    Ok(())
}

fn only_a_contested_key_costs_a_statement(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    session.add_all(["a", "b", "c"].map(|name| page(name, "old")));
    session.commit()?;
    let recorder = session.engine().record();
    session.add(page("d", "new"));
    session.flush()?;
    check_kinds(&recorder, "begin insert");
    session.execute(&delete(table("page")))?;
    recorder.take();
    let plan = session.add_all(["a", "b", "c"].map(|name| page(name, "new"))).len();
    assert!(session.flush_plan()?.to_string().contains(&format!("{plan} expired Page")));
    session.flush()?;
    check_kinds(&recorder, "select insert");
    session.commit()?;
    assert_eq!(session.all(select(Page::NAME).order_by(Page::NAME))?, ["a", "b", "c"]);
    Ok(())
}

fn a_changed_entity_is_not_replaced(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    let old = session.add(page("home", "one"));
    session.commit()?;
    session.execute(&delete(table("page")))?;
    session[old].text = "edited".into();
    session.add(page("home", "two"));
    assert!(is_gone(session.flush()));
    session.expire(old)?;
    session.commit()?;
    assert_eq!(session.all(select(Page::TEXT))?, ["two"]);
    Ok(())
}

fn a_merge_inserts_where_the_row_is_gone(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    let old = session.add(page("home", "one"));
    session.commit()?;
    session.execute(&delete(table("page")))?;
    let new = session.merge(page("home", "two"))?;
    assert_ne!(new, old);
    session.commit()?;
    assert_eq!(session.load(new)?.text, "two");
    Ok(())
}

fn a_row_takes_the_key_of_one_that_is_gone(db: &Db) -> Result<()> {
    let mut session = pages(db)?;
    let (a, b) = (session.add(page("a", "one")), session.add(page("b", "two")));
    session.commit()?;
    session.execute(&delete(table("page")).filter(Page::NAME.eq("a")))?;
    session.load(b)?;
    session[b].name = "a".into();
    session.flush()?;
    assert_eq!(session.get::<Page>("a")?, Some(b));
    assert!(is_gone(session.load(a).map(|_| ())));
    session.rollback()?;
    assert_eq!(session.load(a)?.text, "one");
    assert_eq!(session.get::<Page>("b")?, Some(b));
    Ok(())
}

fn a_flush_that_fails_replaces_nothing(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Page, User, Address])?);
    let old = session.add(page("home", "one"));
    session.add(User::named("ed"));
    session.commit()?;
    session.execute(&delete(table("page")))?;
    let new = session.add(page("home", "two"));
    let twin = session.add(User::named("ed"));
    assert!(session.flush().is_err());
    assert_eq!((session.state(old)?, session.state(new)?), (State::Persistent, State::Pending));
    session.expunge(twin)?;
    session.flush()?;
    assert_eq!((session.state(old)?, session.get::<Page>("home")?), (State::Replaced, Some(new)));
    Ok(())
}
