//! Cases that are not of the corpus: compiled on the spot, and reduced where the two forms do not agree.

use std::io;
use std::path::Path;
use std::process::Command;

use crate::program::Case;
use crate::shrink::shrink;

/// Smaller cases that are compiled at a time.
const BATCH: usize = 60;

/// Reduces those of these cases in which the keyword form does not do as the closure form, up to so many. Each comes with
/// what the two have done.
pub fn mismatches(cases: &[Case], enough: usize) -> io::Result<Vec<(Case, String)>> {
    let (differing, _) = compile_and_compare(cases)?;
    let mut failure = None;
    let mut found = Vec::new();
    for number in differing.into_iter().take(enough) {
        let case = shrink(cases[number].clone(), |smaller| {
            let first = smaller.chunks(BATCH).enumerate().find_map(|(at, batch)| match compile_and_compare(batch) {
                Ok((differing, _)) => differing.first().map(|number| at * BATCH + number),
                Err(error) => {
                    failure = Some(error);
                    None
                }
            });
            eprint!(".");
            first
        });
        let (_, report) = compile_and_compare(std::slice::from_ref(&case))?;
        let said = report.split_inclusive('\n').filter(|line| line.starts_with(['{', ' ', 'p']));
        found.push((case, said.collect()));
    }
    failure.map_or(Ok(found), Err)
}

/// The numbers of those that differ, and what was said of them.
fn compile_and_compare(cases: &[Case]) -> io::Result<(Vec<usize>, String)> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // A folder of its own, so that the corpus's programs need not be compiled again afterwards.
    let target = workspace.join("target/keyword");
    std::fs::create_dir_all(&target)?;
    let path = target.join("cases.jsonl");
    let lines: Result<Vec<String>, _> =
        cases.iter().map(|case| serde_json::to_string(case).map(|line| line + "\n")).collect();
    std::fs::write(&path, lines?.concat())?;
    let run = Command::new("cargo")
        .args(["test", "--quiet", "-p", "conformance-keyword", "--test", "cases", "--", "--nocapture"])
        .env("CARGO_TARGET_DIR", &target)
        .env("KEYWORD_CASES", path.canonicalize()?)
        .current_dir(workspace)
        .output()?;
    let report = String::from_utf8_lossy(&run.stdout).into_owned();
    if !report.contains("cases are the same") {
        return Err(io::Error::other(format!("not compiled:\n{}", String::from_utf8_lossy(&run.stderr))));
    }
    let number = |line: &str| line.strip_prefix("program ")?.split_whitespace().next()?.parse().ok();
    Ok((report.lines().filter_map(number).collect(), report))
}
