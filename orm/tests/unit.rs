//! The unit of work as a program sees it, where edits, deletions and savepoints meet.
#![allow(missing_docs, reason = "tests")]

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
