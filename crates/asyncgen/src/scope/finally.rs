//! `try` and `finally`.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::{Catch, CleanUp, ScopeBody};
use crate::Yielder;
use crate::engine::MailboxRef;

pin_project! {
    /// The future of [`Yielder::finally`](crate::Yielder::finally).
    #[must_use = "nothing runs until this is awaited"]
    pub struct Finally<'y, Y, S, E, T, Fut, C, CFut> {
        #[pin]
        stage: Stage<'y, Y, S, E, T, Fut, CFut>,
        mailbox: MailboxRef<'y, Y, S, E>,
        clean_up: Option<C>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<'y, Y, S, E, T, Fut, CFut> {
        Body { #[pin] body: Catch<'y, Y, S, E, Fut> },
        CleanUp { #[pin] clean_up: CleanUp<'y, Y, S, E, T, CFut> },
    }
}

impl<'y, Y, S, E, T, Fut, C, CFut> Finally<'y, Y, S, E, T, Fut, C, CFut> {
    pub(crate) fn new(mailbox: MailboxRef<'y, Y, S, E>, body: Fut, clean_up: C) -> Self {
        let body = Catch::new(mailbox.share(), body);
        Self { stage: Stage::Body { body }, mailbox, clean_up: Some(clean_up) }
    }
}

impl<'y, Y, S, E, T, Fut, C, CFut> Future for Finally<'y, Y, S, E, T, Fut, C, CFut>
where
    Fut: Future<Output = Result<T, E>>,
    C: ScopeBody<Yielder<'y, Y, S, E>, Future = CFut>,
    CFut: Future<Output = Result<(), E>>,
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut this = self.project();
        if let StageProjection::Body { body } = this.stage.as_mut().project() {
            let outcome = ready!(body.poll(cx));
            let Some(clean_up) = this.clean_up.take() else { return Poll::Pending };
            let clean_up = clean_up(Yielder::new(this.mailbox.share()));
            let clean_up = CleanUp::new(this.mailbox.share(), outcome, clean_up);
            this.stage.set(Stage::CleanUp { clean_up });
        }
        match this.stage.project() {
            StageProjection::CleanUp { clean_up } => clean_up.poll(cx),
            StageProjection::Body { .. } => Poll::Pending,
        }
    }
}

impl<Y, S, E, T, Fut, C, CFut> fmt::Debug for Finally<'_, Y, S, E, T, Fut, C, CFut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finally").finish_non_exhaustive()
    }
}
