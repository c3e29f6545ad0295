//! What `stream!` and `try_stream!` evaluate to.

use core::convert::Infallible;
use core::ops::DerefMut;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::stream::size_hint;
use crate::{AsyncGenerator, Exception, IntoStream, IntoStreamExt, IntoTryStream, Nothing, State, Step};

/// `stream!`, if no error can leave its body.
pub const fn stream<G>(generator: G) -> ItemStream<G>
where
    G: AsyncGenerator<Sent = ()>,
{
    ItemStream { generator }
}

/// `stream!`, if errors can leave its body.
pub const fn result_stream<T, E, G>(generator: G) -> ResultStream<G>
where
    G: AsyncGenerator<Yield = Result<T, E>, Sent = (), Error = E>,
{
    ResultStream { generator }
}

/// `try_stream!`.
pub fn try_stream<G>(generator: G) -> IntoTryStream<G>
where
    G: AsyncGenerator<Sent = ()>,
{
    generator.into_try_stream()
}

macro_rules! stream {
    ($(#[$attribute:meta])* $name:ident, [$($generic:ident),*] $item:ty, |$generator:ident: $bound:path, $step:ident| $next:expr) => {
        pin_project! {
            $(#[$attribute])*
            #[derive(Debug)]
            #[must_use = "a stream does nothing until it is polled"]
            pub struct $name<G> {
                #[pin]
                generator: G,
            }
        }

        impl<$($generic,)* $generator: $bound> Stream for $name<$generator> {
            type Item = $item;

            #[inline]
            fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                let $step = ready!(self.project().generator.poll_anext(cx));
                Poll::Ready($next)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                size_hint(self.generator.state())
            }
        }

        impl<$($generic,)* $generator: $bound> FusedStream for $name<$generator> {
            fn is_terminated(&self) -> bool {
                self.generator.state() == State::Closed
            }
        }

        impl<$($generic,)* $generator: $bound> Closable for $name<$generator> {
            type Generator = $generator;

            fn generator(self: Pin<&mut Self>) -> Pin<&mut $generator> {
                self.project().generator
            }
        }
    };
}

stream! {
    /// A generator that lets no error out, as a stream of its values.
    ItemStream, [] G::Yield, |G: AsyncGenerator<Sent = ()>, step| match step {
        Step::Yielded(item) => Some(item),
        Step::Returned | Step::Raised(_) => None,
    }
}

stream! {
    /// A generator of `Result`s as a stream of them. An error that leaves its body is the last item.
    ResultStream, [T, E] Result<T, E>, |G: AsyncGenerator<Yield = Result<T, E>, Sent = (), Error = E>, step| match step {
        Step::Yielded(item) => Some(item),
        Step::Raised(Exception::Error(error)) => Some(Err(error)),
        Step::Returned | Step::Raised(Exception::GeneratorExit) => None,
    }
}

/// A stream that was made of a generator, which can be closed.
pub trait Closable: Stream {
    type Generator: AsyncGenerator + ?Sized;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut Self::Generator>;
}

impl<G> Closable for IntoStream<G>
where
    G: AsyncGenerator<Sent: Nothing, Error = Infallible>,
{
    type Generator = G;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut G> {
        self.get_pin_mut()
    }
}

impl<G: AsyncGenerator<Sent: Nothing>> Closable for IntoTryStream<G> {
    type Generator = G;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut G> {
        self.get_pin_mut()
    }
}

impl<T: Closable + Unpin + ?Sized> Closable for &mut T {
    type Generator = T::Generator;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut T::Generator> {
        Pin::new(&mut **self.get_mut()).generator()
    }
}

impl<P> Closable for Pin<P>
where
    P: DerefMut<Target: Closable> + Unpin,
{
    type Generator = <P::Target as Closable>::Generator;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut Self::Generator> {
        self.as_deref_mut().generator()
    }
}

#[cfg(feature = "std")]
impl<T: Closable + Unpin + ?Sized> Closable for std::boxed::Box<T> {
    type Generator = T::Generator;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut T::Generator> {
        Pin::new(&mut **self.get_mut()).generator()
    }
}
