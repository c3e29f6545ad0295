//! Time per item, for every peer and case, in one run.

mod cases;
mod peers;

use std::fs;
use std::path::Path;

use criterion::{Criterion, Throughput};

use cases::{ITEMS, boxed, pinned};
use peers::{AsyncStream, Asyncgen, AsyncgenKeyword, HandWritten, Peer};

type Run = fn() -> u64;

/// One case of every peer; a new peer joins here.
macro_rules! every_peer {
    ($case:ident) => {
        (
            stringify!($case),
            &[
                (Asyncgen::NAME, $case::run::<Asyncgen>),
                (AsyncgenKeyword::NAME, $case::run::<AsyncgenKeyword>),
                (AsyncStream::NAME, $case::run::<AsyncStream>),
                (HandWritten::NAME, $case::run::<HandWritten>),
            ],
        )
    };
}

/// Every case; a new one joins here.
const CASES: [(&str, &[(&str, Run)]); 2] = [every_peer!(pinned), every_peer!(boxed)];

fn main() {
    let results = Path::new(env!("CARGO_TARGET_TMPDIR")).join("time");
    // A table of this run alone.
    fs::remove_dir_all(&results).ok();
    let mut criterion = Criterion::default().output_directory(&results).configure_from_args();
    for (case, peers) in CASES {
        let mut group = criterion.benchmark_group(case);
        group.throughput(Throughput::Elements(ITEMS));
        for (peer, run) in peers {
            group.bench_function(*peer, |bencher| bencher.iter(run));
        }
    }
    criterion.final_summary();
    table(&results);
}

/// Prints the medians, and how many times as fast asyncgen is.
fn table(results: &Path) {
    println!("\n| case | peer | ns per item | asyncgen is faster by |\n|---|---|---|---|");
    for (case, peers) in CASES {
        let ours = median(results.join(case).join(Asyncgen::NAME));
        for (peer, _) in peers {
            let Some(median) = median(results.join(case).join(peer)) else { continue };
            let ratio = ours.map_or(String::new(), |ours| format!("{:.2}", median / ours));
            println!("| {case} | {peer} | {median:.2} | {ratio} |");
        }
    }
}

/// The median time of one item, in nanoseconds, if it was measured.
fn median(results: impl AsRef<Path>) -> Option<f64> {
    let estimates = fs::read_to_string(results.as_ref().join("new/estimates.json")).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&estimates).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "they are few")]
    Some(estimates["median"]["point_estimate"].as_f64()? / ITEMS as f64)
}
