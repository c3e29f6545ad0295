//! C24: what a `for await` loop was given by value it closes before control goes on, whichever way it is left; what it
//! borrows it leaves where it stands. Generators and streams alike.
#![forbid(unsafe_code)]
#![allow(clippy::all, clippy::pedantic, reason = "the programs are as people write them, and try every way out")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../keyword/mod.rs"]
mod keyword;
#[path = "../language/mod.rs"]
mod language;

mod borrowed;
mod depth;
mod generic;
mod owned;
mod sources;
mod through_two;
