//! What the loops go over: five values, and a count of how often the clean-up ran.

use std::cell::Cell;
use std::convert::Infallible;

use asyncgen::{AsyncGenerator, async_gen, stream, try_stream};
use futures::Stream;

use crate::keyword::tick;

/// How often something was closed.
pub(crate) type Closings = Cell<u32>;

/// A generator of 0 to 4 whose clean-up awaits and is counted.
pub(crate) fn numbers(closings: &Closings) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        try {
            for i in 0..5 { yield i; }
        } finally {
            tick().await;
            closings.set(closings.get() + 1);
        }
    }
}

/// The same as a stream, of a type that nobody can see.
pub(crate) fn opaque(closings: &Closings) -> impl Stream<Item = u32> {
    stream! {
        try {
            for i in 0..5 { yield i; }
        } finally {
            tick().await;
            closings.set(closings.get() + 1);
        }
    }
}

/// The same with an error type that says that there are no errors.
pub(crate) fn never_failing(closings: &Closings) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> {
    async_gen! {
        try {
            for i in 0..5 { yield i; }
        } finally {
            tick().await;
            closings.set(closings.get() + 1);
        }
    }
}

/// A stream of `Result`s.
pub(crate) fn opaque_results(closings: &Closings) -> impl Stream<Item = Result<u32, &'static str>> {
    try_stream! {
        try {
            for i in 0..5 { yield i; }
        } finally {
            tick().await;
            closings.set(closings.get() + 1);
        }
    }
}

/// How a loop is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    End,
    Break,
    Return,
    ReturnErr,
    Question,
    Raise,
    /// An exception at a yield in the loop.
    Thrown,
    /// Closed at a yield in the loop.
    Closed,
}

pub(crate) const EVERY: [Way; 8] =
    [Way::End, Way::Break, Way::Return, Way::ReturnErr, Way::Question, Way::Raise, Way::Thrown, Way::Closed];
