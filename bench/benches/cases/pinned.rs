//! A generator that is pinned on the stack, where everything can be inlined.

use std::hint::black_box;
use std::pin::pin;

use super::{ITEMS, exhaust};
use crate::peers::Peer;

pub fn run<P: Peer>() -> u64 {
    exhaust(pin!(P::numbers(black_box(ITEMS))))
}
