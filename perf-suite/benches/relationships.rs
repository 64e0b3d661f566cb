//! Parents with a hundred children each.

#[path = "shared/sides.rs"]
mod shared;

use perf_suite::Workload;

fn main() {
    shared::on_every_side(&[Workload::SelectIn]);
}
