//! One changed column in each of many objects.

#[path = "shared/sides.rs"]
mod shared;

use perf_suite::{Contest, Workload};

fn main() {
    shared::on_every_side(Contest::Libraries, &[Workload::Update]);
}
