use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::sync::mpsc::Receiver;
use tokio::task::yield_now;

use super::Peer;

/// A state machine written by hand: the limit.
pub struct HandWritten;

impl Peer for HandWritten {
    const NAME: &'static str = "hand-written";

    fn numbers<const COPY: usize>(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        Numbers { next: 0, count }
    }

    fn ready(count: u64) -> impl Stream<Item = u64> {
        Ready { next: 0, count }
    }

    fn pending(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        Pending { next: 0, count, turn: None, let_run: yield_now }
    }

    fn received(numbers: Receiver<u64>) -> impl Stream<Item = u64> + Send + 'static {
        Received { numbers }
    }

    fn large<const N: usize>(count: u64) -> impl Stream<Item = [u8; N]> {
        Large { left: count }
    }

    fn typical(text: String) -> impl Stream<Item = u64> + Send + 'static {
        Typical { next: 0, buffer: [0_u8; 256], text }
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

struct Ready {
    next: u64,
    count: u64,
}

impl Stream for Ready {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        if self.next == self.count {
            return Poll::Ready(None);
        }
        let number = ready!(pin!(std::future::ready(black_box(self.next))).poll(cx));
        self.next += 1;
        Poll::Ready(Some(number))
    }
}

/// Keeps the future of the runtime on the heap, in the same place for every number.
struct Pending<F, T> {
    next: u64,
    count: u64,
    turn: Option<Pin<Box<T>>>,
    let_run: F,
}

impl<F: Fn() -> T + Unpin, T: Future<Output = ()>> Stream for Pending<F, T> {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        if self.next == self.count {
            return Poll::Ready(None);
        }
        let this = &mut *self;
        let turn = this.turn.get_or_insert_with(|| Box::pin((this.let_run)()));
        ready!(turn.as_mut().poll(cx));
        turn.set((this.let_run)());
        this.next += 1;
        Poll::Ready(Some(black_box(this.next - 1)))
    }
}

struct Received {
    numbers: Receiver<u64>,
}

impl Stream for Received {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        self.numbers.poll_recv(cx).map(black_box)
    }
}

struct Large<const N: usize> {
    left: u64,
}

impl<const N: usize> Stream for Large<N> {
    type Item = [u8; N];

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<[u8; N]>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(black_box([1; N])))
    }
}

struct Typical {
    next: u64,
    buffer: [u8; 256],
    text: String,
}

impl Stream for Typical {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u64>> {
        let this = &mut *self;
        black_box((&mut this.buffer, &this.text));
        this.buffer[0] = black_box(1);
        this.next += 1;
        Poll::Ready(Some(black_box(this.next - 1)))
    }
}
