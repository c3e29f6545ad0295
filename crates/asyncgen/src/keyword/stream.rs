//! What `stream!` and `try_stream!` evaluate to.

use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::async_stream::{AsyncStream, Parts, Way};
use crate::stream::size_hint;
use crate::{AsyncGenerator, Exception, IntoStream, IntoTryStream, Nothing, State, Step};

/// `stream!`, if no error can leave its body: it has none, or the macro has seen to it that it catches them all.
pub fn stream<G, W>(generator: G, way: W) -> AsyncStream<G::Yield, ItemStream<G>, W>
where
    G: AsyncGenerator<Sent = ()> + Parts,
    W: Way<G::Yield, ItemStream<G>>,
{
    AsyncStream::new(ItemStream { generator }, way)
}

/// `stream!`, if errors can leave its body.
pub fn result_stream<G, W>(generator: G, way: W) -> AsyncStream<G::Yield, ResultStream<G>, W>
where
    G: AsyncGenerator<Yield: ResultItem<G::Error>, Sent = ()> + Parts,
    W: Way<G::Yield, ResultStream<G>>,
{
    AsyncStream::new(ResultStream { generator }, way)
}

/// The item of a stream that is an error at times.
#[diagnostic::on_unimplemented(
    message = "an error that leaves the body of `stream!` is an item of the stream, which can't be `{Self}`",
    label = "this error may leave the body",
    note = "yield `Ok(value)`, so that the items are `Result<{Self}, {E}>`, or write `try_stream!`, which does that for you",
    note = "or catch the error: `try {{ .. }} catch error {{ .. }}`"
)]
pub trait ResultItem<E> {
    fn error(error: E) -> Self;
}

impl<T, E> ResultItem<E> for Result<T, E> {
    fn error(error: E) -> Self {
        Err(error)
    }
}

/// `try_stream!`.
pub fn try_stream<G, W>(generator: G, way: W) -> AsyncStream<Result<G::Yield, G::Error>, TryStream<G>, W>
where
    G: AsyncGenerator<Sent = ()> + Parts,
    W: Way<Result<G::Yield, G::Error>, TryStream<G>>,
{
    AsyncStream::new(TryStream { generator }, way)
}

macro_rules! stream {
    ($(#[$attribute:meta])* $name:ident: $item:ty, |$generator:ident: $bound:path, $pinned:ident, $cx:ident| $poll:expr) => {
        pin_project! {
            $(#[$attribute])*
            #[derive(Debug)]
            #[must_use = "a stream does nothing until it is polled"]
            pub struct $name<G> {
                #[pin]
                generator: G,
            }
        }

        impl<$generator: $bound> Stream for $name<$generator> {
            type Item = $item;

            #[inline]
            fn poll_next(self: Pin<&mut Self>, $cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                let $pinned = self.project().generator;
                $poll
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                size_hint(self.generator.state())
            }
        }

        impl<$generator: $bound> FusedStream for $name<$generator> {
            fn is_terminated(&self) -> bool {
                self.generator.state() == State::Closed
            }
        }

        // SAFETY: it is its generator; what it tells of that is the state.
        #[allow(unsafe_code, reason = "see there")]
        unsafe impl<$generator: Parts> Parts for $name<$generator> {
            type Make = $generator::Make;
            type Future = $generator::Future;
            type Raised = $generator::Raised;
            type End = $generator::End;
        }

        /// What `AsyncStream<T, impl Future<Output = ()>>` says of it. (Nobody can poll it: it is in an [`AsyncStream`].)
        impl<$generator: $bound> Future for $name<$generator> {
            type Output = ();

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
                loop {
                    match self.as_mut().poll_next(cx) {
                        Poll::Ready(Some(_)) => {}
                        Poll::Ready(None) => return Poll::Ready(()),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            }
        }

        impl<$generator: $bound> Closable for $name<$generator> {
            type Generator = $generator;
            type Error = $generator::Error;

            fn generator(self: Pin<&mut Self>) -> Pin<&mut $generator> {
                self.project().generator
            }
        }
    };
}

stream! {
    /// A generator that lets no error out, as a stream of its values.
    ItemStream: G::Yield, |G: AsyncGenerator<Sent = ()>, generator, cx| generator.poll_value(cx)
}

stream! {
    /// A generator of `Result`s as a stream of them. An error that leaves its body is the last item.
    ResultStream: G::Yield, |G: AsyncGenerator<Yield: ResultItem<G::Error>, Sent = ()>, generator, cx| {
        generator.poll_anext(cx).map(|step| match step {
            Step::Yielded(item) => Some(item),
            Step::Raised(Exception::Error(error)) => Some(G::Yield::error(error)),
            Step::Returned | Step::Raised(Exception::GeneratorExit) => None,
        })
    }
}

stream! {
    /// A generator as a stream of `Result`s.
    TryStream: Result<G::Yield, G::Error>, |G: AsyncGenerator<Sent = ()>, generator, cx| match generator.poll_anext(cx) {
        Poll::Ready(step) => Poll::Ready(step.result()),
        Poll::Pending => Poll::Pending,
    }
}

/// A stream that owns the generator that it was made of, which can be closed.
pub trait Closable: Stream {
    type Generator: AsyncGenerator<Error = Self::Error> + ?Sized;
    type Error;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut Self::Generator>;
}

impl<G> Closable for IntoStream<G>
where
    G: AsyncGenerator<Sent: Nothing, Error = Infallible>,
{
    type Generator = G;
    type Error = G::Error;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut G> {
        self.get_pin_mut()
    }
}

impl<G: AsyncGenerator<Sent: Nothing>> Closable for IntoTryStream<G> {
    type Generator = G;
    type Error = G::Error;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut G> {
        self.get_pin_mut()
    }
}

#[cfg(feature = "std")]
impl<T: Closable + Unpin + ?Sized> Closable for std::boxed::Box<T> {
    type Generator = T::Generator;
    type Error = T::Error;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut T::Generator> {
        Pin::new(&mut **self.get_mut()).generator()
    }
}

#[cfg(feature = "std")]
impl<T: Closable + ?Sized> Closable for Pin<std::boxed::Box<T>> {
    type Generator = T::Generator;
    type Error = T::Error;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut T::Generator> {
        self.as_deref_mut().generator()
    }
}
