//! C26: a body may end with a value.
#![cfg(feature = "macros")]
#![allow(clippy::all, clippy::pedantic, reason = "the programs are as people write them, and try every way out")]

#[path = "../keyword/mod.rs"]
mod keyword;
#[path = "../language/mod.rs"]
mod language;

mod bodies;
mod delegation;
mod owners;
mod steps;
