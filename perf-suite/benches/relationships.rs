//! Parents with a hundred children each.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use perf_suite::{Workload, bench, sides};

const WORKLOADS: &[Workload] = &[Workload::SelectIn];

fn relationships(criterion: &mut Criterion) {
    let mut sides = match sides(&bench::url()) {
        Ok(sides) => sides,
        Err(error) => panic!("{error}"),
    };
    for workload in WORKLOADS {
        let rows = bench::rows(*workload);
        let mut group = criterion.benchmark_group(workload.name());
        for side in &mut sides {
            group.bench_function(BenchmarkId::new(side.name(), rows), |bencher| {
                bencher.iter_custom(|times| bench::time(*workload, side.as_mut(), rows, times));
            });
        }
        group.finish();
    }
}

fn few() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
}

criterion_group! {
    name = benches;
    config = few();
    targets = relationships
}
criterion_main!(benches);
