//! A short life.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::ITEMS;
use crate::peers::{Peer, SHORT};

/// Makes a generator, takes its first item, and drops it.
pub fn create<P: Peer>() -> u64 {
    let cx = &mut Context::from_waker(Waker::noop());
    let mut sum = 0;
    for count in 1..=ITEMS {
        if let Poll::Ready(Some(number)) = pin!(P::numbers::<SHORT>(black_box(count))).poll_next(cx) {
            sum += black_box(number);
        }
    }
    sum
}
