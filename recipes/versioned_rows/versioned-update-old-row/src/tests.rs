//! Tests of each step: its result and its number of statements.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

/// Data of all rows, oldest first, with the seconds from their beginning and to their end.
fn spans(session: &mut Session, clock: &Clock, name: &'static str) -> orm::Result<Vec<(i64, i64, String)>> {
    let since = |time: NaiveDateTime| (time - clock.now()).num_seconds();
    Ok(rows(session, name)?.into_iter().map(|(start, end, data)| (since(start), since(end), data)).collect())
}

const DAY: i64 = 24 * 60 * 60;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Parent, Child])?;
    engine.create_all(schema![Parent, Child])?;
    let recorder = engine.record();
    let clock = Clock::default();
    let mut session = session(engine, &clock);
    save(&mut session, &clock, 1)?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 2, 0, 0
    assert_eq!(spans(&mut session, &clock, "parent")?, [(-3 * DAY, 3 * DAY, "c1".to_owned())]);
    assert_eq!(spans(&mut session, &clock, "child")?, [(-3 * DAY, 3 * DAY, "child 1".to_owned())]);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    clock.pass(1);
    let (parent, child) = find(&mut session)?;
    session[child].data = "elvis presley".to_owned();
    session.commit()?;
    assert_eq!(sent(&recorder), [2, 1, 1, 0]); // 4, 1, 1, 0
    assert_eq!(find(&mut session)?, (parent, child));
    let versions = [(-3 * DAY - 1, 0, "child 1".to_owned()), (0, 2 * DAY, "elvis presley".to_owned())];
    assert_eq!(spans(&mut session, &clock, "child")?, versions);
    assert_eq!(spans(&mut session, &clock, "parent")?, [(-3 * DAY - 1, 3 * DAY - 1, "c1".to_owned())]);
    assert_eq!(sent(&recorder), [4, 0, 0, 0]); // 4, 0, 0, 0

    clock.pass(1);
    session.load(parent)?;
    session[parent].data = "c2 elvis presley".to_owned();
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 1, 1, 0]); // 1, 1, 1, 0
    let versions = [(-3 * DAY - 2, 0, "c1".to_owned()), (0, 2 * DAY, "c2 elvis presley".to_owned())];
    assert_eq!(spans(&mut session, &clock, "parent")?, versions);
    assert_eq!(spans(&mut session, &clock, "child")?.len(), 2);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    save(&mut session, &clock, 2)?;
    let expected = [
        "parent 1: c2 elvis presley, its child: elvis presley",
        "parents of child 1: 1, the same: true",
        "children of parent 1: 1, the same: true",
    ];
    assert_eq!(versions_of_now(&mut session)?, expected);
    assert_eq!(sent(&recorder), [4, 2, 0, 0]); // 4, 2, 0, 0
    Ok(())
}

#[test]
fn a_change_ends_one_row_and_begins_another() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}

/// A flush that fails takes the end of the old row back, too.
#[test]
fn a_failed_version_changes_nothing() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Parent, Child])?;
    let clock = Clock::default();
    let mut session = session(&engine, &clock);
    save(&mut session, &clock, 1)?;
    clock.pass(1);
    let in_the_way = Version { id: 1, start: clock.now(), until: clock.now() + Duration::days(2) };
    let (_, child) = find(&mut session)?;
    session.commit()?;
    let mut other = Session::new(&engine);
    other.add(Child { version: in_the_way, data: "in the way".to_owned(), ..Child::default() });
    other.commit()?;
    session.load(child)?;
    session[child].data = "elvis presley".to_owned();
    session.flush().unwrap_err();
    session.rollback()?;
    let ends: Vec<i64> = spans(&mut session, &clock, "child")?.into_iter().map(|(_, end, _)| end).collect();
    assert_eq!(ends, [2 * DAY, 3 * DAY - 1]);
    Ok(())
}
