//! What memory costs, counted by the allocator: rule 9, and the part of rule 8 that says that what is held costs no statement.
//!
//! One test, as the allocator counts for the whole process.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::alloc::System;

use orm::engine::{Recorder, text};
use orm::prelude::*;
use orm::session::Session;
use orm::{Engine, schema};
use stats_alloc::{INSTRUMENTED_SYSTEM, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[derive(Entity, Debug, Default)]
#[entity(table = "thing")]
struct Thing {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    size: i64,
    #[entity(inverse = "parts")]
    whole: BelongsTo<Option<Self>>,
    #[entity(inverse = "whole")]
    parts: HasMany<Self>,
}

/// An engine with so many rows.
fn engine(rows: usize) -> Engine {
    let engine = Engine::new("sqlite://").unwrap();
    engine.create_all(schema![Thing]).unwrap();
    engine
        .begin(|connection| {
            connection.execute(&text(format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
                 INSERT INTO thing (name, size) SELECT printf('thing %06d', i), i FROM n"
            )))
        })
        .unwrap();
    engine
}

/// Bytes that are allocated and not freed.
fn live() -> isize {
    let Stats { bytes_allocated, bytes_deallocated, .. } = ALLOCATOR.stats();
    // What reallocations add or take is in both already.
    bytes_allocated as isize - bytes_deallocated as isize
}

/// How often something allocates, and how many bytes.
fn allocations<T>(work: impl FnOnce() -> T) -> (usize, usize, T) {
    let before = ALLOCATOR.stats();
    let result = work();
    let after = ALLOCATOR.stats();
    let times = after.allocations - before.allocations + after.reallocations - before.reallocations;
    (times, after.bytes_allocated - before.bytes_allocated, result)
}

#[test]
fn memory_is_what_the_rules_say() {
    a_stream_is_constant();
    a_clean_entity_costs_at_most_64_bytes();
    a_reference_is_three_words();
    what_is_held_costs_nothing_to_get();
    a_flush_touches_what_changed();
    a_transaction_without_changes_costs_nothing_per_entity();
}

/// Rule 9: streaming a large result keeps no row.
fn a_stream_is_constant() {
    let peak = |rows: usize| {
        let engine = engine(rows);
        let mut session = Session::new(&engine);
        let (mut seen, mut peak) = (0, isize::MIN);
        // The first run has the statement prepared, for which the driver's cache may have to grow.
        for _ in 0..2 {
            (seen, peak) = (0, isize::MIN);
            let before = live();
            session
                .for_each(select(untracked::<Thing>()), |thing| {
                    seen += 1;
                    peak = peak.max(live() - before);
                    assert_eq!(thing.name.len(), 12);
                    Ok(())
                })
                .unwrap();
        }
        assert_eq!(seen, rows);
        assert_eq!(session.memory().entities, 0);
        peak
    };
    peak(10);
    let (short, long) = (peak(10), peak(100_000));
    assert_eq!(long, short, "bytes at the peak, of a long stream and of a short one");
}

/// Rule 9: memory is proportional to what is tracked, and the factor is known. Keys in order cost nothing; 115,000 is where the hash table of
/// others has just grown.
fn a_clean_entity_costs_at_most_64_bytes() {
    for (rows, in_order, most) in [(100_000, true, 24.0), (100_000, false, 64.0), (115_000, false, 64.0)] {
        let engine = engine(rows);
        let mut session = Session::new(&engine);
        session.get::<Thing>(1).unwrap();
        let before = live();
        let order = if in_order { Thing::ID.asc() } else { Thing::ID.desc() };
        session.for_each(select(entity::<Thing>()).order_by(order), |_| Ok(())).unwrap();
        let after = live();
        let held = session.held::<Thing>();
        assert_eq!(held.len(), rows);
        let own: usize = held.iter().map(|key| size_of::<Thing>() + session[*key].name.capacity()).sum();
        let beyond = (after - before) as f64 - own as f64;
        let each = beyond / rows as f64;
        assert!(
            each <= most,
            "{each:.1} bytes for each of {rows} entities, beyond the {} of the entity",
            size_of::<Thing>()
        );
        let memory = session.memory();
        let told = (memory.entity_bytes + memory.bookkeeping_bytes) as f64;
        let counted =
            (after - before) as f64 - held.iter().map(|key| session[*key].name.capacity()).sum::<usize>() as f64;
        assert!((told / counted - 1.0).abs() < 0.05, "memory() tells {told}, the allocator counts {counted}");
        // An entity costs what it is; nothing is left when it goes.
        drop(held);
        session.close().unwrap();
        drop(session);
        assert!(live() - before < 100_000, "{} bytes are left of {rows} entities", live() - before);
    }
}

/// Entities of which there are many mostly have one.
fn a_reference_is_three_words() {
    assert_eq!(size_of::<BelongsTo<Thing>>(), 24);
}

/// Rule 8: a warm identity costs no statement; and no allocation either.
fn what_is_held_costs_nothing_to_get() {
    let engine = engine(1_000);
    let mut session = Session::new(&engine);
    let all = session.query::<Thing>().all().unwrap();
    let recorder: Recorder = engine.record();
    let (times, _, found) = allocations(|| session.get::<Thing>(500).unwrap());
    assert_eq!(times, 0, "allocations of a get of what is held");
    assert_eq!(found, Some(all[499]));
    let (times, _, _) = allocations(|| session.load(all[10]).unwrap().size);
    assert_eq!(times, 0, "allocations of a load of what is fresh");
    assert_eq!(recorder.statements().len(), 0);
}

/// Rule 9, and design section 5: the cost of a flush goes with what changed, never with what is tracked.
fn a_flush_touches_what_changed() {
    let cost = |rows: usize| {
        let engine = engine(rows);
        let mut session = Session::new(&engine);
        session.for_each(select(entity::<Thing>()), |_| Ok(())).unwrap();
        let key = session.get::<Thing>(7).unwrap().unwrap();
        for round in 0..3 {
            session[key].size = -round;
            session.flush().unwrap();
        }
        let (times, bytes, ()) = allocations(|| {
            session[key].size = -100;
            session.flush().unwrap();
        });
        let (commit_times, commit_bytes, ()) = allocations(|| session.commit().unwrap());
        (times, bytes, commit_times, commit_bytes)
    };
    cost(10);
    let (few, many) = (cost(10), cost(100_000));
    assert_eq!(many, few, "allocations and bytes of one change, and of its commit, among many and among few");
}

/// Design section 5: expiry by epoch, so that a commit costs nothing for each entity.
fn a_transaction_without_changes_costs_nothing_per_entity() {
    let cost = |rows: usize| {
        let engine = engine(rows);
        let mut session = Session::new(&engine);
        session.for_each(select(entity::<Thing>()), |_| Ok(())).unwrap();
        let (commit, commit_bytes, ()) = allocations(|| session.commit().unwrap());
        let (rollback, rollback_bytes, _) = allocations(|| session.rollback().unwrap());
        (commit, commit_bytes, rollback, rollback_bytes)
    };
    cost(10);
    let (few, many) = (cost(10), cost(100_000));
    assert_eq!(many, few, "allocations and bytes of a commit and a rollback");
}
