//! Values, out to the consumer and in to the body.

use core::mem::needs_drop;
use core::task::Poll;

use super::{Exit, Mailbox, Signal};
use crate::engine::delegation::Go;
use crate::{Nothing, Resume, SentValue};

/// How [`Mailbox::begin_next`] has begun a step.
pub(in crate::engine) enum Begun {
    /// The body is to be polled.
    Usual,
    /// The body is to be made.
    First,
    /// Not at all: there is more to be done.
    Not,
}

impl<Y, S, E> Mailbox<Y, S, E> {
    /// What is sent takes no room. If it is nothing besides, the signal may stay `Sent` when the body has taken it, which
    /// spares the commonest generators a write per item.
    const SENT_TAKES_NO_ROOM: bool = size_of::<S>() == 0 && !needs_drop::<S>();

    /// Does a step run, and is nothing in the mailbox?
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.signal.get() >= Signal::Running && self.has_room()
    }

    /// Is there nothing in the payload that would have to be dropped first? Bodies ask this, which run while a step does, or
    /// while they are dropped: so one comparison tells.
    #[inline]
    fn has_room(&self) -> bool {
        self.signal.get() <= if Self::SENT_TAKES_NO_ROOM { Signal::Sent } else { Signal::Running }
    }

    /// The first half of a yield, when its future is made. The value goes straight into the mailbox, so that the
    /// future needs no room for it.
    #[inline]
    pub(crate) fn place(&self, value: Y) {
        if !self.has_room() && !self.make_room() {
            return;
        }
        // SAFETY: the payload is empty, or holds an address, which needs no drop: invariant 1.
        unsafe { self.write(value) };
        self.signal.set(Signal::Placed);
    }

    /// Makes room for a value to be yielded. There is none beside an exception, which the yield raises instead.
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
        if let Some(sent) = self.receive() {
            return Poll::Ready(sent);
        }
        if self.signal.get() == Signal::Placed {
            self.signal.set(Signal::Yielded);
        } else {
            self.raise_at_yield();
        }
        Poll::Pending
    }

    /// At a yield where nothing was sent after all, since an exception came before the step ran: raises that. A body that
    /// comes to a yield can be interrupted there, also in clean-up (C25): by one exception. Another keeps waiting.
    ///
    /// (In this order the compiler does not join it with the question that comes before: whether something was sent.)
    #[inline]
    pub(crate) fn raise_at_yield(&self) {
        if self.exit.get() == Exit::Waiting && self.signal.get() == Signal::Exiting {
            self.exit.set(Exit::Raised);
        } else if self.signal.get() == Signal::Thrown {
            self.signal.set(Signal::Raised);
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
            _ => self.raise_at_yield(),
        }
    }

    /// What was sent to the yield at which the body is suspended.
    #[inline]
    pub(crate) fn take_sent(&self) -> Option<S> {
        (self.signal.get() == Signal::Sent).then(|| {
            self.signal.set(Signal::Running);
            // SAFETY: the signal was `Sent`: invariant 1.
            unsafe { self.read() }
        })
    }

    /// Was something sent that the body has not taken?
    #[cfg(all(debug_assertions, feature = "std"))]
    pub(in crate::engine) fn has_sent(&self) -> bool {
        self.signal.get() == Signal::Sent
    }

    /// The same, and nothing is read or written if what was sent is nothing, and takes no room. (In debug builds the signal
    /// says whether it was taken: see [`has_sent`](Self::has_sent).)
    #[inline]
    pub(crate) fn receive(&self) -> Option<S>
    where
        S: SentValue,
    {
        if Self::SENT_TAKES_NO_ROOM && cfg!(not(debug_assertions)) && self.signal.get() == Signal::Sent {
            if let Some(nothing) = S::nothing() {
                return Some(nothing);
            }
        }
        self.take_sent()
    }

    /// Resumes a suspended body with a value.
    #[inline]
    pub(in crate::engine) fn send(&self, value: S) {
        debug_assert_eq!(self.signal.get(), Signal::Suspended);
        // SAFETY: a suspended generator's payload is empty: invariant 1.
        unsafe { self.write(value) };
        self.signal.set(Signal::Sent);
    }

    /// Begins a usual step, or finds one in flight: then a poll of the body is all that it needs. Gives back what is not
    /// as simple.
    #[inline]
    pub(in crate::engine) fn go(&self, go: Go<S>) -> Result<(), Go<S>>
    where
        S: SentValue,
    {
        // C5: to go on is to send nothing, where there is a nothing.
        let go = match go {
            Go::Next => S::nothing().map_or(Go::Next, Go::Send),
            go => go,
        };
        match go {
            Go::Send(value) if self.signal.get() == Signal::Suspended => self.send(value),
            // C18: nothing carries on with the step in flight.
            Go::Send(value) if value.is_nothing() && self.is_usual() => {}
            Go::On if self.is_usual() => {}
            go => return Err(go),
        }
        Ok(())
    }

    /// The same, of a step that begins with nothing: where that is something to be sent.
    #[inline]
    pub(in crate::engine) fn begin_next(&self) -> Begun
    where
        S: Nothing,
    {
        match self.go(Go::Next) {
            Ok(()) => Begun::Usual,
            // C2
            Err(_) if self.signal.get() == Signal::Created => Begun::First,
            Err(_) => Begun::Not,
        }
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
