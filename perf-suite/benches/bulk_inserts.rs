//! New rows: objects with keys generated, objects with keys given, and rows without objects.

#[path = "shared/sides.rs"]
mod shared;

use perf_suite::{Contest, Workload};

fn main() {
    shared::on_every_side(
        Contest::Libraries,
        &[Workload::InsertGenerated, Workload::InsertGiven, Workload::InsertBulk],
    );
}
