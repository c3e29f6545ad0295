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

use super::expanded::{Lend, stand};
use super::stream::Closable;
use crate::closing::{begin_to_close, poll_close};
#[cfg(feature = "std")]
use crate::hooks::{Unraisable, raise_no_further};
use crate::{AsyncGenerator, Exception, Nothing, Step};

mod sealed {
    pub trait Sealed {}
}

/// What a loop goes over.
pub trait Kind: sealed::Sealed + Copy {
    /// `()`, or what there is no value of if there is nothing to close. Then the compiler knows that the code which closes is
    /// never come to, before it makes a state of the body for that.
    type Closes;

    const CLOSES: bool = size_of::<Option<Self::Closes>>() > 0;

    fn closes() -> Self::Closes;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $closes:ty = $value:expr,)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $kind;
            impl sealed::Sealed for $kind {}
            impl Kind for $kind {
                type Closes = $closes;

                #[inline]
                fn closes() -> $closes {
                    $value
                }
            }
        )*
    };
}

kinds! {
    /// A stream.
    OfStream: Infallible = unreachable!("there is nothing to close"),
    /// A stream that was made of a generator: its items are the stream's, its end is the generator's.
    OfClosable: () = (),
    /// The same, whose error has no `Debug` output.
    OfMutelyClosable: () = (),
    /// A generator.
    OfGenerator: () = (),
    /// A generator that is not closed.
    OfBorrowed: Infallible = unreachable!("there is nothing to close"),
}

/// What comes next in a loop.
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub enum Next<T, E> {
    Item(T),
    End,
    /// It is raised at the loop.
    Raised(Exception<E>),
    /// The body was polled again: is there an exception?
    Again,
}

/// A loop in a body whose error is an `E` goes over a `T`.
pub trait Over<T, E>: Kind {
    type Item;

    /// What comes next in a body whose error is a `B`.
    fn poll_next<B, W: Widen<B, Raised = E>>(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Next<Self::Item, B>>;

    /// Begins to close what is iterated. Is there anything to close?
    #[inline]
    fn begin_close(_: Pin<&mut T>) -> bool {
        false
    }

    /// Closes it, if that was begun.
    #[inline]
    fn poll_close(_: Pin<&mut T>, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }
}

#[inline]
fn next_of_stream<T, E>(poll: Poll<Option<T>>) -> Poll<Next<T, E>> {
    match poll {
        Poll::Ready(Some(item)) => Poll::Ready(Next::Item(item)),
        Poll::Ready(None) => Poll::Ready(Next::End),
        Poll::Pending => Poll::Pending,
    }
}

impl<T: Iterable, E> Over<T, E> for OfStream {
    type Item = T::Item;

    #[inline]
    fn poll_next<B, W: Widen<B, Raised = E>>(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Next<T::Item, B>> {
        next_of_stream(iterated.poll_item(cx))
    }
}

impl<T: Closable<Error: fmt::Debug>, E> Over<T, E> for OfClosable {
    type Item = T::Item;

    #[inline]
    fn poll_next<B, W: Widen<B, Raised = E>>(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Next<T::Item, B>> {
        next_of_stream(Stream::poll_next(iterated, cx))
    }

    fn begin_close(iterated: Pin<&mut T>) -> bool {
        begin_to_close(iterated.generator())
    }

    fn poll_close(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        if let Err(error) = ready!(poll_close(iterated.generator(), cx)) {
            not_raised::<T::Generator>(Some(&error));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Closable, E> Over<T, E> for OfMutelyClosable {
    type Item = T::Item;

    #[inline]
    fn poll_next<B, W: Widen<B, Raised = E>>(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Next<T::Item, B>> {
        next_of_stream(Stream::poll_next(iterated, cx))
    }

    fn begin_close(iterated: Pin<&mut T>) -> bool {
        begin_to_close(iterated.generator())
    }

    fn poll_close(iterated: Pin<&mut T>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        if ready!(poll_close(iterated.generator(), cx)).is_err() {
            not_raised::<T::Generator>(None);
        }
        Poll::Ready(Ok(()))
    }
}

impl<G, E> Over<G, E> for OfGenerator
where
    G: AsyncGenerator<Sent: Nothing>,
    E: Raises<G::Error>,
{
    type Item = G::Yield;

    #[inline]
    fn poll_next<B, W: Widen<B, Raised = E>>(iterated: Pin<&mut G>, cx: &mut Context<'_>) -> Poll<Next<G::Yield, B>> {
        OfBorrowed::poll_next::<B, W>(iterated, cx)
    }

    fn begin_close(iterated: Pin<&mut G>) -> bool {
        begin_to_close(iterated)
    }

    fn poll_close(iterated: Pin<&mut G>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(match ready!(poll_close(iterated, cx)) {
            Ok(()) => Ok(()),
            Err(error) => Err(E::from(error)),
        })
    }
}

impl<G, E> Over<G, E> for OfBorrowed
where
    G: AsyncGenerator<Sent: Nothing>,
    E: Raises<G::Error>,
{
    type Item = G::Yield;

    #[inline]
    fn poll_next<B, W: Widen<B, Raised = E>>(iterated: Pin<&mut G>, cx: &mut Context<'_>) -> Poll<Next<G::Yield, B>> {
        Poll::Ready(match ready!(iterated.poll_anext(cx)) {
            Step::Yielded(value) => Next::Item(value),
            Step::Returned => Next::End,
            Step::Raised(Exception::Error(error)) => Next::Raised(Exception::Error(W::widen(E::from(error)))),
            Step::Raised(Exception::GeneratorExit) => Next::Raised(Exception::GeneratorExit),
        })
    }
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

/// What comes next. It holds nothing but the way to what is iterated: when it has been pending, it only says that the body was
/// polled again, and the body looks whether there is an exception.
#[must_use = "nothing runs until this is awaited"]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct NextItem<'n, K, T, E, W> {
    iterated: Option<Pin<&'n mut T>>,
    kind: PhantomData<(K, fn() -> W)>,
    error: PhantomData<fn() -> E>,
}

#[inline]
pub fn next<'n, K, T, L>(_: K, iterated: Pin<&'n mut T>, _: &mut L) -> NextItem<'n, K, T, L::Error, Same>
where
    K: Over<T, L::Error>,
    L: Lend,
{
    NextItem { iterated: Some(iterated), kind: PhantomData, error: PhantomData }
}

/// The same in a `stream!` whose items could not say what is raised.
#[inline]
pub fn next_errorless<'n, K, T, L>(_: K, iterated: Pin<&'n mut T>, _: &mut L) -> NextItem<'n, K, T, L::Error, Errorless>
where
    K: Over<T, Infallible>,
    L: Lend,
{
    NextItem { iterated: Some(iterated), kind: PhantomData, error: PhantomData }
}

impl<K, T, E, W> Future for NextItem<'_, K, T, E, W>
where
    K: Over<T, W::Raised>,
    W: Widen<E>,
{
    type Output = Next<K::Item, E>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.iterated.take() {
            Some(iterated) => K::poll_next::<E, W>(iterated, cx),
            None => Poll::Ready(Next::Again),
        }
    }
}

impl<K, T, E, W> Unpin for NextItem<'_, K, T, E, W> {}

/// The body comes into a loop's code. It is no scope for the engine if there is nothing to close.
#[inline]
pub fn enter_loop<K: Kind, L: Lend>(_: K, depth: u32, missed: bool, masked: bool, yielder: &mut L) {
    if K::CLOSES {
        stand(depth, missed, masked, yielder);
    }
}

/// The body leaves a loop, to a place with so many scopes around it. If there is something to close, closing begins (which
/// is a scope of its own), and this is true.
#[inline]
pub fn leave_loop<K, T, L>(_: K, iterated: Pin<&mut T>, depth: u32, missed: bool, masked: bool, yielder: &mut L) -> bool
where
    K: Over<T, L::Error>,
    L: Lend,
{
    let closes = K::begin_close(iterated);
    stand_at_end(closes, depth, missed, masked, yielder)
}

/// The same in a `stream!` whose items could not say what is raised.
#[inline]
pub fn leave_loop_errorless<K, T, L>(
    _: K,
    iterated: Pin<&mut T>,
    depth: u32,
    missed: bool,
    masked: bool,
    yielder: &mut L,
) -> bool
where
    K: Over<T, Infallible>,
    L: Lend,
{
    let closes = K::begin_close(iterated);
    stand_at_end(closes, depth, missed, masked, yielder)
}

#[inline]
fn stand_at_end<L: Lend>(closes: bool, depth: u32, missed: bool, masked: bool, yielder: &mut L) -> bool {
    stand(if closes { depth + 1 } else { depth }, closes || missed, closes || masked, yielder);
    closes
}

/// Closes what a loop went over.
#[must_use = "nothing runs until this is awaited"]
#[derive(Debug)]
pub struct Close<'i, K, T, E, C> {
    iterated: Pin<&'i mut T>,
    kind: PhantomData<K>,
    error: PhantomData<fn() -> E>,
    /// Public, so that the compiler sees that there is no such value.
    pub closes: C,
}

impl<K, T, E, C> Unpin for Close<'_, K, T, E, C> {}

#[inline]
pub fn close<'i, K, T, L>(_: K, iterated: Pin<&'i mut T>, _: &mut L) -> Close<'i, K, T, L::Error, K::Closes>
where
    K: Over<T, L::Error>,
    L: Lend,
{
    Close { iterated, kind: PhantomData, error: PhantomData, closes: K::closes() }
}

/// The same in a `stream!` whose items could not say what is raised.
#[inline]
pub fn close_errorless<'i, K, T, L>(_: K, iterated: Pin<&'i mut T>, _: &mut L) -> Close<'i, K, T, Infallible, K::Closes>
where
    K: Over<T, Infallible>,
    L: Lend,
{
    Close { iterated, kind: PhantomData, error: PhantomData, closes: K::closes() }
}

impl<K, T, E, C> Future for Close<'_, K, T, E, C>
where
    K: Over<T, E>,
{
    type Output = Result<(), E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        K::poll_close(self.get_mut().iterated.as_mut(), cx)
    }
}
