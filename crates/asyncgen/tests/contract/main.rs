//! The contract, clause by clause: a test's name begins with the number of the clause that it shows.
//!
//! Clauses that the types enforce (C5, C8, C16 in part) also have compile-fail tests, in `tests/ui`.
#![forbid(unsafe_code)]

#[path = "../common/mod.rs"]
mod common;

mod clean_up;
mod close;
mod delegation;
mod interrupt;
mod panic;
mod start;
mod step;
mod throw;

// (The same tests run through adaptors, which put another macro here: see `contract_adapted`.)
use asyncgen::generator;
use asyncgen::{Exception, StepError, Yielder};

/// The yielder of most bodies here.
type Y<'a> = Yielder<'a, u32, Option<u32>, &'static str>;

/// The end of a step that a body ends with this error.
fn raised<R>(error: &'static str) -> StepError<&'static str, R> {
    StepError::Raised(Exception::Error(error))
}
