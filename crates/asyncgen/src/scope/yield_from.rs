//! Delegation.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::catch::Entered;
use crate::engine::MailboxRef;
use crate::raise::Raising;
use crate::{AsyncGenerator, Exception, Refused, Resume, Step};

pin_project! {
    /// The future of [`Yielder::yield_from`](crate::Yielder::yield_from).
    #[must_use = "nothing runs until this is awaited"]
    pub struct YieldFrom<'y, G>
    where
        G: AsyncGenerator,
    {
        #[pin]
        generator: G,
        stage: Stage,
        // The delegation is a scope: it gets to see exceptions, and gives them to the generator.
        entered: Entered<'y, G::Yield, G::Sent, G::Error>,
        // How the mask was, while an error waits that the generator can't take yet.
        mask: Option<bool>,
        raising: Option<Raising<'y, G::Yield, G::Sent, G::Error>>,
    }

    impl<G> PinnedDrop for YieldFrom<'_, G>
    where
        G: AsyncGenerator,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if *this.stage == Stage::Yield {
                this.entered.mailbox.abandon_yield();
            }
            if let Some(mask) = this.mask.take() {
                this.entered.mailbox.replace_mask(mask);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was done yet.
    Start,
    /// The generator is in a step.
    Step,
    /// The generator is in a step that closes it: `GeneratorExit` goes on when it has ended. If the step of the body
    /// that this is in closes the generator outside too, that one's end is still that of a closing.
    Close { outside: bool },
    /// The generator has yielded.
    Yield,
    /// The generator has ended.
    End,
}

impl<'y, G: AsyncGenerator> YieldFrom<'y, G> {
    pub(crate) fn new(mailbox: MailboxRef<'y, G::Yield, G::Sent, G::Error>, generator: G) -> Self {
        Self { generator, stage: Stage::Start, entered: Entered::new(mailbox), mask: None, raising: None }
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
            // PEP 380: whichever way it came, the delegate is closed, and then it goes on.
            Some(Exception::GeneratorExit) => Some(Resume::Close),
            Some(error) => Some(Resume::Throw(error)),
            None => match *this.stage {
                Stage::Start => Some(Resume::Next),
                Stage::Yield => mailbox.take_sent().map(Resume::Send),
                Stage::Step | Stage::Close { .. } | Stage::End => None,
            },
        }
    }

    /// Begins a step of the generator. `false`: there is nothing more to delegate to.
    fn begin(self: Pin<&mut Self>, resume: Resume<G::Sent, G::Error>) -> bool {
        let this = self.project();
        let stage = match (&resume, *this.stage) {
            (Resume::Close, Stage::Close { outside: true }) => Stage::Close { outside: true },
            (Resume::Close, _) => Stage::Close { outside: this.entered.mailbox.is_closing() },
            // The closing goes on after an error that was thrown in meanwhile.
            (Resume::Throw(_), closing @ Stage::Close { .. }) => closing,
            (Resume::Throw(_) | Resume::Send(_) | Resume::Next, _) => Stage::Step,
        };
        match this.generator.begin(resume) {
            Ok(()) => *this.stage = stage,
            Err(Refused::AlreadyRunning(Resume::Throw(error))) => {
                this.entered.mailbox.throw(error);
                *this.mask = Some(this.entered.mailbox.replace_mask(true));
            }
            Err(_) => return false,
        }
        true
    }

    /// The delegation ends with an exception, which is raised here.
    fn raise(self: Pin<&mut Self>, exception: Exception<G::Error>, cx: &mut Context<'_>) {
        let this = self.project();
        *this.stage = Stage::End;
        this.entered.leave();
        let raising = this.raising.insert(Raising::new(this.entered.mailbox.share(), exception));
        let Poll::Pending = Pin::new(raising).poll(cx);
    }
}

impl<G: AsyncGenerator> Future for YieldFrom<'_, G> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.stage == Stage::End {
                return Poll::Pending;
            }
            match self.as_mut().resumption() {
                Some(resume) => {
                    if !self.as_mut().begin(resume) {
                        break;
                    }
                }
                None if self.stage == Stage::Yield => return Poll::Pending,
                None => {}
            }
            let this = self.as_mut().project();
            match ready!(this.generator.poll_step(cx)) {
                Step::Yielded(value) => {
                    *this.stage = Stage::Yield;
                    this.entered.mailbox.hand_over(value);
                    if !this.entered.mailbox.exception_is_due() {
                        return Poll::Pending;
                    }
                }
                Step::Returned => {
                    let Stage::Close { outside } = *this.stage else { break };
                    if outside {
                        this.entered.mailbox.set_closing(true);
                    }
                    self.as_mut().raise(Exception::GeneratorExit, cx);
                }
                Step::Raised(exception) => self.as_mut().raise(exception, cx),
            }
        }
        let this = self.project();
        *this.stage = Stage::End;
        this.entered.leave();
        Poll::Ready(())
    }
}

impl<G: AsyncGenerator> fmt::Debug for YieldFrom<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("YieldFrom").finish_non_exhaustive()
    }
}
