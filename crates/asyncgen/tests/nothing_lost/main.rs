//! Whatever way an error leaves a body of `stream!`, `try_stream!` or `async_gen!`, the consumer gets it, or the program does
//! not compile (`tests/ui/language`). And there is no alarm where nothing was lost.
#![forbid(unsafe_code)]
#![allow(
    clippy::all,
    clippy::pedantic,
    unused_braces,
    reason = "the programs are as people write them, and try every way out"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../keyword/mod.rs"]
mod keyword;
#[path = "../language/mod.rs"]
mod language;

mod generators;
mod streams;
mod streams_of_loops;
mod try_streams;
