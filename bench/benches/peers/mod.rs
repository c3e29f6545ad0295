//! What is compared. A peer writes each body in its documented best form.

mod async_fn_stream;
mod async_gen;
mod async_generator;
mod async_stream;
mod asyncgen;
mod asyncgen_closure;
mod asynk_strim;
mod fauxgen;
mod genawaiter;
mod hand_written;

use std::pin::{Pin, pin};

use futures_core::Stream;
use tokio::sync::mpsc::Receiver;

use crate::cases::{Tree, exhaust};

pub use async_fn_stream::AsyncFnStream;
pub use async_gen::AsyncGen;
pub use async_generator::AsyncGenerator;
pub use async_stream::AsyncStream;
pub use asyncgen::{Asyncgen, anext, athrow, create_and_close, error_mapped, in_finally, mapped, mapped_by_the_body};
pub use asyncgen_closure::AsyncgenClosure;
pub use asynk_strim::AsynkStrim;
pub use fauxgen::Fauxgen;
pub use genawaiter::Genawaiter;
pub use hand_written::HandWritten;

/// A stream on the heap, its type erased.
pub type Boxed<'a> = Pin<Box<dyn Stream<Item = u64> + Send + 'a>>;

// The copies of a body.
const PINNED: usize = 0;
const BOXED: usize = 1;
const NESTED: usize = 2;
pub const IN_A_TASK: usize = 3;
pub const SHORT: usize = 4;
pub const LOOPED: usize = 5;

/// A way to write a generator.
pub trait Peer {
    const NAME: &'static str;

    /// Yields 0 to `count - 1`, and awaits nothing else. Each case has a copy: a body is in one place of a program, and the
    /// optimizer treats it so.
    fn numbers<const COPY: usize>(count: u64) -> impl Stream<Item = u64> + Send + 'static;

    /// Awaits something that is ready before each number.
    fn ready(count: u64) -> impl Stream<Item = u64>;

    /// Lets the scheduler run before each number.
    fn pending(count: u64) -> impl Stream<Item = u64> + Send + 'static;

    /// Yields what it receives.
    fn received(numbers: Receiver<u64>) -> impl Stream<Item = u64> + Send + 'static;

    /// Yields `count` arrays.
    fn large<const N: usize>(count: u64) -> impl Stream<Item = [u8; N]>;

    /// Yields numbers for ever; a text and a buffer are alive meanwhile.
    fn typical(text: String) -> impl Stream<Item = u64> + Send + 'static;

    /// [`numbers`](Self::numbers), pinned on the stack, to its end.
    fn pinned(count: u64) -> u64 {
        exhaust(pin!(Self::numbers::<PINNED>(count)))
    }

    /// [`numbers`](Self::numbers) on the heap.
    fn boxed(count: u64) -> Pin<Box<dyn Stream<Item = u64>>> {
        Box::pin(Self::numbers::<BOXED>(count))
    }
}

/// A peer in which generators may yield what others yield.
pub trait Recursive: Peer {
    /// [`Peer::numbers`] behind so many delegations.
    fn nested(depth: u64, count: u64) -> Boxed<'static>;

    /// The values of a tree, in order.
    fn walk(tree: &Tree) -> Boxed<'_>;
}

/// A peer with a loop over streams.
pub trait Looping: Peer {
    /// Yields what a stream yields.
    fn looped<S: Stream<Item = u64>>(stream: S) -> impl Stream<Item = u64>;

    /// How many bytes these take: a stream of one number; of numbers in a loop; of texts; the same with errors; a loop over
    /// a stream; three of them in one another.
    fn sizes() -> [usize; 6];
}

/// A peer into which values can be sent.
pub trait TwoWay: Peer {
    /// Sends 0 to `count - 1` to a body that yields what it was sent; the sum of what comes back.
    fn echo(count: u64) -> u64;
}
