//! Rust's asynchronous generators as Python's own, and Python's as Rust's.

// Generators that are written in Python are only made by the Python package.
#![cfg_attr(not(feature = "module"), allow(dead_code))]

mod drive;
#[cfg(feature = "remote")]
mod elsewhere;
mod error;
mod from_coroutine;
mod from_python;
mod into_awaitable;
mod into_python;
mod object;
mod process;
mod protocol;
mod sent;
mod wait;

#[cfg(feature = "module")]
mod module;

pub use error::PythonError;
pub use from_python::local::await_python;
pub use from_python::remote::spawn_python;
pub use from_python::{FromPython, from_python};
pub use into_awaitable::IntoAwaitable;
pub use into_python::{IntoPython, into_python};
pub use object::function::generator_functions;
pub use process::runtime::{RuntimeRefused, configure_runtime, runtime, use_runtime};
pub use sent::FromSent;
