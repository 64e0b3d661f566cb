//! Suites that SQLAlchemy's examples lack: loader strategies, the unit of work, class hierarchies, many tasks.

#[cfg(feature = "async")]
mod awaiting;
mod inheritance;
mod relationships;
mod unit_of_work;

use crate::suite::Suite;

/// Returns these suites, by name. That of tasks needs the feature `async`.
pub fn extra() -> Vec<Suite> {
    vec![
        relationships::suite(),
        unit_of_work::suite(),
        #[cfg(feature = "async")]
        awaiting::suite(),
        inheritance::suite(),
    ]
}
