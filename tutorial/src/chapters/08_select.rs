//! Chapter 8: queries: columns, filters, order, limits, and how many rows may come.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: user
#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(length = 100)]
    fullname: Option<String>,
    age: Option<i32>,
    active: bool,
}
// ANCHOR_END: user

fn people(session: &mut Session) -> orm::Result<()> {
    let rows = [
        ("ed", Some("Ed Jones"), Some(31), true),
        ("wendy", Some("Wendy Williams"), Some(25), true),
        ("mary", Some("Mary Contrary"), None, false),
        ("fred", Some("Fred Flintstone"), Some(67), true),
        ("jack", None, Some(19), false),
    ];
    session.add_all(rows.map(|(name, fullname, age, active)| User {
        name: name.into(),
        fullname: fullname.map(str::to_owned),
        age,
        active,
        ..User::default()
    }));
    session.commit()
}

// ANCHOR: entities
fn entities(session: &mut Session) -> orm::Result<()> {
    let adults = session
        .query::<User>()
        .filter(User::AGE.gt(25))
        .filter(User::ACTIVE.eq(true)) // both must hold
        .order_by(User::NAME)
        .all()?;
    let names: Vec<&str> = adults.iter().map(|key| session[*key].name.as_str()).collect();
    assert_eq!(names, ["ed", "fred"]);
    Ok(())
}
// ANCHOR_END: entities

// ANCHOR: value
fn value() -> Select<Key<User>> {
    // a query without a session: keep it, pass it, extend it
    let active = select(entity::<User>()).filter(User::ACTIVE.eq(true));
    active.order_by(User::AGE.desc().nulls_last()).limit(2)
}

fn run_value(session: &mut Session) -> orm::Result<Vec<Key<User>>> {
    session.all(value())
}
// ANCHOR_END: value

// ANCHOR: search
/// What a visitor has filled in.
#[derive(Default)]
struct Search {
    name: Option<String>,
    least_age: Option<i32>,
    active_only: bool,
}

fn search(wanted: &Search) -> Select<Key<User>> {
    let mut query = select(entity::<User>());
    if let Some(name) = &wanted.name {
        query = query.filter(User::NAME.icontains(name));
    }
    if let Some(age) = wanted.least_age {
        query = query.filter(User::AGE.ge(age));
    }
    if wanted.active_only {
        query = query.filter(User::ACTIVE.eq(true));
    }
    query.order_by(User::NAME)
}
// ANCHOR_END: search

// ANCHOR: searched
fn searched(session: &mut Session) -> orm::Result<Vec<Key<User>>> {
    session.all(search(&Search { name: Some("ED".into()), ..Search::default() }))
}
// ANCHOR_END: searched

// ANCHOR: columns
fn columns(session: &mut Session) -> orm::Result<Vec<(String, Option<i32>)>> {
    session.all(select((User::NAME, User::AGE)).order_by(User::ID.desc()).limit(3))
}
// ANCHOR_END: columns

// ANCHOR: both
fn both(session: &mut Session) -> orm::Result<Vec<(Key<User>, String)>> {
    let upper = upper(User::NAME).label("loud");
    session.all(select((entity::<User>(), upper)).filter(User::NAME.starts_with("f")))
}
// ANCHOR_END: both

// ANCHOR: operators
fn operators() -> Vec<(&'static str, Expr<bool>)> {
    vec![
        ("==", User::NAME.eq("ed")),
        ("!=", User::NAME.ne("ed")),
        ("LIKE", User::NAME.like("%ed")),
        ("ILIKE", User::NAME.ilike("%ED")),
        ("IN", User::NAME.in_(["ed", "wendy", "jack"])),
        ("NOT IN", User::NAME.not_in(["ed", "wendy", "jack"])),
        ("IS NULL", User::FULLNAME.is_null()),
        ("IS NOT NULL", User::FULLNAME.is_not_null()),
        ("BETWEEN", User::AGE.between(18, 30)),
        ("AND", User::NAME.eq("ed").and(User::FULLNAME.eq("Ed Jones"))),
        ("OR", User::AGE.lt(20).or(User::AGE.gt(60))),
        ("NOT", User::ACTIVE.eq(true).not()),
        ("contains", User::FULLNAME.contains("50%")), // % and _ mean themselves
        ("text", text("age + :more > 70").bind("more", 5).typed::<bool>()),
    ]
}
// ANCHOR_END: operators

fn ask_each(session: &mut Session) -> orm::Result<String> {
    let mut table = String::new();
    for (operator, condition) in operators() {
        let names =
            session.all(select(User::NAME).filter(condition).order_by(User::ID))?;
        table.push_str(&format!("{operator:12} {}\n", names.join(" ")));
    }
    Ok(table)
}

// ANCHOR: how-many
fn how_many(session: &mut Session) -> orm::Result<()> {
    let ed = session.query::<User>().filter(User::NAME.eq("ed")).one()?; // exactly one
    let nobody = session.query::<User>().filter(User::ID.eq(99)).one_or_none()?;
    let first = session.query::<User>().order_by(User::ID).first()?; // LIMIT 1
    assert_eq!((nobody, first), (None, Some(ed)));

    let oldest: Option<i32> = session.one(select(max(User::AGE)))?; // one column
    assert_eq!(oldest, Some(67));
    assert_eq!(session.query::<User>().count()?, 5);
    Ok(())
}
// ANCHOR_END: how-many

// ANCHOR: pages
fn pages(session: &mut Session, page: u64) -> orm::Result<Vec<Key<User>>> {
    session.query::<User>().order_by(User::ID).limit(2).offset(2 * page).all()
}
// ANCHOR_END: pages

// ANCHOR: distinct
fn distinct(session: &mut Session) -> orm::Result<Vec<bool>> {
    session.all(select(User::ACTIVE).distinct().order_by(User::ACTIVE))
}
// ANCHOR_END: distinct

// ANCHOR: several
fn several(session: &mut Session) -> orm::Result<Key<User>> {
    session.query::<User>().filter(User::ACTIVE.eq(true)).one()
}
// ANCHOR_END: several

// ANCHOR: none
fn none(session: &mut Session) -> orm::Result<Key<User>> {
    session.query::<User>().filter(User::ID.eq(99)).one()
}
// ANCHOR_END: none

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    stage.engine().create_all(schema![User])?;
    let mut session = Session::new(stage.engine());
    people(&mut session)?;
    stage.step("entities", || entities(&mut session))?;
    assert_eq!(stage.step("value", || run_value(&mut session))?.len(), 2);
    assert_eq!(stage.step("searched", || searched(&mut session))?.len(), 2);
    assert_eq!(stage.step("columns", || columns(&mut session))?[0].1, Some(19));
    assert_eq!(stage.step("both", || both(&mut session))?[0].1, "FRED");
    let table = stage.step("operators", || ask_each(&mut session))?;
    stage.show("operators", table);
    stage.step("how-many", || how_many(&mut session))?;
    assert_eq!(stage.step("pages", || pages(&mut session, 1))?.len(), 2);
    assert_eq!(stage.step("distinct", || distinct(&mut session))?, [false, true]);
    stage.refused("several", || several(&mut session))?;
    stage.refused("none", || none(&mut session))?;
    Ok(())
}
