//! async-stream's name and version, with asyncgen's macros: for `[patch.crates-io]`, so that a crate is built and tested with
//! them as it is, and all crates that it depends on, too.

#![no_std]

pub use asyncgen::{stream, try_stream};

/// Where async-stream has the type that its macros evaluate to.
#[doc(hidden)]
pub mod __private {
    pub use asyncgen::AsyncStream;
}
