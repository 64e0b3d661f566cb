//! One object at a time, by primary key and by a query.

#[path = "shared/sides.rs"]
mod shared;

use perf_suite::{Contest, Workload};

fn main() {
    shared::on_every_side(Contest::Libraries, &[Workload::Get, Workload::Query]);
}
