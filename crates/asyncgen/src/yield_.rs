//! The futures of a single yield.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::engine::MailboxRef;
use crate::{Exception, SentValue};

/// The future of [`Yielder::yield_`](crate::Yielder::yield_).
#[must_use = "nothing is yielded until this is awaited"]
pub struct Yield<'y, Y, S, E> {
    mailbox: MailboxRef<'y, Y, S, E>,
}

impl<'y, Y, S, E> Yield<'y, Y, S, E> {
    #[inline]
    pub(crate) fn new(mailbox: MailboxRef<'y, Y, S, E>, value: Y) -> Self {
        mailbox.place(value);
        Self { mailbox }
    }
}

impl<Y, S: SentValue, E> Future for Yield<'_, Y, S, E> {
    type Output = S;

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<S> {
        self.mailbox.poll_yield()
    }
}

impl<Y, S, E> Drop for Yield<'_, Y, S, E> {
    #[inline]
    fn drop(&mut self) {
        self.mailbox.abandon_yield();
    }
}

/// The future of [`Yielder::try_yield`](crate::Yielder::try_yield).
#[must_use = "nothing is yielded until this is awaited"]
pub struct TryYield<'y, Y, S, E> {
    mailbox: MailboxRef<'y, Y, S, E>,
    /// The number of scopes around the yield, itself included, once it was polled; [`LEFT`](Self::LEFT) once it is
    /// ready.
    level: u32,
}

impl<'y, Y, S, E> TryYield<'y, Y, S, E> {
    const LEFT: u32 = u32::MAX;

    #[inline]
    pub(crate) fn new(mailbox: MailboxRef<'y, Y, S, E>, value: Y) -> Self {
        mailbox.place(value);
        Self { mailbox, level: 0 }
    }

    /// A yield that is ready is no scope any more, even if its future lives on.
    #[inline]
    fn leave(&mut self) {
        if self.level != Self::LEFT {
            self.mailbox.leave(self.level);
            self.level = Self::LEFT;
        }
    }
}

impl<Y, S: SentValue, E> Future for TryYield<'_, Y, S, E> {
    type Output = Result<S, Exception<E>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.level {
            0 => self.level = self.mailbox.enter(),
            Self::LEFT => return Poll::Pending,
            _ => {}
        }
        let result = match self.mailbox.poll_yield() {
            Poll::Ready(sent) => Ok(sent),
            Poll::Pending => match self.mailbox.take_exception() {
                Some(exception) => Err(exception),
                None => return Poll::Pending,
            },
        };
        self.leave();
        Poll::Ready(result)
    }
}

impl<Y, S, E> Drop for TryYield<'_, Y, S, E> {
    #[inline]
    fn drop(&mut self) {
        self.mailbox.abandon_yield();
        #[cfg(feature = "std")]
        if self.level != 0 && self.level != Self::LEFT {
            crate::hooks::try_block_abandoned();
        }
        self.leave();
    }
}

/// Is pending once.
#[cfg(feature = "macros")]
#[derive(Debug)]
#[must_use = "nothing is suspended until this is awaited"]
pub struct Suspend {
    polled: bool,
}

#[cfg(feature = "macros")]
impl Suspend {
    pub(crate) const NEW: Self = Self { polled: false };
}

#[cfg(feature = "macros")]
impl Future for Suspend {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.polled {
            return Poll::Ready(());
        }
        self.polled = true;
        Poll::Pending
    }
}

macro_rules! debug {
    ($name:ident) => {
        impl<Y, S, E> fmt::Debug for $name<'_, Y, S, E> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

debug!(Yield);
debug!(TryYield);
