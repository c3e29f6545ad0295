use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Peer;

/// A state machine written by hand: the limit.
pub struct HandWritten;

impl Peer for HandWritten {
    const NAME: &'static str = "hand-written";

    fn numbers(count: u64) -> impl Stream<Item = u64> {
        Numbers { next: 0, count }
    }
}

struct Numbers {
    next: u64,
    count: u64,
}

impl Stream for Numbers {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u64>> {
        if self.next == self.count {
            return Poll::Ready(None);
        }
        let number = self.next;
        self.next += 1;
        Poll::Ready(Some(black_box(number)))
    }
}
