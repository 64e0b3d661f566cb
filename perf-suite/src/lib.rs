//! How fast the ORM is. Each workload is written once for the ORM, once as a loop over the database's C library and once with typed diesel;
//! the benches, the command line and the tests call the same functions.
//!
//! A [`Workload`] says what is done, a [`Side`] does it, and a [`Comparison`] who does it beside whom. [`Workload::measure`] fills the tables, lets the side run against the clock, and
//! compares what came out with what must: a wrong result is no time.
//!
//! What is timed: a write from the values in hand to the end of the flush, without COMMIT; a read from the query to the result in hand.
//! Every side works in a transaction, and what the work leaves behind is dropped after the clock has stopped. The ratios are taken with each side in
//! a process of its own, in turns. In one process `get` took this crate 1.63 to 1.72 times as long as the C library and diesel 1.42 to 1.49 times, and
//! apart, on the same machine, 1.32 to 1.54 and 1.24 to 1.39 times; most likely because in one process all get a heap that the others have used.
//!
//! Counterpart: `examples/performance` of SQLAlchemy.

#[cfg(feature = "async")]
mod awaited;
pub mod bench;
mod beside;
#[cfg(feature = "mysql")]
mod by_hand_mariadb;
#[cfg(feature = "postgres")]
mod by_hand_postgres;
mod by_hand_sqlite;
pub mod chart;
mod comparison;
pub mod counts;
#[cfg(all(feature = "async", any(feature = "postgres", feature = "mysql")))]
mod diesel_tasks;
mod extra;
mod fixture;
mod held;
mod mapped;
mod originals;
mod profile;
mod ratios;
mod raw;
mod report;
mod suite;
mod turns;
mod typed_diesel;
mod workload;

pub use comparison::{Comparison, Contest};
pub use extra::extra;
pub use fixture::{Customer, Database, Digest};
pub use held::{flush_one, get_held};
pub use mapped::Mapped;
pub use originals::originals;
pub use profile::{Allocations, Node, Profile, Tree};
pub use ratios::{Ratios, ratios_of};
pub use report::{Report, ReportOptions};
pub use suite::{
    Beside, Context, Measured, Measurement, Sent, SortKey, Spread, Suite, SuiteArguments, run_suite, unknown_names,
    with_tables,
};
pub use turns::serve;
pub use workload::{Run, Side, Workload};

/// Counts allocations for profiles and for the file of counts; passes everything on to the system's allocator.
#[cfg(feature = "count-allocations")]
#[global_allocator]
static ALLOCATOR: perf_by_hand::counting::CountingAllocator = perf_by_hand::counting::CountingAllocator;

/// The first line of a debug build.
pub const DEBUG_BUILD: &str =
    "This is a debug build: its times mean nothing. Run it with `cargo run --release -p perf-suite -- ...`.";

/// What every call of this crate returns: the error of whichever library was at work.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
