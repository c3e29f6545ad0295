//! Asynchronous generators whose consumer is elsewhere: in another process, or on another machine.
#![forbid(unsafe_code)]

mod carrier;
mod consumer;
mod count;
mod error;
mod frame;
mod id;
#[cfg(feature = "nats")]
pub mod nats;
mod opening;
mod outbox;
mod refusal;
mod settings;
mod stream;
mod value;
mod worker;

pub use consumer::Remote;
pub use count::Counts;
pub use error::RemoteError;
pub use settings::{Limits, Terms};
pub use stream::{Connection, connect, open, serve, serve_with};
pub use value::Format;
pub use worker::{Report, Server, context};

/// What consumers know this process by.
fn who() -> String {
    format!("process {}", std::process::id())
}
