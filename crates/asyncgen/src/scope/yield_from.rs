//! Delegation.
//!
//! The `unsafe` code here says that a [`YieldFrom`] is laid out as [`Delegate`] asks, and polls a generator as it may.
#![allow(unsafe_code)]

use core::fmt;
use core::marker::{PhantomData, PhantomPinned};
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::engine::{Aside, Delegate, DelegatedStep, Frame, Go, MailboxRef, Stage};
use crate::{AsyncGenerator, Exception, Refused, Resume, Step};

pin_project! {
    /// The future of [`Yielder::yield_from`](crate::Yielder::yield_from).
    #[must_use = "nothing runs until this is awaited"]
    #[repr(C)]
    pub struct YieldFrom<'y, G>
    where
        G: AsyncGenerator,
    {
        frame: Frame<G::Yield, G::Sent, G::Error>,
        // Dropped with this, or before it: see `Frame::gone`.
        #[pin]
        generator: ManuallyDrop<G>,
        // The delegation is a scope: it gets to see exceptions, and gives them to the generator. 0, unless it is entered.
        level: u32,
        // What waits while the generator's exception goes on.
        aside: Option<Aside<G::Error>>,
        // How the mask was, while an error waits that the generator can't take yet.
        mask: Option<bool>,
        direct: bool,
        // What the frame has the address of is lent for so long.
        mailbox: PhantomData<MailboxRef<'y, G::Yield, G::Sent, G::Error>>,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<G> PinnedDrop for YieldFrom<'_, G>
    where
        G: AsyncGenerator,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // Whatever panics.
            let generator = DropGenerator { frame: &*this.frame, generator: this.generator.as_mut() };
            this.frame.retire();
            // One that has ended has seen to this already.
            if this.frame.stage.get() != Stage::Left {
                if this.frame.stage.get() == Stage::Yield {
                    this.frame.mailbox().abandon_yield();
                }
                if let Some(mask) = this.mask.take() {
                    this.frame.mailbox().replace_mask(mask);
                }
                this.frame.mailbox().leave(*this.level);
            }
            if let Some(aside) = this.aside.take() {
                this.frame.mailbox().put_back(aside);
            }
            if this.frame.has_inside() {
                // SAFETY: it can be called at any time.
                this.frame.drop_inside(unsafe { G::owns_its_body(&generator.generator) });
            }
        }
    }
}

/// The generator of a delegation, while that is not dropped.
#[inline]
fn pinned<G>(generator: Pin<&mut ManuallyDrop<G>>) -> Pin<&mut G> {
    // SAFETY: the one is pinned as the other is.
    unsafe { generator.map_unchecked_mut(|generator| &mut **generator) }
}

/// Drops the generator of a delegation, unless that was done before.
struct DropGenerator<'f, G: AsyncGenerator> {
    frame: &'f Frame<G::Yield, G::Sent, G::Error>,
    generator: Pin<&'f mut ManuallyDrop<G>>,
}

impl<G: AsyncGenerator> Drop for DropGenerator<'_, G> {
    #[inline]
    fn drop(&mut self) {
        if !self.frame.gone.replace(true) {
            // SAFETY: it is dropped in place, and `gone` sees to it that this is the only time. The delegation that it
            // belongs to is being dropped, or will be before anything else is done with it.
            unsafe { ManuallyDrop::drop(self.generator.as_mut().get_unchecked_mut()) }
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
                this.frame.closing_outside.set(this.frame.closing_outside.get() || this.frame.mailbox().is_closing());
                Resume::Close
            }
            resume => resume,
        };
        let is_error_for_step_in_flight =
            this.frame.stage.get() == Stage::Step && matches!(resume, Resume::Throw(Exception::Error(_)));
        match pinned(this.generator).begin(resume) {
            Ok(()) => this.frame.stage.set(Stage::Step),
            // It has no room for a second error while the first one waits.
            Err(refused @ Refused::AlreadyRunning(Resume::Throw(Exception::Error(_))))
                if is_error_for_step_in_flight =>
            {
                return Err(refused);
            }
            // There is nothing to delegate to, or no more than answers what no generator should: what was on its way goes
            // on.
            Err(Refused::Closed(Resume::Throw(exception)) | Refused::AlreadyRunning(Resume::Throw(exception))) => {
                this.frame.ended(Some(exception));
            }
            Err(_) => this.frame.ended(None),
        }
        Ok(())
    }

    #[inline]
    fn poll(
        self: Pin<&mut Self>,
        go: Go<G::Sent>,
        cx: &mut Context<'_>,
    ) -> Poll<DelegatedStep<G::Yield, G::Sent, G::Error>> {
        // SAFETY: the caller is the root whose stack the frame is on, and it is given what comes. The generator is the
        // frame's own, or it has the only borrow of it.
        unsafe { pinned(self.project().generator).poll_delegated(go, cx) }
    }

    fn send_at_once(self: Pin<&mut Self>, sent: G::Sent) -> Result<G::Yield, G::Sent> {
        pinned(self.project().generator).send_at_once(sent)
    }

    fn owns_what_is_inside(&self) -> bool {
        // SAFETY: it can be called at any time.
        unsafe { G::owns_its_body(&self.generator) }
    }

    unsafe fn drop_generator(self: Pin<&mut Self>) {
        let this = self.project();
        drop(DropGenerator { frame: &*this.frame, generator: this.generator });
    }
}

impl<'y, G: AsyncGenerator> YieldFrom<'y, G> {
    #[expect(clippy::needless_pass_by_value, reason = "the frame has what was lent, in the form of an address")]
    pub(crate) fn new(mailbox: MailboxRef<'y, G::Yield, G::Sent, G::Error>, generator: G) -> Self {
        Self {
            frame: Frame::new::<Self>(&mailbox),
            generator: ManuallyDrop::new(generator),
            level: 0,
            aside: None,
            mask: None,
            direct: false,
            mailbox: PhantomData,
            pinned: PhantomPinned,
        }
    }

    /// A delegation that a root may run by itself: see [`yield_from_directly`](crate::engine::yield_from_directly).
    #[cfg(feature = "macros")]
    pub(crate) fn directly(mut self) -> Self {
        self.direct = true;
        self
    }

    /// The mailbox of the body that delegates.
    #[cfg(feature = "macros")]
    pub(crate) fn mailbox(&self) -> &crate::engine::Mailbox<G::Yield, G::Sent, G::Error> {
        self.frame.mailbox()
    }

    /// The generator that it delegates to, which has ended.
    #[inline]
    pub(crate) fn generator(self: Pin<&mut Self>) -> Pin<&mut G> {
        pinned(self.project().generator)
    }

    /// What the generator is to be resumed with, if anything.
    fn resumption(self: Pin<&mut Self>) -> Option<Resume<G::Sent, G::Error>> {
        let this = self.project();
        let mailbox = this.frame.mailbox();
        if *this.level == 0 {
            *this.level = mailbox.enter();
        }
        if let Some(mask) = this.mask.take() {
            mailbox.replace_mask(mask);
        }
        if this.frame.stage.get() == Stage::Yield && mailbox.depth() == *this.level {
            mailbox.raise_at_yield();
        }
        // What has waited does not come to a generator that has not begun, but to where that comes to an await or a yield.
        if this.frame.stage.get() == Stage::Start {
            return Some(Resume::Next);
        }
        match mailbox.take_exception_at(*this.level) {
            Some(exception) => Some(Resume::Throw(exception)),
            None => match this.frame.stage.get() {
                Stage::Yield => mailbox.take_sent().map(Resume::Send),
                Stage::Start | Stage::Step | Stage::End | Stage::Left => None,
            },
        }
    }

    /// The generator has ended: leaves the delegation, or raises what goes on from there.
    fn finish(self: Pin<&mut Self>) -> Poll<()> {
        let this = self.project();
        this.frame.stage.set(Stage::Left);
        this.frame.mailbox().leave(core::mem::take(this.level));
        if let Some(mask) = this.mask.take() {
            this.frame.mailbox().replace_mask(mask);
        }
        match this.frame.outcome.take() {
            None => Poll::Ready(()),
            // C25: it gives way to an error that waits.
            Some(Exception::GeneratorExit) if this.frame.mailbox().error_is_due() => Poll::Pending,
            Some(exception) => {
                *this.aside = Some(this.frame.mailbox().set_aside());
                this.frame.mailbox().raise(exception);
                Poll::Pending
            }
        }
    }
}

impl<G: AsyncGenerator> Future for YieldFrom<'_, G> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.as_mut().project();
        // A body that is polled is not waiting for a root, whatever its frame did so far.
        this.frame.detach();
        match this.frame.stage.get() {
            Stage::Left => Poll::Pending,
            Stage::End => self.finish(),
            Stage::Start if *this.direct && this.frame.mailbox().is_calm() => {
                *this.level = this.frame.mailbox().enter();
                Frame::leave(self);
                Poll::Pending
            }
            _ => self.poll_unusual(cx),
        }
    }
}

impl<G: AsyncGenerator> YieldFrom<'_, G> {
    /// A poll of a delegation that goes level by level, or whose root has left it because of an exception.
    #[inline(never)]
    fn poll_unusual(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.as_mut().project().frame.stage.get() == Stage::End {
                return self.finish();
            }
            if let Some(resume) = self.as_mut().resumption() {
                if let Err(Refused::AlreadyRunning(Resume::Throw(error))) = self.as_mut().begin(resume) {
                    let this = self.as_mut().project();
                    this.frame.mailbox().throw(error);
                    *this.mask = Some(this.frame.mailbox().replace_mask(true));
                }
            }
            let this = self.as_mut().project();
            match this.frame.stage.get() {
                Stage::Yield => return Poll::Pending,
                Stage::End => continue,
                _ => {}
            }
            if *this.direct && this.frame.mailbox().is_calm() {
                Frame::leave(self);
                return Poll::Pending;
            }
            let Poll::Ready(step) = pinned(this.generator).poll_step(cx) else {
                // Behind an error that the generator has just taken, a closing may have waited.
                if this.frame.mailbox().exception_is_due() {
                    continue;
                }
                return Poll::Pending;
            };
            match step {
                Step::Yielded(value) => {
                    this.frame.yielded();
                    this.frame.mailbox().hand_over(value);
                    if !this.frame.mailbox().exception_is_due() {
                        return Poll::Pending;
                    }
                }
                Step::Returned => this.frame.ended(None),
                Step::Raised(exception) => this.frame.ended(Some(exception)),
            }
        }
    }
}

impl<G: AsyncGenerator> fmt::Debug for YieldFrom<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("YieldFrom").finish_non_exhaustive()
    }
}
