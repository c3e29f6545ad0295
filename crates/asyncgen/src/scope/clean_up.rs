//! Clean-up: what runs on the way out, whichever way that is.

use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::catch::Entered;
use crate::Exception;
use crate::engine::MailboxRef;
use crate::raise::Raising;

pin_project! {
    /// Runs clean-up, then goes on as `outcome` says. Exceptions wait meanwhile (contract clause C25).
    #[doc(hidden)]
    pub struct CleanUp<'y, Y, S, E, T, Fut> {
        #[pin]
        inner: Option<Fut>,
        // Lowered when the clean-up is dropped half-way.
        mask: Mask<'y, Y, S, E>,
        outcome: Option<Result<T, Exception<E>>>,
        raising: Option<Raising<'y, Y, S, E>>,
    }
}

/// The mask, raised while this lives; the clean-up is also a scope of its own.
struct Mask<'y, Y, S, E> {
    entered: Entered<'y, Y, S, E>,
    /// How the mask was before it was raised.
    before: Option<bool>,
}

impl<Y, S, E> Mask<'_, Y, S, E> {
    /// As [`Entered::take_exception`], with the mask raised.
    fn take_exception(&mut self) -> Option<Exception<E>> {
        if self.before.is_none() {
            self.before = Some(self.entered.mailbox.replace_mask(true));
        }
        self.entered.take_exception()
    }

    fn lower(&mut self) {
        if let Some(before) = self.before.take() {
            self.entered.mailbox.replace_mask(before);
        }
    }
}

impl<Y, S, E> Drop for Mask<'_, Y, S, E> {
    fn drop(&mut self) {
        self.lower();
    }
}

impl<'y, Y, S, E, T, Fut> CleanUp<'y, Y, S, E, T, Fut> {
    pub(crate) fn new(mailbox: MailboxRef<'y, Y, S, E>, outcome: Result<T, Exception<E>>, clean_up: Fut) -> Self {
        let mask = Mask { entered: Entered::new(mailbox), before: None };
        Self { inner: Some(clean_up), mask, outcome: Some(outcome), raising: None }
    }
}

/// What clean-up may end with.
#[doc(hidden)]
#[allow(unreachable_pub, reason = "public for the macros alone")]
pub trait Ending<T> {
    /// A way out of the clean-up itself, by `return` or `break`, which goes instead of how it was on the way out before.
    fn way_out(self) -> Option<T>;
}

impl<T> Ending<T> for () {
    fn way_out(self) -> Option<T> {
        None
    }
}

impl<T> Ending<T> for Option<T> {
    fn way_out(self) -> Option<T> {
        self
    }
}

impl<Y, S, E, T, D, Fut> Future for CleanUp<'_, Y, S, E, T, Fut>
where
    D: Ending<T>,
    Fut: Future<Output = Result<D, E>>,
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };

        let end = match this.mask.take_exception() {
            Some(exception) => Some(Err(exception)),
            None => match inner.poll(cx) {
                Poll::Ready(Ok(end)) => end.way_out().map(Ok),
                Poll::Ready(Err(error)) => Some(Err(Exception::Error(error))),
                Poll::Pending => match this.mask.entered.mailbox.take_exception() {
                    Some(exception) => Some(Err(exception)),
                    None => return Poll::Pending,
                },
            },
        };
        this.inner.set(None);
        this.mask.lower();
        this.mask.entered.leave();

        let mailbox = &this.mask.entered.mailbox;
        let replaced = this.outcome.take();
        let outcome = match end {
            Some(end) => {
                drop(replaced);
                Some(end)
            }
            None => replaced,
        };
        match outcome {
            Some(Ok(value)) if !mailbox.exception_is_due() => return Poll::Ready(value),
            // What waited is raised here. A `GeneratorExit` on its way gives way to it: the consumer knows of that.
            Some(Ok(_) | Err(Exception::GeneratorExit)) if mailbox.exception_is_due() => {}
            Some(Err(exception)) => {
                let raising = this.raising.insert(Raising::new(mailbox.share(), exception));
                let Poll::Pending = Pin::new(raising).poll(cx);
            }
            Some(Ok(_)) | None => {}
        }
        Poll::Pending
    }
}
