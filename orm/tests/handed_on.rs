//! Keys and unique values that rows hand on to each other within one flush, deleted ones among them, against a plain
//! model: it goes through exactly when statements of one row each can be put in an order in which none takes a value
//! that another row still has. Guards rule 1 (one row, one key), rule 2 (order) and rule 4 (a failed flush gives memory back).

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use orm::prelude::*;
use orm::{Engine, schema};

#[derive(Entity, Debug, Default)]
struct Row {
    #[entity(primary_key, length = 5)]
    code: String,
    #[entity(primary_key)]
    number: i64,
    #[entity(unique)]
    place: Option<i64>,
}

type Values = (String, i64, Option<i64>);

/// What happens to the rows between two flushes: to some of them, by their number, other values; some are deleted, by
/// their number; and new ones.
#[derive(Clone, Debug)]
struct Step {
    edits: BTreeMap<usize, Values>,
    deleted: BTreeSet<usize>,
    new: Vec<Values>,
}

/// Few values, so that they meet.
fn values() -> impl Strategy<Value = Values> {
    (prop::sample::select(vec!["a", "b", "c"]), 0..2_i64, prop::option::weighted(0.8, 0..6_i64))
        .prop_map(|(code, number, place)| (code.to_owned(), number, place))
}

fn step() -> impl Strategy<Value = Step> {
    let edits = prop::collection::btree_map(0..6_usize, values(), 0..5);
    let deleted = prop::collection::btree_set(0..6_usize, 0..3);
    (edits, deleted, prop::collection::vec(values(), 0..2)).prop_map(|(edits, deleted, new)| Step {
        edits,
        deleted,
        new,
    })
}

fn clash(one: &Values, other: &Values) -> bool {
    (&one.0, one.1) == (&other.0, other.1) || (one.2.is_some() && one.2 == other.2)
}

/// Whether the rows that stay can get their values one after the other, the new ones last.
fn is_possible(rows: &mut Vec<Values>, edits: &[(usize, Values)], new: &[Values]) -> bool {
    if edits.is_empty() {
        let all: Vec<&Values> = rows.iter().chain(new).collect();
        return (0..all.len()).all(|at| all[..at].iter().all(|before| !clash(before, all[at])));
    }
    (0..edits.len()).any(|next| {
        let (row, values) = &edits[next];
        if rows.iter().enumerate().any(|(other, held)| other != *row && clash(held, values)) {
            return false;
        }
        let before = std::mem::replace(&mut rows[*row], values.clone());
        let rest: Vec<_> =
            edits.iter().enumerate().filter(|(at, _)| *at != next).map(|(_, edit)| edit.clone()).collect();
        let possible = is_possible(rows, &rest, new);
        rows[*row] = before;
        possible
    })
}

fn entity((code, number, place): Values) -> Row {
    Row { code, number, place }
}

fn values_of(row: &Row) -> Values {
    (row.code.clone(), row.number, row.place)
}

fn play(start: Vec<Values>, steps: Vec<Step>) {
    let engine = Engine::new("sqlite://").unwrap();
    engine.create_all(schema![Row]).unwrap();
    let mut session = Session::builder(&engine).expire_on_commit(false).autoflush(false).build();
    let mut rows: Vec<Values> = Vec::new();
    for values in start {
        if rows.iter().all(|row| !clash(row, &values)) {
            rows.push(values);
        }
    }
    let mut keys = session.add_all(rows.iter().cloned().map(entity));
    session.commit().unwrap();
    for Step { edits, deleted, new } in steps {
        let edits: Vec<(usize, Values)> =
            edits.into_iter().filter(|(row, values)| rows.get(*row).is_some_and(|row| row != values)).collect();
        for (row, values) in &edits {
            let Row { code, number, place } = entity(values.clone());
            let row = &mut session[keys[*row]];
            (row.code, row.number, row.place) = (code, number, place);
        }
        let is_deleted = |row: &usize| deleted.contains(row);
        for row in (0..rows.len()).filter(is_deleted) {
            session.delete(keys[row]).unwrap();
        }
        let added = session.add_all(new.iter().cloned().map(entity));
        // Of a row that goes, the edits are not written.
        let edits: Vec<_> = edits.into_iter().filter(|(row, _)| !is_deleted(row)).collect();
        let stays: Vec<usize> = (0..rows.len()).filter(|row| !is_deleted(row)).collect();
        let mut left: Vec<Values> = stays.iter().map(|row| rows[*row].clone()).collect();
        let among_left: Vec<_> =
            edits.iter().map(|(row, values)| (stays.binary_search(row).unwrap(), values.clone())).collect();
        let possible = is_possible(&mut left, &among_left, &new);
        let plan = session.flush_plan().map_or_else(|error| error.to_string(), |plan| plan.to_string());
        let outcome = session.flush();
        assert_eq!(outcome.is_ok(), possible, "{rows:?}\n{plan}{outcome:?}");
        if outcome.is_ok() {
            edits.into_iter().for_each(|(row, values)| rows[row] = values);
            rows = stays.iter().map(|row| rows[*row].clone()).chain(new).collect();
            keys = stays.iter().map(|row| keys[*row]).chain(added).collect();
            session.commit().unwrap();
        } else {
            let after = session.flush_plan().map_or_else(|error| error.to_string(), |plan| plan.to_string());
            assert_eq!(after, plan, "the plan after a flush that failed");
            assert_eq!(session.rollback().unwrap().len(), added.len());
        }
        for (key, values) in keys.iter().zip(&rows) {
            assert_eq!(
                session.get::<Row>((values.0.clone(), values.1)).unwrap(),
                Some(*key),
                "one row, one key\n{plan}"
            );
            assert_eq!(values_of(session.load(*key).unwrap()), *values);
        }
        let mut there = session.all(select((Row::CODE, Row::NUMBER, Row::PLACE))).unwrap();
        there.sort();
        let mut expected = rows.clone();
        expected.sort();
        assert_eq!(there, expected, "the rows\n{plan}");
    }
}

/// A thousand cases, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let said = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { said.cases } else { 1_000 };
    ProptestConfig { cases, failure_persistence: None, ..said }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_flush_goes_through_when_rows_can_be_written_one_after_the_other(
        start in prop::collection::vec(values(), 1..7),
        steps in prop::collection::vec(step(), 1..4),
    ) {
        play(start, steps);
    }
}
