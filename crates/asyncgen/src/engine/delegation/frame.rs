//! What a root knows of each delegation, and what it does with it.

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use super::{DelegatedStep, Go};
use crate::engine::mailbox::{Mailbox, MailboxRef, Signal};
use crate::{Exception, Refused, Resume, State};

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
    /// Clean-up is running in the body that delegates, or in one around it.
    pub(super) masked: Cell<bool>,
    /// The generator was dropped before the frame, as one of many inside another: see [`drop_inside`](Self::drop_inside).
    pub(crate) gone: Cell<bool>,
    /// The mailbox of the body that delegates.
    mailbox: NonNull<Mailbox<Y, S, E>>,
    /// The mailbox at the bottom of the stack that this is on.
    pub(super) root: Cell<Option<NonNull<Mailbox<Y, S, E>>>>,
    /// The next frame of the stack, towards the root, and the next one away from it. They stay when the stack is unwound:
    /// the one is in the body of the other's generator all the same.
    pub(super) around: Cell<Option<FramePointer<Y, S, E>>>,
    inside: Cell<Option<FramePointer<Y, S, E>>>,
    /// What goes on when the generator has ended.
    pub(crate) outcome: Cell<Option<Exception<E>>>,
    /// That of the type of delegate which the frame is the first field of: a constant.
    calls: *const Calls<Y, S, E>,
    /// The root has a pointer to it, whoever else borrows it.
    _pinned: PhantomPinned,
}

// SAFETY: the pointers lead to mailboxes and frames that belong to the same root. What is reached by them is `Send`, or
// the generators that own it are not either.
unsafe impl<Y: Send, S: Send, E: Send> Send for Frame<Y, S, E> {}
// SAFETY: a shared reference to a frame is good for nothing outside of this module.
unsafe impl<Y: Send, S: Send, E: Send> Sync for Frame<Y, S, E> {}

/// The address of a frame that its body has left: the frame is alive.
///
/// It is kept in no other places than those from which a frame's destructor takes it: the mailbox of the frame's body, a
/// root's stack, and the frames beside it on that. On its way from the first to the second, no user code runs.
pub(crate) struct FramePointer<Y, S, E>(NonNull<Frame<Y, S, E>>);

impl<Y, S, E> FramePointer<Y, S, E> {
    /// # Safety
    ///
    /// The frame is the first field of a pinned [`Delegate`], by which the pointer was made.
    unsafe fn new(frame: NonNull<Frame<Y, S, E>>) -> Self {
        Self(frame)
    }

    #[inline]
    pub(in crate::engine) fn get(&self) -> &Frame<Y, S, E> {
        // SAFETY: it is alive, as its destructor has not run yet: that would have taken this pointer from where it was.
        unsafe { self.0.as_ref() }
    }

    /// The frame inside this, if it is dropped along with this one's generator.
    fn inside_of_what_it_owns(self) -> Option<Self> {
        let inside = self.get().inside.get()?;
        // SAFETY: it is called with its own frame, whose generator is not in use: a frame around it is being dropped.
        unsafe { (self.get().calls().owns_what_is_inside)(self) }.then_some(inside)
    }
}

impl<Y, S, E> Clone for FramePointer<Y, S, E> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<Y, S, E> Copy for FramePointer<Y, S, E> {}

impl<Y, S, E> PartialEq for FramePointer<Y, S, E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// [`Delegate::begin`] of what the frame is the first field of.
type Begin<Y, S, E> = unsafe fn(FramePointer<Y, S, E>, Resume<S, E>) -> Result<(), Refused<S, E>>;
/// [`Delegate::poll`], likewise.
type PollStep<Y, S, E> = unsafe fn(FramePointer<Y, S, E>, Go<S>, &mut Context<'_>) -> Poll<DelegatedStep<Y, S, E>>;
/// [`Delegate::send_at_once`], likewise.
type SendAtOnce<Y, S, E> = unsafe fn(FramePointer<Y, S, E>, S) -> Result<Y, S>;

/// The methods of a type of delegates. Each is called with the frame that such a delegate begins with, which nobody uses
/// meanwhile.
pub(super) struct Calls<Y, S, E> {
    pub(super) begin: Begin<Y, S, E>,
    pub(super) poll: PollStep<Y, S, E>,
    /// [`Delegate::send_at_once`].
    pub(super) send_at_once: SendAtOnce<Y, S, E>,
    /// [`Delegate::owns_what_is_inside`].
    owns_what_is_inside: unsafe fn(FramePointer<Y, S, E>) -> bool,
    /// [`Delegate::drop_generator`].
    drop_generator: unsafe fn(FramePointer<Y, S, E>),
}

/// What a frame is the first field of.
///
/// # Safety
///
/// The type is `repr(C)`, and its first field is the frame that `Frame::new::<Self>` made, for the body that owns it. Its
/// destructor begins with [`Frame::retire`].
pub(crate) unsafe trait Delegate<Y, S, E>: Sized {
    /// Begins a step of the generator.
    fn begin(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>>;
    /// [`poll_delegated`](crate::AsyncGenerator::poll_delegated) of the generator.
    fn poll(self: Pin<&mut Self>, go: Go<S>, cx: &mut Context<'_>) -> Poll<DelegatedStep<Y, S, E>>;
    /// [`send_at_once`](crate::AsyncGenerator::send_at_once) of the generator.
    fn send_at_once(self: Pin<&mut Self>, sent: S) -> Result<Y, S>;
    /// [`owns_its_body`](crate::AsyncGenerator::owns_its_body) of the generator.
    fn owns_what_is_inside(&self) -> bool;
    /// Drops the generator in place, if it is not gone already.
    ///
    /// # Safety
    ///
    /// The delegate is about to be dropped itself: nothing else is done with it any more.
    unsafe fn drop_generator(self: Pin<&mut Self>);
}

/// A type of delegates has one constant with its methods, so that a frame has one pointer for all of them.
trait HasCalls<Y, S, E> {
    /// (No reference, as that would ask that what is yielded, sent and raised borrows nothing.)
    const CALLS: *const Calls<Y, S, E>;
}

impl<Y, S, E, D: Delegate<Y, S, E>> HasCalls<Y, S, E> for D {
    const CALLS: *const Calls<Y, S, E> = {
        unsafe fn begin<Y, S, E, D: Delegate<Y, S, E>>(
            frame: FramePointer<Y, S, E>,
            resume: Resume<S, E>,
        ) -> Result<(), Refused<S, E>> {
            // SAFETY: the frame is the first field of a pinned `D`, which nobody uses meanwhile.
            unsafe { Pin::new_unchecked(frame.0.cast::<D>().as_mut()) }.begin(resume)
        }

        unsafe fn poll<Y, S, E, D: Delegate<Y, S, E>>(
            frame: FramePointer<Y, S, E>,
            go: Go<S>,
            cx: &mut Context<'_>,
        ) -> Poll<DelegatedStep<Y, S, E>> {
            // SAFETY: as above.
            unsafe { Pin::new_unchecked(frame.0.cast::<D>().as_mut()) }.poll(go, cx)
        }

        unsafe fn send_at_once<Y, S, E, D: Delegate<Y, S, E>>(frame: FramePointer<Y, S, E>, sent: S) -> Result<Y, S> {
            // SAFETY: as above.
            unsafe { Pin::new_unchecked(frame.0.cast::<D>().as_mut()) }.send_at_once(sent)
        }

        unsafe fn owns_what_is_inside<Y, S, E, D: Delegate<Y, S, E>>(frame: FramePointer<Y, S, E>) -> bool {
            // SAFETY: as above.
            unsafe { frame.0.cast::<D>().as_ref() }.owns_what_is_inside()
        }

        unsafe fn drop_generator<Y, S, E, D: Delegate<Y, S, E>>(frame: FramePointer<Y, S, E>) {
            // SAFETY: as above; the rest is the caller's.
            unsafe { Pin::new_unchecked(frame.0.cast::<D>().as_mut()).drop_generator() }
        }

        &Calls {
            begin: begin::<Y, S, E, D>,
            poll: poll::<Y, S, E, D>,
            send_at_once: send_at_once::<Y, S, E, D>,
            owns_what_is_inside: owns_what_is_inside::<Y, S, E, D>,
            drop_generator: drop_generator::<Y, S, E, D>,
        }
    };
}

impl<Y, S, E> Frame<Y, S, E> {
    pub(crate) fn new<D: Delegate<Y, S, E>>(mailbox: &MailboxRef<'_, Y, S, E>) -> Self {
        Self {
            stage: Cell::new(Stage::Start),
            closing: Cell::new(false),
            closing_outside: Cell::new(false),
            closing_around: Cell::new(false),
            masked: Cell::new(false),
            gone: Cell::new(false),
            mailbox: NonNull::from(&**mailbox),
            root: Cell::new(None),
            around: Cell::new(None),
            inside: Cell::new(None),
            outcome: Cell::new(None),
            calls: D::CALLS,
            _pinned: PhantomPinned,
        }
    }

    /// Leaves the frame in its body's mailbox, for a root to put on its stack. The body is to be pending then.
    #[inline]
    pub(crate) fn leave<D: Delegate<Y, S, E>>(delegate: Pin<&mut D>) {
        // SAFETY: the delegate is not moved.
        let frame = NonNull::from(unsafe { delegate.get_unchecked_mut() }).cast::<Self>();
        // SAFETY: a delegate begins with its frame, and is pinned.
        let pointer = unsafe { FramePointer::new(frame) };
        pointer.get().mailbox().leave_frame(pointer);
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
    pub(super) fn calls<'c>(&self) -> &'c Calls<Y, S, E> {
        // SAFETY: it was made of a constant, and is never changed.
        unsafe { &*self.calls }
    }

    /// The mailbox of the body that delegates.
    #[inline]
    pub(crate) fn mailbox(&self) -> &Mailbox<Y, S, E> {
        // SAFETY: the frame is in the body that the mailbox belongs to.
        unsafe { self.mailbox.as_ref() }
    }

    #[cold]
    fn forget_closings_around(&self) {
        let mut frame = self;
        while frame.closing_around.replace(false) {
            frame.mailbox().set_closing(false);
            let Some(around) = frame.around.get() else { return };
            // SAFETY: as a pointer that is beside a frame on the stack, it leads to one.
            frame = unsafe { around.0.as_ref() };
            frame.closing.set(false);
            frame.closing_outside.set(false);
        }
    }

    /// The state that the consumer of the frame's body would see, while a root steps the body's delegate.
    #[cold]
    pub(in crate::engine) fn state(&self) -> State {
        match self.root.get() {
            // SAFETY: a root takes all frames off its stack before it is dropped.
            Some(root) if unsafe { root.as_ref() }.signal() == Signal::SuspendedInside => State::Suspended,
            _ => State::Running,
        }
    }

    /// Takes the frame off the stack that it is on, together with what is inside it.
    #[inline]
    pub(crate) fn detach(&self) {
        if let Some(root) = self.root.get() {
            // SAFETY: a root takes all frames off its stack before it is dropped.
            unsafe { root.as_ref() }.unwind(Some(self));
        }
    }

    /// Puts the frame beside `around`, which delegates to the generator that has the frame.
    pub(super) fn link(pointer: FramePointer<Y, S, E>, around: Option<FramePointer<Y, S, E>>) {
        pointer.get().unlink_around();
        if let Some(around) = around {
            if let Some(before) = around.get().inside.replace(Some(pointer)) {
                before.get().around.set(None);
            }
            pointer.get().around.set(Some(around));
        }
    }

    /// Forgets the frame around this, and is forgotten by it; returns it.
    #[inline]
    pub(super) fn unlink_around(&self) -> Option<FramePointer<Y, S, E>> {
        let around = self.around.take();
        if let Some(around) = &around {
            around.get().inside.set(None);
        }
        around
    }

    /// The frame is about to be dropped: takes it back from wherever it is known.
    #[inline]
    pub(crate) fn retire(&self) {
        self.detach();
        self.mailbox().retract_frame(self);
        self.unlink_around();
    }

    #[inline]
    pub(crate) fn has_inside(&self) -> bool {
        self.inside.get().is_some()
    }

    /// The frame's generator is about to be dropped, and owns what is inside it, or not: drops the generators inside, the
    /// innermost first. So none is dropped by the body that delegates to it, as that would take stack for each of them. It
    /// is the order in which those bodies drop them, too.
    #[cold]
    pub(crate) fn drop_inside(&self, owned: bool) {
        let mut next = self.inside.get().filter(|_| owned);
        while let Some(inside) = next.and_then(FramePointer::inside_of_what_it_owns) {
            next = Some(inside);
        }
        while let Some(innermost) = next {
            next = innermost.get().unlink_around().filter(|around| !core::ptr::eq(around.get(), self));
            let drop_generator = innermost.get().calls().drop_generator;
            // SAFETY: it is called with its own frame, which no reference is used to meanwhile. The frame is in the body
            // of a generator that the frame around owns, and so on up to this one, which is being dropped.
            unsafe { drop_generator(innermost) };
        }
        if let Some(inside) = self.inside.get() {
            inside.get().unlink_around();
        }
    }
}
