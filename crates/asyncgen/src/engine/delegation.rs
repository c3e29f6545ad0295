//! Delegation in constant time: the outermost driver polls the innermost generator itself.
//!
//! A chain of delegations is a stack of [`Frame`]s, one in the future of each `yield from`; the driver at its bottom,
//! the *root*, knows the innermost. A body that comes to a `yield from` leaves its frame in its mailbox, and is
//! pending. Its driver, if it is a root, puts the frame on its stack; else it hands it to the frame that polled it,
//! and so to the root. Then the root steps the innermost frame: what that yields goes to the consumer, what the
//! consumer sends and throws goes to it, and the generators between are not touched. When the innermost has ended, the
//! root takes its frame off the stack, and the body that was waiting for it goes on, polled by the frame around it.
//!
//! # Safety
//!
//! **A [`FramePointer`] leads to a frame that is alive.** It is made when a body leaves its frame, which is pinned then,
//! and kept in three kinds of places: the mailbox of that body, the root's stack, and the frames beside it. A frame's
//! destructor takes it back from all of them ([`Frame::retire`]), wherever the frame is at that moment.
//!
//! **A frame's `root` is alive.** A root takes all frames off its stack before its body is dropped, and so before its
//! mailbox is. (If it was leaked, its memory stays as it is, since it is pinned.)
//!
//! **Nobody else uses what a frame has while a root steps it.** The frame has the only way to its generator. The body that
//! the frame is in is not polled meanwhile: its only drivers are the root and the frame around, which leave it alone. Should
//! anybody else drive it, then the root is gone that had it on its stack, or was leaked: so it takes its frame off that
//! stack first ([`Mailbox::reclaim`](super::mailbox::Mailbox::reclaim)).
//!
//! **What a frame's generator borrows is alive when the root steps it.** The frame is not leaked, unless its root is: this
//! is what the caller of [`yield_from_directly`] promises. Of all this it is the only thing that is not seen to here.
//!
//! **A generator that is dropped before its frame is not used any more.** That happens when a frame further out is dropped,
//! which owns the body that the frame is in (by [`AsyncGenerator::owns_its_body`](crate::AsyncGenerator::owns_its_body), which no other crate implements).
#![allow(unsafe_code)]

mod frame;
mod stack;

pub(crate) use frame::{Delegate, Frame, FramePointer, Stage};

use crate::{Exception, Step};
#[cfg(feature = "macros")]
use crate::{SentValue, YieldFrom, Yielder};

/// What a step begins with that is begun and run in one: see [`AsyncGenerator::poll_delegated`](crate::AsyncGenerator::poll_delegated).
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub enum Go<S> {
    /// It is in flight.
    On,
    /// As [`Resume::Next`].
    Next,
    /// As [`Resume::Send`].
    Send(S),
}

/// How a step of a generator ended that a frame polled: see [`AsyncGenerator::poll_delegated`](crate::AsyncGenerator::poll_delegated).
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct DelegatedStep<Y, S, E>(StepOfLevel<Y, S, E>);

/// How a step of one level of a delegation ended.
pub(super) enum StepOfLevel<Y, S, E> {
    Yielded(Y),
    /// The body delegates, by this frame.
    Delegated(FramePointer<Y, S, E>),
    Returned,
    Raised(Exception<E>),
}

impl<Y, S, E> DelegatedStep<Y, S, E> {
    #[inline]
    pub(super) fn kind(self) -> StepOfLevel<Y, S, E> {
        self.0
    }

    /// Has the generator ended?
    #[cfg(feature = "std")]
    pub(crate) fn is_end(&self) -> bool {
        matches!(self.0, StepOfLevel::Returned | StepOfLevel::Raised(_))
    }

    #[inline]
    pub(super) fn delegated(frame: FramePointer<Y, S, E>) -> Self {
        Self(StepOfLevel::Delegated(frame))
    }
}

impl<Y, S, E> From<Step<Y, E>> for DelegatedStep<Y, S, E> {
    #[inline]
    fn from(step: Step<Y, E>) -> Self {
        Self(match step {
            Step::Yielded(value) => StepOfLevel::Yielded(value),
            Step::Returned => StepOfLevel::Returned,
            Step::Raised(exception) => StepOfLevel::Raised(exception),
        })
    }
}

/// `yield_from` in constant time. Only the macros of this crate call it.
///
/// # Safety
///
/// The future is awaited where it is made, in the generator's body or in scopes of this crate that are awaited in the
/// same way; the body waits for nothing else meanwhile. So it can't be leaked, unless the whole generator is.
#[cfg(feature = "macros")]
pub(crate) unsafe fn yield_from_directly<Y, S, E, G>(yielder: Yielder<'_, Y, S, E>, generator: G) -> YieldFrom<'_, G>
where
    S: SentValue,
    G: crate::AsyncGenerator<Yield = Y, Sent = S, Error = E>,
{
    YieldFrom::new(yielder.mailbox, generator).directly()
}
