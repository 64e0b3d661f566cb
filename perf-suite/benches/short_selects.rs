//! One object at a time, by primary key and by a query.

#[path = "shared/sides.rs"]
mod shared;

use perf_suite::Workload;

fn main() {
    shared::on_every_side(&[Workload::Get, Workload::Query]);
}
