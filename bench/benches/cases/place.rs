//! Where a generator is that yields numbers.

use std::hint::black_box;
use std::pin::Pin;

use futures_core::Stream;

use super::ITEMS;
use super::consume::{exhaust, in_a_task};
use crate::peers::{HandWritten, IN_A_TASK, LOOPED, Looping, Peer, in_finally};

/// In a task that was spawned on tokio, behind the `await`s of its consumer.
pub fn task<P: Peer>() -> u64 {
    in_a_task(P::numbers::<IN_A_TASK>(black_box(ITEMS)))
}

/// On the heap, its type erased, as frameworks keep them.
pub fn boxed<P: Peer>() -> u64 {
    exhaust(black_box(P::boxed(black_box(ITEMS))).as_mut())
}

/// Pinned on the stack, where everything can be inlined.
pub fn pinned<P: Peer>() -> u64 {
    P::pinned(black_box(ITEMS))
}

/// [`boxed`], the loop of whose body stands in a `try`/`finally`.
pub fn boxed_in_finally() -> u64 {
    exhaust(black_box(in_finally(black_box(ITEMS))).as_mut())
}

/// A loop over a stream that is written by hand.
pub fn over_a_stream<P: Looping>() -> u64 {
    let stream = P::looped(HandWritten::numbers::<LOOPED>(black_box(ITEMS)));
    exhaust(black_box(Box::pin(stream) as Pin<Box<dyn Stream<Item = u64>>>).as_mut())
}

/// A loop over a stream of the peer's own.
pub fn over_its_own<P: Looping>() -> u64 {
    let stream = P::looped(P::numbers::<LOOPED>(black_box(ITEMS)));
    exhaust(black_box(Box::pin(stream) as Pin<Box<dyn Stream<Item = u64>>>).as_mut())
}
