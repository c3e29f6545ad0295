//! `try` and `except`.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::Exception;
use crate::engine::MailboxRef;

pin_project! {
    /// The future of [`Yielder::catch`](crate::Yielder::catch).
    #[must_use = "nothing runs until this is awaited"]
    pub struct Catch<'y, Y, S, E, Fut> {
        // Dropped, by `poll` or with the scope, before the scope is left: it is inside.
        #[pin]
        body: Option<Fut>,
        entered: Entered<'y, Y, S, E>,
    }
}

/// A scope's place among the scopes; dropping it leaves the scope, whose `try` block is then abandoned.
pub(super) struct Entered<'y, Y, S, E> {
    pub(super) mailbox: MailboxRef<'y, Y, S, E>,
    level: u32,
}

impl<'y, Y, S, E> Entered<'y, Y, S, E> {
    pub(super) fn new(mailbox: MailboxRef<'y, Y, S, E>) -> Self {
        Self { mailbox, level: 0 }
    }

    /// The exception that the scope takes before it polls what is in it. At the first poll it enters the scope, and takes
    /// none: what has waited is raised where the block comes to an await or a yield, and not before it has begun.
    #[inline]
    pub(super) fn take_exception(&mut self) -> Option<Exception<E>> {
        if self.level == 0 {
            self.level = self.mailbox.enter();
            return None;
        }
        self.mailbox.take_exception_at(self.level)
    }

    #[inline]
    pub(super) fn leave(&mut self) {
        self.mailbox.leave(core::mem::take(&mut self.level));
    }
}

impl<Y, S, E> Drop for Entered<'_, Y, S, E> {
    #[inline]
    fn drop(&mut self) {
        if self.level > 0 {
            #[cfg(feature = "std")]
            crate::hooks::try_block_abandoned();
            self.leave();
        }
    }
}

impl<'y, Y, S, E, Fut> Catch<'y, Y, S, E, Fut> {
    pub(crate) fn new(mailbox: MailboxRef<'y, Y, S, E>, body: Fut) -> Self {
        Self { body: Some(body), entered: Entered::new(mailbox) }
    }
}

impl<Y, S, E, T, Fut> Future for Catch<'_, Y, S, E, Fut>
where
    Fut: Future<Output = Result<T, E>>,
{
    type Output = Result<T, Exception<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else { return Poll::Pending };
        let result = match this.entered.take_exception() {
            Some(exception) => Err(exception),
            None => match body.poll(cx) {
                Poll::Ready(result) => result.map_err(Exception::Error),
                Poll::Pending => match this.entered.mailbox.take_exception() {
                    Some(exception) => Err(exception),
                    None => return Poll::Pending,
                },
            },
        };
        this.body.set(None);
        this.entered.leave();
        Poll::Ready(result)
    }
}

impl<Y, S, E, Fut> fmt::Debug for Catch<'_, Y, S, E, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catch").finish_non_exhaustive()
    }
}
