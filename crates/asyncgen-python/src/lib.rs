//! Rust's asynchronous generators as Python's own, and Python's as Rust's.

// Generators that are written in Python are only made by the Python package.
#![cfg_attr(not(feature = "module"), allow(dead_code))]

mod asend;
mod asend_type;
mod athrow;
mod awaitable;
mod awaiting;
mod body;
mod bridge;
mod class;
mod coroutine;
mod driver;
mod frame;
mod from_python;
mod gate;
mod home;
mod hooks;
mod into_python;
mod level;
mod local;
mod object;
mod remote;
mod runtime;
mod sent;
mod signal;
mod slot;
mod step;
mod throwing;
mod version;
mod wait;

#[cfg(feature = "module")]
mod module;
#[cfg(feature = "module")]
mod testing;

pub use awaiting::await_python;
pub use from_python::{FromPython, from_python};
pub use into_python::{IntoPython, into_python};
pub use runtime::runtime;
pub use sent::FromSent;
