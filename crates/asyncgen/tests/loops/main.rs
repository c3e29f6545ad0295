//! C24: what a `for await` loop was given by value it closes before control goes on, whichever way it is left; what it
//! borrows it leaves where it stands. Generators and streams alike.
#![forbid(unsafe_code)]
#![allow(
    clippy::items_after_statements,
    clippy::needless_continue,
    clippy::never_loop,
    clippy::too_many_lines,
    reason = "the tests are read from the top, and try every way out everywhere"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../keyword/mod.rs"]
mod keyword;
#[path = "../language/mod.rs"]
mod language;

mod borrowed;
mod generic;
mod owned;
mod sources;
mod through_two;
