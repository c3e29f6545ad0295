//! Where there is neither a hook nor `tracing`, a debug build says on standard error that clean-up was missed.
#![cfg(all(feature = "macros", not(feature = "tracing")))]

use std::pin::pin;
use std::process::Command;

use asyncgen::hooks::{self, UnraisableHook};
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { try { yield 1; } finally { println!("closed"); } }
}

/// What the test of this name, run in a process of its own, says on standard error.
fn stderr_of(test: &str) -> String {
    let itself = std::env::current_exe().unwrap();
    let output = Command::new(itself).args(["--ignored", "--exact", "--nocapture", test]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn drops_one() {
    let mut g = pin!(rows());
    assert_eq!(async_io::block_on(g.anext()), Ok(1));
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn drops_one_and_listens() {
    hooks::set_unraisable(Some(UnraisableHook::new(|_| {})));
    let mut g = pin!(rows());
    assert_eq!(async_io::block_on(g.anext()), Ok(1));
}

#[test]
#[cfg(debug_assertions)]
fn one_line_names_the_function_and_what_to_do() {
    let said = stderr_of("drops_one");
    let line = said.lines().find(|line| line.starts_with("asyncgen: ")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("owned_nobody_listens::rows"), "{line}");
    assert!(line.contains("its clean-up did not run"), "{line}");
    assert!(line.contains("set_unraisable"), "{line}");
    assert_eq!(said.matches("asyncgen: ").count(), 1, "{said}");
}

#[test]
fn a_hook_is_told_alone() {
    assert!(!stderr_of("drops_one_and_listens").contains("asyncgen: "));
}
