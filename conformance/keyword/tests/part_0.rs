//! A quarter of the programs.
#![allow(unused, unreachable_code, unreachable_patterns, reason = "programs made by chance say much in vain")]
#![allow(clippy::all, clippy::pedantic, reason = "the same")]

use conformance::keyword::{Compiled, Loops};

include!(concat!(env!("OUT_DIR"), "/part_0.rs"));

#[test]
fn the_keyword_form_answers_as_cpython_did() {
    conformance_keyword::check(PROGRAMS);
}
