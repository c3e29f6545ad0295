//! What `stream!` and `try_stream!` evaluate to.

use core::convert::Infallible;
use core::pin::Pin;

use futures_core::Stream;

use super::async_stream::{AsyncStream, Body, Parts, Way};
use crate::stream::stream_of_generator;
use crate::{AsyncGenerator, Exception, IntoStream, IntoStreamExt, IntoTryStream, Nothing, Step};

/// `stream!`, if no error can leave its body: it has none, or the macro has seen to it that it catches them all.
pub fn stream<G, W>(generator: G, way: W) -> AsyncStream<G::Yield, Body<ItemStream<G>>, W>
where
    G: AsyncGenerator<Sent = ()>,
    Body<ItemStream<G>>: Parts,
    W: Way<G::Yield, Body<ItemStream<G>>>,
{
    AsyncStream::new(ItemStream { generator }, way)
}

/// `stream!`, if errors can leave its body.
pub fn result_stream<G, W>(generator: G, way: W) -> AsyncStream<G::Yield, Body<ResultStream<G>>, W>
where
    G: AsyncGenerator<Yield: ResultItem<G::Error>, Sent = ()>,
    Body<ResultStream<G>>: Parts,
    W: Way<G::Yield, Body<ResultStream<G>>>,
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
#[allow(clippy::type_complexity, reason = "each part is said once")]
pub fn try_stream<G, W>(generator: G, way: W) -> AsyncStream<Result<G::Yield, G::Error>, Body<IntoTryStream<G>>, W>
where
    G: AsyncGenerator<Sent = ()>,
    Body<IntoTryStream<G>>: Parts,
    W: Way<Result<G::Yield, G::Error>, Body<IntoTryStream<G>>>,
{
    AsyncStream::new(generator.into_try_stream(), way)
}

stream_of_generator! {
    /// A generator that lets no error out, as a stream of its values.
    ItemStream: G::Yield, |G: AsyncGenerator<Sent = ()>, generator, cx| generator.poll_value(cx)
}

stream_of_generator! {
    /// A generator of `Result`s as a stream of them. An error that leaves its body is the last item.
    ResultStream: G::Yield, |G: AsyncGenerator<Yield: ResultItem<G::Error>, Sent = ()>, generator, cx| {
        generator.poll_anext(cx).map(|step| match step {
            Step::Yielded(item) => Some(item),
            Step::Raised(Exception::Error(error)) => Some(G::Yield::error(error)),
            Step::Returned | Step::Raised(Exception::GeneratorExit) => None,
        })
    }
}

/// A stream that owns the generator that it was made of, which can be closed.
pub trait Closable: Stream {
    type Generator: AsyncGenerator<Error = Self::Error> + ?Sized;
    type Error;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut Self::Generator>;
}

/// One that the generator can be taken out of.
pub trait IntoGenerator: Closable {
    type Generator: AsyncGenerator;

    fn into_generator(self) -> <Self as IntoGenerator>::Generator;
}

macro_rules! closable {
    ($($name:ident<G> where G: $bound:path;)*) => {
        $(
            impl<G: $bound> Closable for $name<G> {
                type Generator = G;
                type Error = G::Error;

                fn generator(self: Pin<&mut Self>) -> Pin<&mut G> {
                    self.get_pin_mut()
                }
            }

            impl<G: $bound> IntoGenerator for $name<G> {
                type Generator = G;

                fn into_generator(self) -> G {
                    self.into_inner()
                }
            }
        )*
    };
}

closable! {
    IntoStream<G> where G: AsyncGenerator<Sent: Nothing, Error = Infallible>;
    IntoTryStream<G> where G: AsyncGenerator<Sent: Nothing>;
    ItemStream<G> where G: AsyncGenerator<Sent = ()>;
    ResultStream<G> where G: AsyncGenerator<Yield: ResultItem<G::Error>, Sent = ()>;
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
