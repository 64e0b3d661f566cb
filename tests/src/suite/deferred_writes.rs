//! Columns that rows are read without: what a flush writes of them, and what rollbacks, merges and new rows make of them.

use std::sync::{Arc, Mutex};

use orm::event::on_set;
use orm::prelude::*;
use orm::{Result, StatementKind};

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};
use crate::suite::expired::check_stale;

cases![
    an_assigned_column_is_written_without_reading_it,
    set_writes_a_column_that_is_not_loaded,
    a_column_that_is_not_loaded_is_never_written,
    an_edit_of_what_is_loaded_is_found,
    history_has_no_value_of_what_is_not_loaded,
    forgetting_a_value_writes_nothing,
    a_blind_edit_does_not_guard_what_was_not_loaded,
    a_blind_edit_guards_what_was_loaded,
    versions_guard_rows_that_are_read_in_part,
    a_new_row_needs_its_columns,
    a_new_row_takes_defaults,
    rows_of_one_shape_share_a_statement,
    a_failed_flush_leaves_memory_as_it_was,
    a_rollback_unloads_and_expires,
    a_savepoint_takes_back_what_was_loaded_in_it,
    a_savepoint_takes_back_an_edit,
    expire_drops_an_edit,
    merge_leaves_what_is_not_loaded,
    merge_reads_nothing_of_what_it_writes,
    a_detached_value_keeps_what_was_loaded,
    make_pending_wants_every_column,
    listeners_hear_of_deferred_columns,
    embedded_structs_have_deferred_columns,
    deletions_and_keys_do_without,
    two_sessions_do_not_overwrite_each_other,
    large_values_go_in_batches,
];

#[derive(Entity, Clone, Debug, Default)]
struct Page {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    title: String,
    #[entity(text)]
    body: Deferred<String>,
    notes: Deferred<Option<Vec<u8>>>,
    #[entity(default = 7)]
    rank: Deferred<i64>,
    #[entity(length = 20, server_default = "'draft'")]
    status: Deferred<String>,
}

#[derive(Entity, Debug, Default)]
struct Draft {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    title: String,
    #[entity(text)]
    body: Deferred<Option<String>>,
    #[entity(version)]
    version: i64,
}

impl Page {
    fn with(title: &str, body: &str) -> Self {
        Self { title: title.into(), body: Deferred::new(body.into()), ..Self::default() }
    }
}

/// A page whose deferred columns are not loaded.
fn page(db: &Db) -> Result<(Session, Key<Page>)> {
    let mut session = Session::new(&db.engine(schema![Page, Draft])?);
    session.add(Page::with("Home", "Welcome."));
    session.commit()?;
    session.expunge_all();
    let page = session.query::<Page>().one()?;
    Ok((session, page))
}

fn body(session: &mut Session) -> Result<String> {
    session.one(select(Page::BODY).order_by(Page::ID).limit(1))
}

fn an_assigned_column_is_written_without_reading_it(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    let recorder = session.engine().record();
    session[page].body = Deferred::new("New.".into());
    assert!(session.is_modified(page)?);
    session.flush()?;
    check_words(db, &recorder, &["UPDATE page SET body = ? WHERE page.id = ?"]);
    session.flush()?;
    check_silence(&recorder);
    assert_eq!(body(&mut session)?, "New.");
    Ok(())
}

fn set_writes_a_column_that_is_not_loaded(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session.set(page, Page::NOTES, None::<Vec<u8>>)?;
    session.set(page, Page::BODY, "Set.")?;
    assert_eq!(
        (session[page].notes.loaded(), session[page].body.loaded().map(String::as_str)),
        (Some(&None), Some("Set."))
    );
    let recorder = session.engine().record();
    session.flush()?;
    check_words(db, &recorder, &["UPDATE page SET body = ?, notes = ? WHERE page.id = ?"]);
    assert_eq!(body(&mut session)?, "Set.");
    Ok(())
}

fn a_column_that_is_not_loaded_is_never_written(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session.execute(&text("UPDATE page SET body = 'Elsewhere.'"))?;
    let recorder = session.engine().record();
    session[page].title = "Start".into();
    session.flush()?;
    check_words(db, &recorder, &["UPDATE page SET title = ? WHERE page.id = ?"]);
    assert_eq!(body(&mut session)?, "Elsewhere.");
    session[page].title = "Start".into();
    session.flush()?;
    recorder.take();
    session.commit()?;
    check_kinds(&recorder, "commit");
    Ok(())
}

fn an_edit_of_what_is_loaded_is_found(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session.load_column(page, Page::BODY)?;
    session[page].body.loaded_mut().unwrap().push_str(" Again.");
    assert!(session.is_modified(page)?);
    let recorder = session.engine().record();
    session.flush()?;
    check_words(db, &recorder, &["UPDATE page SET body = ? WHERE page.id = ?"]);
    session[page].body = Deferred::new("Welcome. Again.".into());
    session.flush()?;
    check_silence(&recorder);
    assert_eq!(body(&mut session)?, "Welcome. Again.");
    Ok(())
}

fn history_has_no_value_of_what_is_not_loaded(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session[page].title = "Start".into();
    session[page].body = Deferred::new("New.".into());
    let history = session.history(page)?;
    let told: Vec<_> = history.iter().map(|it| (it.column, it.before.clone(), it.after.clone())).collect();
    assert_eq!(
        told,
        [("title", Some(Value::from("Home")), Value::from("Start")), ("body", None, Value::from("New.")),]
    );
    let new = session.add(Page::with("New", "Text."));
    let columns: Vec<_> = session.history(new)?.into_iter().map(|it| it.column).collect();
    assert_eq!(columns, ["id", "title", "body"]);
    Ok(())
}

fn forgetting_a_value_writes_nothing(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session.load_column(page, Page::BODY)?;
    session[page].body = Deferred::NotLoaded;
    assert!(!session.is_modified(page)?);
    assert!(session.history(page)?.is_empty());
    session.load_column(page, Page::BODY)?;
    assert_eq!(session[page].body, "Welcome.".to_owned());
    // An edit that is forgotten is no edit.
    session[page].body = Deferred::new("New.".into());
    session[page].body = Deferred::NotLoaded;
    let recorder = session.engine().record();
    session.flush()?;
    check_silence(&recorder);
    // A whole entity without the columns changes the others.
    session[page] = Page { id: Auto::Set(1), title: "Start".into(), ..Page::default() };
    session.flush()?;
    check_words(db, &recorder, &["UPDATE page SET title = ? WHERE page.id = ?"]);
    assert_eq!(body(&mut session)?, "Welcome.");
    Ok(())
}

fn a_blind_edit_does_not_guard_what_was_not_loaded(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session.commit()?;
    let engine = session.engine().clone();
    engine.connect()?.execute(&text("UPDATE page SET body = 'Elsewhere.'"))?;
    session[page].body = Deferred::new("Mine.".into());
    session[page].title = "Start".into();
    let recorder = engine.record();
    session.flush()?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "UPDATE page SET title = ?, body = ? WHERE page.id = ? AND page.title COLLATE BINARY IS ? COLLATE BINARY",
        ],
    );
    assert_eq!(body(&mut session)?, "Mine.");
    Ok(())
}

fn a_blind_edit_guards_what_was_loaded(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session.load_column(page, Page::BODY)?;
    session.commit()?;
    let engine = session.engine().clone();
    engine.connect()?.execute(&text("UPDATE page SET body = 'Elsewhere.'"))?;
    session[page].body = Deferred::new("Mine.".into());
    check_stale(session.flush(), "body");
    session.rollback()?;
    assert_eq!(session.load_column(page, Page::BODY)?, "Elsewhere.");
    Ok(())
}

fn versions_guard_rows_that_are_read_in_part(db: &Db) -> Result<()> {
    let (mut session, _) = page(db)?;
    session.add(Draft { title: "a".into(), body: Deferred::new(Some("b".into())), ..Draft::default() });
    session.commit()?;
    session.expunge_all();
    let draft = session.query::<Draft>().one()?;
    let engine = session.engine().clone();
    session[draft].body = Deferred::new(None);
    let recorder = engine.record();
    session.flush()?;
    check_words(db, &recorder, &["UPDATE draft SET body = ?, version = ? WHERE draft.id = ? AND draft.version = ?"]);
    session.commit()?;
    session.load(draft)?;
    session.commit()?;
    engine.connect()?.execute(&text("UPDATE draft SET version = 9"))?;
    session[draft].body = Deferred::new(Some("c".into()));
    check_stale(session.flush(), "body");
    session.rollback()?;
    Ok(())
}

fn a_new_row_needs_its_columns(db: &Db) -> Result<()> {
    let (mut session, _) = page(db)?;
    let recorder = session.engine().record();
    let new = session.add(Page { title: "New".into(), ..Page::default() });
    let refused = session.flush().unwrap_err().to_string();
    assert!(refused.contains("Page.body") && refused.contains("Deferred::new"), "{refused}");
    assert!(recorder.take().iter().all(|sent| sent.kind == StatementKind::Transaction));
    session[new].body = Deferred::from("Text.".to_owned());
    session.flush()?;
    let body = session.one(select(Page::BODY).filter(Page::TITLE.eq("New")))?;
    assert_eq!(body, "Text.");
    Ok(())
}

fn a_new_row_takes_defaults(db: &Db) -> Result<()> {
    let (mut session, _) = page(db)?;
    let recorder = session.engine().record();
    let new = session.add(Page::with("New", "Text."));
    session.flush()?;
    check_words(db, &recorder, &["INSERT INTO page (title, body, rank) VALUES (?, ?, ?) RETURNING id"]);
    assert_eq!(session[new].rank, Deferred::new(7));
    assert_eq!((&session[new].status, &session[new].notes), (&Deferred::NotLoaded, &Deferred::NotLoaded));
    assert_eq!(session.load_column(new, Page::STATUS)?, "draft");
    assert_eq!(session.load_column(new, Page::NOTES)?, &None);
    assert_eq!(session[new].body, "Text.".to_owned());
    Ok(())
}

fn rows_of_one_shape_share_a_statement(db: &Db) -> Result<()> {
    let (mut session, _) = page(db)?;
    session.add(Page::with("b", "B"));
    session.add(Page::with("c", "C"));
    session.commit()?;
    session.expunge_all();
    let pages = session.query::<Page>().order_by(Page::ID).all()?;
    session.load_column(pages[1], Page::BODY)?;
    for page in &pages {
        session[*page].body = Deferred::new(format!("{}!", session[*page].title));
    }
    let recorder = session.engine().record();
    session.flush()?;
    check_kinds(&recorder, "update");
    let bodies = session.all(select(Page::BODY).order_by(Page::ID))?;
    assert_eq!(bodies, ["Home!", "b!", "c!"]);
    Ok(())
}

fn a_failed_flush_leaves_memory_as_it_was(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session[page].body = Deferred::new("New.".into());
    let bad = session.add(Page { title: "Bad".into(), ..Page::default() });
    assert!(session.flush().is_err());
    assert_eq!(session[page].body, "New.".to_owned());
    assert_eq!((session[bad].body.is_loaded(), session[bad].rank.is_loaded()), (false, false));
    assert!(session.is_modified(page)?);
    session.expunge(bad)?;
    session.flush()?;
    assert_eq!(body(&mut session)?, "New.");
    Ok(())
}

fn a_rollback_unloads_and_expires(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session[page].body = Deferred::new("New.".into());
    session.flush()?;
    let mut handed_back = {
        session.add(Page::with("Added", "Text."));
        session.flush()?;
        session.rollback()?
    };
    assert_eq!(session[page].body, Deferred::NotLoaded);
    let added = handed_back.drain::<Page>().remove(0);
    assert_eq!((added.body.loaded().map(String::as_str), added.rank.is_loaded()), (Some("Text."), false));
    assert_eq!(session.load_column(page, Page::BODY)?, "Welcome.");
    session.load_column(page, Page::NOTES)?;
    session.rollback()?;
    assert_eq!(session.load_column(page, Page::BODY)?, "Welcome.");
    Ok(())
}

fn a_savepoint_takes_back_what_was_loaded_in_it(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    let savepoint = session.begin_nested()?;
    session.execute(&text("UPDATE page SET body = 'Within.'"))?;
    assert_eq!(session.load_column(page, Page::BODY)?, "Within.");
    session.query::<Page>().options(undefer(Page::NOTES)).all()?;
    assert!(session[page].notes.is_loaded());
    session.rollback_to(savepoint)?;
    assert_eq!((&session[page].body, &session[page].notes), (&Deferred::NotLoaded, &Deferred::NotLoaded));
    assert_eq!(session.load_column(page, Page::BODY)?, "Welcome.");
    // With an edit beside it.
    let savepoint = session.begin_nested()?;
    session[page].title = "Start".into();
    session.load_column(page, Page::NOTES)?;
    session.rollback_to(savepoint)?;
    assert_eq!((session[page].title.as_str(), session[page].notes.is_loaded()), ("Home", false));
    assert_eq!(session[page].body, "Welcome.".to_owned());
    assert!(!session.is_modified(page)?);
    Ok(())
}

fn a_savepoint_takes_back_an_edit(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    let savepoint = session.begin_nested()?;
    session[page].body = Deferred::new("Within.".into());
    session.flush()?;
    session[page].body = Deferred::new("Within, again.".into());
    session.rollback_to(savepoint)?;
    assert_eq!(session[page].body, Deferred::NotLoaded);
    session.flush()?;
    assert_eq!(body(&mut session)?, "Welcome.");
    Ok(())
}

fn expire_drops_an_edit(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session[page].body = Deferred::new("Lost.".into());
    session.expire(page)?;
    assert_eq!(session[page].body, Deferred::NotLoaded);
    session.commit()?;
    assert_eq!(body(&mut session)?, "Welcome.");
    session.load_column(page, Page::BODY)?;
    session[page].body = Deferred::new("Lost.".into());
    assert_eq!(session.refresh(page)?.body, "Welcome.".to_owned());
    Ok(())
}

fn merge_leaves_what_is_not_loaded(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    let mut detached = session.expunge(page)?;
    detached.title = "Start".into();
    let recorder = session.engine().record();
    let page = session.merge(detached)?;
    check_words(db, &recorder, &["SELECT page.id, page.title FROM page WHERE page.id = ?"]);
    session.flush()?;
    check_words(db, &recorder, &["UPDATE page SET title = ? WHERE page.id = ?"]);
    assert_eq!(session.load_column(page, Page::BODY)?, "Welcome.");
    // What is loaded in memory stays, too.
    let copy = Page { id: Auto::Set(1), title: "Again".into(), ..Page::default() };
    assert_eq!(session.merge(copy)?, page);
    assert_eq!((session[page].title.as_str(), session[page].body.is_loaded()), ("Again", true));
    // Without a row, the copy is a new entity.
    session.merge(Page { id: Auto::Set(9), title: "None".into(), ..Page::default() })?;
    assert!(session.flush().unwrap_err().to_string().contains("Page.body"));
    session.rollback()?;
    Ok(())
}

fn merge_reads_nothing_of_what_it_writes(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    let copy =
        Page { id: Auto::Set(1), title: "Home".into(), body: Deferred::new("Merged.".into()), ..Page::default() };
    assert_eq!(session.merge(copy)?, page);
    let recorder = session.engine().record();
    session.flush()?;
    check_words(db, &recorder, &["UPDATE page SET body = ? WHERE page.id = ?"]);
    assert_eq!(body(&mut session)?, "Merged.");
    Ok(())
}

fn a_detached_value_keeps_what_was_loaded(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session.load_column(page, Page::BODY)?;
    let detached = session.expunge(page)?;
    assert_eq!((detached.body.loaded().map(String::as_str), detached.notes.is_loaded()), (Some("Welcome."), false));
    assert_eq!(detached.clone().body.into_loaded(), Some("Welcome.".to_owned()));
    session.add(Page { id: Auto::Unset, ..detached });
    session.flush()?;
    assert_eq!(session.all(select(Page::BODY))?, ["Welcome.", "Welcome."]);
    Ok(())
}

fn make_pending_wants_every_column(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    session.load_column(page, Page::BODY)?;
    let refused = session.make_pending(page).unwrap_err().to_string();
    assert!(refused.contains("Page.notes") && refused.contains("Page::NOTES"), "{refused}");
    session.query::<Page>().options(undefer(every::<Page>())).all()?;
    session.make_pending(page)?;
    session[page].title = "Copy".into();
    session.flush()?;
    let rows = session.all(select((Page::TITLE, Page::BODY, Page::RANK, Page::STATUS)).order_by(Page::ID))?;
    let row = |title: &str| (title.to_owned(), "Welcome.".to_owned(), 7, "draft".to_owned());
    assert_eq!(rows, [row("Home"), row("Copy")]);
    Ok(())
}

fn listeners_hear_of_deferred_columns(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = Arc::clone(&heard);
    session.listen(on_set(Page::BODY, move |_, assigned| {
        let before = assigned.before().cloned().unwrap_or("?".into());
        told.lock().unwrap().push(format!("{before} -> {}", assigned.value()));
        Ok(())
    }));
    session.set(page, Page::BODY, "Set.")?;
    session.flush()?;
    session[page].body = Deferred::new("Assigned.".into());
    session.flush()?;
    session[page].title = "Start".into();
    session.flush()?;
    session.commit()?;
    session.load(page)?;
    session[page].body = Deferred::NotLoaded;
    session.flush()?;
    assert_eq!(*heard.lock().unwrap(), ["? -> Set.", "Set. -> Assigned."]);
    Ok(())
}

#[derive(Embed, Clone, Debug, Default)]
struct Texts {
    #[entity(length = 20)]
    short: String,
    #[entity(text, group = "long")]
    long: Deferred<String>,
    #[entity(group = "long")]
    raw: Deferred<Option<Vec<u8>>>,
}

#[derive(Entity, Debug, Default)]
struct Letter {
    #[entity(embed(prefix = "front_"))]
    front: Texts,
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed(prefix = "back_"))]
    back: Texts,
}

fn embedded_structs_have_deferred_columns(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Letter])?);
    let texts =
        |short: &str| Texts { short: short.into(), long: Deferred::new(format!("{short}, long")), ..Texts::default() };
    session.add(Letter { front: texts("f"), back: texts("b"), ..Letter::default() });
    session.commit()?;
    session.expunge_all();
    let recorder = session.engine().record();
    let letter = session.query::<Letter>().one()?;
    check_words(db, &recorder, &["BEGIN", "SELECT letter.front_short, letter.id, letter.back_short FROM letter"]);
    assert_eq!(session.load_column(letter, Letter::BACK.column(Texts::LONG))?, "b, long");
    check_words(
        db,
        &recorder,
        &[
            "SELECT letter.id, letter.front_long, letter.front_raw, letter.back_long, letter.back_raw FROM letter WHERE letter.id = ?",
        ],
    );
    assert_eq!((session[letter].front.long.is_loaded(), session[letter].back.raw.loaded()), (true, Some(&None)));
    session[letter].front.long = Deferred::new("new".into());
    session.flush()?;
    session.expunge_all();
    let option = undefer(Letter::FRONT.column(Texts::LONG));
    let letter = session.query::<Letter>().options(option).one()?;
    let Letter { front, back, .. } = &session[letter];
    assert_eq!(
        (front.long.loaded().map(String::as_str), front.raw.is_loaded(), back.long.is_loaded()),
        (Some("new"), false, false)
    );
    Ok(())
}

fn deletions_and_keys_do_without(db: &Db) -> Result<()> {
    let (mut session, page) = page(db)?;
    let recorder = session.engine().record();
    session[page].id = Auto::Set(5);
    session.flush()?;
    check_words(db, &recorder, &["UPDATE page SET id = ? WHERE page.id = ?"]);
    assert_eq!(session.load_column(page, Page::BODY)?, "Welcome.");
    session[page].id = Auto::Set(6);
    // The row still has the key of before.
    assert_eq!(session.load_column(page, Page::NOTES)?, &None);
    session.delete(page)?;
    session.commit()?;
    assert_eq!(session.query::<Page>().count()?, 0);
    Ok(())
}

fn two_sessions_do_not_overwrite_each_other(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Page])?;
    let mut one = Session::new(&engine);
    one.add(Page::with("Home", "Welcome."));
    one.commit()?;
    one.expunge_all();
    let page = one.query::<Page>().one()?;
    one.commit()?;
    let mut other = Session::new(&engine);
    let theirs = other.query::<Page>().options(undefer(Page::BODY)).one()?;
    other[theirs].body = Deferred::new("Theirs.".into());
    other.commit()?;
    one[page].title = "Mine".into();
    one.commit()?;
    assert_eq!(one.load_column(page, Page::BODY)?, "Theirs.");
    one.commit()?;
    other[theirs].title = "Late".into();
    check_stale(other.flush(), "title");
    other.rollback()?;
    let fresh = other.load(theirs)?;
    assert_eq!((fresh.title.as_str(), fresh.body.is_loaded()), ("Mine", true));
    Ok(())
}

fn large_values_go_in_batches(db: &Db) -> Result<()> {
    let (mut session, _) = page(db)?;
    for number in 0..30 {
        session.add(Page::with(&format!("{number}"), &"x".repeat(100_000)));
    }
    session.commit()?;
    session.expunge_all();
    let pages = session.query::<Page>().order_by(Page::ID).all()?;
    for (number, page) in pages.iter().enumerate() {
        match number % 3 {
            0 => session[*page].body = Deferred::new("y".repeat(200_000)),
            1 => session[*page].title = "t".into(),
            _ => {}
        }
    }
    session.commit()?;
    session.preload_column(pages.clone(), Page::BODY)?;
    let lengths: Vec<usize> = pages.iter().map(|page| session[*page].body.loaded().map_or(0, String::len)).collect();
    assert_eq!((lengths[0], lengths[1], lengths[3]), (200_000, 100_000, 200_000));
    Ok(())
}
