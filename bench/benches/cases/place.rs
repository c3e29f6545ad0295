//! Where a generator is that yields numbers.

use std::hint::black_box;

use super::ITEMS;
use super::consume::{exhaust, in_a_task};
use crate::peers::{IN_A_TASK, Peer};

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
