//! Flushes that are awaited, beside those that block; and, on a server, many tasks over one pool, beside diesel-async.

#[path = "shared/sides.rs"]
mod shared;

use perf_suite::{Contest, Workload, bench};

fn main() {
    shared::on_every_side(Contest::Awaiting, &[Workload::InsertGenerated, Workload::Update, Workload::Delete]);
    if !bench::url().starts_with("sqlite:") {
        shared::on_every_side(Contest::Tasks, &[Workload::Get]);
    }
}
