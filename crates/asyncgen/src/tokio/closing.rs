//! The task that closes a generator.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::registry::{Outcome, Ticket, message};
use super::report::Panicked;
use crate::hooks::{CleanUpError, Finalizer, While, without_panic};

/// Closes a generator, and settles its ticket.
pub(super) struct ClosingTask<C> {
    // Dropped before the ticket: what it drops may hand over more, which the scope must know of before it counts this
    // one as done.
    closing: Option<C>,
    ticket: Option<Ticket>,
}

impl<C> ClosingTask<C> {
    pub(super) fn new(closing: C, ticket: Ticket) -> Self {
        Self { closing: Some(closing), ticket: Some(ticket) }
    }
}

impl<C> Future for ClosingTask<C>
where
    C: Future<Output = Result<(), CleanUpError>> + Unpin,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let (Some(closing), Some(ticket)) = (&mut this.closing, &this.ticket) else { return Poll::Ready(()) };
        // Generators that the clean-up itself starts belong to the scope as well.
        let _while = ticket.scope().map(|scope| {
            While::changed(|hooks| hooks.finalizer = Some(Finalizer::scope(super::ScopeFinalizer::of(scope.clone()))))
        });
        let outcome = match without_panic(|| Pin::new(closing).poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => Outcome::Closed(result),
            Err(panic) => Outcome::Panicked(Panicked { created: ticket.created(), message: message(&*panic) }),
        };
        let outcome = match without_panic(|| this.closing = None) {
            Ok(()) => outcome,
            Err(panic) => Outcome::Panicked(Panicked { created: ticket.created(), message: message(&*panic) }),
        };
        if let Some(ticket) = this.ticket.take() {
            ticket.settle(outcome);
        }
        Poll::Ready(())
    }
}
