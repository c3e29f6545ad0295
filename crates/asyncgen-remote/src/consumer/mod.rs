//! The consumer's end.

mod generator;
pub(crate) mod machine;
pub(crate) mod mux;
mod shared;

pub use generator::Remote;
pub(crate) use generator::open;
