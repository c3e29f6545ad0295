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

use super::mailbox::{Mailbox, MailboxRef, Signal};
use crate::{AsyncGenerator, Exception, Refused, Resume, SentValue, Step, YieldFrom, Yielder};

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
    /// So has the delegation.
    Left,
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
    mailbox: NonNull<Mailbox<Y, S, E>>,
    /// The mailbox at the bottom of the stack that this is on.
    root: Cell<Option<NonNull<Mailbox<Y, S, E>>>>,
    /// The next frame of the stack, towards the root.
    around: Cell<Option<FramePointer<Y, S, E>>>,
    /// What goes on when the generator has ended.
    pub(crate) outcome: Cell<Option<Exception<E>>>,
    begin: Begin<Y, S, E>,
    poll: PollStep<Y, S, E>,
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
/// [`Delegate::poll`], likewise.
type PollStep<Y, S, E> = unsafe fn(FramePointer<Y, S, E>, Go<S>, &mut Context<'_>) -> Poll<DelegatedStep<Y, S, E>>;

/// What a step begins with that is begun and run in one: see [`AsyncGenerator::poll_delegated`].
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

/// How a step of a generator ended that a frame polled: see [`AsyncGenerator::poll_delegated`].
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

/// What a frame is the first field of.
///
/// # Safety
///
/// The type is `repr(C)`, and its first field is the frame that `Frame::new::<Self>` made, for the body that owns it. Its
/// destructor begins with [`Frame::detach`].
pub(crate) unsafe trait Delegate<Y, S, E> {
    /// Begins a step of the generator.
    fn begin(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>>;
    /// [`AsyncGenerator::poll_delegated`] of the generator.
    fn poll(self: Pin<&mut Self>, go: Go<S>, cx: &mut Context<'_>) -> Poll<DelegatedStep<Y, S, E>>;
}

impl<Y, S, E> Frame<Y, S, E> {
    pub(crate) fn new<D: Delegate<Y, S, E>>(mailbox: &MailboxRef<'_, Y, S, E>) -> Self {
        unsafe fn begin<Y, S, E, D: Delegate<Y, S, E>>(
            frame: FramePointer<Y, S, E>,
            resume: Resume<S, E>,
        ) -> Result<(), Refused<S, E>> {
            // SAFETY: the frame is the first field of a pinned `D`, which nobody uses meanwhile.
            unsafe { Pin::new_unchecked(frame.cast::<D>().as_mut()) }.begin(resume)
        }

        unsafe fn poll<Y, S, E, D: Delegate<Y, S, E>>(
            frame: FramePointer<Y, S, E>,
            go: Go<S>,
            cx: &mut Context<'_>,
        ) -> Poll<DelegatedStep<Y, S, E>> {
            // SAFETY: as above.
            unsafe { Pin::new_unchecked(frame.cast::<D>().as_mut()) }.poll(go, cx)
        }

        Self {
            stage: Cell::new(Stage::Start),
            closing: Cell::new(false),
            closing_outside: Cell::new(false),
            closing_around: Cell::new(false),
            mailbox: NonNull::from(&**mailbox),
            root: Cell::new(None),
            around: Cell::new(None),
            outcome: Cell::new(None),
            begin: begin::<Y, S, E, D>,
            poll: poll::<Y, S, E, D>,
        }
    }

    /// Leaves the frame in its body's mailbox, for a root to put on its stack. The body is to be pending then.
    #[inline]
    pub(crate) fn leave<D: Delegate<Y, S, E>>(delegate: Pin<&mut D>) {
        // SAFETY: the delegate is not moved.
        let frame = NonNull::from(unsafe { delegate.get_unchecked_mut() }).cast::<Self>();
        // SAFETY: a delegate begins with its frame.
        let mailbox = unsafe { frame.as_ref() }.mailbox;
        // SAFETY: the body that owns the mailbox is being polled, as the delegate is in it.
        unsafe { mailbox.as_ref() }.leave_frame(frame);
    }

    /// Notes that the generator has yielded. The value goes out, and so ends every closing that it passes.
    #[inline]
    pub(crate) fn yielded(&self) {
        self.stage.set(Stage::Yield);
        self.closing.set(false);
        self.closing_outside.set(false);
        if self.closing_around.get() {
            self.forget_closings_around();
        }
    }

    /// Notes that the generator has ended, and how.
    pub(crate) fn ended(&self, raised: Option<Exception<E>>) {
        self.stage.set(Stage::End);
        if raised.is_none() && self.closing_outside.get() {
            // An error that was thrown in meanwhile has made it forget.
            self.mailbox().set_closing(true);
        }
        self.outcome.set(raised.or_else(|| self.closing.get().then_some(Exception::GeneratorExit)));
    }

    #[inline]
    fn mailbox(&self) -> &Mailbox<Y, S, E> {
        // SAFETY: the frame is in the body that the mailbox belongs to.
        unsafe { self.mailbox.as_ref() }
    }

    #[cold]
    fn forget_closings_around(&self) {
        let mut frame = self;
        while frame.closing_around.replace(false) {
            frame.mailbox().set_closing(false);
            let Some(around) = frame.around.get() else { return };
            // SAFETY: the frame is on the stack.
            frame = unsafe { around.as_ref() };
            frame.closing.set(false);
            frame.closing_outside.set(false);
        }
    }

    /// Takes the frame off the stack that it is on, together with what is inside it.
    #[inline]
    pub(crate) fn detach(&self) {
        if let Some(root) = self.root.get() {
            // SAFETY: the frame is on a stack, whose root is alive.
            unsafe { root.as_ref() }.unwind(Some(self));
        }
    }
}

impl<Y, S, E> Mailbox<Y, S, E> {
    /// Puts a frame on this root's stack.
    #[inline]
    pub(super) fn push(&self, frame: FramePointer<Y, S, E>) {
        self.push_around(self.innermost(), frame);
    }

    #[inline]
    fn push_around(&self, around: Option<FramePointer<Y, S, E>>, pointer: FramePointer<Y, S, E>) {
        // SAFETY: the body that has the frame has just left it, and waits for it.
        let frame = unsafe { pointer.as_ref() };
        frame.root.set(Some(NonNull::from(self)));
        frame.around.set(around);
        // SAFETY: the frame around is on the stack.
        let around = around.map(|around| unsafe { around.as_ref() });
        frame.closing_around.set(around.is_some_and(|around| around.closing.get() || around.closing_around.get()));
        self.run_inside(pointer);
    }

    /// Takes all frames off this root's stack. An exception then takes its way from level to level, each of which puts
    /// its frame on the stack again.
    pub(super) fn unwind_all(&self) {
        self.unwind(None);
    }

    /// Takes frames off this root's stack, to `last` at most. Their delegations then stand as if all that has happened
    /// had passed through every level.
    #[cold]
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
            frame.mailbox().take_back(stage == Stage::Yield);
            next = frame.around.take();
            if last.is_some_and(|last| core::ptr::eq(frame, last)) {
                break;
            }
        }
        self.set_innermost(next, self.signal() == Signal::SuspendedInside);
    }

    /// Begins a step of the innermost frame.
    pub(super) fn begin_innermost(&self, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        let Some(frame) = self.innermost() else { return Ok(()) };
        // SAFETY: the frame is on the stack.
        let begin = unsafe { frame.as_ref() }.begin;
        // SAFETY: as above; it is called with its own frame.
        unsafe { begin(frame, resume) }
    }

    /// Runs the step that is in flight in the innermost frame, or one that begins with `sent`, until something is yielded
    /// (`Some`) or the stack is empty, so that the root's own body is to go on (`None`).
    #[inline(never)]
    pub(super) fn poll_innermost(&self, sent: Option<S>, cx: &mut Context<'_>) -> Poll<Option<Y>> {
        let mut go = sent.map_or(Go::On, Go::Send);
        let mut next = self.innermost();
        if next.is_some() {
            self.set_inside(false);
        }
        while let Some(innermost) = next {
            // SAFETY: the frame is on the stack.
            let frame = unsafe { innermost.as_ref() };
            let go = match frame.stage.get() {
                Stage::Start => Go::Next,
                Stage::Step | Stage::Yield => core::mem::replace(&mut go, Go::On),
                Stage::End | Stage::Left => {
                    next = self.pop(frame);
                    continue;
                }
            };
            frame.stage.set(Stage::Step);
            let poll = frame.poll;
            // SAFETY: the frame is on the stack; it is called with its own address, and no reference to it is used any
            // more.
            let Poll::Ready(step) = (unsafe { poll(innermost, go, cx) }) else { return Poll::Pending };
            // SAFETY: the frame is on the stack.
            let frame = unsafe { innermost.as_ref() };
            match step.kind() {
                StepOfLevel::Yielded(value) => {
                    frame.yielded();
                    self.set_closing(false);
                    self.set_inside(true);
                    return Poll::Ready(Some(value));
                }
                StepOfLevel::Delegated(inside) => {
                    self.push_around(Some(innermost), inside);
                    next = Some(inside);
                }
                StepOfLevel::Returned => {
                    frame.ended(None);
                    next = self.pop(frame);
                }
                StepOfLevel::Raised(exception) => {
                    frame.ended(Some(exception));
                    next = self.pop(frame);
                }
            }
        }
        Poll::Ready(None)
    }

    /// Takes the innermost frame, whose generator has ended, off this root's stack; returns the one around it.
    #[inline]
    fn pop(&self, frame: &Frame<Y, S, E>) -> Option<FramePointer<Y, S, E>> {
        frame.root.set(None);
        let around = frame.around.take();
        self.set_innermost(around, false);
        if around.is_some() {
            frame.mailbox().take_back(false);
        }
        around
    }
}

/// `yield_from` in constant time. Only the macros of this crate call it.
///
/// # Safety
///
/// The future is awaited where it is made, in the generator's body or in scopes of this crate that are awaited in the
/// same way; the body waits for nothing else meanwhile. So it can't be leaked, unless the whole generator is.
#[doc(hidden)]
pub unsafe fn yield_from_directly<'y, Y, S, E, G>(yielder: Yielder<'y, Y, S, E>, generator: G) -> YieldFrom<'y, G>
where
    S: SentValue,
    G: AsyncGenerator<Yield = Y, Sent = S, Error = E>,
{
    YieldFrom::new(yielder.mailbox, generator).directly()
}
