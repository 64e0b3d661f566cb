//! Every command of a flush fails once, without a database and with one: memory and rows are then as before, and the next flush does it all.
//!
//! Guards rule 4 (what fails is taken back, memory as it was at the mark), rule 2 (the order is always the same) and rule 3 (counts are checked).

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[path = "model/entities.rs"]
mod entities;
#[path = "flush_faults/graph.rs"]
mod graph;
#[path = "flush_faults/script.rs"]
mod script;
#[path = "flush_faults/sqlite.rs"]
mod sqlite;

use orm::Error;
use orm::engine::Capabilities;
use orm::unit::UnitOfWork;

use self::graph::{Graph, Keys};
use self::script::{Fault, Script, portrait};
use self::sqlite::Place;

/// What comes before the flush that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Commit,
    Flush,
}

struct Scene {
    unit: UnitOfWork,
    script: Script,
    keys: Keys,
    graph: Graph,
}

/// The graph is flushed; the edits are not made yet.
fn base(capabilities: &Capabilities, before: Before) -> Scene {
    let mut unit = UnitOfWork::new();
    let mut script = Script::new(capabilities.clone());
    let mut keys = Keys::new(!capabilities.insert_returning);
    let graph = graph::base(&mut unit, &mut keys);
    script.flush(&mut unit, None).unwrap();
    if before == Before::Commit {
        unit.commit(false);
    }
    script.sent.clear();
    Scene { unit, script, keys, graph }
}

fn edited(capabilities: &Capabilities, before: Before) -> Scene {
    let mut scene = base(capabilities, before);
    graph::edit(&mut scene.unit, &mut scene.keys, &scene.graph);
    scene
}

fn every_command_can_fail(capabilities: &Capabilities, before: Before) {
    let (sent, after) = {
        let mut scene = edited(capabilities, before);
        scene.script.flush(&mut scene.unit, None).unwrap();
        (scene.script.sent, portrait(&mut scene.unit, capabilities))
    };
    assert!(sent.len() > 20, "the flush has much to do: {sent:#?}");
    for k in 0..sent.len() {
        for fault in [Fault::Refused, Fault::Short, Fault::Silent] {
            if fault == Fault::Silent && !sent[k].contains("RETURNING") {
                continue;
            }
            let Scene { mut unit, mut script, .. } = edited(capabilities, before);
            let memory = portrait(&mut unit, capabilities);
            let Err(error) = script.flush(&mut unit, Some((k, fault))) else {
                // All links of an entity go at once, however many there are.
                assert!(sent[k].starts_with("DELETE FROM person_tag"), "{fault:?} of {} went unnoticed", sent[k]);
                continue;
            };
            match (fault, &error) {
                (Fault::Refused, Error::Database(error)) => {
                    assert!(error.entity.is_some(), "{error:?} names no entity")
                }
                (Fault::Short | Fault::Silent, Error::StaleData { .. }) => {}
                _ => panic!("{fault:?} of command {k}: {error}"),
            }
            let what = format!("{fault:?} of command {k}, {}", sent[k]);
            assert_eq!(portrait(&mut unit, capabilities), memory, "memory after {what}");
            script.flush(&mut unit, None).unwrap();
            assert_eq!(script.sent, sent, "statements after {what}");
            assert_eq!(portrait(&mut unit, capabilities), after, "memory after the flush after {what}");
        }
    }
}

fn a_mark_takes_back(capabilities: &Capabilities) {
    let Scene { mut unit, mut script, mut keys, graph } = base(capabilities, Before::Flush);
    let (mark, memory) = (unit.mark(), portrait(&mut unit, capabilities));
    for fault in [None, Some((9, Fault::Refused)), None, Some((17, Fault::Short))] {
        graph::edit(&mut unit, &mut keys, &graph);
        assert_eq!(script.flush(&mut unit, fault).is_err(), fault.is_some());
        unit.undo_to(mark);
        // What was written and taken back may have been changed by others meanwhile, so it is to be read again.
        let now = portrait(&mut unit, capabilities).replace("expired true", "expired false");
        assert_eq!(now, memory, "memory after {fault:?} was taken back");
    }
    let handed_back = unit.rollback();
    assert_eq!(unit.memory().entities, 0, "all of them were added by the transaction");
    assert_eq!(handed_back.len(), memory.matches(" modified ").count());
}

/// Rules 2 and 4.
#[test]
fn every_command_of_a_flush_can_fail_on_sqlite() {
    every_command_can_fail(&Capabilities::sqlite(), Before::Commit);
    every_command_can_fail(&Capabilities::sqlite(), Before::Flush);
}

/// Rules 2 and 4.
#[test]
fn every_command_of_a_flush_can_fail_on_postgres() {
    every_command_can_fail(&Capabilities::postgres(), Before::Commit);
    every_command_can_fail(&Capabilities::postgres(), Before::Flush);
}

/// Rules 2 and 4; the keys are given, as MySQL cannot say which it made.
#[test]
fn every_command_of_a_flush_can_fail_on_mysql() {
    every_command_can_fail(&Capabilities::mysql(), Before::Commit);
    every_command_can_fail(&Capabilities::mysql(), Before::Flush);
}

/// Rule 4: a savepoint, and then the transaction, gives memory back.
#[test]
fn memory_goes_back_to_a_mark() {
    a_mark_takes_back(&Capabilities::sqlite());
    a_mark_takes_back(&Capabilities::postgres());
    a_mark_takes_back(&Capabilities::mysql());
}

/// Rule 4, on a real database.
#[test]
fn every_row_of_the_first_flush_can_fail() {
    sqlite::every_row_can_fail(Place::First);
}

/// Rule 4: what the transaction wrote before stays.
#[test]
fn every_row_of_a_later_flush_can_fail() {
    sqlite::every_row_can_fail(Place::Later);
}

/// Rule 4: within a savepoint, too.
#[test]
fn every_row_of_a_flush_in_a_savepoint_can_fail() {
    sqlite::every_row_can_fail(Place::Savepoint);
}

/// Rule 4: rows and memory go back to a savepoint together.
#[test]
fn savepoints_take_back_what_failed_and_what_did_not() {
    sqlite::savepoints_take_back();
}
