//! Exceptions: thrown in by the driver, raised by the body, taken by a scope or by the driver.

use super::{Exit, Mailbox, Signal};
use crate::{Exception, Resume};

impl<Y, S, E> Mailbox<Y, S, E> {
    /// Was a `GeneratorExit` left here that is not raised yet?
    pub(in crate::engine) fn exit_waits(&self) -> bool {
        self.exit.get() != Exit::None
    }

    /// Is an error in the mailbox, so that it has no room for another one?
    pub(in crate::engine) fn has_error(&self) -> bool {
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

    /// Raises an error in a suspended body that has a scope to take it, or gives back what is no such thing.
    #[inline]
    pub(in crate::engine) fn raise_if_suspended(&self, resume: Resume<S, E>) -> Result<(), Resume<S, E>> {
        match resume {
            Resume::Throw(Exception::Error(error))
                if self.signal.get() == Signal::Suspended && self.depth.get() > 0 =>
            {
                // SAFETY: a suspended generator's payload is empty: invariant 1.
                unsafe { self.write(error) };
                self.signal.set(Signal::Raised);
                Ok(())
            }
            resume => Err(resume),
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
    pub(super) fn without_payload(&self) -> Signal {
        if self.exit.get() == Exit::None { Signal::Running } else { Signal::Exiting }
    }

    /// Is there an exception that must be raised at the point where the body stands?
    #[inline]
    pub(crate) fn exception_is_due(&self) -> bool {
        self.signal.get() >= Signal::Thrown && self.waiting_is_over()
    }

    /// Is there an error among them?
    pub(crate) fn error_is_due(&self) -> bool {
        self.has_error() && self.waiting_is_over()
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
    pub(in crate::engine) fn take_any_exception(&self) -> Option<Exception<E>> {
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
        if let Some(error) = aside.error.filter(|_| !self.has_error()) {
            self.put_error(error, Signal::Thrown);
        }
    }
}

/// What [`Mailbox::set_aside`] took out.
pub(crate) struct Aside<E> {
    error: Option<E>,
    exit: bool,
}
