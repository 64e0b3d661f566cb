//! What every bench of workloads does: each workload on every side, in few samples, so that all benches together take minutes.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use perf_suite::{Contest, Workload, bench};

/// Measures these workloads on every side of a contest.
pub(crate) fn on_every_side(contest: Contest, workloads: &[Workload]) {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut sides = match contest.sides(&bench::url()) {
        Ok(sides) => sides,
        Err(error) => panic!("{error}"),
    };
    for workload in workloads {
        let rows = bench::rows(*workload);
        let mut group = criterion.benchmark_group(workload.name());
        for side in &mut sides {
            group.bench_function(BenchmarkId::new(side.name(), rows), |bencher| {
                bencher.iter_custom(|times| bench::time(*workload, side.as_mut(), rows, times));
            });
        }
        group.finish();
    }
    criterion.final_summary();
}
