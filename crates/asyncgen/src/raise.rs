//! Raising an exception inside a body.

use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::engine::{Aside, MailboxRef};
use crate::{Exception, StepError};

/// What a body can raise: its generator's error, or an [`Exception`] that it has caught.
#[diagnostic::on_unimplemented(
    message = "a body whose error type is `{E}` can't raise `{Self}`",
    label = "can't be raised here",
    note = "a body raises its generator's own error type: convert this into `{E}` first",
    note = "`StopAsyncIteration` can't be raised at all (PEP 479): to end the generator, return from its body"
)]
pub trait Raise<E> {
    /// The exception to be raised.
    fn into_exception(self) -> Exception<E>;
}

impl<E> Raise<E> for E {
    fn into_exception(self) -> Exception<E> {
        Exception::Error(self)
    }
}

impl<E> Raise<E> for Exception<E> {
    fn into_exception(self) -> Self {
        self
    }
}

/// Nobody's error. With this, an argument of `raise` that says `StopAsyncIteration` does not tell the compiler what the
/// body's error type is, and its message is about the argument (contract clause C8).
#[doc(hidden)]
#[derive(Debug)]
pub enum NobodysError {}

#[doc(hidden)]
impl<E, R> Raise<NobodysError> for StepError<E, R> {
    fn into_exception(self) -> Exception<NobodysError> {
        unreachable!("no generator has this error type")
    }
}

/// A point of the body from which an exception is on its way to the scope around it. Never ready: that scope drops it.
#[doc(hidden)]
#[allow(unreachable_pub, missing_debug_implementations, reason = "public for the macros alone")]
pub struct Raising<'y, Y, S, E> {
    mailbox: MailboxRef<'y, Y, S, E>,
    exception: Option<Exception<E>>,
    /// What was waiting before, which is to wait on while this exception goes first.
    aside: Option<Aside<E>>,
}

impl<'y, Y, S, E> Raising<'y, Y, S, E> {
    pub(crate) fn new(mailbox: MailboxRef<'y, Y, S, E>, exception: Exception<E>) -> Self {
        Self { mailbox, exception: Some(exception), aside: None }
    }
}

impl<Y, S, E> Unpin for Raising<'_, Y, S, E> {}

impl<Y, S, E> Future for Raising<'_, Y, S, E> {
    type Output = Infallible;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Infallible> {
        if let Some(exception) = self.exception.take() {
            self.aside = Some(self.mailbox.set_aside());
            self.mailbox.raise(exception);
        }
        Poll::Pending
    }
}

impl<Y, S, E> Drop for Raising<'_, Y, S, E> {
    fn drop(&mut self) {
        if let Some(aside) = self.aside.take() {
            self.mailbox.put_back(aside);
        }
    }
}
