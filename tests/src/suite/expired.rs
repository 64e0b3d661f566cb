//! Edits of expired memory: a change that the session has not seen is never overwritten, and an assignment is never dropped.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use orm::prelude::*;
use orm::{Error, Result};
use serde_json::json;
use uuid::Uuid;

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    an_edit_of_expired_memory_does_not_overwrite_a_change,
    an_edit_of_expired_memory_costs_no_statement,
    an_edit_of_every_type_is_guarded,
    rows_edited_while_expired_share_a_statement,
    what_was_expired_between_two_edits_is_guarded,
    an_edit_of_what_is_gone_is_stale,
    a_column_of_an_embedded_struct_is_guarded,
    a_column_of_a_joined_class_is_guarded,
    a_version_stands_beside_the_guard,
    a_reference_that_is_written_afterwards_is_guarded,
    set_writes_whatever_memory_held,
    set_fires_for_every_kind_of_column,
    set_is_undone_with_its_savepoint,
    expunge_leaves_members_of_before,
    a_rollback_of_nothing_expires_nothing,
    what_this_session_deleted_is_not_refreshed,
];

#[derive(Entity, Clone, Debug, Default)]
struct Sample {
    #[entity(primary_key)]
    id: Auto<i64>,
    small: Option<i16>,
    large: Option<i64>,
    single: Option<f32>,
    ratio: Option<f64>,
    flag: Option<bool>,
    #[entity(length = 20)]
    short: Option<String>,
    #[entity(text)]
    long: Option<String>,
    bytes: Option<Vec<u8>>,
    day: Option<NaiveDate>,
    at: Option<NaiveTime>,
    moment: Option<NaiveDateTime>,
    #[entity(precision = 30, scale = 10)]
    price: Option<BigDecimal>,
    token: Option<Uuid>,
    document: Option<serde_json::Value>,
}

/// Two states of every column.
fn full(second: bool) -> Sample {
    let day = NaiveDate::from_ymd_opt(2024, 2, if second { 28 } else { 29 });
    let at = NaiveTime::from_hms_micro_opt(23, 59, 59, if second { 0 } else { 999_999 });
    Sample {
        id: Auto::Unset,
        small: Some(if second { 1 } else { -2 }),
        large: Some(if second { i64::MIN } else { i64::MAX }),
        single: Some(if second { 0.1 } else { 0.2 }),
        ratio: Some(if second { 0.1 } else { 0.2 }),
        flag: Some(second),
        short: Some(if second { "a" } else { "A" }.into()),
        long: Some(if second { "é " } else { "é" }.into()),
        bytes: Some(vec![0, u8::from(second), 255]),
        day,
        at,
        moment: day.zip(at).map(|(day, at)| day.and_time(at)),
        price: Some(if second { "0.1" } else { "12345678901234567890.0123456789" }.parse().unwrap()),
        token: Some(Uuid::from_u128(if second { 7 } else { 8 })),
        document: Some(if second { json!({"a": [1, 2.5], "b": null}) } else { json!([]) }),
    }
}

/// Copies a column from another state.
type Copy = fn(&mut Sample, Sample);

/// Every column by its name.
const COLUMNS: [(&str, Copy); 14] = [
    ("small", |to, from| to.small = from.small),
    ("large", |to, from| to.large = from.large),
    ("single", |to, from| to.single = from.single),
    ("ratio", |to, from| to.ratio = from.ratio),
    ("flag", |to, from| to.flag = from.flag),
    ("short", |to, from| to.short = from.short),
    ("long", |to, from| to.long = from.long),
    ("bytes", |to, from| to.bytes = from.bytes),
    ("day", |to, from| to.day = from.day),
    ("at", |to, from| to.at = from.at),
    ("moment", |to, from| to.moment = from.moment),
    ("price", |to, from| to.price = from.price),
    ("token", |to, from| to.token = from.token),
    ("document", |to, from| to.document = from.document),
];

#[track_caller]
pub(super) fn check_stale<T: std::fmt::Debug>(outcome: Result<T>, column: &str) {
    match outcome {
        Err(error @ Error::StaleData { .. }) => {
            let told = error.to_string();
            assert!(told.contains(column) && told.contains("load"), "{told}");
        }
        other => panic!("stale data was expected, of {column}: {other:?}"),
    }
}

fn an_edit_of_expired_memory_does_not_overwrite_a_change(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut first = Session::new(&engine);
    let ed = first.add(User { fullname: Some("Ed".into()), ..User::named("ed") });
    first.commit()?;
    let mut second = Session::new(&engine);
    let same = second.get::<User>(1)?.unwrap();
    second[same].fullname = Some("Edward".into());
    second.commit()?;

    first[ed].fullname = Some("Eddy".into());
    check_stale(first.commit(), "`User.fullname`");
    first.rollback()?;
    assert_eq!(second.load(same)?.fullname.as_deref(), Some("Edward"));
    second.rollback()?;
    // The way out that the error names.
    assert_eq!(first.refresh(ed)?.fullname.as_deref(), Some("Edward"));
    first[ed].fullname = Some("Eddy".into());
    first.commit()?;
    // Another column than the one that was changed is written.
    second.load(same)?;
    second[same].fullname = None;
    second.commit()?;
    first[ed].name = "edwin".into();
    first.commit()?;
    assert_eq!(first.load(ed)?.fullname, None);
    Ok(())
}

fn an_edit_of_expired_memory_costs_no_statement(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User { fullname: Some("ed".into()), ..User::named("ed") });
    session.commit()?;
    let recorder = engine.record();
    session[ed].fullname = Some("Ed".into());
    session.commit()?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "UPDATE user_account SET fullname = ? WHERE user_account.id = ? AND user_account.fullname COLLATE BINARY IS ? COLLATE BINARY",
            "COMMIT",
        ],
    );
    session.load(ed)?;
    recorder.take();
    session[ed].fullname = None;
    session.commit()?;
    check_words(db, &recorder, &["UPDATE user_account SET fullname = ? WHERE user_account.id = ?", "COMMIT"]);
    Ok(())
}

fn an_edit_of_every_type_is_guarded(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Sample])?;
    let empty = Sample::default();
    for (before, theirs, mine) in [
        (full(false), full(true), empty.clone()),
        (full(true), empty.clone(), full(false)),
        (empty.clone(), full(true), full(false)),
    ] {
        let mut first = Session::new(&engine);
        let sample = first.add(before.clone());
        first.commit()?;
        let id = first.load(sample)?.id.get().unwrap();
        first.commit()?;
        let mut second = Session::new(&engine);
        for (column, copy) in COLUMNS {
            let reset = |second: &mut Session, state: &Sample| {
                let same = second.get::<Sample>(id)?.unwrap();
                copy(second.edit(same)?, state.clone());
                second.commit()
            };
            // Nobody was there.
            copy(first.edit(sample)?, mine.clone());
            first.flush().unwrap_or_else(|error| panic!("{column}: {error}"));
            first.rollback()?;
            // Somebody was.
            reset(&mut second, &theirs)?;
            copy(first.edit(sample)?, mine.clone());
            check_stale(first.flush(), column);
            first.rollback()?;
            reset(&mut second, &before)?;
        }
    }
    Ok(())
}

fn rows_edited_while_expired_share_a_statement(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Sample])?;
    let mut session = Session::new(&engine);
    let samples = session.add_all([full(false), full(true), Sample::default(), full(false)]);
    session.commit()?;
    for (column, copy) in COLUMNS {
        for (index, sample) in samples.iter().enumerate() {
            let to = if index == 1 { Sample::default() } else { full(true) };
            copy(session.edit(*sample)?, to);
        }
        let recorder = engine.record();
        session.flush().unwrap_or_else(|error| panic!("{column}: {error}"));
        check_kinds(&recorder, "begin update");
        session.rollback()?;
    }
    let mut other = Session::new(&engine);
    let third = other.get::<Sample>(3)?.unwrap();
    other[third].large = Some(5);
    other.commit()?;
    samples.iter().for_each(|sample| session[*sample].large = Some(4));
    check_stale(session.flush(), "large");
    session.rollback()?;
    let kept = session.all(select(Sample::LARGE).order_by(Sample::ID))?;
    assert_eq!(kept, [Some(i64::MAX), Some(i64::MIN), Some(5), Some(i64::MAX)]);
    Ok(())
}

fn what_was_expired_between_two_edits_is_guarded(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::named("ed"));
    session.commit()?;
    session.load(ed)?;
    session.commit()?;
    session.load(ed)?;
    session[ed].name = "edwin".into();
    session.expire_all();
    session[ed].fullname = Some("Ed".into());
    // Of the same transaction, past the session.
    session.no_autoflush(|session| {
        session.with_connection(|connection| {
            connection.execute(&text("UPDATE user_account SET fullname = 'theirs'")).map(drop)
        })
    })?;
    check_stale(session.flush(), "`User.fullname`");
    session.rollback()?;
    assert_eq!(session.load(ed)?.fullname, None);
    Ok(())
}

fn an_edit_of_what_is_gone_is_stale(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::named("ed"));
    session.commit()?;
    let mut other = Session::new(&engine);
    let same = other.get::<User>(1)?.unwrap();
    other.delete(same)?;
    other.commit()?;
    session[ed].fullname = Some("Ed".into());
    check_stale(session.commit(), "`User.fullname`");
    session.rollback()?;
    assert!(matches!(session.load(ed), Err(Error::ObjectDeleted { .. })));
    Ok(())
}

#[derive(Embed, Debug, Default)]
struct Size {
    width: i64,
    height: i64,
}

#[derive(Entity, Debug, Default)]
struct Crate {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(embed)]
    size: Size,
}

fn a_column_of_an_embedded_struct_is_guarded(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Crate])?;
    let mut session = Session::new(&engine);
    let held = session.add(Crate { size: Size { width: 2, height: 3 }, ..Crate::default() });
    session.commit()?;
    let mut other = Session::new(&engine);
    let same = other.get::<Crate>(1)?.unwrap();
    other[same].size.width = 20;
    other.commit()?;
    session[held].size.height += 1;
    session.commit()?;
    session[held].size.width += 1;
    check_stale(session.commit(), "width");
    session.rollback()?;
    session.set(held, Crate::SIZE.column(Size::WIDTH), 2)?;
    session.commit()?;
    let size = &session.load(held)?.size;
    assert_eq!((size.width, size.height), (2, 4));
    Ok(())
}

#[derive(Entity, Debug)]
#[entity(inheritance = "joined", discriminator = "kind")]
enum Vehicle {
    Plain(Plain),
    Truck(Truck),
}

#[derive(Entity, Debug, Default)]
#[entity(table = "vehicle", root = "Vehicle")]
struct Plain {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Vehicle")]
struct Truck {
    #[entity(base)]
    plain: Plain,
    load: i64,
}

fn a_column_of_a_joined_class_is_guarded(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Vehicle])?;
    let mut session = Session::new(&engine);
    let truck = session.add(Truck { plain: Plain { name: "t".into(), ..Plain::default() }, load: 5 });
    session.commit()?;
    let mut other = Session::new(&engine);
    let same = other.get::<Truck>(1)?.unwrap();
    other[same].load = 50;
    other.commit()?;
    session[truck].plain.name = "u".into();
    session.commit()?;
    session[truck].load -= 1;
    session[truck].plain.name = "v".into();
    check_stale(session.commit(), "load");
    session.rollback()?;
    let truck_now = session.load(truck)?;
    assert_eq!((truck_now.plain.name.as_str(), truck_now.load), ("u", 50));
    session.commit()?;
    session.set(truck, Truck::LOAD, 50)?;
    session.set(truck, Plain::NAME, "w")?;
    session.commit()?;
    assert_eq!(session.load(truck)?.plain.name, "w");
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Page {
    #[entity(primary_key, length = 20)]
    name: String,
    text: String,
    #[entity(onupdate = "touched")]
    state: Option<String>,
    #[entity(version)]
    revision: i32,
}

fn a_version_stands_beside_the_guard(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Page])?;
    let mut session = Session::new(&engine);
    let page = session.add(Page { name: "home".into(), text: "a".into(), ..Page::default() });
    session.commit()?;
    let recorder = engine.record();
    session[page].text = "b".into();
    session.commit()?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "UPDATE page SET text = ?, state = ?, revision = ? WHERE page.name = ? AND page.revision = ? AND page.text COLLATE BINARY IS ? COLLATE BINARY",
            "COMMIT",
        ],
    );
    let mut other = Session::new(&engine);
    let same = other.get::<Page>("home".to_owned())?.unwrap();
    other[same].text = "c".into();
    other.commit()?;
    // What memory has already, and would be lost as no change.
    session.set(page, Page::TEXT, "b")?;
    assert!(matches!(session.commit(), Err(Error::StaleData { .. })));
    session.rollback()?;
    assert_eq!(session.load(page)?.text, "c");
    session.commit()?;
    // Somebody who knows of no version.
    engine.connect()?.execute(&text("UPDATE page SET text = 'd'"))?;
    session[page].text = "e".into();
    check_stale(session.commit(), "text");
    session.rollback()?;
    assert_eq!(session.load(page)?.text, "d");
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Cat {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(post_update)]
    friend: BelongsTo<Option<Self>>,
}

fn a_reference_that_is_written_afterwards_is_guarded(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![Cat])?;
    let mut session = Session::new(&engine);
    let tom = session.add(Cat { name: "tom".into(), ..Cat::default() });
    session.commit()?;
    session[tom].friend = BelongsTo::new(Cat { name: "kit".into(), ..Cat::default() });
    session[tom].name = "thomas".into();
    session.commit()?;
    engine.connect()?.execute(&text("UPDATE cat SET friend_id = 1 WHERE id = 1"))?;
    session[tom].friend = BelongsTo::new(Cat { name: "kitty".into(), ..Cat::default() });
    check_stale(session.commit(), "friend_id");
    session.rollback()?;
    assert_eq!(session.one(select(Cat::FRIEND_ID).filter(Cat::ID.eq(1)))?, Some(1));
    let kitty = session.add(Cat { name: "kitty".into(), ..Cat::default() });
    session.rel(tom, Cat::FRIEND).set(kitty)?;
    session.commit()?;
    assert_eq!(session.rel(tom, Cat::FRIEND).load()?, Some(kitty));
    Ok(())
}

fn set_writes_whatever_memory_held(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User { fullname: Some("Ed".into()), ..User::named("ed") });
    session.commit()?;
    let mut other = Session::new(&engine);
    let same = other.get::<User>(1)?.unwrap();
    other[same].fullname = Some("theirs".into());
    other.commit()?;
    let recorder = engine.record();
    session.set(ed, User::FULLNAME, Some("Ed".to_owned()))?;
    assert!(session.is_modified(ed)? && session.dirty::<User>() == [ed]);
    assert_eq!(session.history(ed)?.len(), 1);
    session.commit()?;
    check_kinds(&recorder, "begin update commit");
    assert_eq!(session.load(ed)?.fullname.as_deref(), Some("Ed"));
    session.commit()?;
    // A plain assignment of what memory has is found by nothing: the documented difference to SQLAlchemy.
    recorder.take();
    session[ed].fullname = Some("Ed".into());
    session.commit()?;
    check_silence(&recorder);
    Ok(())
}

fn set_fires_for_every_kind_of_column(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let users = session.add_all([User::named("a"), User::named("b")]);
    let address = session.add(Address { user: BelongsTo::to(users[0]), ..Address::at("x") });
    session.set(address, Address::EMAIL, "y")?;
    session.commit()?;
    // A foreign key is a column, too.
    session.set(address, Address::USER_ID, 2)?;
    session.commit()?;
    assert_eq!(session.rel(users[1], User::ADDRESSES).load()?, [address]);
    assert_eq!(session.load(address)?.email, "y");
    session.delete(address)?;
    session.flush()?;
    let refused = session.set(address, Address::EMAIL, "z").unwrap_err().to_string();
    assert!(refused.contains("was deleted in this transaction"), "{refused}");
    Ok(())
}

fn set_is_undone_with_its_savepoint(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::named("ed"));
    session.commit()?;
    let savepoint = session.begin_nested()?;
    session.set(ed, User::NAME, "ed")?;
    session.rollback_to(savepoint)?;
    assert!(!session.is_modified(ed)?);
    let recorder = engine.record();
    session.flush()?;
    check_silence(&recorder);
    Ok(())
}

fn expunge_leaves_members_of_before(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::with("ed", &["x"]));
    session.commit()?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    session.commit()?;
    session.expunge(ed)?;
    assert!(session.contains(address));
    Ok(())
}

fn a_rollback_of_nothing_expires_nothing(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let ed = session.add(User::named("ed"));
    session.commit()?;
    assert!(session.rollback()?.is_empty());
    assert!(!session.is_expired(ed)?);
    session.load(ed)?;
    session[ed].name = "x".into();
    session.rollback()?;
    assert_eq!(session[ed].name, "ed");
    Ok(())
}

fn what_this_session_deleted_is_not_refreshed(db: &Db) -> Result<()> {
    let engine = db.shared_engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User::with("ed", &["x"]));
    session.commit()?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    session.rel(ed, User::ADDRESSES).remove(address)?;
    session.flush()?;
    let told = session.refresh(address).unwrap_err().to_string();
    assert!(told.contains("was deleted in this transaction"), "{told}");
    Ok(())
}
