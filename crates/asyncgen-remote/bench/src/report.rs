//! The page that says what came out.

use std::fmt::Write;
use std::process::Command;

use hdrhistogram::Histogram;

use crate::alive::Alive;
use crate::measure::Comparison;

pub fn page(comparisons: &[Comparison], alive: &[Alive]) -> String {
    let mut page = format!(
        "# Results\n\n{}\nRead the ratios: times depend on the machine, and on what else it does.\n\n\
         For one value, the median of the rounds. The speed is the peer's time by ours: the larger, the better; in brackets the \
         slowest and the fastest round.\n\n\
         | | asyncgen-remote | the peer | | speed | at least |\n|---|---:|---|---:|---:|---:|\n",
        machine()
    );
    for Comparison { case, ours, theirs, speed } in comparisons {
        let of_peer = |thousandths: u64| f64::from(u32::try_from(thousandths).unwrap()) / 1000.0;
        let median = of_peer(median(speed));
        writeln!(
            page,
            "| {} | {} | {} | {} | {median:.2} ({:.2} to {:.2}) | {:.2} {} |",
            case.what,
            time(ours),
            case.peer,
            time(theirs),
            of_peer(speed.min()),
            of_peer(speed.max()),
            case.goal,
            if median >= case.goal { '✓' } else { '✗' },
        )
        .unwrap();
    }
    writeln!(page, "\n| {} sessions alive on one connection | bytes each |\n|---|---:|", crate::alive::SESSIONS)
        .unwrap();
    for Alive { carrier, bytes } in alive {
        writeln!(page, "| over {carrier}: both ends, and the body | {bytes} |").unwrap();
    }
    page
}

fn median(values: &Histogram<u64>) -> u64 {
    values.value_at_quantile(0.5)
}

fn time(nanos: &Histogram<u64>) -> String {
    let nanos = f64::from(u32::try_from(median(nanos)).unwrap());
    format!("{:.2} µs ({:.0} k/s)", nanos / 1e3, 1e6 / nanos)
}

/// What it was measured on, and with.
fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let lock = include_str!("../../../../Cargo.lock");
    let versions = ["async-nats", "tonic", "tokio"].map(|name| {
        let version =
            lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1).and_then(|rest| rest.split('"').next());
        format!("{name} {}", version.unwrap_or("?"))
    });
    let rustc = said_by("rustc", "-V");
    let nats = said_by(&std::env::var("NATS_SERVER").unwrap_or_else(|_| "nats-server".into()), "-v");
    let cpu = cpu.trim_start_matches(['\t', ' ', ':']);
    format!("Measured on {cpu}, {cores} cores, with {rustc}; {nats}; {}.", versions.join(", "))
}

fn said_by(program: &str, argument: &str) -> String {
    let said = Command::new(program).arg(argument).output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&said).trim().to_owned()
}
