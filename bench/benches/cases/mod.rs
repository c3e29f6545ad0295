//! What is measured.

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

pub mod boxed;
pub mod pinned;

/// Items of one iteration.
pub const ITEMS: u64 = 10_000;

/// Polls a stream that is always ready to its end.
#[inline]
fn exhaust<S: Stream<Item = u64> + ?Sized>(mut stream: Pin<&mut S>) -> u64 {
    let cx = &mut Context::from_waker(Waker::noop());
    let mut sum = 0;
    while let Poll::Ready(Some(number)) = stream.as_mut().poll_next(cx) {
        sum += black_box(number);
    }
    sum
}
