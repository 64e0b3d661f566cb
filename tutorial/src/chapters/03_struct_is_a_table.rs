//! Chapter 3: how a struct becomes a table.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime};
use orm::prelude::*;

use crate::Stage;

// ANCHOR: user
#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50, unique)]
    name: String,
    #[entity(length = 100)]
    fullname: Option<String>,
}
// ANCHOR_END: user

// ANCHOR: types
#[derive(ColumnEnum, Debug, Default, PartialEq)]
enum Role {
    #[default]
    Reader,
    Editor,
}

#[derive(Entity, Debug, Default)]
#[entity(unique(name = "uq_email_company", columns(email, company)))]
#[entity(index(active, born), check(name = "positive", sql = "salary >= 0"))]
struct Employee {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    email: String,
    #[entity(length = 40)]
    company: String,
    #[entity(precision = 10, scale = 2)]
    salary: BigDecimal,
    rating: Option<f64>,
    active: bool,
    role: Role,
    born: NaiveDate,
    #[entity(text)]
    notes: Option<String>,
    photo: Option<Vec<u8>>,
    #[entity(default = clock, onupdate = clock())]
    touched: Auto<NaiveDateTime>,
}
// ANCHOR_END: types

/// A clock that always tells the same time, so that the transcripts of two runs are equal.
fn clock() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 1, 31)
        .unwrap_or_default()
        .and_hms_opt(9, 30, 0)
        .unwrap_or_default()
}

// ANCHOR: create
fn create(engine: &Engine) -> orm::Result<()> {
    engine.create_all(schema![User])
}
// ANCHOR_END: create

// ANCHOR: create-types
fn create_types(engine: &Engine) -> orm::Result<()> {
    engine.create_all(schema![User, Employee]) // only what is missing
}
// ANCHOR_END: create-types

// ANCHOR: defaults
fn defaults(session: &mut Session) -> orm::Result<Key<Employee>> {
    let ann = session.add(Employee {
        email: "ann@x.org".into(),
        company: "x".into(),
        salary: BigDecimal::from(50_000),
        active: true,
        born: NaiveDate::from_ymd_opt(1990, 5, 17).unwrap_or_default(),
        ..Employee::default()
    });
    assert!(session[ann].touched.get().is_none()); // unset until the flush
    session.commit()?;
    assert_eq!(session[ann].role, Role::Reader);
    Ok(ann)
}
// ANCHOR_END: defaults

// ANCHOR: missing
fn missing(session: &mut Session) -> orm::Result<Vec<Key<User>>> {
    session.query::<User>().all() // before create_all
}
// ANCHOR_END: missing

// ANCHOR: refused
fn refused(session: &mut Session) -> orm::Result<()> {
    session.add_all([
        User { name: "ed".into(), ..User::default() },
        User { name: "ed".into(), ..User::default() }, // unique
    ]);
    session.commit()
}
// ANCHOR_END: refused

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    stage.refused("missing", || missing(&mut Session::new(engine)))?;
    stage.step("create", || create(engine))?;
    stage.step("create-types", || create_types(engine))?;
    let mut session = Session::new(engine);
    stage.step("defaults", || defaults(&mut session))?;
    stage.refused("refused", || refused(&mut session))?;
    Ok(())
}
