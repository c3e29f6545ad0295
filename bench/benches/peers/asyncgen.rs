use std::hint::black_box;

use asyncgen::{IntoStreamExt, Yielder, generator};
use futures_core::Stream;

use super::Peer;

/// This crate, as a stream, so that its consumer is the same.
pub struct Asyncgen;

impl Peer for Asyncgen {
    const NAME: &'static str = "asyncgen";

    fn numbers(count: u64) -> impl Stream<Item = u64> {
        generator!(|y: Yielder<'_, u64>| {
            for number in 0..count {
                y.yield_(black_box(number)).await;
            }
        })
        .into_stream()
    }
}
