//! What is compared. A peer writes each body in its documented best form.

mod async_stream;
mod asyncgen;
mod asyncgen_keyword;
mod hand_written;

use futures_core::Stream;

pub use async_stream::AsyncStream;
pub use asyncgen::Asyncgen;
pub use asyncgen_keyword::AsyncgenKeyword;
pub use hand_written::HandWritten;

/// A way to write a generator.
pub trait Peer {
    const NAME: &'static str;

    /// Yields 0 to `count - 1`, and awaits nothing else.
    fn numbers(count: u64) -> impl Stream<Item = u64>;
}
