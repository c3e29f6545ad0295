//! How values and exceptions pass between a generator's driver and its body.
//!
//! The driver and the body never run at the same time: the driver polls the body, and looks into the mailbox before
//! and after. This module and [`generator`](super::generator) beside it hold all of the crate's `unsafe` code, which
//! rests on four invariants:
//!
//! 1. **The signal says what the payload holds.** `Placed` and `Yielded`: a `Y`. `Sent`: an `S`. `Thrown` and `Raised`:
//!    an `E`. `Delegating`, `RunningInside` and `SuspendedInside`: a frame's address. All others: nothing. Every write of the one is beside a write of the other, and no user code (a
//!    destructor, say) runs in between.
//! 2. **A [`MailboxRef`] does not outlive its mailbox.** It is made by [`RawYielder::lend`] alone, whose caller
//!    promises that the lifetime is that of a local variable of the body. The body lives in the same pinned struct
//!    as the mailbox, and is dropped before it.
//! 3. **One user at a time.** A mailbox is reached through `&mut Generator`, by the body that such a `&mut` is
//!    polling, or by `Generator::state`, which only reads, and which nobody can call while a `&mut Generator` exists.
//!    In the body it is reached through the one `Yielder`, whose every method takes `&mut self`. A scope lends its
//!    inner future a yielder of a lifetime that the inner future cannot name, so that it cannot be put aside.
//! 4. **`Created` and `Closed` say that there is no body, every other signal that there is one.** They are set and
//!    left by the generator alone: whoever has a `MailboxRef` is part of a body.
#![allow(unsafe_code)]

use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit, needs_drop};
use core::ptr::NonNull;
use core::task::Poll;

use super::delegation::FramePointer;
use crate::{Exception, Resume, SentValue, State};

/// Where the generator stands, and what the payload holds. One byte says both, so that a step has little to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Signal {
    /// There is no body yet.
    Created,
    /// There is no body any more.
    Closed,
    /// The body stands at a yield whose value the consumer has.
    Suspended,
    /// The same, but it is the body of the innermost delegate that stands there. The payload holds its frame; this is
    /// the root: see [`delegation`](super::delegation).
    SuspendedInside,

    // From here on, a step is in flight.
    /// Nothing is in the mailbox.
    Running,
    /// A value for the yield at which the body stands.
    Sent,
    /// A value of a yield whose future was made but not polled yet: not to be given to the consumer so far.
    Placed,
    /// A value for the consumer. Only ever seen between a poll of the body and the driver's look after it.
    Yielded,

    // From here on, there is something unusual about the step.
    /// A frame that the body has left, for a root to put on its stack. Only ever seen between a poll of the body and
    /// the driver's look after it.
    Delegating,
    /// The step is run by the innermost delegate, whose frame the payload holds; this is the root.
    RunningInside,
    /// The body waits for a delegate that some root steps; this is not the root.
    Lent,

    // From here on, an exception is in the mailbox.
    /// An error that waits for the body to be interruptible: it was thrown in while the body stood at an await.
    Thrown,
    /// An error that the innermost scope takes now, mask or no mask: it was thrown in while the body stood at a
    /// yield, or the body itself raised it.
    Raised,
    /// No error, but a `GeneratorExit`: see [`Exit`].
    Exiting,
}

/// Where a `GeneratorExit` stands. It is kept beside the payload, so that a generator can be closed while an error
/// is still waiting (the error goes first).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exit {
    None,
    /// As [`Signal::Thrown`].
    Waiting,
    /// As [`Signal::Raised`].
    Raised,
}

/// Room for any one of the four.
#[repr(C)]
union Payload<Y, S, E> {
    yielded: ManuallyDrop<Y>,
    sent: ManuallyDrop<S>,
    error: ManuallyDrop<E>,
    frame: FramePointer<Y, S, E>,
}

/// The place beside the body where driver and body leave things for each other.
pub(crate) struct Mailbox<Y, S, E> {
    signal: Cell<Signal>,
    /// The step in flight is a closing (C20).
    closing: Cell<bool>,
    exit: Cell<Exit>,
    /// Clean-up is running: waiting exceptions keep waiting.
    masked: Cell<bool>,
    /// How many scopes are around the point where the body stands.
    depth: Cell<u32>,
    payload: UnsafeCell<MaybeUninit<Payload<Y, S, E>>>,
}

// SAFETY: invariant 3. A shared reference to a mailbox is no licence to touch it: whoever touches it is the only one
// who can, so that the values in it are moved between threads, and never shared.
unsafe impl<Y: Send, S: Send, E: Send> Sync for Mailbox<Y, S, E> {}
// SAFETY: its only pointer is to a frame that the body owns, which is `Send` or keeps the generator from being it.
unsafe impl<Y: Send, S: Send, E: Send> Send for Mailbox<Y, S, E> {}

impl<Y, S, E> Mailbox<Y, S, E> {
    pub(super) const fn new() -> Self {
        Self {
            signal: Cell::new(Signal::Created),
            closing: Cell::new(false),
            exit: Cell::new(Exit::None),
            masked: Cell::new(false),
            depth: Cell::new(0),
            payload: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Moves a value into the payload.
    ///
    /// # Safety
    ///
    /// The payload is empty, and `T` is one of its four types. The caller sets the signal.
    #[inline]
    unsafe fn write<T>(&self, value: T) {
        // SAFETY: the payload has room for each of its types, at its own address (`repr(C)`); invariant 3.
        unsafe { self.payload.get().cast::<T>().write(value) }
    }

    /// Moves a value out of the payload.
    ///
    /// # Safety
    ///
    /// The payload holds a `T`, and the signal says already that it is empty, so that this is the only read.
    #[inline]
    unsafe fn read<T>(&self) -> T {
        // SAFETY: as for `write`.
        unsafe { self.payload.get().cast::<T>().read() }
    }

    #[inline]
    pub(super) fn signal(&self) -> Signal {
        self.signal.get()
    }

    /// Does a step need nothing but a poll of the body?
    #[inline]
    pub(super) fn is_usual(&self) -> bool {
        matches!(self.signal.get(), Signal::Running | Signal::Sent | Signal::Placed | Signal::Yielded)
    }

    /// The body was made, and runs.
    pub(super) fn set_running(&self) {
        self.signal.set(Signal::Running);
    }

    /// The state that the consumer sees.
    #[inline]
    pub(super) fn state(&self) -> State {
        match self.signal.get() {
            Signal::Created => State::Created,
            Signal::Closed => State::Closed,
            Signal::Suspended | Signal::SuspendedInside => State::Suspended,
            _ => State::Running,
        }
    }

    #[inline]
    pub(super) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    pub(super) fn set_closing(&self, closing: bool) {
        self.closing.set(closing);
    }

    #[inline]
    pub(crate) fn depth(&self) -> u32 {
        self.depth.get()
    }

    #[inline]
    pub(crate) fn set_depth(&self, depth: u32) {
        self.depth.set(depth);
    }

    /// Raises or lowers the mask; returns how it was.
    #[inline]
    pub(crate) fn replace_mask(&self, masked: bool) -> bool {
        self.masked.replace(masked)
    }

    // --- values out and in -------------------------------------------------------------------------------------

    /// The first half of a yield, when its future is made. The value goes straight into the mailbox, so that the
    /// future needs no room for it.
    #[inline]
    pub(crate) fn place(&self, value: Y) {
        if self.signal.get() != Signal::Running && !self.make_room() {
            return;
        }
        // SAFETY: the payload is empty: invariant 1.
        unsafe { self.write(value) };
        self.signal.set(Signal::Placed);
    }

    /// Is there room for a value to be yielded? There is none beside an exception, which the yield raises instead.
    #[cold]
    fn make_room(&self) -> bool {
        if self.signal.get() >= Signal::Thrown {
            return false;
        }
        self.discard(); // of a yield whose future was leaked
        true
    }

    /// The second half of a yield: hands the value over, then waits for what is sent.
    #[inline]
    pub(crate) fn poll_yield(&self) -> Poll<S>
    where
        S: SentValue,
    {
        match self.signal.get() {
            Signal::Sent => {
                // Where what is sent is nothing, and weighs nothing, it may stay: the future of the yield is dropped
                // next, and takes it back. That spares the commonest generators a write per item.
                if size_of::<S>() == 0
                    && !needs_drop::<S>()
                    && let Some(nothing) = S::nothing()
                {
                    return Poll::Ready(nothing);
                }
                self.signal.set(Signal::Running);
                // SAFETY: the signal was `Sent`: invariant 1.
                Poll::Ready(unsafe { self.read() })
            }
            Signal::Placed => {
                self.signal.set(Signal::Yielded);
                Poll::Pending
            }
            signal => {
                if signal >= Signal::Thrown {
                    self.raise_what_waits();
                }
                Poll::Pending
            }
        }
    }

    /// A body that comes to a yield can be interrupted there, also in clean-up (C25).
    #[cold]
    fn raise_what_waits(&self) {
        if self.signal.get() == Signal::Thrown {
            self.signal.set(Signal::Raised);
        }
        if self.exit.get() == Exit::Waiting {
            self.exit.set(Exit::Raised);
        }
    }

    /// Takes back what belongs to a yield whose future is dropped: the value that it did not get rid of, or the one
    /// that was sent to it.
    #[inline]
    pub(crate) fn abandon_yield(&self) {
        let signal = self.signal.get();
        if matches!(signal, Signal::Placed | Signal::Yielded | Signal::Sent) {
            self.signal.set(Signal::Running);
            self.drop_payload(signal);
        }
    }

    /// The value that the body handed over in the poll that has just ended. The body is suspended then.
    #[inline]
    pub(super) fn take_yielded(&self) -> Option<Y> {
        if self.signal.get() != Signal::Yielded {
            return None;
        }
        self.signal.set(Signal::Suspended);
        self.closing.set(false);
        // SAFETY: the signal was `Yielded`: invariant 1.
        Some(unsafe { self.read() })
    }

    /// Hands `value` to the driver at once, as a delegation does that got it from another driver.
    pub(crate) fn hand_over(&self, value: Y) {
        self.place(value);
        match self.signal.get() {
            Signal::Placed => self.signal.set(Signal::Yielded),
            _ => self.raise_what_waits(),
        }
    }

    /// What was sent to the yield at which the body is suspended.
    pub(crate) fn take_sent(&self) -> Option<S> {
        match self.signal.get() {
            Signal::Sent => {
                self.signal.set(Signal::Running);
                // SAFETY: the signal was `Sent`: invariant 1.
                Some(unsafe { self.read() })
            }
            _ => None,
        }
    }

    /// Resumes a suspended body with a value.
    #[inline]
    pub(super) fn send(&self, value: S) {
        debug_assert_eq!(self.signal.get(), Signal::Suspended);
        // SAFETY: a suspended generator's payload is empty: invariant 1.
        unsafe { self.write(value) };
        self.signal.set(Signal::Sent);
    }

    /// Resumes a suspended body with a value, or gives back what is no such thing.
    #[inline]
    pub(super) fn send_if_suspended(&self, resume: Resume<S, E>) -> Result<(), Resume<S, E>>
    where
        S: SentValue,
    {
        // C5: to go on is to send nothing, where there is a nothing.
        let resume = match resume {
            Resume::Next => S::nothing().map_or(Resume::Next, Resume::Send),
            resume => resume,
        };
        match resume {
            Resume::Send(value) if self.signal.get() == Signal::Suspended => {
                self.send(value);
                Ok(())
            }
            resume => Err(resume),
        }
    }

    // --- exceptions --------------------------------------------------------------------------------------------

    /// Was a `GeneratorExit` left here that is not raised yet?
    pub(super) fn exit_waits(&self) -> bool {
        self.exit.get() != Exit::None
    }

    /// Is an error in the mailbox, so that it has no room for another one?
    pub(super) fn has_error(&self) -> bool {
        matches!(self.signal.get(), Signal::Thrown | Signal::Raised)
    }

    /// Leaves an exception for a body that stands at an await: it waits while clean-up runs.
    pub(crate) fn throw(&self, exception: Exception<E>) {
        match exception {
            Exception::GeneratorExit => self.put_exit(Exit::Waiting),
            Exception::Error(error) => self.put_error(error, Signal::Thrown),
        }
    }

    /// Leaves an exception that is raised in any case: for a body that stands at a yield, or by the body itself.
    pub(crate) fn raise(&self, exception: Exception<E>) {
        match exception {
            Exception::GeneratorExit => self.put_exit(Exit::Raised),
            Exception::Error(error) => self.put_error(error, Signal::Raised),
        }
    }

    fn put_error(&self, error: E, signal: Signal) {
        self.discard();
        // SAFETY: the payload is empty: invariant 1.
        unsafe { self.write(error) };
        self.signal.set(signal);
    }

    fn put_exit(&self, exit: Exit) {
        self.exit.set(exit);
        if !self.has_error() {
            self.discard();
        }
    }

    fn take_error(&self) -> E {
        debug_assert!(self.has_error());
        self.signal.set(self.without_payload());
        // SAFETY: every caller has seen `Thrown` or `Raised`: invariant 1.
        unsafe { self.read() }
    }

    /// The signal of a step in flight when the payload is empty.
    fn without_payload(&self) -> Signal {
        if self.exit.get() == Exit::None { Signal::Running } else { Signal::Exiting }
    }

    /// Is there an exception that must be raised at the point where the body stands?
    #[inline]
    pub(crate) fn exception_is_due(&self) -> bool {
        self.signal.get() >= Signal::Thrown && self.waiting_is_over()
    }

    #[cold]
    fn waiting_is_over(&self) -> bool {
        self.signal.get() == Signal::Raised || self.exit.get() == Exit::Raised || !self.masked.get()
    }

    /// The exception that must be raised at the point where the body stands. What was raised goes before what waits,
    /// and an error before the exit.
    #[inline]
    pub(crate) fn take_exception(&self) -> Option<Exception<E>> {
        if self.exception_is_due() { Some(self.take_due_exception()) } else { None }
    }

    #[cold]
    fn take_due_exception(&self) -> Exception<E> {
        let signal = self.signal.get();
        if signal == Signal::Raised || (signal == Signal::Thrown && self.exit.get() != Exit::Raised) {
            return Exception::Error(self.take_error());
        }
        self.take_exit();
        Exception::GeneratorExit
    }

    fn take_exit(&self) {
        self.exit.set(Exit::None);
        if self.signal.get() == Signal::Exiting {
            self.signal.set(Signal::Running);
        }
    }

    /// Whatever exception is in the mailbox at the end of the body, raised or waiting.
    pub(super) fn take_any_exception(&self) -> Option<Exception<E>> {
        self.masked.set(false);
        self.take_exception()
    }

    /// Makes room for an exception that goes before the one that waits.
    pub(crate) fn set_aside(&self) -> Aside<E> {
        let error = (self.signal.get() == Signal::Thrown).then(|| self.take_error());
        Aside { error, exit: self.exit.get() == Exit::Waiting }
    }

    /// Takes back an exception that was raised and that nobody took, and puts back what was set aside for it.
    pub(crate) fn put_back(&self, aside: Aside<E>) {
        if self.exit.get() == Exit::Raised {
            self.take_exit();
        }
        if aside.exit {
            self.put_exit(Exit::Waiting);
        }
        if self.signal.get() == Signal::Raised {
            drop(self.take_error());
        }
        if let Some(error) = aside.error
            && !self.has_error()
        {
            self.put_error(error, Signal::Thrown);
        }
    }

    // --- delegation ---------------------------------------------------------------------------------------------

    /// Is nothing in the mailbox, and clean-up not running, so that the body's driver may leave the body alone?
    pub(crate) fn is_calm(&self) -> bool {
        self.signal.get() == Signal::Running && !self.masked.get()
    }

    /// Leaves the frame of a delegation for the driver.
    pub(super) fn leave_frame(&self, frame: FramePointer<Y, S, E>) {
        debug_assert_eq!(self.signal.get(), Signal::Running);
        // SAFETY: the payload is empty: invariant 1.
        unsafe { self.write(frame) };
        self.signal.set(Signal::Delegating);
    }

    /// The frame that the body left in the poll that has just ended. It is for a root.
    pub(super) fn take_frame(&self) -> Option<FramePointer<Y, S, E>> {
        if self.signal.get() != Signal::Delegating {
            return None;
        }
        self.signal.set(Signal::Lent);
        // SAFETY: the signal was `Delegating`: invariant 1.
        Some(unsafe { self.read() })
    }

    /// The body is no longer waiting for a delegate that a root steps.
    pub(super) fn take_back(&self, suspended: bool) {
        if self.signal.get() == Signal::Lent {
            self.signal.set(if suspended { Signal::Suspended } else { Signal::Running });
        }
    }

    /// The innermost frame on this root's stack.
    pub(super) fn innermost(&self) -> Option<FramePointer<Y, S, E>> {
        match self.signal.get() {
            // SAFETY: by the signal: invariant 1. A pointer may be read more than once.
            Signal::SuspendedInside | Signal::RunningInside => Some(unsafe { self.read() }),
            _ => None,
        }
    }

    pub(super) fn set_innermost(&self, frame: Option<FramePointer<Y, S, E>>) {
        let signal = self.signal.get();
        let suspended = matches!(signal, Signal::SuspendedInside | Signal::Suspended);
        if let Some(frame) = frame {
            debug_assert!(matches!(signal, Signal::SuspendedInside | Signal::RunningInside | Signal::Lent));
            // SAFETY: the payload is empty, or holds a pointer, which needs no drop: invariant 1.
            unsafe { self.write(frame) };
            self.signal.set(if suspended { Signal::SuspendedInside } else { Signal::RunningInside });
        } else if matches!(signal, Signal::SuspendedInside | Signal::RunningInside) {
            self.signal.set(if suspended { Signal::Suspended } else { Signal::Running });
        }
    }

    /// The innermost delegate runs, or is suspended.
    pub(super) fn set_inside(&self, suspended: bool) {
        if matches!(self.signal.get(), Signal::SuspendedInside | Signal::RunningInside) {
            self.signal.set(if suspended { Signal::SuspendedInside } else { Signal::RunningInside });
        }
    }

    // --- the end -----------------------------------------------------------------------------------------------

    /// Empties the payload of a step in flight, and drops what was in it.
    #[inline]
    fn discard(&self) {
        let signal = self.signal.replace(self.without_payload());
        self.drop_payload(signal);
    }

    /// The body is no more; drops what is left in the mailbox.
    pub(super) fn close(&self) {
        self.exit.set(Exit::None);
        let signal = self.signal.replace(Signal::Closed);
        self.drop_payload(signal);
    }

    /// Drops what the payload held under `signal`, which is replaced already.
    fn drop_payload(&self, signal: Signal) {
        match signal {
            Signal::Placed | Signal::Yielded => {
                // SAFETY: by the signal: invariant 1.
                drop::<Y>(unsafe { self.read() });
            }
            Signal::Sent => {
                // SAFETY: as above.
                drop::<S>(unsafe { self.read() });
            }
            Signal::Thrown | Signal::Raised => {
                // SAFETY: as above.
                drop::<E>(unsafe { self.read() });
            }
            _ => {}
        }
    }
}

impl<Y, S, E> Drop for Mailbox<Y, S, E> {
    #[inline]
    fn drop(&mut self) {
        if self.signal.get() > Signal::Running {
            self.close();
        }
    }
}

/// What [`Mailbox::set_aside`] took out.
pub(crate) struct Aside<E> {
    error: Option<E>,
    exit: bool,
}

/// The mailbox's address, on its way into the body. Only the macros of this crate use it.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct RawYielder<Y, S, E>(NonNull<Mailbox<Y, S, E>>);

// SAFETY: it is good for nothing but `lend`, which makes a reference to the mailbox: see `Sync` of the mailbox.
unsafe impl<Y: Send, S: Send, E: Send> Send for RawYielder<Y, S, E> {}
// SAFETY: a shared reference to it is good for nothing.
unsafe impl<Y, S, E> Sync for RawYielder<Y, S, E> {}

impl<Y, S, E> RawYielder<Y, S, E> {
    pub(super) fn new(mailbox: &Mailbox<Y, S, E>) -> Self {
        Self(NonNull::from(mailbox))
    }

    /// The yielder of the body that owns `anchor`.
    ///
    /// # Safety
    ///
    /// `self` was given to the closure that makes a generator's body, and `anchor` is a local variable of that body.
    #[must_use]
    pub unsafe fn lend<'a>(self, anchor: &'a ()) -> crate::Yielder<'a, Y, S, E> {
        let () = *anchor;
        // SAFETY: the body is alive, as a local variable of it is; the mailbox lives longer: invariant 2.
        let mailbox = unsafe { self.0.as_ref() };
        crate::Yielder::new(MailboxRef { mailbox, invariant: PhantomData })
    }
}

/// A mailbox that was lent for `'a`. The lifetime is invariant: a yielder can't be exchanged for that of another
/// generator, nor leave its own.
pub(crate) struct MailboxRef<'a, Y, S, E> {
    mailbox: &'a Mailbox<Y, S, E>,
    invariant: PhantomData<fn(&'a ()) -> &'a ()>,
}

impl<Y, S, E> MailboxRef<'_, Y, S, E> {
    /// The same mailbox, for a part of its time.
    #[inline]
    pub(crate) fn reborrow(&mut self) -> MailboxRef<'_, Y, S, E> {
        MailboxRef { mailbox: self.mailbox, invariant: PhantomData }
    }

    /// A second reference, for a scope and the future inside it, which takes its turn only while the scope polls it.
    #[inline]
    pub(crate) fn share(&self) -> Self {
        MailboxRef { mailbox: self.mailbox, invariant: PhantomData }
    }
}

impl<Y, S, E> core::ops::Deref for MailboxRef<'_, Y, S, E> {
    type Target = Mailbox<Y, S, E>;
    #[inline]
    fn deref(&self) -> &Mailbox<Y, S, E> {
        self.mailbox
    }
}
