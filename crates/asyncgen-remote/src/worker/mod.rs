//! The worker's end.

mod body;
mod drive;
pub(crate) mod link;
pub(crate) mod machine;
mod server;
mod shared;

pub use body::{Body, Returning, returning};
pub use drive::context;
pub(crate) use drive::handler;
pub use server::{Report, Server};
