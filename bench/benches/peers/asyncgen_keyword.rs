use std::hint::black_box;

use asyncgen::stream;
use futures_core::Stream;

use super::Peer;

/// This crate's keyword form, which is to cost what its closure form does.
pub struct AsyncgenKeyword;

impl Peer for AsyncgenKeyword {
    const NAME: &'static str = "asyncgen, keyword form";

    fn numbers(count: u64) -> impl Stream<Item = u64> {
        stream! {
            for number in 0..count {
                yield black_box(number);
            }
        }
    }
}
