//! What must not compile, and what the compiler says instead.
//!
//! `cargo test --test ui -- what trybuild=c08` compiles only the files whose name contains `c08`. With
//! `TRYBUILD=overwrite` in the environment, the messages are written anew.
#![forbid(unsafe_code)]

use std::process::Command;

/// The compiler whose messages are in `tests/ui`. They change from one to the next.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn what_the_types_forbid_does_not_compile_and_the_message_says_what_to_write() {
    let output = Command::new("rustc").arg("--version").output().expect("rustc should run: cargo has just run it");
    let version = String::from_utf8_lossy(&output.stdout);
    if !version.starts_with(COMPILER) {
        eprintln!("not run: the messages are those of {COMPILER}*, and this is {version}");
        return;
    }
    if cfg!(feature = "tokio") {
        eprintln!("not run: the compiler proposes tokio's types, too");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
