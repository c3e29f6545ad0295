//! The owner.

use core::convert::Infallible;
use core::fmt;
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::boxed::Box;

use futures_core::{FusedStream, Stream};

use super::unshared::Unshared;
use super::{LocalUnfinished, Unfinished};
use crate::engine::{DelegatedStep, Go};
use crate::hooks::{self, Finalize, Finalizer, LocalFinalizer, Unraisable};
use crate::{AsyncGenerator, Nothing, Refused, Resume, ReturningGenerator, State, Step};

/// A generator on the heap that is closed also when it is dropped: see [`OwnedExt`](crate::OwnedExt).
///
/// It is [`Sync`] if the generator is `Send`: nobody can do more with a shared one than to ask for its [`state`](State).
///
/// `F` says to whom it is given when it is dropped: a [`Finalizer`], or, if it can't leave its thread, a
/// [`LocalFinalizer`].
#[must_use = "a generator does nothing until it is driven"]
pub struct Owned<G, F = Finalizer>
where
    G: AsyncGenerator + ?Sized,
    F: Finalize,
{
    // `None` only while the owner is dropped.
    generator: Unshared<Option<Pin<Box<G>>>>,
    hooks: Captured<F::Bound>,
    // Knows what the owner's destructor can't: that the generator is `Send`, and its error `Debug`.
    unfinished: fn(Pin<Box<G>>, &'static Location<'static>) -> F::Unfinished,
    created: &'static Location<'static>,
}

/// What the owner keeps of the hooks.
enum Captured<B> {
    /// The first step was not made yet.
    NotYet,
    /// The finalizer of the first step, if there was one.
    AtFirstStep(Option<B>),
}

// The generator is elsewhere.
impl<G: AsyncGenerator + ?Sized, F: Finalize> Unpin for Owned<G, F> {}

impl<G: AsyncGenerator + ?Sized + 'static> Owned<G> {
    /// An owner for a generator that is on the heap already.
    ///
    /// ```
    /// use asyncgen::{generator, AsyncGeneratorExt, Owned, Yielder};
    ///
    /// # async_io::block_on(async {
    /// let pinned = Box::pin(generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }));
    /// assert_eq!(Owned::new(pinned).anext().await, Ok(1));
    /// # });
    /// ```
    #[track_caller]
    pub fn new(generator: Pin<Box<G>>) -> Self
    where
        G: Send,
        G::Error: fmt::Debug + Send,
    {
        Self::of(generator, Unfinished::new)
    }
}

impl<G: AsyncGenerator + ?Sized + 'static> Owned<G, LocalFinalizer> {
    /// As [`Owned::new`], for a generator that can't leave its thread.
    ///
    /// ```
    /// use asyncgen::{generator, AsyncGeneratorExt, Owned, Yielder};
    ///
    /// # async_io::block_on(async {
    /// let pinned = Box::pin(generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }));
    /// assert_eq!(Owned::new_local(pinned).anext().await, Ok(1));
    /// # });
    /// ```
    #[track_caller]
    pub fn new_local(generator: Pin<Box<G>>) -> Self
    where
        G::Error: fmt::Debug,
    {
        Self::of(generator, LocalUnfinished::new)
    }
}

impl<G: AsyncGenerator + ?Sized, F: Finalize> Owned<G, F> {
    #[track_caller]
    fn of(generator: Pin<Box<G>>, unfinished: fn(Pin<Box<G>>, &'static Location<'static>) -> F::Unfinished) -> Self {
        // One that made its first step before it had an owner: this moment is the earliest there is.
        let hooks = match generator.state() {
            State::Created | State::Closed => Captured::NotYet,
            State::Running | State::Suspended => Captured::AtFirstStep(F::bind()),
        };
        Self { generator: Unshared::new(Some(generator)), hooks, unfinished, created: Location::caller() }
    }

    /// Where this owner was made.
    ///
    /// ```
    /// use asyncgen::{generator, OwnedExt, Yielder};
    ///
    /// let numbers = generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }).boxed();
    /// assert_eq!(numbers.created().line(), line!() - 1);
    /// ```
    #[must_use]
    pub fn created(&self) -> &'static Location<'static> {
        self.created
    }

    #[inline]
    fn after(&mut self, step: Poll<Step<G::Yield, G::Error>>) -> Poll<Step<G::Yield, G::Error>> {
        if let Poll::Ready(Step::Returned | Step::Raised(_)) = step {
            self.ended();
        }
        step
    }

    /// Lets go of the finalizer, as the generator has ended: whoever waits for it need not wait any more.
    fn ended(&mut self) {
        self.hooks = Captured::AtFirstStep(None);
    }

    /// Keeps the hooks of the first step, and calls the first of them.
    #[cold]
    fn capture(&mut self) {
        self.hooks = Captured::AtFirstStep(F::bind());
        if let Some(first_iter) = hooks::get().first_iter {
            first_iter.call(self.created);
        }
    }
}

impl<G: ReturningGenerator + ?Sized, F: Finalize> ReturningGenerator for Owned<G, F> {
    type Return = G::Return;

    fn take_return(self: Pin<&mut Self>) -> Option<G::Return> {
        self.get_mut().generator.get_mut().as_mut()?.as_mut().take_return()
    }
}

impl<G: AsyncGenerator + ?Sized, F: Finalize> Drop for Owned<G, F> {
    fn drop(&mut self) {
        let Some(generator) = self.generator.get_mut().take() else { return };
        if matches!(generator.state(), State::Created | State::Closed) {
            return;
        }
        let created = self.created;
        match core::mem::replace(&mut self.hooks, Captured::NotYet) {
            Captured::AtFirstStep(Some(finalizer)) => {
                let unfinished = (self.unfinished)(generator, created);
                if hooks::without_panic(|| F::finalize(finalizer, unfinished)).is_err() {
                    hooks::raise_no_further(&Unraisable::FinalizerPanicked { created });
                }
            }
            Captured::AtFirstStep(None) | Captured::NotYet => hooks::dropping(created, generator),
        }
    }
}

impl<G: AsyncGenerator + ?Sized, F: Finalize> AsyncGenerator for Owned<G, F> {
    type Yield = G::Yield;
    type Sent = G::Sent;
    type Error = G::Error;

    #[inline]
    fn begin(mut self: Pin<&mut Self>, resume: Resume<G::Sent, G::Error>) -> Result<(), Refused<G::Sent, G::Error>> {
        let Some(generator) = self.generator.get_mut() else { return Err(Refused::Closed(resume)) };
        generator.as_mut().begin(resume)?;
        // Nothing of the body has run so far.
        if let Captured::NotYet = self.hooks {
            self.capture();
        }
        Ok(())
    }

    #[inline]
    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<G::Yield, G::Error>> {
        let Some(generator) = self.generator.get_mut() else { return Poll::Ready(Step::Returned) };
        let step = generator.as_mut().poll_step(cx);
        self.after(step)
    }

    #[inline]
    fn poll_anext(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<G::Yield, G::Error>>
    where
        G::Sent: Nothing,
    {
        if let Captured::NotYet = self.hooks {
            // Refused by nobody but a closed generator, whose step is `Returned`.
            let _: Result<(), Refused<_, _>> = self.as_mut().begin(Resume::Next);
            return self.poll_step(cx);
        }
        let Some(generator) = self.generator.get_mut() else { return Poll::Ready(Step::Returned) };
        let step = generator.as_mut().poll_anext(cx);
        self.after(step)
    }

    #[inline]
    fn poll_value(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<G::Yield>>
    where
        G::Sent: Nothing,
    {
        if let Captured::NotYet = self.hooks {
            return self.poll_anext(cx).map(Step::value);
        }
        let Some(generator) = self.generator.get_mut() else { return Poll::Ready(None) };
        let value = generator.as_mut().poll_value(cx);
        if let Poll::Ready(None) = value {
            self.ended();
        }
        value
    }

    #[allow(unsafe_code, reason = "it passes on a call whose contract is the caller's")]
    #[inline]
    unsafe fn poll_delegated(
        mut self: Pin<&mut Self>,
        mut go: Go<G::Sent>,
        cx: &mut Context<'_>,
    ) -> Poll<DelegatedStep<G::Yield, G::Sent, G::Error>> {
        if let (Captured::NotYet, Go::Next) = (&self.hooks, &go) {
            if self.as_mut().begin(Resume::Next).is_err() {
                return Poll::Ready(Step::Returned.into());
            }
            go = Go::On;
        }
        let Some(generator) = self.generator.get_mut() else { return Poll::Ready(Step::Returned.into()) };
        // SAFETY: the owner has the only way to its generator, and the caller the only way to the owner.
        let step = unsafe { generator.as_mut().poll_delegated(go, cx) };
        if let Poll::Ready(step) = &step {
            if step.is_end() {
                self.ended();
            }
        }
        step
    }

    #[allow(unsafe_code, reason = "it passes on a call")]
    #[inline]
    unsafe fn owns_its_body(&self) -> bool {
        // Otherwise it is given to the finalizer, with all that is inside it.
        matches!(self.hooks, Captured::NotYet | Captured::AtFirstStep(None))
            && self.generator.look(|generator| {
                // SAFETY: it can be called at any time.
                generator.as_ref().is_some_and(|generator| unsafe { G::owns_its_body(generator) })
            })
    }

    #[inline]
    fn state(&self) -> State {
        self.generator.look(|generator| generator.as_ref().map_or(State::Closed, AsyncGenerator::state))
    }
}

/// The generator's values. Dropped before its end, the stream is closed as the generator is.
impl<G, F> Stream for Owned<G, F>
where
    G: AsyncGenerator<Error = Infallible, Sent: Nothing> + ?Sized,
    F: Finalize,
{
    type Item = G::Yield;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<G::Yield>> {
        self.poll_value(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, (self.state() == State::Closed).then_some(0))
    }
}

impl<G, F> FusedStream for Owned<G, F>
where
    G: AsyncGenerator<Error = Infallible, Sent: Nothing> + ?Sized,
    F: Finalize,
{
    fn is_terminated(&self) -> bool {
        self.state() == State::Closed
    }
}

impl<G: AsyncGenerator + ?Sized, F: Finalize> fmt::Debug for Owned<G, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owned")
            .field("state", &self.state())
            .field("created", &format_args!("{}", self.created))
            .finish_non_exhaustive()
    }
}
