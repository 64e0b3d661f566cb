//! A large result: as values, as tracked objects, as columns, and row by row.

#[path = "shared/sides.rs"]
mod shared;

use perf_suite::{Contest, Workload};

fn main() {
    shared::on_every_side(
        Contest::Libraries,
        &[Workload::LoadUntracked, Workload::LoadTracked, Workload::LoadColumns, Workload::Stream],
    );
}
