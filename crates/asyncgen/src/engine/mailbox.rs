//! How values and exceptions pass between a generator's driver and its body.
//!
//! The driver and the body never run at the same time: the driver polls the body, and looks into the mailbox before
//! and after. The crate's `unsafe` code is here, in [`generator`](super::generator) and in
//! [`delegation`](super::delegation) beside it (pointers, owners, a `YieldFrom` and two functions of `keyword/expanded.rs`
//! pass calls of the latter on), and rests on four invariants (`docs/soundness.md` has them all, with what keeps them):
//!
//! 1. **The signal says what the payload holds.** `Placed` and `Yielded`: a `Y`. `Sent`: an `S`. `Thrown` and `Raised`:
//!    an `E`. `Delegating`, `Lent`, `RunningInside` and `SuspendedInside`: a frame's address. All others: nothing. Every write
//!    of the one is beside a write of the other, and no user code (a destructor, say) runs in between. (`Sent` stays
//!    when the body has received a nothing that takes no room: there is nothing to be read or dropped then.)
//! 2. **A [`MailboxRef`] does not outlive its mailbox.** It is made of a [`RawYielder`] alone, in ways whose caller
//!    promises that the body alone uses it: its lifetime is that of a local variable of the body, or nobody else can
//!    name what it is lent from (a macro in whose arguments keywords are used can: it gets one with a lifetime). The
//!    body lives in the same pinned struct as the mailbox, and is dropped before it.
//! 3. **One user at a time.** A mailbox is reached through `&mut Generator`, by the body that such a `&mut` is
//!    polling, or by `Generator::state`, which only reads, and which nobody can call while a `&mut Generator` exists.
//!    In the body it is reached through the one `Yielder`, whose every method takes `&mut self`, or, in the keyword form,
//!    through the one `BodyYielder`, in the same way. A scope of the closure form lends its inner future a yielder of a
//!    lifetime that the inner future cannot name, so that it cannot be put aside.
//! 4. **`Created` and `Closed` say that there is no body, every other signal that there is one.** They are set and
//!    left by the generator alone: whoever has a `MailboxRef` is part of a body.
#![allow(unsafe_code)]

mod exceptions;
mod frames;
mod lent;
mod values;

use core::cell::{Cell, UnsafeCell};
use core::mem::{ManuallyDrop, MaybeUninit};

pub(crate) use exceptions::Aside;
#[cfg(feature = "macros")]
pub use lent::BodyYielder;
pub(crate) use lent::MailboxRef;
pub use lent::RawYielder;
pub(super) use values::Begun;

use super::delegation::FramePointer;
use crate::State;

/// Where the generator stands, and what the payload holds. One byte says both, so that a step has little to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Signal {
    /// There is no body yet.
    Created,
    /// There is no body any more.
    Closed,
    /// The body is of no use any more: a delegate that it was waiting for, and that a root stepped, has panicked.
    Panicked,
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
    /// The body waits for a delegate that some root steps; this is not the root. The payload holds the body's own frame.
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

/// In a mailbox's depth: if the body is dropped where it stands, clean-up is missed. (Whoever counts from there counts on.)
#[cfg(feature = "macros")]
const MISSED: u32 = 1 << 31;

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
    /// How many scopes are around the point where the body stands; in the keyword form, [`MISSED`] in addition.
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

    /// There is no body, and nothing in the mailbox.
    #[inline]
    pub(super) fn set_closed(&self) {
        debug_assert_eq!(self.signal.get(), Signal::Created);
        self.signal.set(Signal::Closed);
    }

    /// The body was made, and runs.
    #[inline]
    pub(super) fn set_running(&self) {
        self.signal.set(Signal::Running);
    }

    /// Does the body stand at a yield outside of every scope?
    #[inline]
    pub(super) fn is_suspended_outside(&self) -> bool {
        self.signal.get() == Signal::Suspended && self.depth.get() == 0
    }

    /// The state that the consumer sees.
    #[inline]
    pub(super) fn state(&self) -> State {
        match self.signal.get() {
            Signal::Created => State::Created,
            Signal::Closed | Signal::Panicked => State::Closed,
            Signal::Suspended | Signal::SuspendedInside => State::Suspended,
            Signal::Lent => self.state_of_lent(),
            _ => State::Running,
        }
    }

    #[inline]
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    pub(crate) fn set_closing(&self, closing: bool) {
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

    /// The body comes to a place with so many scopes around it, in the keyword form, where they are places and not futures.
    #[cfg(feature = "macros")]
    #[inline]
    pub(crate) fn stand(&self, depth: u32, missed: bool, masked: bool) {
        self.depth.set(if missed { depth | MISSED } else { depth });
        self.masked.set(masked);
    }

    /// Is there clean-up that is missed if the body is dropped where it stands, in the keyword form?
    #[cfg(all(feature = "macros", feature = "std"))]
    pub(super) fn misses_clean_up(&self) -> bool {
        self.depth.get() & MISSED != 0
    }

    #[inline]
    pub(in crate::engine) fn is_masked(&self) -> bool {
        self.masked.get()
    }

    /// Raises or lowers the mask; returns how it was.
    #[inline]
    pub(crate) fn replace_mask(&self, masked: bool) -> bool {
        self.masked.replace(masked)
    }

    /// Empties the payload of a step in flight, and drops what was in it.
    #[inline]
    fn discard(&self) {
        let signal = self.signal.replace(self.without_payload());
        self.drop_payload(signal);
    }

    /// The body is no more; drops what is left in the mailbox.
    pub(super) fn close(&self) {
        self.exit.set(Exit::None);
        self.depth.set(0);
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
