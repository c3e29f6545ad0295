//! Are the instructions of our own cases those that `instructions.txt` has on record? Counts do not jitter: whoever makes a case
//! slower by more than 2 % is told, and either mends that, or records it by `-- --renew`.
//!
//! Each case is counted in a process of its own: this program, called with the case's name, under callgrind.

#[allow(dead_code, reason = "the other programs use the rest")]
mod cases;
#[allow(dead_code, reason = "likewise")]
mod peers;

use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::{env, fs};

use peers::{Asyncgen, Peer};

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");
/// Most of what these take is tokio's, and not the same in each build.
const NOT_OURS: [&str; 2] = ["pending await", "channel"];
/// How much more a case may take than what is on record.
const TOLERANCE: f64 = 1.02;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // (Cargo itself adds `--bench`.)
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--case", name] => {
            run(name);
            Ok(ExitCode::SUCCESS)
        }
        ["--renew"] => {
            fs::write(RECORD, record()?)?;
            println!("written: {RECORD}");
            Ok(ExitCode::SUCCESS)
        }
        [] => check(),
        _ => Err("usage: cargo bench --bench count [-- --renew]".into()),
    }
}

/// Runs a case once, or nothing but what all have in common.
fn run(name: &str) {
    for case in cases::all().into_iter().filter(|case| case.name == name) {
        cases::prepare(&case);
        for (_, run) in ours(&case) {
            black_box(run());
        }
    }
}

fn ours(case: &cases::Case) -> impl Iterator<Item = (&'static str, cases::Run)> {
    case.peers.iter().copied().filter(|(peer, _)| *peer == Asyncgen::NAME)
}

/// The instructions of a process that runs this.
fn process(name: &str) -> Result<f64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["--case", name])
        .output()
        .map_err(|error| format!("valgrind, which counts the instructions: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| line.split("Collected :").nth(1)?.trim().parse().ok());
    count.ok_or_else(|| format!("valgrind says no count: {said}").into())
}

/// What is on record, of the cases as they are now: `instructions for an item, a tab, the case`.
fn record() -> Result<String, Box<dyn Error>> {
    let nothing = process("nothing")?;
    let mut record = format!("# Instructions for an item, with {}.\n", rustc()?);
    for case in cases::all() {
        if ours(&case).next().is_none() || NOT_OURS.contains(&case.name) {
            continue;
        }
        #[allow(clippy::cast_precision_loss, reason = "there are not so many")]
        let count = (process(case.name)? - nothing) / case.items as f64;
        println!("{count:10.1}  {}", case.name);
        writeln!(record, "{count:.1}\t{}", case.name)?;
    }
    Ok(record)
}

fn rustc() -> Result<String, Box<dyn Error>> {
    let output = Command::new("rustc").arg("--version").output()?;
    let version = String::from_utf8(output.stdout)?;
    Ok(version.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

/// The cases and counts of a record.
fn counts(record: &str) -> impl Iterator<Item = (&str, f64)> {
    record
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(count, case)| Some((case, count.parse().ok()?)))
}

fn check() -> Result<ExitCode, Box<dyn Error>> {
    let recorded = fs::read_to_string(RECORD)?;
    let rustc = rustc()?;
    if !recorded.lines().next().is_some_and(|line| line.contains(&format!("with {rustc}."))) {
        println!("The record was made with another compiler than {rustc}: nothing to compare with.");
        return Ok(ExitCode::SUCCESS);
    }
    let now = record()?;
    let mut failed = false;
    for (case, count) in counts(&now) {
        match counts(&recorded).find(|(recorded, _)| *recorded == case) {
            None => {
                println!("not on record: {case}");
                failed = true;
            }
            Some((_, before)) if count > before * TOLERANCE => {
                println!("{case}: {count:.1} instructions for an item, {before:.1} on record");
                failed = true;
            }
            Some(_) => {}
        }
    }
    if failed {
        println!("Where that is meant, record it: cargo bench -p asyncgen-bench --bench count -- --renew");
        return Ok(ExitCode::FAILURE);
    }
    println!("No case takes more than {TOLERANCE} times the instructions that are on record.");
    Ok(ExitCode::SUCCESS)
}
