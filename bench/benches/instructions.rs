//! Instructions per item, for every peer and case, counted by callgrind: the figure that does not jitter.
#![allow(unused_qualifications, reason = "the macros write them")]

#[allow(dead_code, reason = "the other programs use the rest")]
mod cases;
#[allow(dead_code, reason = "likewise")]
mod peers;

use std::hint::black_box;

use gungraun::{Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};

use cases::{Case, Run};

/// The cases that the quick mode runs, too.
const HEADLINE: usize = 3;

fn headline() -> impl Iterator<Item = (usize, usize)> {
    numbers(&cases::all()[..HEADLINE], 0)
}

fn rest() -> impl Iterator<Item = (usize, usize)> {
    numbers(&cases::all()[HEADLINE..], HEADLINE)
}

/// The numbers of the cases and of their peers.
fn numbers(cases: &[Case], first: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
    let peers: Vec<usize> = cases.iter().map(|case| case.peers.len()).collect();
    peers.into_iter().enumerate().flat_map(move |(case, peers)| (0..peers).map(move |peer| (first + case, peer)))
}

/// Finds the run, and makes what it needs, which is not counted.
fn prepare((case, peer): (usize, usize)) -> Run {
    let case = &cases::all()[case];
    cases::prepare(case);
    case.peers[peer].1
}

#[library_benchmark]
#[benches::headline(iter = headline(), setup = prepare)]
#[benches::rest(iter = rest(), setup = prepare)]
fn instructions(run: Run) -> u64 {
    black_box(run())
}

library_benchmark_group!(name = every, benchmarks = instructions);
main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = every
);
