//! Time per item, for every peer and case, in one run.

#[allow(dead_code, reason = "the other programs use the rest")]
mod cases;
#[allow(dead_code, reason = "likewise")]
mod peers;

use std::fs;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};
use serde_json::{Value, json};

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("time");
    // What is left of another run is no result of this one.
    fs::remove_dir_all(&folder).ok();
    let mut criterion = Criterion::default()
        .output_directory(&folder)
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for case in cases::all() {
        cases::prepare(&case);
        let mut group = criterion.benchmark_group(case.name);
        group.throughput(Throughput::Elements(case.items)).sampling_mode(SamplingMode::Flat);
        for (peer, run) in case.peers {
            group.bench_function(peer, |bencher| bencher.iter(run));
        }
    }
    criterion.final_summary();
    save(&folder);
}

/// Collects the medians into one file, which the report is made of.
fn save(folder: &Path) {
    let mut results = Vec::new();
    for case in cases::all() {
        for (peer, _) in case.peers {
            if let Some(median) = median(&folder.join(case.name).join(peer)) {
                #[expect(clippy::cast_precision_loss, reason = "they are few")]
                let value = median / case.items as f64;
                results.push(json!({ "case": case.name, "peer": peer, "items": case.items, "value": value }));
            }
        }
    }
    fs::write(folder.with_extension("json"), Value::from(results).to_string()).unwrap();
}

/// The median time of a run, in nanoseconds, if it was measured.
fn median(folder: &Path) -> Option<f64> {
    let estimates = fs::read_to_string(folder.join("new/estimates.json")).ok()?;
    let estimates: Value = serde_json::from_str(&estimates).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}
