//! Every test, once: a feature's file lists its own in `CASES`, and the features are listed here.
//!
//! What is not listed is never used, and the compiler says so.

use orm::Result;
use orm::engine::{Capabilities, DialectName};

use crate::Db;

/// One test.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The only dialect that it is about; all if none.
    pub(crate) on: Option<DialectName>,
    /// What a dialect must be able to do.
    pub(crate) needs: Option<fn(&Capabilities) -> bool>,
    pub(crate) run: fn(&Db) -> Result<()>,
}

/// `cases![one, another]`; where a dialect alone has what they test, `cases![one; Postgres: another]`; where it takes a capability,
/// `cases![one; [arrays]: another]`.
macro_rules! cases {
    (
        $($name:ident),* $(,)?
        $(; $dialect:ident: $($only:ident),+ $(,)?)*
        $(; [$capability:ident]: $($needing:ident),+ $(,)?)*
    ) => {
        pub(super) const CASES: &[$crate::suite::Case] = &[
            $($crate::suite::Case { name: stringify!($name), on: None, needs: None, run: $name },)*
            $($($crate::suite::Case {
                name: stringify!($only), on: Some(orm::engine::DialectName::$dialect), needs: None, run: $only
            },)+)*
            $($($crate::suite::Case {
                name: stringify!($needing), on: None, needs: Some(|capabilities| capabilities.$capability), run: $needing
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

/// What a dialect can do.
pub(crate) fn capabilities(dialect: DialectName) -> Capabilities {
    match dialect {
        DialectName::Postgres => Capabilities::postgres(),
        DialectName::Mysql => Capabilities::mariadb(),
        _ => Capabilities::sqlite(),
    }
}

impl Case {
    /// Whether a dialect has what the test is about.
    pub(crate) fn applies(&self, dialect: DialectName) -> bool {
        self.on.is_none_or(|only| only == dialect) && self.needs.is_none_or(|needs| needs(&capabilities(dialect)))
    }
}
