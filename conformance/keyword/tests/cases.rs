//! Programs that are not of the corpus, if there are any: see `conformance::keyword::live`.
#![allow(unused, unreachable_code, unreachable_patterns, reason = "programs made by chance say much in vain")]
#![allow(clippy::all, clippy::pedantic, reason = "the same")]

use conformance::keyword::{Compiled, Loops};

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

#[test]
fn the_keyword_form_answers_as_the_closure_form() {
    conformance_keyword::check_cases(PROGRAMS, CASES);
}
