//! Where the built examples are.

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::path::PathBuf;

/// The program of an example, which `cargo test` builds before it runs the tests.
pub fn example(name: &str) -> PathBuf {
    let test = current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("a test lies in <profile>/deps");
    let program = profile.join("examples").join(format!("{name}{EXE_SUFFIX}"));
    assert!(program.exists(), "{} is missing: build it with `cargo build --examples`", program.display());
    program
}
