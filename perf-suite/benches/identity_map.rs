//! What a session holds already: looking it up, and flushing one change among few and many.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use perf_suite::{Mapped, bench, flush_one, get_held};

/// Filling a session takes long, so each filling serves for many.
const TIMES: usize = 1_000;

type Work = fn(&mut Mapped, usize, usize) -> perf_suite::Result<Duration>;

fn identity_map(criterion: &mut Criterion) {
    let mut side = match Mapped::open(&bench::url()) {
        Ok(side) => side,
        Err(error) => panic!("{error}"),
    };
    let all: [(&str, Work); 2] = [("get-held", get_held), ("flush-one", flush_one)];
    for (name, work) in all {
        let mut group = criterion.benchmark_group(name);
        for tracked in [10, 100_000] {
            group.bench_function(BenchmarkId::new("orm", tracked), |bencher| {
                bencher.iter_custom(|times| match work(&mut side, tracked, times as usize * TIMES) {
                    Ok(elapsed) => elapsed / TIMES as u32,
                    Err(error) => panic!("{error}"),
                });
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
    targets = identity_map
}
criterion_main!(benches);
