//! Instructions per item, for every peer and case, counted by callgrind: the figure that does not jitter.

mod cases;
mod peers;

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};

use cases::Run;

/// Finds the run, and makes what it needs, which is not counted.
fn prepare(number: usize) -> Run {
    cases::prepare();
    cases::all().into_iter().flat_map(|case| case.peers).nth(number).unwrap().1
}

fn numbers() -> std::ops::Range<usize> {
    0..cases::all().iter().map(|case| case.peers.len()).sum()
}

#[library_benchmark]
#[benches::run(iter = numbers(), setup = prepare)]
fn instructions(run: Run) -> u64 {
    black_box(run())
}

library_benchmark_group!(name = every, benchmarks = instructions);
main!(library_benchmark_groups = every);
