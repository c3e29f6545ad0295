use std::hint::black_box;

use async_stream::stream;
use futures_core::Stream;

use super::Peer;

/// <https://crates.io/crates/async-stream>
pub struct AsyncStream;

impl Peer for AsyncStream {
    const NAME: &'static str = "async-stream";

    fn numbers(count: u64) -> impl Stream<Item = u64> {
        stream! {
            for number in 0..count {
                yield black_box(number);
            }
        }
    }
}
