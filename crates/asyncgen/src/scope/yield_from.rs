//! Delegation.
//!
//! The `unsafe` code here says that a [`YieldFrom`] is laid out as [`Delegate`] asks, and polls a generator as it may.
#![allow(unsafe_code)]

use core::fmt;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::catch::Entered;
use crate::engine::{Delegate, Frame, FrameStep, MailboxRef, Stage};
use crate::raise::Raising;
use crate::{AsyncGenerator, Exception, Refused, Resume, Step};

pin_project! {
    /// The future of [`Yielder::yield_from`](crate::Yielder::yield_from).
    #[must_use = "nothing runs until this is awaited"]
    #[repr(C)]
    pub struct YieldFrom<'y, G>
    where
        G: AsyncGenerator,
    {
        // Dropped before the generator, and so taken off a root's stack while all that is inside is still there.
        frame: Frame<G::Yield, G::Sent, G::Error>,
        #[pin]
        generator: G,
        // What goes on when the generator has ended.
        outcome: Option<Exception<G::Error>>,
        raising: Option<Raising<'y, G::Yield, G::Sent, G::Error>>,
        // The delegation is a scope: it gets to see exceptions, and gives them to the generator.
        entered: Entered<'y, G::Yield, G::Sent, G::Error>,
        // How the mask was, while an error waits that the generator can't take yet.
        mask: Option<bool>,
        direct: bool,
        finished: bool,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<G> PinnedDrop for YieldFrom<'_, G>
    where
        G: AsyncGenerator,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.frame.detach();
            if this.frame.stage.get() == Stage::Yield {
                this.entered.mailbox.abandon_yield();
            }
            if let Some(mask) = this.mask.take() {
                this.entered.mailbox.replace_mask(mask);
            }
            // It is no `try` block.
            this.entered.leave();
        }
    }
}

// SAFETY: the type is `repr(C)`; its first field is `frame`, made in `new`, where `Self` is this type.
unsafe impl<G: AsyncGenerator> Delegate<G::Yield, G::Sent, G::Error> for YieldFrom<'_, G> {
    fn begin(self: Pin<&mut Self>, resume: Resume<G::Sent, G::Error>) -> Result<(), Refused<G::Sent, G::Error>> {
        let this = self.project();
        // PEP 380: whichever way `GeneratorExit` came, the delegate is closed, and then it goes on.
        let resume = match resume {
            Resume::Close | Resume::Throw(Exception::GeneratorExit) => {
                this.frame.closing.set(true);
                this.frame.closing_outside.set(this.frame.closing_outside.get() || this.entered.mailbox.is_closing());
                Resume::Close
            }
            resume => resume,
        };
        match this.generator.begin(resume) {
            Ok(()) => this.frame.stage.set(Stage::Step),
            Err(refused @ Refused::AlreadyRunning(_)) => return Err(refused),
            // There is nothing to delegate to.
            Err(_) => this.frame.stage.set(Stage::End),
        }
        Ok(())
    }

    fn step(
        mut self: Pin<&mut Self>,
        sent: Option<G::Sent>,
        cx: &mut Context<'_>,
    ) -> Poll<FrameStep<G::Yield, G::Sent, G::Error>> {
        if self.frame.stage.get() == Stage::End {
            return Poll::Ready(FrameStep::Ended);
        }
        self.frame.stage.set(Stage::Step);
        // SAFETY: the caller is the root whose stack the frame is on, and it is given what comes. The generator is the
        // frame's own, or it has the only borrow of it.
        match ready!(unsafe { self.as_mut().project().generator.poll_delegated(sent, cx) }).split() {
            Ok(step) => Poll::Ready(self.record(step)),
            Err(frame) => Poll::Ready(FrameStep::Delegated(frame)),
        }
    }
}

impl<G: AsyncGenerator> YieldFrom<'_, G> {
    /// Notes what became of a step of the generator.
    fn record(self: Pin<&mut Self>, step: Step<G::Yield, G::Error>) -> FrameStep<G::Yield, G::Sent, G::Error> {
        let this = self.project();
        match step {
            Step::Yielded(value) => {
                this.frame.stage.set(Stage::Yield);
                this.frame.forget_closing();
                FrameStep::Yielded(value)
            }
            Step::Returned => {
                this.frame.stage.set(Stage::End);
                *this.outcome = this.frame.closing.get().then_some(Exception::GeneratorExit);
                if this.frame.closing_outside.get() {
                    // An error that was thrown in meanwhile has made it forget.
                    this.entered.mailbox.set_closing(true);
                }
                FrameStep::Ended
            }
            Step::Raised(exception) => {
                this.frame.stage.set(Stage::End);
                *this.outcome = Some(exception);
                FrameStep::Ended
            }
        }
    }
}

impl<'y, G: AsyncGenerator> YieldFrom<'y, G> {
    pub(crate) fn new(mailbox: MailboxRef<'y, G::Yield, G::Sent, G::Error>, generator: G) -> Self {
        Self {
            frame: Frame::new::<Self>(),
            generator,
            outcome: None,
            raising: None,
            entered: Entered::new(mailbox),
            mask: None,
            direct: false,
            finished: false,
            pinned: PhantomPinned,
        }
    }

    /// A delegation that a root may run by itself: see [`yield_from_directly`](crate::engine::yield_from_directly).
    pub(crate) fn directly(mut self) -> Self {
        self.direct = true;
        self
    }

    /// What the generator is to be resumed with, if anything.
    fn resumption(self: Pin<&mut Self>) -> Option<Resume<G::Sent, G::Error>> {
        let this = self.project();
        let level = this.entered.level();
        let mailbox = &this.entered.mailbox;
        if let Some(mask) = this.mask.take() {
            mailbox.replace_mask(mask);
        }
        match mailbox.take_exception_at(level) {
            Some(exception) => Some(Resume::Throw(exception)),
            None => match this.frame.stage.get() {
                Stage::Start => Some(Resume::Next),
                Stage::Yield => mailbox.take_sent().map(Resume::Send),
                Stage::Step | Stage::End => None,
            },
        }
    }

    /// The generator has ended: leaves the delegation, or raises what goes on from there.
    fn finish(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if core::mem::replace(this.finished, true) {
            return Poll::Pending;
        }
        this.entered.leave();
        match this.outcome.take() {
            None => Poll::Ready(()),
            Some(exception) => {
                let raising = this.raising.insert(Raising::new(this.entered.mailbox.share(), exception));
                let Poll::Pending = Pin::new(raising).poll(cx);
                Poll::Pending
            }
        }
    }
}

impl<G: AsyncGenerator> Future for YieldFrom<'_, G> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // A body that is polled is not waiting for a root, whatever its frame did so far.
        self.frame.detach();
        loop {
            if self.frame.stage.get() == Stage::End {
                return self.finish(cx);
            }
            match self.as_mut().resumption() {
                Some(resume) => {
                    if let Err(Refused::AlreadyRunning(Resume::Throw(error))) = self.as_mut().begin(resume) {
                        let this = self.as_mut().project();
                        this.entered.mailbox.throw(error);
                        *this.mask = Some(this.entered.mailbox.replace_mask(true));
                    }
                }
                None if self.frame.stage.get() == Stage::Yield => return Poll::Pending,
                None => {}
            }
            if self.direct && self.entered.mailbox.is_calm() {
                let mailbox = self.entered.mailbox.share();
                Frame::leave(self, &mailbox);
                return Poll::Pending;
            }
            if self.frame.stage.get() == Stage::End {
                continue;
            }
            let Poll::Ready(step) = self.as_mut().project().generator.poll_step(cx) else {
                // Behind an error that the generator has just taken, a closing may have waited.
                if self.entered.mailbox.exception_is_due() {
                    continue;
                }
                return Poll::Pending;
            };
            if let FrameStep::Yielded(value) = self.as_mut().record(step) {
                self.entered.mailbox.hand_over(value);
                if !self.entered.mailbox.exception_is_due() {
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<G: AsyncGenerator> fmt::Debug for YieldFrom<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("YieldFrom").finish_non_exhaustive()
    }
}
