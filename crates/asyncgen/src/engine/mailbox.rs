//! How values and exceptions pass between a generator's driver and its body.
//!
//! The driver and the body never run at the same time: the driver polls the body, and looks into the mailbox before
//! and after. This module holds all of the crate's `unsafe` code, and keeps three invariants:
//!
//! 1. **The letter says what the payload holds.** `Placed` and `Yielded`: `yielded` is initialized. `Sent`: `sent`
//!    is. `Thrown` and `Raised`: `error` is. `Empty`: nothing is. Every write of the one is beside a write of the
//!    other, and no user code (a destructor, say) runs in between.
//! 2. **A [`MailboxRef`] does not outlive its mailbox.** It is made by [`RawYielder::lend`] alone, whose caller
//!    promises that the lifetime is that of a local variable of the body. The body lives in the same pinned struct
//!    as the mailbox, and is dropped before it.
//! 3. **One user at a time.** A mailbox is reached through `&mut Generator`, by the body that such a `&mut` is
//!    polling, or by `Generator::state`, which only reads, and which nobody can call while a `&mut Generator` exists.
//!    In the body it is reached through the one `Yielder`, whose every method takes `&mut self`. A scope lends its
//!    inner future a yielder of a lifetime that the inner future cannot name, so that it cannot be put aside.
#![allow(unsafe_code)]

use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;
use core::task::Poll;

use crate::Exception;

/// What the payload holds, and what is to become of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    /// Nothing.
    Empty,
    /// A value of a yield whose future was made but not polled yet: not to be given to the consumer so far.
    Placed,
    /// A value for the consumer. Only ever seen between a poll of the body and the driver's look after it.
    Yielded,
    /// A value for the yield at which the body is suspended.
    Sent,
    /// An error that waits for the body to be interruptible: it was thrown in while the body stood at an await.
    Thrown,
    /// An error that the innermost scope takes now, mask or no mask: it was thrown in while the body stood at a
    /// yield, or the body itself raised it.
    Raised,
}

/// Where a `GeneratorExit` stands. It is kept beside the payload, so that a generator can be closed while an error
/// is still waiting (the error goes first).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exit {
    None,
    /// As [`Letter::Thrown`].
    Waiting,
    /// As [`Letter::Raised`].
    Raised,
}

/// The generator's state; see [`State`](crate::State).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Created,
    Suspended,
    Running,
    /// `Running`, and the step in flight is a closing.
    Closing,
    Closed,
}

/// Room for any one of the three.
#[repr(C)]
union Payload<Y, S, E> {
    yielded: ManuallyDrop<Y>,
    sent: ManuallyDrop<S>,
    error: ManuallyDrop<E>,
}

/// The place beside the body where driver and body leave things for each other.
pub(crate) struct Mailbox<Y, S, E> {
    letter: Cell<Letter>,
    exit: Cell<Exit>,
    phase: Cell<Phase>,
    /// Clean-up is running: waiting exceptions keep waiting.
    masked: Cell<bool>,
    /// How many scopes are around the point where the body stands.
    depth: Cell<u32>,
    payload: UnsafeCell<MaybeUninit<Payload<Y, S, E>>>,
}

// SAFETY: invariant 3. A shared reference to a mailbox is no licence to touch it: whoever touches it is the only one
// who can, so that the values in it are moved between threads, and never shared.
unsafe impl<Y: Send, S: Send, E: Send> Sync for Mailbox<Y, S, E> {}

impl<Y, S, E> Mailbox<Y, S, E> {
    pub(super) const fn new() -> Self {
        Self {
            letter: Cell::new(Letter::Empty),
            exit: Cell::new(Exit::None),
            phase: Cell::new(Phase::Created),
            masked: Cell::new(false),
            depth: Cell::new(0),
            payload: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Moves a value into the payload.
    ///
    /// # Safety
    ///
    /// The payload is empty, and `T` is one of its three types. The caller sets the letter.
    #[inline]
    unsafe fn write<T>(&self, value: T) {
        // SAFETY: the payload has room for each of its types, at its own address (`repr(C)`); invariant 3.
        unsafe { self.payload.get().cast::<T>().write(value) }
    }

    /// Moves a value out of the payload.
    ///
    /// # Safety
    ///
    /// The payload holds a `T`, and the letter is `Empty` already, so that this is the only read.
    #[inline]
    unsafe fn read<T>(&self) -> T {
        // SAFETY: as for `write`.
        unsafe { self.payload.get().cast::<T>().read() }
    }

    #[inline]
    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    #[inline]
    pub(super) fn set_phase(&self, phase: Phase) {
        self.phase.set(phase);
    }

    #[inline]
    pub(crate) fn is_closing(&self) -> bool {
        self.phase.get() == Phase::Closing
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

    /// The first half of a yield, when its future is made. It goes straight into the mailbox, so that the future
    /// needs no room for it.
    #[inline]
    pub(crate) fn place(&self, value: Y) {
        if self.letter.get() != Letter::Empty {
            if matches!(self.letter.get(), Letter::Thrown | Letter::Raised) {
                // The yield is going to raise that error instead: see `poll_yield`.
                return;
            }
            self.discard(); // of a yield whose future was leaked
        }
        // SAFETY: the letter is `Empty`: invariant 1.
        unsafe { self.write(value) };
        self.letter.set(Letter::Placed);
    }

    /// The second half of a yield: hands the value over, then waits for what is sent.
    #[inline]
    pub(crate) fn poll_yield(&self) -> Poll<S> {
        match self.letter.get() {
            Letter::Sent => {
                self.letter.set(Letter::Empty);
                // SAFETY: the letter was `Sent`: invariant 1.
                Poll::Ready(unsafe { self.read() })
            }
            Letter::Placed if self.exit.get() == Exit::None => {
                self.letter.set(Letter::Yielded);
                Poll::Pending
            }
            _ => {
                self.raise_what_waits();
                Poll::Pending
            }
        }
    }

    /// A body that comes to a yield can be interrupted there, also in clean-up (C25).
    #[cold]
    fn raise_what_waits(&self) {
        match self.letter.get() {
            Letter::Thrown => self.letter.set(Letter::Raised),
            Letter::Placed => self.discard(),
            _ => {}
        }
        if self.exit.get() == Exit::Waiting {
            self.exit.set(Exit::Raised);
        }
    }

    /// Takes back what belongs to a yield whose future is dropped: the value that it did not get rid of, or the one
    /// that was sent to it.
    #[inline]
    pub(crate) fn abandon_yield(&self) {
        if matches!(self.letter.get(), Letter::Placed | Letter::Yielded | Letter::Sent) {
            self.discard();
        }
    }

    /// The value that the body handed over in the poll that has just ended.
    #[inline]
    pub(super) fn take_yielded(&self) -> Option<Y> {
        if self.letter.get() != Letter::Yielded {
            return None;
        }
        self.letter.set(Letter::Empty);
        // SAFETY: the letter was `Yielded`: invariant 1.
        Some(unsafe { self.read() })
    }

    /// Hands `value` to the driver at once, as a delegation does that got it from another driver.
    pub(crate) fn hand_over(&self, value: Y) {
        self.place(value);
        let _: Poll<S> = self.poll_yield();
    }

    /// What was sent to the yield at which the body is suspended.
    pub(crate) fn take_sent(&self) -> Option<S> {
        match self.letter.get() {
            Letter::Sent => match self.poll_yield() {
                Poll::Ready(sent) => Some(sent),
                Poll::Pending => None,
            },
            _ => None,
        }
    }

    /// Leaves `value` for the yield at which the body is suspended.
    #[inline]
    pub(super) fn send(&self, value: S) {
        self.discard();
        // SAFETY: the letter is `Empty`: invariant 1.
        unsafe { self.write(value) };
        self.letter.set(Letter::Sent);
    }

    // --- exceptions --------------------------------------------------------------------------------------------

    /// Was a `GeneratorExit` left here that is not raised yet?
    pub(super) fn exit_waits(&self) -> bool {
        self.exit.get() != Exit::None
    }

    /// Is an error in the mailbox, so that it has no room for another one?
    pub(super) fn has_error(&self) -> bool {
        matches!(self.letter.get(), Letter::Thrown | Letter::Raised)
    }

    /// Leaves an exception for a body that stands at an await: it waits while clean-up runs.
    pub(crate) fn throw(&self, exception: Exception<E>) {
        match exception {
            Exception::GeneratorExit => self.exit.set(Exit::Waiting),
            Exception::Error(error) => self.put_error(error, Letter::Thrown),
        }
    }

    /// Leaves an exception that is raised in any case: for a body that stands at a yield, or by the body itself.
    pub(crate) fn raise(&self, exception: Exception<E>) {
        match exception {
            Exception::GeneratorExit => self.exit.set(Exit::Raised),
            Exception::Error(error) => self.put_error(error, Letter::Raised),
        }
    }

    fn put_error(&self, error: E, letter: Letter) {
        self.discard();
        // SAFETY: the letter is `Empty`: invariant 1.
        unsafe { self.write(error) };
        self.letter.set(letter);
    }

    fn take_error(&self) -> E {
        debug_assert!(self.has_error());
        self.letter.set(Letter::Empty);
        // SAFETY: every caller has seen `Thrown` or `Raised`: invariant 1.
        unsafe { self.read() }
    }

    /// Is there an exception that must be raised at the point where the body stands?
    #[inline]
    pub(crate) fn exception_is_due(&self) -> bool {
        let (letter, exit) = (self.letter.get(), self.exit.get());
        if letter != Letter::Thrown && letter != Letter::Raised && exit == Exit::None {
            return false;
        }
        letter == Letter::Raised || exit == Exit::Raised || !self.masked.get()
    }

    /// The exception that must be raised at the point where the body stands. What was raised goes before what waits,
    /// and an error before the exit.
    #[inline]
    pub(crate) fn take_exception(&self) -> Option<Exception<E>> {
        if self.exception_is_due() { self.take_due_exception() } else { None }
    }

    #[cold]
    fn take_due_exception(&self) -> Option<Exception<E>> {
        let letter = self.letter.get();
        if letter == Letter::Raised || (letter == Letter::Thrown && self.exit.get() != Exit::Raised) {
            return Some(Exception::Error(self.take_error()));
        }
        self.exit.set(Exit::None);
        Some(Exception::GeneratorExit)
    }

    /// Whatever exception is in the mailbox at the end of the body, raised or waiting.
    pub(super) fn take_any_exception(&self) -> Option<Exception<E>> {
        self.masked.set(false);
        self.take_exception()
    }

    /// Makes room for an exception that goes before the one that waits.
    pub(crate) fn set_aside(&self) -> Aside<E> {
        let error = (self.letter.get() == Letter::Thrown).then(|| self.take_error());
        Aside { error, exit: self.exit.get() == Exit::Waiting }
    }

    /// Takes back an exception that was raised and that nobody took, and puts back what was set aside for it.
    pub(crate) fn put_back(&self, aside: Aside<E>) {
        if self.letter.get() == Letter::Raised {
            drop(self.take_error());
        }
        if let (Some(error), Letter::Empty) = (aside.error, self.letter.get()) {
            self.put_error(error, Letter::Thrown);
        }
        if self.exit.get() == Exit::Raised {
            self.exit.set(if aside.exit { Exit::Waiting } else { Exit::None });
        }
    }

    // --- the end -----------------------------------------------------------------------------------------------

    /// Empties the payload, and drops what was in it.
    #[inline]
    fn discard(&self) {
        match self.letter.replace(Letter::Empty) {
            Letter::Empty => {}
            Letter::Placed | Letter::Yielded => {
                // SAFETY: by the letter that was replaced: invariant 1.
                drop::<Y>(unsafe { self.read() });
            }
            Letter::Sent => {
                // SAFETY: as above.
                drop::<S>(unsafe { self.read() });
            }
            Letter::Thrown | Letter::Raised => {
                // SAFETY: as above.
                drop::<E>(unsafe { self.read() });
            }
        }
    }

    /// Back to how it was made, but for the phase.
    pub(super) fn clear(&self) {
        self.exit.set(Exit::None);
        self.masked.set(false);
        self.depth.set(0);
        self.discard();
    }
}

impl<Y, S, E> Drop for Mailbox<Y, S, E> {
    fn drop(&mut self) {
        self.discard();
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
