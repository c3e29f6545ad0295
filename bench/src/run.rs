//! Runs the benchmarks.

use std::env;
use std::error::Error;
use std::fs;
use std::process::Command;

use crate::results::target;

const RUNNER: &str = "0.20.0";

/// Runs them one after the other; each shows what it does.
pub fn run(quick: bool) -> Result<(), Box<dyn Error>> {
    let time: &[&str] = if quick {
        &["--warm-up-time", "0.02", "--measurement-time", "0.05", "--sample-size", "10", "--noplot"]
    } else {
        &["--noplot"]
    };
    let instructions: &[&str] = if quick { &["--save-summary=json", "*headline*"] } else { &["--save-summary=json"] };
    bench("time", time)?;
    bench("memory", &[])?;
    install_runner()?;
    fs::remove_dir_all(target().join("gungraun")).ok();
    bench("instructions", instructions)
}

fn bench(name: &str, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    println!("\n== {name}");
    cargo(&[&["bench", "-p", "asyncgen-bench", "--bench", name, "--"], arguments].concat())
}

/// gungraun's other half, in the target folder.
fn install_runner() -> Result<(), Box<dyn Error>> {
    let root = target().join("gungraun-runner");
    if !root.join("bin/gungraun-runner").exists() {
        let root = root.to_str().ok_or("the target folder's name is not UTF-8")?;
        cargo(&["install", "gungraun-runner", "--version", RUNNER, "--root", root])?;
    }
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", target())
        .env("GUNGRAUN_RUNNER", target().join("gungraun-runner/bin/gungraun-runner"))
        .status()?;
    if status.success() { Ok(()) } else { Err(format!("cargo {}: {status}", arguments.join(" ")).into()) }
}

/// What it was measured on, and with.
pub fn machine(quick: bool) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let rustc = Command::new("rustc").arg("-V").output().map(|output| output.stdout).unwrap_or_default();
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")).unwrap_or_default();
    let versions: Vec<String> = [
        "async-stream",
        "asynk-strim",
        "async-fn-stream",
        "async-gen",
        "async-generator",
        "genawaiter",
        "fauxgen",
        "tokio",
    ]
    .iter()
    .filter_map(|name| {
        let version = lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1)?.split('"').next()?;
        Some(format!("{name} {version}"))
    })
    .collect();
    format!(
        "{}Measured on {} ({} {}), with {}; {}.\nRead the ratios: times depend on the machine, and on what else it does.\n",
        if quick { "A quick run: the times are rough. " } else { "" },
        cpu.trim_start_matches(['\t', ' ', ':']),
        env::consts::OS,
        env::consts::ARCH,
        String::from_utf8_lossy(&rustc).trim(),
        versions.join(", "),
    )
}
