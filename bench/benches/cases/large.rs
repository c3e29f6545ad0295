//! Items that are dear to move.

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::ITEMS;
use crate::peers::Peer;

pub const FEW: u64 = ITEMS / 10;

pub fn small<P: Peer>() -> u64 {
    exhaust(P::large::<256>(black_box(ITEMS)))
}

pub fn big<P: Peer>() -> u64 {
    exhaust(P::large::<4096>(black_box(FEW)))
}

fn exhaust<const N: usize>(stream: impl Stream<Item = [u8; N]>) -> u64 {
    let mut stream: Pin<Box<dyn Stream<Item = [u8; N]>>> = black_box(Box::pin(stream));
    let cx = &mut Context::from_waker(Waker::noop());
    let mut sum = 0;
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(cx) {
        sum += u64::from(black_box(&item)[N - 1]);
    }
    sum
}
