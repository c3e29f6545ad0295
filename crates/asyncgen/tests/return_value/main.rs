//! C26: a body may end with a value.
#![cfg(feature = "macros")]

#[path = "../keyword/mod.rs"]
mod keyword;
#[path = "../language/mod.rs"]
mod language;

mod bodies;
mod delegation;
mod owners;
mod steps;
