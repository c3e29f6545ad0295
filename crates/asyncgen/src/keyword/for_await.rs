//! `for await`: what its loop is made of, for each kind of what it goes over.
//!
//! A loop over a generator is a scope with a clean-up that closes the generator (contract clause C24, masked by C25). A
//! loop over a stream is no scope at all.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::scope::Scope;
use super::stream::Closable;
use crate::engine::MailboxRef;
#[cfg(feature = "std")]
use crate::hooks::{Unraisable, raise_no_further};
use crate::raise::Raising;
use crate::scope::{Catch, CleanUp};
use crate::{AsyncGenerator, Exception, Nothing, Refused, Resume, State, Step, Yielder};

/// The loop goes over a stream.
#[derive(Clone, Copy, Debug)]
pub struct OfStream;

/// The loop goes over a generator.
#[derive(Clone, Copy, Debug)]
pub struct OfGenerator;

/// The loop goes over a stream that was made of a generator: its items are the stream's, its end is the generator's.
#[derive(Clone, Copy, Debug)]
pub struct OfClosable;

impl OfStream {
    #[inline]
    pub fn next<'n, T, Y, S, E>(
        self,
        stream: Pin<&'n mut T>,
        _: Yielder<'n, Y, S, E>,
    ) -> impl Future<Output = Option<T::Item>>
    where
        T: Iterable + ?Sized,
    {
        NextItem { stream }
    }

    #[inline]
    pub fn catch<Y, S, E, T, Fut>(self, _: Scope<'_, Y, S, E>, body: Fut) -> Open<Fut>
    where
        Fut: Future<Output = Result<T, E>>,
    {
        Open { body }
    }

    #[inline]
    pub async fn clean_up<Y, S, E, T, I: ?Sized>(
        self,
        scope: Scope<'_, Y, S, E>,
        outcome: Result<T, Exception<E>>,
        _: Pin<&mut I>,
    ) -> T {
        match outcome {
            Ok(value) => value,
            Err(exception) => match Raising::new(scope.mailbox, exception).await {},
        }
    }
}

impl OfClosable {
    #[inline]
    pub fn next<'n, T, Y, S, E>(self, stream: Pin<&'n mut T>, _: Yielder<'n, Y, S, E>) -> NextItem<'n, T>
    where
        T: Stream + ?Sized,
    {
        NextItem { stream }
    }

    #[inline]
    pub fn catch<Y, S, E, T, Fut>(self, scope: Scope<'_, Y, S, E>, body: Fut) -> Catch<'_, Y, S, E, Fut>
    where
        Fut: Future<Output = Result<T, E>>,
    {
        Catch::new(scope.mailbox, body)
    }

    /// An error that is raised while it is closed is lost, as there is no item left that could say so.
    #[inline]
    pub fn clean_up<'y, 'i, Y, S, E, T, I>(
        self,
        scope: Scope<'y, Y, S, E>,
        outcome: Result<T, Exception<E>>,
        stream: Pin<&'i mut I>,
    ) -> CleanUp<'y, Y, S, E, T, Close<'i, I::Generator, E, Ignore>>
    where
        I: Closable + ?Sized,
    {
        CleanUp::new(scope.mailbox, outcome, Close::new(stream.generator()))
    }
}

impl OfGenerator {
    #[inline]
    pub fn next<'n, G, Y, S, E>(
        self,
        generator: Pin<&'n mut G>,
        yielder: Yielder<'n, Y, S, E>,
    ) -> NextValue<'n, G, Y, S, E>
    where
        G: AsyncGenerator<Sent: Nothing> + ?Sized,
        E: Raises<G::Error>,
    {
        NextValue { generator, mailbox: yielder.mailbox, raising: None }
    }

    #[inline]
    pub fn catch<Y, S, E, T, Fut>(self, scope: Scope<'_, Y, S, E>, body: Fut) -> Catch<'_, Y, S, E, Fut>
    where
        Fut: Future<Output = Result<T, E>>,
    {
        Catch::new(scope.mailbox, body)
    }

    #[inline]
    pub fn clean_up<'y, 'i, Y, S, E, T, G>(
        self,
        scope: Scope<'y, Y, S, E>,
        outcome: Result<T, Exception<E>>,
        generator: Pin<&'i mut G>,
    ) -> CleanUp<'y, Y, S, E, T, Close<'i, G, E, Convert>>
    where
        G: AsyncGenerator + ?Sized,
        E: From<G::Error>,
    {
        CleanUp::new(scope.mailbox, outcome, Close::new(generator))
    }
}

/// What a `for await` loop can go over, as far as the compiler's message is concerned.
#[diagnostic::on_unimplemented(
    message = "`for await` can't go over `{Self}`: it is neither a stream nor an asynchronous generator",
    label = "not a `Stream`, and not an `AsyncGenerator`",
    note = "to go over an iterator, write `for` without `await`",
    note = "a stream behind a reference must be `Unpin`: pin it, and write `for await item in stream.as_mut()`"
)]
pub trait Iterable {
    type Item;

    fn poll_item(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;
}

impl<T: Stream + ?Sized> Iterable for T {
    type Item = T::Item;

    #[inline]
    fn poll_item(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T::Item>> {
        self.poll_next(cx)
    }
}

/// The error type of a body that can go over generators which raise `T`.
#[diagnostic::on_unimplemented(
    message = "`for await` couldn't convert the error to `{Self}`: this generator raises `{T}`",
    label = "raises `{T}`",
    note = "what a generator raises is raised at the loop that goes over it, converted as `?` does: by `From`",
    note = "to handle its errors in the body, drive it with `anext()`"
)]
pub trait Raises<T>: From<T> {}

impl<T, E: From<T>> Raises<T> for E {}

/// The next item of a stream.
#[derive(Debug)]
#[must_use = "nothing runs until this is awaited"]
pub struct NextItem<'n, T: ?Sized> {
    stream: Pin<&'n mut T>,
}

impl<T: Iterable + ?Sized> Future for NextItem<'_, T> {
    type Output = Option<T::Item>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.stream.as_mut().poll_item(cx)
    }
}

/// The next value of a generator. What it raises is raised here.
#[must_use = "nothing runs until this is awaited"]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct NextValue<'n, G: ?Sized, Y, S, E> {
    generator: Pin<&'n mut G>,
    mailbox: MailboxRef<'n, Y, S, E>,
    raising: Option<Raising<'n, Y, S, E>>,
}

impl<G: ?Sized, Y, S, E> Unpin for NextValue<'_, G, Y, S, E> {}

impl<G, Y, S, E> Future for NextValue<'_, G, Y, S, E>
where
    G: AsyncGenerator<Sent: Nothing> + ?Sized,
    E: Raises<G::Error>,
{
    type Output = Option<G::Yield>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.raising.is_some() {
            return Poll::Pending;
        }
        match ready!(this.generator.as_mut().poll_anext(cx)) {
            Step::Yielded(value) => Poll::Ready(Some(value)),
            Step::Returned => Poll::Ready(None),
            Step::Raised(exception) => {
                let raising = this.raising.insert(Raising::new(this.mailbox.share(), exception.map(E::from)));
                let Poll::Pending = Pin::new(raising).poll(cx);
                Poll::Pending
            }
        }
    }
}

pin_project! {
    /// The body of a loop that is no scope: exceptions go past it.
    #[derive(Debug)]
    #[must_use = "nothing runs until this is awaited"]
    pub struct Open<Fut> {
        #[pin]
        body: Fut,
    }
}

impl<T, E, Fut> Future for Open<Fut>
where
    Fut: Future<Output = Result<T, E>>,
{
    type Output = Result<T, Exception<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().body.poll(cx).map_err(Exception::Error)
    }
}

/// Closes the generator that a loop went over. A value that it yields meanwhile has nobody to be given back to, as C15
/// would have it: it is dropped, and the generator reported.
#[must_use = "nothing runs until this is awaited"]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct Close<'i, G: ?Sized, E, C> {
    generator: Pin<&'i mut G>,
    begun: bool,
    error: PhantomData<fn(C) -> E>,
}

impl<'i, G: ?Sized, E, C> Close<'i, G, E, C> {
    fn new(generator: Pin<&'i mut G>) -> Self {
        Self { generator, begun: false, error: PhantomData }
    }
}

impl<G, E, C> Future for Close<'_, G, E, C>
where
    G: AsyncGenerator + ?Sized,
    C: ClosingError<G::Error, E>,
{
    type Output = Result<(), E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.generator.state() == State::Closed {
            return Poll::Ready(Ok(()));
        }
        if !self.begun {
            self.begun = true;
            // Nobody refuses to be closed.
            let _: Result<(), Refused<_, _>> = self.generator.as_mut().begin(Resume::Close);
        }
        Poll::Ready(match ready!(self.generator.as_mut().poll_step(cx)) {
            Step::Raised(Exception::Error(error)) => C::outcome(error),
            Step::Raised(Exception::GeneratorExit) | Step::Returned => Ok(()),
            Step::Yielded(_) => {
                #[cfg(feature = "std")]
                raise_no_further(&Unraisable::IgnoredGeneratorExit { generator: core::any::type_name::<G>() });
                Ok(())
            }
        })
    }
}

/// What becomes of an error that a generator raises while it is closed.
pub trait ClosingError<From, E> {
    fn outcome(error: From) -> Result<(), E>;
}

/// It is raised at the loop.
#[derive(Debug)]
pub struct Convert;

/// Nothing.
#[derive(Debug)]
pub struct Ignore;

impl<T, E: From<T>> ClosingError<T, E> for Convert {
    fn outcome(error: T) -> Result<(), E> {
        Err(error.into())
    }
}

impl<T, E> ClosingError<T, E> for Ignore {
    fn outcome(_: T) -> Result<(), E> {
        Ok(())
    }
}
