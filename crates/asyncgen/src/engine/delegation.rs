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
//! A frame on a stack is alive: it is pinned, and its destructor takes it off (with all that is inside it, should that
//! outlive it). It is not leaked either, unless its root is: see [`yield_from_directly`]. The root is alive: the
//! frames around a frame are in the root's body, or are borrowed by one that is, and that is dropped before the root's
//! mailbox.
//!
//! Nobody else uses what a frame has while the root does: it has the only way to its generator, and the body that it
//! is in is not polled while the frame is on the stack.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use super::mailbox::{Mailbox, MailboxRef};
use crate::{AsyncGenerator, Refused, Resume, SentValue, Step, YieldFrom, Yielder};

/// How far a delegation is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing was done yet.
    Start,
    /// The generator is in a step.
    Step,
    /// The generator has yielded.
    Yield,
    /// The generator has ended.
    End,
}

/// The future of a `yield from`, as far as the root needs to know it.
pub(crate) struct Frame<Y, S, E> {
    pub(crate) stage: Cell<Stage>,
    /// The generator is being closed: `GeneratorExit` goes on when it has ended.
    pub(crate) closing: Cell<bool>,
    /// So is the generator that delegates, by the same step.
    pub(crate) closing_outside: Cell<bool>,
    /// So is one that a frame around this delegates to, which was the innermost then.
    closing_around: Cell<bool>,
    /// The mailbox of the body that delegates.
    mailbox: Cell<Option<NonNull<Mailbox<Y, S, E>>>>,
    /// The mailbox at the bottom of the stack that this is on.
    root: Cell<Option<NonNull<Mailbox<Y, S, E>>>>,
    /// The next frame of the stack, towards the root.
    around: Cell<Option<FramePointer<Y, S, E>>>,
    begin: Begin<Y, S, E>,
    step: RunStep<Y, S, E>,
}

// SAFETY: the pointers lead to mailboxes and frames that belong to the same root. What is reached by them is `Send`, or
// the generators that own it are not either.
unsafe impl<Y: Send, S: Send, E: Send> Send for Frame<Y, S, E> {}
// SAFETY: a shared reference to a frame is good for nothing outside of this module.
unsafe impl<Y: Send, S: Send, E: Send> Sync for Frame<Y, S, E> {}

/// The address of what a frame is the first field of.
pub(crate) type FramePointer<Y, S, E> = NonNull<Frame<Y, S, E>>;

/// [`Delegate::begin`] of what the frame is the first field of.
type Begin<Y, S, E> = unsafe fn(FramePointer<Y, S, E>, Resume<S, E>) -> Result<(), Refused<S, E>>;
/// [`Delegate::step`], likewise.
type RunStep<Y, S, E> = unsafe fn(FramePointer<Y, S, E>, Option<S>, &mut Context<'_>) -> Poll<FrameStep<Y, S, E>>;

/// What became of a step of a frame.
pub(crate) enum FrameStep<Y, S, E> {
    /// The generator yielded.
    Yielded(Y),
    /// The generator's body delegates to another one, by this frame.
    Delegated(FramePointer<Y, S, E>),
    /// The generator has ended.
    Ended,
}

/// How a step of a generator ended that a frame polled: see [`AsyncGenerator::poll_delegated`].
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct DelegatedStep<Y, S, E>(DelegatedStepKind<Y, S, E>);

enum DelegatedStepKind<Y, S, E> {
    Step(Step<Y, E>),
    Delegated(FramePointer<Y, S, E>),
}

impl<Y, S, E> DelegatedStep<Y, S, E> {
    #[inline]
    pub(crate) fn step(step: Step<Y, E>) -> Self {
        Self(DelegatedStepKind::Step(step))
    }

    #[inline]
    pub(super) fn delegated(frame: FramePointer<Y, S, E>) -> Self {
        Self(DelegatedStepKind::Delegated(frame))
    }

    /// The step, or the frame by which the generator's body delegates.
    #[inline]
    pub(crate) fn split(self) -> Result<Step<Y, E>, FramePointer<Y, S, E>> {
        match self.0 {
            DelegatedStepKind::Step(step) => Ok(step),
            DelegatedStepKind::Delegated(frame) => Err(frame),
        }
    }
}

/// What a frame is the first field of.
///
/// # Safety
///
/// The type is `repr(C)`, and its first field is the frame that `Frame::new::<Self>` made.
pub(crate) unsafe trait Delegate<Y, S, E> {
    /// Begins a step of the generator.
    fn begin(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>>;
    /// Runs the step in flight, or one that begins with this value.
    fn step(self: Pin<&mut Self>, sent: Option<S>, cx: &mut Context<'_>) -> Poll<FrameStep<Y, S, E>>;
}

impl<Y, S, E> Frame<Y, S, E> {
    pub(crate) fn new<D: Delegate<Y, S, E>>() -> Self {
        unsafe fn begin<Y, S, E, D: Delegate<Y, S, E>>(
            frame: FramePointer<Y, S, E>,
            resume: Resume<S, E>,
        ) -> Result<(), Refused<S, E>> {
            // SAFETY: the frame is the first field of a pinned `D`, which nobody uses meanwhile.
            unsafe { Pin::new_unchecked(frame.cast::<D>().as_mut()) }.begin(resume)
        }

        unsafe fn step<Y, S, E, D: Delegate<Y, S, E>>(
            frame: FramePointer<Y, S, E>,
            sent: Option<S>,
            cx: &mut Context<'_>,
        ) -> Poll<FrameStep<Y, S, E>> {
            // SAFETY: as above.
            unsafe { Pin::new_unchecked(frame.cast::<D>().as_mut()) }.step(sent, cx)
        }

        Self {
            stage: Cell::new(Stage::Start),
            closing: Cell::new(false),
            closing_outside: Cell::new(false),
            closing_around: Cell::new(false),
            mailbox: Cell::new(None),
            root: Cell::new(None),
            around: Cell::new(None),
            begin: begin::<Y, S, E, D>,
            step: step::<Y, S, E, D>,
        }
    }

    /// Leaves the frame in its body's mailbox, for a root to put on its stack. The body is to be pending then.
    pub(crate) fn leave<D: Delegate<Y, S, E>>(delegate: Pin<&mut D>, mailbox: &MailboxRef<'_, Y, S, E>) {
        // SAFETY: the delegate is not moved.
        let frame = NonNull::from(unsafe { delegate.get_unchecked_mut() }).cast::<Self>();
        // SAFETY: it is there: a delegate begins with its frame.
        unsafe { frame.as_ref() }.mailbox.set(Some(NonNull::from(&**mailbox)));
        mailbox.leave_frame(frame);
    }

    /// A value that goes out ends the closing.
    pub(crate) fn forget_closing(&self) {
        self.closing.set(false);
        self.closing_outside.set(false);
    }

    /// Takes the frame off the stack that it is on, together with what is inside it.
    pub(crate) fn detach(&self) {
        if let Some(root) = self.root.get() {
            // SAFETY: the frame is on a stack, whose root is alive.
            unsafe { root.as_ref() }.unwind(Some(self));
        }
    }
}

impl<Y, S, E> Mailbox<Y, S, E> {
    /// Puts a frame on this root's stack.
    pub(super) fn push(&self, frame: FramePointer<Y, S, E>) {
        // SAFETY: the body that has the frame has just left it, and waits for it.
        let this = unsafe { frame.as_ref() };
        this.root.set(Some(NonNull::from(self)));
        let around = self.innermost();
        this.around.set(around);
        // SAFETY: the frame around is on the stack.
        let around = around.map(|around| unsafe { around.as_ref() });
        this.closing_around.set(around.is_some_and(|around| around.closing.get() || around.closing_around.get()));
        self.set_innermost(Some(frame));
    }

    /// Takes all frames off this root's stack. An exception then takes its way from level to level, each of which puts
    /// its frame on the stack again.
    pub(super) fn unwind_all(&self) {
        self.unwind(None);
    }

    /// Takes frames off this root's stack, to `last` at most. Their delegations then stand as if all that has happened
    /// had passed through every level.
    fn unwind(&self, last: Option<&Frame<Y, S, E>>) {
        let Some(innermost) = self.innermost() else { return };
        // SAFETY: it is on the stack.
        let stage = unsafe { innermost.as_ref() }.stage.get();
        let mut next = Some(innermost);
        while let Some(frame) = next {
            // SAFETY: it is on the stack.
            let frame = unsafe { frame.as_ref() };
            frame.root.set(None);
            frame.stage.set(stage);
            if let Some(mailbox) = frame.mailbox.get() {
                // SAFETY: the frame is in the body that the mailbox belongs to.
                unsafe { mailbox.as_ref() }.take_back(stage == Stage::Yield);
            }
            next = frame.around.take();
            if last.is_some_and(|last| core::ptr::eq(frame, last)) {
                break;
            }
        }
        self.set_innermost(next);
    }

    /// Begins a step of the innermost frame.
    pub(super) fn begin_innermost(&self, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        let Some(frame) = self.innermost() else { return Ok(()) };
        // SAFETY: the frame is on the stack.
        let begin = unsafe { frame.as_ref() }.begin;
        // SAFETY: as above; it is called with its own frame.
        unsafe { begin(frame, resume) }
    }

    /// Runs the step that is in flight in the innermost frame, or one that begins with `sent`, until something is yielded (`Some`) or the stack is
    /// empty, so that the root's own body is to go on (`None`).
    pub(super) fn step_innermost(&self, mut sent: Option<S>, cx: &mut Context<'_>) -> Poll<Option<Y>> {
        while let Some(frame) = self.innermost() {
            // SAFETY: the frame is on the stack.
            let step = unsafe { frame.as_ref() }.step;
            // SAFETY: as above; it is called with its own frame.
            match unsafe { step(frame, sent.take(), cx) } {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(FrameStep::Yielded(value)) => {
                    Self::forget_closings(frame);
                    return Poll::Ready(Some(value));
                }
                Poll::Ready(FrameStep::Delegated(frame)) => self.push(frame),
                Poll::Ready(FrameStep::Ended) => self.pop(),
            }
        }
        Poll::Ready(None)
    }

    /// A value that goes out ends every closing that it passes: all those around `innermost`.
    #[inline]
    fn forget_closings(innermost: FramePointer<Y, S, E>) {
        let mut next = Some(innermost);
        while let Some(frame) = next {
            // SAFETY: the frame is on the stack.
            let frame = unsafe { frame.as_ref() };
            frame.forget_closing();
            if !frame.closing_around.replace(false) {
                return;
            }
            if let Some(mailbox) = frame.mailbox.get() {
                // SAFETY: the frame is in the body that the mailbox belongs to.
                unsafe { mailbox.as_ref() }.set_closing(false);
            }
            next = frame.around.get();
        }
    }

    /// Takes the innermost frame, whose generator has ended, off this root's stack.
    fn pop(&self) {
        let Some(frame) = self.innermost() else { return };
        // SAFETY: the frame is on the stack.
        let frame = unsafe { frame.as_ref() };
        frame.root.set(None);
        let around = frame.around.take();
        self.set_innermost(around);
        if let (Some(_), Some(mailbox)) = (around, frame.mailbox.get()) {
            // SAFETY: the frame is in the body that the mailbox belongs to.
            unsafe { mailbox.as_ref() }.take_back(false);
        }
    }
}

impl<Y, S, E> Drop for Frame<Y, S, E> {
    fn drop(&mut self) {
        self.detach();
    }
}

/// `yield_from` in constant time. Only the macros of this crate call it.
///
/// # Safety
///
/// The future is awaited where it is made, in the generator's body or in scopes of this crate that are awaited in the
/// same way; the body waits for nothing else meanwhile. So it can't be leaked, unless the whole generator is.
#[doc(hidden)]
pub unsafe fn yield_from_directly<'y, Y, S, E, G>(
    yielder: &'y mut Yielder<'_, Y, S, E>,
    generator: G,
) -> YieldFrom<'y, G>
where
    S: SentValue,
    G: AsyncGenerator<Yield = Y, Sent = S, Error = E>,
{
    yielder.yield_from(generator).directly()
}
