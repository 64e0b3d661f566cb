//! The same on a real SQLite: a trigger refuses the k-th row that is written.

use std::collections::BTreeMap;

use orm::engine::text;
use orm::prelude::*;
use orm::session::Session;
use orm::{Engine, schema};

use crate::entities::{Badge, Node, Person, Profile, Tag, Task, Team};
use crate::graph::{Desk, Entry, Keys, Widget, base, edit};

const TABLES: [&str; 11] =
    ["team", "person", "task", "badge", "profile", "tag", "node", "widget", "entry", "desk", "person_tag"];

/// An engine that counts written rows down and refuses the one at which it arrives at none.
fn engine() -> Engine {
    let engine = Engine::new("sqlite://").unwrap();
    engine.create_all(schema![Team, Person, Task, Badge, Profile, Tag, Node, Widget, Entry, Desk]).unwrap();
    engine
        .begin(|connection| {
            connection.execute(&text("CREATE TABLE fault (rest INTEGER NOT NULL)"))?;
            connection.execute(&text("INSERT INTO fault VALUES (-1)"))?;
            for table in TABLES {
                for verb in ["INSERT", "UPDATE", "DELETE"] {
                    connection.execute(&text(format!(
                        "CREATE TRIGGER fault_{verb}_{table} BEFORE {verb} ON {table} BEGIN
                             UPDATE fault SET rest = rest - 1;
                             SELECT RAISE(ABORT, 'the fault') FROM fault WHERE rest = 0;
                         END"
                    )))?;
                }
            }
            Ok(())
        })
        .unwrap();
    engine
}

fn arm(session: &mut Session, rest: i64) {
    session.with_connection(|connection| connection.execute(&text(format!("UPDATE fault SET rest = {rest}")))).unwrap();
}

type Rows = BTreeMap<&'static str, Vec<String>>;

/// Every row, as the session's transaction sees it.
fn rows(session: &mut Session) -> Rows {
    let dump = |table: &'static str, session: &mut Session| {
        let rows = session
            .with_connection(|connection| connection.query(&text(format!("SELECT * FROM {table} ORDER BY 1, 2"))))
            .unwrap();
        rows.iter().map(|row| format!("{:?}", row.values)).collect()
    };
    TABLES.into_iter().map(|table| (table, dump(table, session))).collect()
}

/// Everything that can be seen of a session without a statement.
fn portrait(session: &mut Session) -> String {
    let mut text = Vec::new();
    macro_rules! each {
        ($($entity:ident),+) => {
            $(
                for key in session.held::<$entity>() {
                    text.push(format!(
                        "{:?} {:?} {:?} {:?}",
                        session.state(key).unwrap(), session[key], session.is_modified(key).unwrap(), session.history(key).unwrap()
                    ));
                }
                let keys = |keys: Vec<Key<$entity>>| keys.into_iter().map(Key::slot).collect::<Vec<_>>();
                text.push(format!("{:?}", [keys(session.pending()), keys(session.dirty()), keys(session.deleted())]));
            )+
        };
    }
    each!(Team, Person, Task, Badge, Profile, Tag, Node, Widget, Entry, Desk);
    text.push(session.flush_plan().unwrap().to_string());
    text.push(session.memory().journal_entries.to_string());
    text.join("\n")
}

/// Where a flush stands in its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is the first that writes.
    First,
    /// The rows that it changes were inserted in the same transaction.
    Later,
    /// As `Later`, and within a savepoint.
    Savepoint,
}

/// A session before the flush that is to fail.
fn scene(engine: &Engine, place: Place) -> Session {
    let mut session = Session::builder(engine).autoflush(false).expire_on_commit(false).build();
    let mut keys = Keys::new(false);
    let graph = base(&mut session, &mut keys);
    match place {
        Place::First => session.commit().unwrap(),
        Place::Later => session.flush().unwrap(),
        Place::Savepoint => drop(session.begin_nested().unwrap()),
    }
    edit(&mut session, &mut keys, &graph);
    session
}

pub(crate) fn every_row_can_fail(place: Place) {
    let undisturbed = {
        let mut session = scene(&engine(), place);
        session.flush().unwrap();
        let rows = rows(&mut session);
        (rows, portrait(&mut session))
    };
    let mut k = 0;
    loop {
        k += 1;
        let engine = engine();
        let mut session = scene(&engine, place);
        arm(&mut session, k);
        let (rows_before, before) = (rows(&mut session), portrait(&mut session));
        if let Err(error) = session.flush() {
            assert!(error.to_string().contains("the fault"), "{error}");
        } else {
            assert!(k > 30, "the flush writes more rows than {k}");
            return;
        }
        assert_eq!(portrait(&mut session), before, "memory after row {k} failed, {place:?}");
        assert_eq!(rows(&mut session), rows_before, "rows after row {k} failed, {place:?}");
        arm(&mut session, -1);
        session.flush().unwrap();
        assert_eq!(rows(&mut session), undisturbed.0, "rows of the flush after row {k} failed, {place:?}");
        assert_eq!(portrait(&mut session), undisturbed.1, "memory of the flush after row {k} failed, {place:?}");
        session.rollback().unwrap();
        assert_eq!(rows(&mut session)["person"].len(), if place == Place::First { 4 } else { 0 });
    }
}

/// A savepoint takes back a flush that failed and one that did not.
pub(crate) fn savepoints_take_back() {
    let mut k = 1;
    loop {
        let engine = engine();
        let mut session = Session::builder(&engine).autoflush(false).expire_on_commit(false).build();
        let mut keys = Keys::new(false);
        let graph = base(&mut session, &mut keys);
        let savepoint = session.begin_nested().unwrap();
        let (rows_before, before) = (rows(&mut session), portrait(&mut session));
        edit(&mut session, &mut keys, &graph);
        arm(&mut session, k);
        let failed = session.flush().is_err();
        arm(&mut session, -1);
        if k % 2 == 0 {
            session.flush().unwrap();
        }
        session.rollback_to(savepoint).unwrap();
        assert_eq!(rows(&mut session), rows_before, "rows after row {k} failed");
        assert_eq!(portrait(&mut session), before, "memory after row {k} failed");
        session.commit().unwrap();
        assert_eq!(rows(&mut session), rows_before);
        if !failed {
            return;
        }
        k += 7;
    }
}
