//! The unit of work as a program sees it, where edits, deletions and savepoints meet.
#![allow(missing_docs, reason = "tests")]

use orm::Error;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Country {
    #[entity(primary_key)]
    code: String,
}

fn country(code: &str) -> Country {
    Country { code: code.to_owned() }
}

fn countries() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Country])?;
    Ok(Session::new(&engine))
}

#[test]
fn a_deleted_row_frees_the_key_that_it_had_whatever_was_assigned_since() -> orm::Result<()> {
    let mut session = countries()?;
    let old = session.add(country("su"));
    session.commit()?;
    session.load(old)?;
    session[old].code = "ru".into();
    session.delete(old)?;
    session.flush()?;
    assert_eq!(session.get::<Country>("su")?, None);
    let new = session.add(country("su"));
    session.flush()?;
    assert_eq!(session.get::<Country>("su")?, Some(new));
    session.rollback()?;
    assert_eq!(session.get::<Country>("su")?, Some(old));
    assert_eq!(session.get::<Country>("ru")?, None);
    Ok(())
}

#[test]
fn a_savepoint_takes_back_every_mark_for_deletion_also_of_what_was_expunged() -> orm::Result<()> {
    let mut session = countries()?;
    let (stays, leaves) = (session.add(country("fr")), session.add(country("dd")));
    session.commit()?;
    let savepoint = session.begin_nested()?;
    session.delete(stays)?;
    session.delete(leaves)?;
    session.expunge(leaves)?;
    session.rollback_to(savepoint)?;
    session.delete(stays)?;
    assert_eq!(session.deleted::<Country>(), [stays]);
    session.commit()?;
    assert_eq!(session.all(select(Country::CODE))?, ["dd"]);
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Widget {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(version)]
    version: i64,
    #[entity(post_update)]
    favorite: BelongsTo<Option<Entry>>,
    #[entity(inverse = "widget")]
    entries: HasMany<Entry>,
}

#[derive(Entity, Debug, Default)]
struct Entry {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "entries")]
    widget: BelongsTo<Widget>,
}

#[test]
fn a_reference_that_is_written_afterwards_counts_as_a_version() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Widget, Entry])?;
    let mut session = Session::new(&engine);
    let widget = session.add(Widget::default());
    session.commit()?;
    assert_eq!(session.load(widget)?.version, 1);
    let entry = session.rel(widget, Widget::ENTRIES).push(Entry::default())?;
    session.rel(widget, Widget::FAVORITE).set(entry)?;
    session.commit()?;
    assert_eq!(session.load(widget)?.version, 2);
    assert_eq!(session.rel(widget, Widget::FAVORITE).load()?, Some(entry));
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Invoice {
    #[entity(primary_key)]
    code: String,
    #[entity(inverse = "invoice", cascade = "all", order_by = "line")]
    items: HasMany<Item>,
}

/// The key of its invoice is part of its own.
#[derive(Entity, Debug, Default)]
struct Item {
    #[entity(primary_key, inverse = "items", on_update = "cascade")]
    invoice: BelongsTo<Invoice>,
    #[entity(primary_key)]
    line: i64,
    what: String,
    #[entity(inverse = "item", cascade = "all")]
    notes: HasMany<Note>,
}

#[derive(Entity, Debug, Default)]
struct Note {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "notes", columns("item_invoice", "item_line"), on_update = "cascade")]
    item: BelongsTo<Item>,
}

/// An invoice of three items, of which the first has a note.
fn invoice() -> orm::Result<(Session, Key<Invoice>, Vec<Key<Item>>)> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Invoice, Item, Note])?;
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let item = |line| Item { line, ..Item::default() };
    let noted = Item { notes: HasMany::of([Note::default()]), ..item(1) };
    let items = HasMany::of([noted, item(2), item(3)]);
    let invoice = session.add(Invoice { code: "a".into(), items });
    session.commit()?;
    let items = session.rel(invoice, Invoice::ITEMS).load()?;
    Ok((session, invoice, items))
}

#[test]
fn a_key_that_the_database_cascades_is_known_in_memory() -> orm::Result<()> {
    let (mut session, invoice, items) = invoice()?;
    let note = session.rel(items[0], Item::NOTES).load()?[0];
    session[invoice].code = "b".into();
    // What changes or goes by the same flush is found under the key that it has by then.
    session[items[1]].what = "ink".into();
    session.delete(items[2])?;
    session.flush()?;
    assert_eq!(session.get::<Item>(("b".to_owned(), 1))?, Some(items[0]));
    assert_eq!(session.get::<Item>(("a".to_owned(), 1))?, None);
    assert_eq!(session[note].item.id(), Some(&("b".to_owned(), 1)));
    assert!(!session.is_modified(note)?);
    session[items[0]].what = "paper".into();
    session.commit()?;
    assert_eq!(session.refresh(items[0])?.what, "paper");
    assert_eq!(session.refresh(items[1])?.what, "ink");
    assert_eq!(session.rel(note, Note::ITEM).load()?, Some(items[0]));
    assert_eq!(session.query::<Item>().order_by(Item::LINE.asc()).all()?, items[..2]);
    Ok(())
}

#[test]
fn a_rollback_takes_cascaded_keys_back() -> orm::Result<()> {
    let (mut session, invoice, items) = invoice()?;
    let note = session.rel(items[0], Item::NOTES).load()?[0];
    let savepoint = session.begin_nested()?;
    session[invoice].code = "b".into();
    session[items[0]].what = "ink".into();
    session.flush()?;
    session.rollback_to(savepoint)?;
    assert_eq!(session.get::<Item>(("a".to_owned(), 1))?, Some(items[0]));
    assert_eq!(session.get::<Item>(("b".to_owned(), 1))?, None);
    assert_eq!(session[note].item.id(), Some(&("a".to_owned(), 1)));
    session[items[0]].what = "paper".into();
    session.commit()?;
    assert_eq!(session.refresh(items[0])?.what, "paper");
    // A flush that fails after the keys were cascaded.
    session[invoice].code = "c".into();
    session[items[1]].line = 3;
    assert!(session.flush().is_err());
    assert_eq!(session.get::<Item>(("a".to_owned(), 2))?, Some(items[1]));
    session[items[1]].line = 2;
    session.commit()?;
    assert_eq!(session.query::<Item>().filter(Item::INVOICE_ID.eq("c")).order_by(Item::LINE.asc()).all()?, items);
    Ok(())
}

/// The edit began when nobody knew by which place its invoice goes.
#[test]
fn a_member_whose_edit_is_dropped_leaves_its_collection_when_it_is_deleted() -> orm::Result<()> {
    let (mut session, ..) = invoice()?;
    session.expunge_all();
    let invoice = session.query::<Invoice>().one()?;
    let item = session.query::<Item>().filter(Item::LINE.eq(3)).one()?;
    session[item].what = "ink".into();
    assert_eq!(session.no_autoflush(|session| session.rel(invoice, Invoice::ITEMS).load())?.len(), 3);
    session.expire(item)?;
    session.delete(item)?;
    session.flush()?;
    let left = session.rel(invoice, Invoice::ITEMS).load()?;
    assert!(left.len() == 2 && !left.contains(&item));
    Ok(())
}

#[test]
fn a_member_that_was_expunged_since_a_savepoint_is_found_again() -> orm::Result<()> {
    let (mut session, invoice, items) = invoice()?;
    let other = session.add(Invoice { code: "b".into(), ..Invoice::default() });
    let savepoint = session.begin_nested()?;
    session.rel(items[2], Item::INVOICE).set(other)?;
    session.flush()?;
    session.expunge(items[2])?;
    session.rollback_to(savepoint)?;
    let found = session.rel(invoice, Invoice::ITEMS).load()?;
    assert_eq!(found[..2], items[..2]);
    assert_eq!(session[found[2]].line, 3);
    Ok(())
}

#[test]
fn what_was_read_in_place_of_a_deleted_row_leaves_with_the_rollback() -> orm::Result<()> {
    let mut session = countries()?;
    let old = session.add(country("su"));
    session.commit()?;
    let savepoint = session.begin_nested()?;
    session.delete(old)?;
    session.flush()?;
    session.execute(&insert("country").set(Country::CODE, "su"))?;
    let new = session.query::<Country>().one()?;
    assert_ne!(new, old);
    session.rollback_to(savepoint)?;
    assert_eq!(session.get::<Country>("su")?, Some(old));
    assert_eq!(session.held::<Country>(), [old]);
    assert!(!session.contains(new));
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Page {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    #[entity(version)]
    version: i64,
}

/// A session with two pages, of which the second was deleted behind its back in the transaction that goes on.
fn pages() -> orm::Result<(Session, [Key<Page>; 2])> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Page])?;
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let keys = ["a", "b"].map(|title| session.add(Page { title: title.into(), ..Page::default() }));
    session.commit()?;
    session.execute(&delete("page").filter(Page::TITLE.eq("b")))?;
    Ok((session, keys))
}

#[test]
fn an_update_that_finds_some_of_its_rows_is_undone() -> orm::Result<()> {
    let (mut session, [a, b]) = pages()?;
    session[a].title = "a2".into();
    session[b].title = "b2".into();
    assert!(matches!(session.flush(), Err(Error::StaleData { expected: 2, found: 1, .. })));
    session.expunge(b)?;
    assert_eq!(session.no_autoflush(|session| session.all(select(Page::TITLE)))?, ["a"]);
    session.commit()?;
    assert_eq!(session.all(select((Page::TITLE, Page::VERSION)))?, [("a2".to_owned(), 2)]);
    Ok(())
}

#[test]
fn a_delete_that_finds_some_of_its_rows_is_undone() -> orm::Result<()> {
    let (mut session, [a, b]) = pages()?;
    session.delete(a)?;
    session.delete(b)?;
    assert!(matches!(session.flush(), Err(Error::StaleData { expected: 2, found: 1, .. })));
    assert_eq!(session.no_autoflush(|session| session.all(select(Page::TITLE)))?, ["a"]);
    assert_eq!(session.deleted::<Page>(), [a, b]);
    Ok(())
}

#[test]
fn one_row_needs_no_savepoint_as_it_is_found_or_nothing_is_written() -> orm::Result<()> {
    let (mut session, [a, b]) = pages()?;
    let recorder = session.engine().record();
    session[b].title = "b2".into();
    assert!(matches!(session.flush(), Err(Error::StaleData { expected: 1, found: 0, .. })));
    session.expunge(b)?;
    session[a].title = "a2".into();
    session.flush()?;
    let update = "UPDATE page SET title = ?, version = ? WHERE page.id = ? AND page.version = ?";
    assert_eq!(recorder.take().sql(), [update, update]);
    session.commit()
}

#[derive(Entity, Debug, Default)]
struct Ticket {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(server_default = "'soon'")]
    number: Auto<i64>,
}

#[test]
fn a_row_whose_generated_value_cannot_be_read_is_not_kept() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Ticket])?;
    let mut session = Session::new(&engine);
    session.add(Ticket { number: Auto::Set(1), ..Ticket::default() });
    session.flush()?;
    session.add(Ticket::default());
    assert!(matches!(session.flush(), Err(Error::Decode { .. })));
    // Where the row was written, nothing but the whole transaction can be taken back.
    assert!(matches!(session.commit(), Err(Error::PendingRollback { .. })));
    session.rollback()?;
    assert_eq!(session.query::<Ticket>().count()?, 0);
    Ok(())
}
