//! `for await`: what its loop calls, for each kind of what it goes over.
//!
//! What the loop was given by value is closed before control goes on, whichever way it is left (contract clause C24); what
//! it borrows is left where it stands.

use core::convert::Infallible;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::Stream;

use super::expanded::Lend;
use super::stream::Closable;
use crate::engine::MailboxRef;
#[cfg(feature = "std")]
use crate::hooks::{Unraisable, raise_no_further};
use crate::{AsyncGenerator, Exception, Nothing, Resume, State, Step};

mod sealed {
    pub trait Sealed {}
}

/// What a loop goes over.
pub trait Kind: sealed::Sealed + Copy {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident,)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $kind;
            impl sealed::Sealed for $kind {}
            impl Kind for $kind {}
        )*
    };
}

kinds! {
    /// A stream.
    OfStream,
    /// A stream that was made of a generator: its items are the stream's, its end is the generator's.
    OfClosable,
    /// The same, whose error has no `Debug` output.
    OfMutelyClosable,
    /// A generator.
    OfGenerator,
    /// A generator that is not closed.
    OfBorrowed,
}

/// A loop in a body whose error is an `E` goes over a `T`.
pub trait Over<T: ?Sized, E>: Kind {
    type Item;

    /// The next item, the end, or what is raised at the loop.
    fn poll_next(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Result<Option<Self::Item>, Exception<E>>>;

    /// Closes what is iterated, unless it is closed already. `begun` says that this was called before.
    #[inline]
    fn poll_close(_: Pin<&mut T>, _: &mut bool, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }
}

impl<T: Iterable + ?Sized, E> Over<T, E> for OfStream {
    type Item = T::Item;

    #[inline]
    fn poll_next(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Result<Option<T::Item>, Exception<E>>> {
        iterated.poll_item(cx).map(Ok)
    }
}

impl<T, E> Over<T, E> for OfClosable
where
    T: Closable<Error: fmt::Debug> + ?Sized,
{
    type Item = T::Item;

    #[inline]
    fn poll_next(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Result<Option<T::Item>, Exception<E>>> {
        Stream::poll_next(iterated, cx).map(Ok)
    }

    fn poll_close(iterated: Pin<&mut T>, begun: &mut bool, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        poll_close(iterated.generator(), begun, cx).map(|result| {
            if let Err(error) = result {
                not_raised::<T::Generator>(Some(&error));
            }
            Ok(())
        })
    }
}

impl<T: Closable + ?Sized, E> Over<T, E> for OfMutelyClosable {
    type Item = T::Item;

    #[inline]
    fn poll_next(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Result<Option<T::Item>, Exception<E>>> {
        Stream::poll_next(iterated, cx).map(Ok)
    }

    fn poll_close(iterated: Pin<&mut T>, begun: &mut bool, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        poll_close(iterated.generator(), begun, cx).map(|result| {
            if result.is_err() {
                not_raised::<T::Generator>(None);
            }
            Ok(())
        })
    }
}

impl<G, E> Over<G, E> for OfGenerator
where
    G: AsyncGenerator<Sent: Nothing> + ?Sized,
    E: Raises<G::Error>,
{
    type Item = G::Yield;

    #[inline]
    fn poll_next(iterated: Pin<&mut G>, cx: &mut Context<'_>) -> Poll<Result<Option<G::Yield>, Exception<E>>> {
        OfBorrowed::poll_next(iterated, cx)
    }

    fn poll_close(iterated: Pin<&mut G>, begun: &mut bool, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        poll_close(iterated, begun, cx).map(|result| result.map_err(E::from))
    }
}

impl<G, E> Over<G, E> for OfBorrowed
where
    G: AsyncGenerator<Sent: Nothing> + ?Sized,
    E: Raises<G::Error>,
{
    type Item = G::Yield;

    #[inline]
    fn poll_next(iterated: Pin<&mut G>, cx: &mut Context<'_>) -> Poll<Result<Option<G::Yield>, Exception<E>>> {
        iterated.poll_anext(cx).map(|step| match step {
            Step::Yielded(value) => Ok(Some(value)),
            Step::Returned => Ok(None),
            Step::Raised(exception) => Err(exception.map(E::from)),
        })
    }
}

/// Closes a generator. A value that it yields meanwhile has nobody to be given back to, as C15 would have it: it is
/// dropped, and the generator reported.
fn poll_close<G>(mut generator: Pin<&mut G>, begun: &mut bool, cx: &mut Context<'_>) -> Poll<Result<(), G::Error>>
where
    G: AsyncGenerator + ?Sized,
{
    if generator.state() == State::Closed {
        return Poll::Ready(Ok(()));
    }
    // Nobody refuses to be closed, but who answers wrongly: there is nothing to wait for then.
    if !core::mem::replace(begun, true) && generator.as_mut().begin(Resume::Close).is_err() {
        return Poll::Ready(Ok(()));
    }
    Poll::Ready(match ready!(generator.poll_step(cx)) {
        Step::Raised(Exception::Error(error)) => Err(error),
        Step::Raised(Exception::GeneratorExit) | Step::Returned => Ok(()),
        Step::Yielded(_) => {
            #[cfg(feature = "std")]
            raise_no_further(&Unraisable::IgnoredGeneratorExit { generator: core::any::type_name::<G>() });
            Ok(())
        }
    })
}

/// An error of a stream's generator while the loop over the stream closes it: there is no item left that could say so.
#[cold]
fn not_raised<G: ?Sized>(error: Option<&dyn fmt::Debug>) {
    #[cfg(feature = "std")]
    raise_no_further(&Unraisable::ClosingError { generator: core::any::type_name::<G>(), error });
    #[cfg(not(feature = "std"))]
    let _ = error;
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

#[diagnostic::do_not_recommend]
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

#[diagnostic::do_not_recommend]
impl<T, E: From<T>> Raises<T> for E {}

/// How the errors that a loop raises become the body's.
pub trait Widen<E>: sealed::Sealed {
    type Raised;

    fn widen(error: Self::Raised) -> E;
}

/// They are.
#[derive(Debug)]
pub enum Same {}

/// There are none: in a body that could not let them out.
#[derive(Debug)]
pub enum Errorless {}

impl sealed::Sealed for Same {}
impl sealed::Sealed for Errorless {}

impl<E> Widen<E> for Same {
    type Raised = E;

    #[inline]
    fn widen(error: E) -> E {
        error
    }
}

impl<E> Widen<E> for Errorless {
    type Raised = Infallible;

    #[inline]
    fn widen(error: Infallible) -> E {
        match error {}
    }
}

/// The next item, in a scope: an exception that comes meanwhile is raised at the loop.
#[must_use = "nothing runs until this is awaited"]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct NextItem<'n, K, T: ?Sized, Y, S, E, W> {
    iterated: Pin<&'n mut T>,
    mailbox: MailboxRef<'n, Y, S, E>,
    kind: PhantomData<(K, fn() -> W)>,
}

type NextOf<'n, K, T, L, W> = NextItem<'n, K, T, <L as Lend>::Yield, <L as Lend>::Sent, <L as Lend>::Error, W>;

#[inline]
pub fn next<'n, K, T, L>(_: K, iterated: Pin<&'n mut T>, yielder: &'n mut L) -> NextOf<'n, K, T, L, Same>
where
    K: Over<T, L::Error>,
    T: ?Sized,
    L: Lend,
{
    NextItem { iterated, mailbox: yielder.lend().mailbox, kind: PhantomData }
}

/// The same in a `stream!` whose items could not say what is raised.
#[inline]
pub fn next_errorless<'n, K, T, L>(_: K, iterated: Pin<&'n mut T>, yielder: &'n mut L) -> NextOf<'n, K, T, L, Errorless>
where
    K: Over<T, Infallible>,
    T: ?Sized,
    L: Lend,
{
    NextItem { iterated, mailbox: yielder.lend().mailbox, kind: PhantomData }
}

impl<K, T, Y, S, E, W> Future for NextItem<'_, K, T, Y, S, E, W>
where
    K: Over<T, W::Raised>,
    T: ?Sized,
    W: Widen<E>,
{
    type Output = Result<Option<K::Item>, Exception<E>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.mailbox.take_exception() {
            Some(exception) => Poll::Ready(Err(exception)),
            None => K::poll_next(self.iterated.as_mut(), cx).map_err(|exception| exception.map(W::widen)),
        }
    }
}

impl<K, T: ?Sized, Y, S, E, W> Unpin for NextItem<'_, K, T, Y, S, E, W> {}

/// The end of a loop: closes what it went over, if that was given by value.
#[must_use = "nothing runs until this is awaited"]
#[derive(Debug)]
pub struct Close<'i, K, T: ?Sized, E, W> {
    iterated: Pin<&'i mut T>,
    begun: bool,
    kind: PhantomData<(K, fn() -> W)>,
    error: PhantomData<fn() -> E>,
}

impl<K, T: ?Sized, E, W> Unpin for Close<'_, K, T, E, W> {}

#[inline]
pub fn close<'i, K, T, L>(_: K, iterated: Pin<&'i mut T>, _: &mut L) -> Close<'i, K, T, L::Error, Same>
where
    K: Over<T, L::Error>,
    T: ?Sized,
    L: Lend,
{
    Close { iterated, begun: false, kind: PhantomData, error: PhantomData }
}

/// The same in a `stream!` whose items could not say what is raised.
#[inline]
pub fn close_errorless<'i, K, T, L>(_: K, iterated: Pin<&'i mut T>, _: &mut L) -> Close<'i, K, T, L::Error, Errorless>
where
    K: Over<T, Infallible>,
    T: ?Sized,
    L: Lend,
{
    Close { iterated, begun: false, kind: PhantomData, error: PhantomData }
}

impl<K, T, E, W> Future for Close<'_, K, T, E, W>
where
    K: Over<T, W::Raised>,
    T: ?Sized,
    W: Widen<E>,
{
    type Output = Result<(), E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        K::poll_close(this.iterated.as_mut(), &mut this.begun, cx).map_err(W::widen)
    }
}
