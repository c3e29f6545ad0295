//! Values, out to the consumer and in to the body.

use core::mem::needs_drop;
use core::task::Poll;

use super::{Exit, Mailbox, Signal};
use crate::{Resume, SentValue};

impl<Y, S, E> Mailbox<Y, S, E> {
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
                if size_of::<S>() == 0 && !needs_drop::<S>() {
                    if let Some(nothing) = S::nothing() {
                        return Poll::Ready(nothing);
                    }
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

    /// A body that comes to a yield can be interrupted there, also in clean-up (C25): by one exception. Another keeps
    /// waiting.
    #[cold]
    fn raise_what_waits(&self) {
        match self.signal.get() {
            Signal::Thrown => self.signal.set(Signal::Raised),
            Signal::Raised => {}
            _ if self.exit.get() == Exit::Waiting => self.exit.set(Exit::Raised),
            _ => {}
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
    pub(in crate::engine) fn take_yielded(&self) -> Option<Y> {
        if self.signal.get() != Signal::Yielded {
            return None;
        }
        self.signal.set(Signal::Suspended);
        self.closing.set(false);
        // SAFETY: the signal was `Yielded`: invariant 1.
        Some(unsafe { self.read() })
    }

    /// Both halves of a yield in one.
    #[inline]
    pub(crate) fn hand_over(&self, value: Y) {
        self.place(value);
        match self.signal.get() {
            Signal::Placed => self.signal.set(Signal::Yielded),
            _ => self.raise_what_waits(),
        }
    }

    /// What was sent to the yield at which the body is suspended.
    #[inline]
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
    pub(in crate::engine) fn send(&self, value: S) {
        debug_assert_eq!(self.signal.get(), Signal::Suspended);
        // SAFETY: a suspended generator's payload is empty: invariant 1.
        unsafe { self.write(value) };
        self.signal.set(Signal::Sent);
    }

    /// Resumes a suspended body with a value, or gives back what is no such thing.
    #[inline]
    pub(in crate::engine) fn send_if_suspended(&self, resume: Resume<S, E>) -> Result<(), Resume<S, E>>
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
}
