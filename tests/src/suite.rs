//! Every test, once: a feature's file lists its own in `CASES`, and the features are listed here.
//!
//! What is not listed is never used, and the compiler says so.

use orm::Result;

use crate::Db;
use crate::ability::{Database, Need};
use crate::mode::Mode;

/// One test.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What a database must have for the test to say anything; it runs everywhere if nothing.
    pub(crate) needs: Option<Need>,
    pub(crate) run: fn(&Db) -> Result<()>,
}

/// `cases![one, another]`; where it takes a capability of the database, `cases![one; [arrays]: another]`; where it takes something that
/// the tests do to it, `cases![one; (server): another]`.
macro_rules! cases {
    (
        $($name:ident),* $(,)?
        $(; [$capability:ident]: $($needing:ident),+ $(,)?)*
        $(; ($ability:ident): $($taking:ident),+ $(,)?)*
        $(;)?
    ) => {
        pub(super) const CASES: &[$crate::suite::Case] = &[
            $($crate::suite::Case { name: stringify!($name), needs: None, run: $name },)*
            $($($crate::suite::Case {
                name: stringify!($needing),
                needs: Some($crate::ability::Need {
                    name: stringify!($capability),
                    is_met: |capabilities, _| capabilities.$capability,
                }),
                run: $needing,
            },)+)*
            $($($crate::suite::Case {
                name: stringify!($taking),
                needs: Some($crate::ability::Need {
                    name: stringify!($ability),
                    is_met: |_, abilities| abilities.$ability,
                }),
                run: $taking,
            },)+)*
        ];
    };
}

mod alike_keys;
#[cfg(feature = "async")]
mod asynchronous;
mod attributes;
mod bad_input;
mod cascades;
mod causes;
mod collection_queries;
mod consistency;
mod contains_eager;
mod corners;
mod criteria;
mod decimals;
mod deferred;
mod deferred_writes;
mod ended_transactions;
mod engine_events;
mod events;
mod exact_numbers;
mod expired;
mod expired_relations;
mod expression_language;
mod extremes;
mod failing_reads;
mod faults;
mod flush;
mod flush_plans;
mod foreign_types;
mod generated;
mod handover;
mod hybrid_queries;
mod hybrids;
mod identity;
#[macro_use]
mod inheritance;
mod inheritance_concrete;
mod inheritance_joined;
mod inheritance_single;
mod json;
mod like;
mod limits;
mod links;
mod loader_strategies;
mod loading;
mod long_names;
mod mapping;
mod misuse;
mod n_plus_one;
mod new_versions;
mod proxies;
mod queries;
mod raw_sql;
mod relations;
mod replaced_rows;
mod rolled_back_graphs;
mod row_lists;
mod row_order;
mod sensitive;
mod states;
mod synchronized;
mod synchronized_mappings;
mod transactions;
mod transitions;
mod tutorial;
mod types;
mod views;
mod walk;

macro_rules! features {
    ($($(#[$when:meta])? $feature:ident),* $(,)?) => { [$($(#[$when])? (stringify!($feature), $feature::CASES)),*] };
}

/// Every test with the name of its feature.
pub(crate) fn cases() -> impl Iterator<Item = (&'static str, Case)> {
    let features = features![
        #[cfg(feature = "async")]
        asynchronous,
        alike_keys,
        attributes,
        bad_input,
        cascades,
        causes,
        collection_queries,
        consistency,
        contains_eager,
        corners,
        criteria,
        ended_transactions,
        engine_events,
        expired,
        expired_relations,
        events,
        exact_numbers,
        decimals,
        deferred,
        deferred_writes,
        expression_language,
        extremes,
        failing_reads,
        faults,
        flush,
        flush_plans,
        foreign_types,
        generated,
        handover,
        hybrid_queries,
        hybrids,
        identity,
        inheritance_concrete,
        inheritance_joined,
        inheritance_single,
        json,
        like,
        limits,
        links,
        loader_strategies,
        loading,
        long_names,
        mapping,
        misuse,
        n_plus_one,
        new_versions,
        proxies,
        queries,
        raw_sql,
        relations,
        row_lists,
        replaced_rows,
        rolled_back_graphs,
        row_order,
        sensitive,
        states,
        synchronized,
        synchronized_mappings,
        transactions,
        transitions,
        tutorial,
        types,
        views,
        walk
    ];
    features.into_iter().flat_map(|(feature, cases)| cases.iter().map(move |case| (feature, *case)))
}

/// The name of every test in every mode that a database has, as it is run and reported, with the test.
pub(crate) fn all(modes: &'static [Mode], database: Database) -> impl Iterator<Item = (Mode, String, Case)> {
    modes.iter().filter(move |mode| mode.applies(database)).flat_map(|&mode| {
        // What awaits by itself is tried once.
        let in_mode = move |feature: &str| feature != "asynchronous" || mode.name() == "async";
        let cases = cases().filter(move |(feature, _)| in_mode(feature));
        cases.map(move |(feature, case)| (mode, format!("{}::{feature}::{}", mode.name(), case.name), case))
    })
}

/// Those that a database has what they are about.
pub(crate) fn trials(modes: &'static [Mode], database: Database) -> impl Iterator<Item = (Mode, String, Case)> {
    all(modes, database).filter(move |(_, _, case)| case.applies(database))
}

impl Case {
    /// Whether a database has what the test is about.
    pub(crate) fn applies(&self, database: Database) -> bool {
        self.needs.is_none_or(|need| need.is_met_by(database))
    }
}
