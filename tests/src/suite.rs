//! Every test, once: a feature's file lists its own in `CASES`, and the features are listed here.
//!
//! What is not listed is never used, and the compiler says so.

use orm::Result;
use orm::engine::DialectName;

use crate::Db;

/// One test.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The only dialect that it is about; both if none.
    pub(crate) on: Option<DialectName>,
    pub(crate) run: fn(&Db) -> Result<()>,
}

/// `cases![one, another]`, and where a dialect alone has what they test, `cases![one; Postgres: another]`.
macro_rules! cases {
    ($($name:ident),* $(,)? $(; $dialect:ident: $($only:ident),+ $(,)?)*) => {
        pub(super) const CASES: &[$crate::suite::Case] = &[
            $($crate::suite::Case { name: stringify!($name), on: None, run: $name },)*
            $($($crate::suite::Case {
                name: stringify!($only), on: Some(orm::engine::DialectName::$dialect), run: $only
            },)+)*
        ];
    };
}

mod bad_input;
mod cascades;
mod consistency;
mod corners;
mod expression_language;
mod extremes;
mod flush;
mod generated;
mod identity;
mod links;
mod loading;
mod mapping;
mod misuse;
mod queries;
mod raw_sql;
mod relations;
mod states;
mod transactions;
mod tutorial;
mod types;
mod walk;

macro_rules! features {
    ($($feature:ident),* $(,)?) => { [$((stringify!($feature), $feature::CASES)),*] };
}

/// Every test with the name of its feature.
pub(crate) fn cases() -> impl Iterator<Item = (&'static str, Case)> {
    let features = features![
        bad_input,
        cascades,
        consistency,
        corners,
        expression_language,
        extremes,
        flush,
        generated,
        identity,
        links,
        loading,
        mapping,
        misuse,
        queries,
        raw_sql,
        relations,
        states,
        transactions,
        tutorial,
        types,
        walk
    ];
    features.into_iter().flat_map(|(feature, cases)| cases.iter().map(move |case| (feature, *case)))
}
