//! What the README and the crate's page show is what the programs print.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const README: &str = include_str!("../../README.md");
const CRATE: &str = include_str!("../../crates/asyncgen/src/lib.rs");
const HELLO: &str = include_str!("../hello.rs");
const LEASE: &str = include_str!("../lease.rs");
const TOUR: &str = include_str!("../tour/README.md");

/// The first code block of this kind after `mark`.
#[track_caller]
fn block<'t>(text: &'t str, mark: &str, kind: &str) -> &'t str {
    let (_, after) = text.split_once(mark).unwrap_or_else(|| panic!("no `{mark}`"));
    let (_, block) = after.split_once(&format!("```{kind}\n")).unwrap_or_else(|| panic!("no {kind} after `{mark}`"));
    block.split_once("```\n").expect("a block ends").0
}

/// The documentation at the top of a source file.
fn page(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
}

fn stdout(program: &mut Command) -> String {
    let output = program.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_example_prints_what_is_said() {
    let printed = stdout(&mut Command::new(support::example("hello")));
    for (text, mark) in [(README, "## An example"), (&page(CRATE), "")] {
        assert_eq!(block(text, mark, "rust"), HELLO);
        assert_eq!(block(text, HELLO, "text"), printed);
    }
}

#[test]
fn the_function_that_comes_first_is_of_a_program_that_gives_the_lease_back() {
    assert!(LEASE.contains(block(README, "", "rust,ignore")));
    let printed = stdout(&mut Command::new(support::example("lease")));
    assert!(printed.starts_with("first: Ok(0), leases that are still taken: 0"), "{printed}");
}

#[test]
fn the_tour_prints_what_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let text = Path::new("examples/tour/jabberwocky.txt");
    fs::create_dir_all(folder.path().join(text).parent().unwrap()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::copy(root.join(text), folder.path().join(text)).unwrap();

    let printed = stdout(Command::new(support::example("tour")).arg(text).current_dir(folder.path()));
    let shown = block(TOUR, "cargo run --example tour -- examples/tour/jabberwocky.txt", "text");
    let (beginning, end) = shown.split_once("...\n").expect("the middle is left out");
    assert!(printed.starts_with(beginning), "the page shows:\n{beginning}\nthe tour prints:\n{printed}");
    assert!(printed.ends_with(end), "the page shows:\n{end}\nthe tour prints:\n{printed}");
}
