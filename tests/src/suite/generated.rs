//! Values that the program did not give: keys and defaults of the database, defaults of the client, versions.

use std::sync::atomic::{AtomicI64, Ordering};

use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::sent::{check_kinds, check_silence};

cases![
    the_database_fills_in_keys_and_defaults,
    a_given_value_wins_over_a_default,
    a_default_is_read_before_the_insert,
    null_wins_over_a_default,
    a_column_of_a_row_cannot_be_left_to_the_database,
    a_rollback_leaves_values_out_again,
    a_merge_tells_null_from_a_value_that_is_left_out,
    client_defaults_are_evaluated_for_each_row,
    onupdate_applies_to_changes_only,
    a_version_counts_changes,
    a_version_set_by_hand_is_written_as_it_is,
    a_row_that_somebody_else_changed_is_stale,
    a_row_that_somebody_else_deleted_is_stale,
    a_stale_row_among_many_is_found,
    without_a_version_the_last_one_wins,
    a_vanished_row_cannot_be_loaded,
    a_vanished_row_is_named_by_its_whole_key,
    a_plan_shows_what_the_flush_fills_in,
];

static NUMBER: AtomicI64 = AtomicI64::new(1);

#[derive(Entity, Debug, Default)]
struct Ticket {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: String,
    #[entity(server_default = "'open'")]
    status: Auto<String>,
    #[entity(default = NUMBER.fetch_add(1, Ordering::Relaxed))]
    number: Auto<i64>,
    #[entity(default = "nobody")]
    assignee: Auto<Option<String>>,
    #[entity(onupdate = "edited")]
    trace: Option<String>,
}

#[derive(Entity, Debug, Default)]
struct Page {
    #[entity(primary_key)]
    id: Auto<i64>,
    text: String,
    #[entity(version)]
    revision: i64,
}

#[derive(Entity, Debug, Default)]
struct Seat {
    #[entity(primary_key, length = 10)]
    row: String,
    #[entity(primary_key)]
    number: i32,
}

#[derive(Entity, Debug, Default)]
struct Memo {
    #[entity(primary_key)]
    id: Auto<i64>,
    text: String,
}

fn ticket(title: &str) -> Ticket {
    Ticket { title: title.to_owned(), ..Ticket::default() }
}

fn page(text: &str) -> Page {
    Page { text: text.to_owned(), ..Page::default() }
}

fn the_database_fills_in_keys_and_defaults(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Ticket])?);
    let ticket = session.add(ticket("a"));
    session.flush()?;
    let recorder = session.engine().record();
    assert_eq!(session.load(ticket)?.id, 1);
    assert_eq!(session[ticket].status, Auto::from("open".to_owned()));
    assert_eq!(session[ticket].assignee, Auto::from(Some("nobody".to_owned())));
    // They came back with the INSERT.
    check_silence(&recorder);
    Ok(())
}

fn a_default_is_read_before_the_insert(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Ticket])?);
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = heard.clone();
    session.listen(orm::event::on_any_change(move |_, change| {
        noted.lock().expect("nobody panics with the notes").push(change.attribute());
        Ok(())
    }));
    let ticket = session.add(ticket("a"));
    let number = session.value_or_default(ticket, Ticket::NUMBER)?;
    assert_eq!(session.value_or_default(ticket, Ticket::NUMBER)?, number, "counted once");
    for refused in [
        session.value_or_default(ticket, Ticket::ID).map(drop).expect_err("a generated key"),
        session.value_or_default(ticket, Ticket::STATUS).map(drop).expect_err("a server default"),
    ] {
        assert!(refused.to_string().contains("`session.flush()?` first"), "{refused}");
    }
    session.flush()?;
    assert_eq!(session.one(select(Ticket::NUMBER))?, number);
    assert_eq!(*heard.lock().expect("nobody panics with the notes"), ["title"], "a default is no change");
    session.rollback()?;
    let ticket = session.add(self::ticket("b"));
    session.value_or_default(ticket, Ticket::NUMBER)?;
    let mut handed_back = session.rollback()?;
    let ticket = handed_back.take(ticket).expect("it was pending");
    assert!(ticket.number.get().is_none(), "the default is taken back");
    Ok(())
}

fn a_given_value_wins_over_a_default(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Ticket])?);
    let ann = Auto::from(Some("ann".to_owned()));
    let given = Ticket { status: Auto::from("closed".to_owned()), assignee: ann.clone(), ..ticket("a") };
    let ticket = session.add(given);
    session.commit()?;
    let read = session.load(ticket)?;
    assert_eq!((&read.status, &read.assignee), (&Auto::from("closed".to_owned()), &ann));
    Ok(())
}

/// Values that may be `NULL` and have a default: of the database, of the client, and in an embedded struct.
#[derive(Entity, Debug, Default)]
struct Grade {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(server_default = "7")]
    level: Auto<Option<i64>>,
    #[entity(default = 8)]
    mark: Auto<Option<i64>>,
    #[entity(embed)]
    more: More,
}

#[derive(Embed, Debug, Default)]
struct More {
    #[entity(default = 9)]
    points: Auto<Option<i64>>,
}

fn grade(given: Auto<Option<i64>>) -> Grade {
    Grade { level: given, mark: given, more: More { points: given }, ..Grade::default() }
}

fn values(session: &Session, grade: Key<Grade>) -> [Auto<Option<i64>>; 3] {
    let grade = &session[grade];
    [grade.level, grade.mark, grade.more.points]
}

fn a_column_of_a_row_cannot_be_left_to_the_database(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Grade])?);
    let grade = session.add(grade(Auto::Set(Some(1))));
    session.commit()?;
    session.refresh(grade)?;
    let recorder = session.engine().record();
    session[grade].more.points = Auto::Unset;
    let refused = session.flush().unwrap_err().to_string();
    assert!(
        refused.ends_with(
            "Grade.points was set to `Auto::Unset`, which leaves the value of a new row to the database; \
             this row exists: assign a value, or `Auto::Set(None)` for NULL"
        ),
        "{refused}"
    );
    check_silence(&recorder);
    session[grade].more.points = Auto::Set(None);
    session[grade].mark = Auto::Set(Some(2));
    session.commit()?;
    session.refresh(grade)?;
    assert_eq!(values(&session, grade), [Auto::Set(Some(1)), Auto::Set(Some(2)), Auto::Set(None)]);
    session[grade].id = Auto::Unset;
    let refused = session.commit().unwrap_err().to_string();
    assert!(refused.ends_with("this row exists: assign a value"), "{refused}");
    session.rollback()?;
    Ok(())
}

fn null_wins_over_a_default(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Grade])?);
    let grades = session.add_all([Auto::Set(None), Auto::Unset, Auto::Set(Some(1))].map(grade));
    session.commit()?;
    grades.iter().try_for_each(|grade| session.refresh(*grade).map(drop))?;
    assert_eq!(values(&session, grades[0]), [Auto::Set(None); 3]);
    assert_eq!(values(&session, grades[1]), [7, 8, 9].map(|value| Auto::Set(Some(value))));
    assert_eq!(values(&session, grades[2]), [Auto::Set(Some(1)); 3]);
    Ok(())
}

fn a_rollback_leaves_values_out_again(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Grade])?);
    let grades = session.add_all([Auto::Set(None), Auto::Unset].map(grade));
    session.flush()?;
    let mut back = session.rollback()?;
    let grades = grades.into_iter().filter_map(|grade| back.take(grade)).collect::<Vec<_>>();
    assert_eq!([grades[0].level, grades[0].mark], [Auto::Set(None); 2]);
    assert_eq!([grades[1].level, grades[1].mark, grades[1].more.points], [Auto::Unset; 3]);
    let again = session.add_all(grades);
    session.commit()?;
    again.iter().try_for_each(|grade| session.refresh(*grade).map(drop))?;
    assert_eq!(values(&session, again[0]), [Auto::Set(None); 3]);
    assert_eq!(values(&session, again[1]), [7, 8, 9].map(|value| Auto::Set(Some(value))));
    Ok(())
}

fn a_merge_tells_null_from_a_value_that_is_left_out(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Grade])?);
    let held = session.add(grade(Auto::Set(Some(1))));
    session.commit()?;
    let id = session[held].id;
    session.merge(Grade { id, ..grade(Auto::Unset) })?;
    session.commit()?;
    assert_eq!(session.load(held)?.level, Auto::Set(Some(1)));
    session.merge(Grade { id, ..grade(Auto::Set(None)) })?;
    session.commit()?;
    session.load(held)?;
    assert_eq!(values(&session, held), [Auto::Set(None); 3]);
    Ok(())
}

fn client_defaults_are_evaluated_for_each_row(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Ticket])?);
    session.add_all(["a", "b", "c"].map(ticket));
    session.commit()?;
    let mut numbers = session.all(select(Ticket::NUMBER))?;
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 3);
    Ok(())
}

fn onupdate_applies_to_changes_only(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Ticket])?);
    let ticket = session.add(ticket("a"));
    session.flush()?;
    assert_eq!(session[ticket].trace, None);
    session[ticket].title = "b".into();
    session.flush()?;
    assert_eq!(session[ticket].trace.as_deref(), Some("edited"));
    session[ticket].trace = Some("by hand".into());
    session.commit()?;
    assert_eq!(session.load(ticket)?.trace.as_deref(), Some("by hand"));
    Ok(())
}

fn a_version_counts_changes(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Page])?);
    let page = session.add(page("a"));
    session.commit()?;
    assert_eq!(session.load(page)?.revision, 1);
    for (text, revision) in [("b", 2), ("c", 3)] {
        session[page].text = text.into();
        session.commit()?;
        assert_eq!(session.load(page)?.revision, revision);
    }
    Ok(())
}

fn a_version_set_by_hand_is_written_as_it_is(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.shared_engine(schema![Page])?);
    let page = session.add(page("a"));
    session.commit()?;
    session.load(page)?;
    let mut other = Session::new(session.engine());
    let theirs = other.query::<Page>().one()?;
    other.commit()?;
    session[page].revision = 7;
    session.commit()?;
    assert_eq!(session.load(page)?.revision, 7);
    session[page].text = "b".into();
    session.commit()?;
    assert_eq!(session.load(page)?.revision, 8);
    session.commit()?;
    other[theirs].text = "c".into();
    assert!(matches!(other.flush(), Err(Error::StaleData { .. })));
    Ok(())
}

/// The same row in two sessions, neither of which is in a transaction.
fn twice(db: &Db) -> Result<(Session, Key<Page>, Session, Key<Page>)> {
    let engine = db.shared_engine(schema![Page])?;
    let remembering = Session::builder(&engine).expire_on_commit(false);
    let (mut one, mut two) = (remembering.build(), remembering.build());
    let first = one.add(page("a"));
    one.commit()?;
    let second = two.get::<Page>(1)?.expect("it is there");
    two.commit()?;
    Ok((one, first, two, second))
}

fn a_row_that_somebody_else_changed_is_stale(db: &Db) -> Result<()> {
    let (mut one, first, mut two, second) = twice(db)?;
    one[first].text = "by one".into();
    one.commit()?;
    two[second].text = "by two".into();
    let stale = two.commit().unwrap_err();
    assert!(
        matches!(stale, Error::StaleData { entity: "Page", statement: "UPDATE", expected: 1, found: 0, .. }),
        "{stale}"
    );
    // Look again, and try again.
    two.rollback()?;
    assert_eq!(two.load(second)?.text, "by one");
    two[second].text = "by two".into();
    two.commit()?;
    assert_eq!(two.load(second)?.revision, 3);
    Ok(())
}

fn a_row_that_somebody_else_deleted_is_stale(db: &Db) -> Result<()> {
    let (mut one, first, mut two, second) = twice(db)?;
    one.delete(first)?;
    one.commit()?;
    two.delete(second)?;
    let stale = two.commit().unwrap_err();
    assert!(matches!(stale, Error::StaleData { entity: "Page", statement: "DELETE", .. }), "{stale}");
    two.rollback()?;
    assert_eq!(two.query::<Page>().count()?, 0);
    Ok(())
}

fn a_stale_row_among_many_is_found(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Page])?;
    let mut one = Session::builder(&engine).expire_on_commit(false).build();
    let pages = one.add_all((0..20).map(|number| page(&number.to_string())));
    one.commit()?;
    let mut two = Session::new(&engine);
    let seventh = two.get::<Page>(7)?.expect("it is there");
    two[seventh].text = "changed".into();
    two.commit()?;
    for page in &pages {
        one[*page].text.push('!');
    }
    let stale = one.commit().unwrap_err();
    assert!(matches!(stale, Error::StaleData { entity: "Page", .. }), "{stale}");
    one.rollback()?;
    // Not one of them was written.
    assert_eq!(one.query::<Page>().filter(Page::TEXT.like("%!")).count()?, 0);
    Ok(())
}

fn without_a_version_the_last_one_wins(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Memo])?;
    let mut one = Session::builder(&engine).expire_on_commit(false).build();
    let memo = one.add(Memo { text: "a".into(), ..Memo::default() });
    one.commit()?;
    let mut two = Session::new(&engine);
    let same = two.get::<Memo>(1)?.expect("it is there");
    two[same].text = "two".into();
    two.commit()?;
    one[memo].text = "one".into();
    let recorder = engine.record();
    one.commit()?;
    check_kinds(&recorder, "begin update commit");
    assert_eq!(two.load(same)?.text, "one");
    Ok(())
}

fn a_vanished_row_cannot_be_loaded(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Memo])?;
    let mut one = Session::new(&engine);
    let memo = one.add(Memo::default());
    one.commit()?;
    engine.begin(|connection| connection.execute(&delete("memo")))?;
    let gone = one.load(memo).unwrap_err();
    assert!(matches!(gone, Error::ObjectDeleted { entity: "Memo", .. }), "{gone}");
    assert!(gone.to_string().contains("key 1"), "{gone}");
    Ok(())
}

fn a_vanished_row_is_named_by_its_whole_key(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Seat])?;
    let mut session = Session::new(&engine);
    let seat = session.add(Seat { row: "(a)".into(), number: 8 });
    session.commit()?;
    engine.begin(|connection| connection.execute(&delete("seat")))?;
    let gone = session.load(seat).unwrap_err().to_string();
    assert!(gone.starts_with("Seat with key (\"(a)\", 8) has no row any more"), "{gone}");
    Ok(())
}

fn a_plan_shows_what_the_flush_fills_in(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Ticket, Page])?);
    let ticket = session.add(ticket("a"));
    let page = session.add(page("one"));
    let rows = |session: &mut Session| -> Result<Vec<String>> {
        Ok(session.flush_plan()?.steps.into_iter().flat_map(|step| step.rows).collect())
    };
    assert_eq!(
        rows(&mut session)?,
        ["new Ticket #1: 'a', <filled in>, <filled in>, NULL", "new Page #1: 'one', <filled in>"]
    );
    // Nothing is evaluated for a plan.
    assert_eq!(session[ticket].number.get(), None);
    session.flush()?;
    session[ticket].title = "b".into();
    session[page].text = "two".into();
    assert_eq!(rows(&mut session)?, ["Ticket 1: 'b', <filled in>", "Page 1: 'two', <filled in>"]);
    Ok(())
}
