//! Time per item, for every peer and case, in one run.

mod cases;
mod peers;

use std::fs;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput};

use cases::{ITEMS, boxed, pinned};
use peers::{AsyncStream, Asyncgen, HandWritten, Peer};

const CASES: [&str; 2] = ["pinned", "boxed"];
const PEERS: [&str; 3] = [Asyncgen::NAME, AsyncStream::NAME, HandWritten::NAME];

fn main() {
    let results = Path::new(env!("CARGO_TARGET_TMPDIR")).join("time");
    // A table of this run alone.
    fs::remove_dir_all(&results).ok();
    let mut criterion = Criterion::default().output_directory(&results).configure_from_args();
    for case in CASES {
        peer::<Asyncgen>(&mut criterion, case);
        peer::<AsyncStream>(&mut criterion, case);
        peer::<HandWritten>(&mut criterion, case);
    }
    criterion.final_summary();
    table(&results);
}

fn peer<P: Peer>(criterion: &mut Criterion, case: &str) {
    let run = match case {
        "pinned" => pinned::run::<P>,
        "boxed" => boxed::run::<P>,
        _ => unreachable!("{case} is not a case"),
    };
    let mut group = criterion.benchmark_group(case);
    group.throughput(Throughput::Elements(ITEMS));
    group.bench_function(P::NAME, |bencher| bencher.iter(run));
}

/// Prints the medians, and how many times as fast asyncgen is.
fn table(results: &Path) {
    println!("\n| case | peer | ns per item | asyncgen is faster by |\n|---|---|---|---|");
    for case in CASES {
        let ours = median(results.join(case).join(Asyncgen::NAME));
        for peer in PEERS {
            let Some(median) = median(results.join(case).join(peer)) else { continue };
            let ratio = ours.map_or(String::new(), |ours| format!("{:.2}", median / ours));
            println!("| {case} | {peer} | {median:.2} | {ratio} |");
        }
    }
}

/// The median time of one item, in nanoseconds, if it was measured.
fn median(results: PathBuf) -> Option<f64> {
    let estimates = fs::read_to_string(results.join("new/estimates.json")).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&estimates).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "they are few")]
    Some(estimates["median"]["point_estimate"].as_f64()? / ITEMS as f64)
}
