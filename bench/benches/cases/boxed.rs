//! A generator on the heap whose type is erased, as frameworks keep them.

use std::hint::black_box;
use std::pin::Pin;

use futures_core::Stream;

use super::{ITEMS, exhaust};
use crate::peers::Peer;

pub fn run<P: Peer>() -> u64 {
    let mut stream: Pin<Box<dyn Stream<Item = u64>>> = black_box(Box::pin(P::numbers(black_box(ITEMS))));
    exhaust(stream.as_mut())
}
