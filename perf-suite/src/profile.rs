//! Profiles of a test: calls, times and allocations of the phases that the ORM marks with spans (target `orm::phase`).
//!
//! A [`Recording`] is a subscriber of `tracing` for one thread. It keeps one node for each chain of phases, so that it allocates nothing
//! for a chain that it has seen, and counts no allocation of its own.

mod collapsed;
mod table;
mod tree;

use std::time::Duration;

pub(crate) use collapsed::folded;
pub use perf_by_hand::counting::Allocations;
use perf_by_hand::counting::measure;
pub(crate) use table::{callers, table};
use tree::Recording;
pub use tree::{Node, Tree};

use crate::Result;

/// What a profiled run gives.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The chains of phases; the first is the run itself.
    pub tree: Tree,
    /// Allocations of the thread that ran the test.
    pub allocations: Allocations,
}

impl Profile {
    /// Runs `work` and records its phases. Phases and allocations of other threads are not recorded.
    ///
    /// # Errors
    /// What `work` gives.
    pub fn record(work: impl FnOnce() -> Result<()>) -> Result<Self> {
        let recording = Recording::new();
        // The subscriber's own allocation comes before the first that counts.
        let (allocations, outcome) =
            tracing::subscriber::with_default(recording.subscriber(), || measure(|| recording.whole(work)));
        outcome?;
        Ok(Self { tree: recording.into_tree(), allocations })
    }

    /// Returns the number of spans that were entered.
    pub fn calls(&self) -> u64 {
        self.tree.nodes().iter().skip(1).map(|node| node.calls).sum()
    }

    /// Returns the time of the whole run.
    pub fn elapsed(&self) -> Duration {
        self.tree.nodes().first().map(|node| node.cumulative).unwrap_or_default()
    }
}
