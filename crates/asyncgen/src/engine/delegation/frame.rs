//! What a root knows of each delegation, and what it does with it.

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use super::{DelegatedStep, Go};
use crate::engine::mailbox::{Mailbox, MailboxRef};
use crate::{Exception, Refused, Resume};

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
    pub(super) closing_around: Cell<bool>,
    /// The mailbox of the body that delegates.
    mailbox: NonNull<Mailbox<Y, S, E>>,
    /// The mailbox at the bottom of the stack that this is on.
    pub(super) root: Cell<Option<NonNull<Mailbox<Y, S, E>>>>,
    /// The next frame of the stack, towards the root.
    pub(super) around: Cell<Option<FramePointer<Y, S, E>>>,
    /// What goes on when the generator has ended.
    pub(crate) outcome: Cell<Option<Exception<E>>>,
    pub(super) begin: Begin<Y, S, E>,
    pub(super) poll: PollStep<Y, S, E>,
    /// The root has a pointer to it, whoever else borrows it.
    _pinned: PhantomPinned,
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
            _pinned: PhantomPinned,
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
    pub(super) fn mailbox(&self) -> &Mailbox<Y, S, E> {
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
            unsafe { root.as_ref() }.unwind(Some(NonNull::from(self)));
        }
    }
}
