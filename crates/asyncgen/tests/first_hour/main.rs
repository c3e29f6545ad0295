//! Programs as they are written in the first hour with the crate: what concerns the keyword language of twenty of them, without
//! the servers and databases that they talked to.
#![forbid(unsafe_code)]
#![allow(clippy::all, clippy::pedantic, reason = "the programs are as people write them, and try every way out")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../keyword/mod.rs"]
mod keyword;
#[path = "../language/mod.rs"]
mod language;

mod actor;
mod cancel;
mod chat;
mod combinators;
mod echo;
mod layers;
mod merge;
mod pages;
mod parser;
mod rate;
mod session;
mod store;
mod transaction;
mod walk;
