//! What the mailbox has to do with delegation in constant time: see [`delegation`](crate::engine::delegation).

use super::{Mailbox, Signal};
use crate::State;
use crate::engine::delegation::{Frame, FramePointer};

impl<Y, S, E> Mailbox<Y, S, E> {
    /// Is nothing in the mailbox, so that the body's driver may leave the body alone?
    pub(crate) fn is_calm(&self) -> bool {
        self.is_empty()
    }

    /// Leaves the frame of a delegation for the driver.
    pub(in crate::engine) fn leave_frame(&self, frame: FramePointer<Y, S, E>) {
        debug_assert!(self.is_empty());
        // SAFETY: the payload is empty: invariant 1.
        unsafe { self.write(frame) };
        self.signal.set(Signal::Delegating);
    }

    /// The frame that the body left in the poll that has just ended. It is for a root, which puts it on its stack.
    pub(in crate::engine) fn take_frame(&self) -> Option<FramePointer<Y, S, E>> {
        if self.signal.get() != Signal::Delegating {
            return None;
        }
        self.signal.set(Signal::Lent);
        // SAFETY: the signal was `Delegating`: invariant 1.
        Some(unsafe { self.read() })
    }

    /// The frame that the body waits at.
    fn own_frame(&self) -> Option<FramePointer<Y, S, E>> {
        let is_there = matches!(self.signal.get(), Signal::Delegating | Signal::Lent);
        // SAFETY: by the signal: invariant 1. A pointer may be read more than once.
        is_there.then(|| unsafe { self.read() })
    }

    /// Takes back the frame that the body has left, which is about to be dropped.
    #[inline]
    pub(in crate::engine) fn retract_frame(&self, frame: &Frame<Y, S, E>) {
        if self.own_frame().is_some_and(|own| core::ptr::eq(own.get(), frame)) {
            self.signal.set(Signal::Running);
        }
    }

    /// Somebody drives this body while it waits for a delegate that a root steps: so that root was leaked, and does so no
    /// more. Takes the body's frame off its stack. Was it so?
    #[cold]
    pub(in crate::engine) fn reclaim(&self) -> bool {
        let Some(own) = self.own_frame().filter(|_| self.signal.get() == Signal::Lent) else { return false };
        own.get().detach();
        self.take_back(false);
        true
    }

    /// The state of a body that waits for a delegate that a root steps: that of the delegate.
    #[cold]
    pub(super) fn state_of_lent(&self) -> State {
        self.own_frame().map_or(State::Running, |own| own.get().state())
    }

    /// The body is no longer waiting for a delegate that a root steps.
    pub(in crate::engine) fn take_back(&self, suspended: bool) {
        if self.signal.get() == Signal::Lent {
            self.signal.set(if suspended { Signal::Suspended } else { Signal::Running });
        }
    }

    /// A delegate that the body was waiting for, and that a root stepped, has panicked.
    pub(in crate::engine) fn panicked(&self) {
        if self.signal.get() == Signal::Running {
            self.signal.set(Signal::Panicked);
        }
    }

    /// Is this the root of a stack that frames are on?
    #[inline]
    pub(in crate::engine) fn is_root(&self) -> bool {
        matches!(self.signal.get(), Signal::SuspendedInside | Signal::RunningInside)
    }

    /// The innermost frame on this root's stack.
    pub(in crate::engine) fn innermost(&self) -> Option<FramePointer<Y, S, E>> {
        match self.signal.get() {
            // SAFETY: by the signal: invariant 1. A pointer may be read more than once.
            Signal::SuspendedInside | Signal::RunningInside => Some(unsafe { self.read() }),
            _ => None,
        }
    }

    /// This is the root of a stack, whose innermost frame runs from now on.
    #[inline]
    pub(in crate::engine) fn run_inside(&self, innermost: FramePointer<Y, S, E>) {
        debug_assert!(matches!(self.signal.get(), Signal::RunningInside | Signal::Lent));
        // SAFETY: the payload is empty, or holds a pointer, which needs no drop: invariant 1.
        unsafe { self.write(innermost) };
        self.signal.set(Signal::RunningInside);
    }

    /// The innermost frame was taken off the stack, and this one is the innermost now, if any is left.
    #[inline]
    pub(in crate::engine) fn set_innermost(&self, frame: Option<FramePointer<Y, S, E>>, suspended: bool) {
        debug_assert!(self.innermost().is_some());
        match frame {
            // SAFETY: the payload holds a pointer, which needs no drop: invariant 1.
            Some(frame) => unsafe { self.write(frame) },
            None => self.signal.set(if suspended { Signal::Suspended } else { Signal::Running }),
        }
    }

    /// The innermost delegate runs, or is suspended.
    #[inline]
    pub(in crate::engine) fn set_inside(&self, suspended: bool) {
        debug_assert!(self.innermost().is_some());
        self.signal.set(if suspended { Signal::SuspendedInside } else { Signal::RunningInside });
    }
}
