//! Whatever way an error leaves a body of `stream!`, `try_stream!` or `async_gen!`, the consumer gets it, or the program does
//! not compile (`tests/ui/language`). And there is no alarm where nothing was lost.
#![forbid(unsafe_code)]
#![allow(clippy::items_after_statements, clippy::never_loop, reason = "the tests are read from the top")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../keyword/mod.rs"]
mod keyword;
#[path = "../language/mod.rs"]
mod language;

mod alarms;
mod generators;
mod streams;
mod streams_of_loops;
mod try_streams;
