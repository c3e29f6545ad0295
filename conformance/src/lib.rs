//! CPython as the oracle: the same generator programs on asyncgen and on CPython's own asynchronous generators, whose
//! answers must be the same. The README says how, and where they differ on purpose.
#![allow(clippy::doc_markdown, reason = "CPython is a name, not code")]
#![allow(clippy::cast_possible_truncation, reason = "what is counted here is small")]
#![allow(clippy::must_use_candidate, reason = "a test tool: what it returns is what it is called for")]

pub mod compare;
pub mod corpus;
pub mod coverage;
pub mod fuzz;
pub mod generate;
pub mod interpret;
pub mod keyword;
pub mod program;
pub mod python;
pub mod random;
pub mod report;
pub mod script;
pub mod shrink;
pub mod trace;
