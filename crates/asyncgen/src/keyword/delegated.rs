//! What `yield from` delegates to is told by its type, as for loops: see [`iterated`](super::iterated).
//!
//! The macro calls `(&&&&&&&&&&&Source::of(&value, &mut yielder)).__asyncgen_source().__asyncgen_generator(value)`.

use core::convert::Infallible;
use core::marker::PhantomData;

use futures_core::Stream;

use super::expanded::Lend;
use super::stream::{Closable, IntoGenerator};
use crate::{AsyncGenerator, MapError, async_gen, from_stream};

/// Stands for a value of type `T` in a body whose yielder is an `L`, in the choice.
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct Source<T, L>(PhantomData<(T, L)>);

impl<T, L> Source<T, L> {
    #[inline]
    #[must_use]
    pub fn of(_: &T, _: &mut L) -> Self {
        Self(PhantomData)
    }
}

macro_rules! choice {
    ($($(#[$doc:meta])* $name:ident: $kind:ident [$($generics:tt)*] $probe:ty;)+) => {
        $(
            $(#[$doc])*
            pub trait $name {
                type Yield;
                type Error;
                fn __asyncgen_source(&self) -> $kind<Self::Yield, Self::Error>;
            }

            impl<L: Lend, $($generics)*> $name for $probe {
                type Yield = L::Yield;
                type Error = L::Error;

                #[inline]
                fn __asyncgen_source(&self) -> $kind<L::Yield, L::Error> {
                    $kind(PhantomData)
                }
            }
        )+
    };
}

// (Whoever comes first is what a type is taken for. So an error type that is not known yet is taken for the body's.)
choice! {
    /// A generator with the body's error: it is delegated to as it is.
    IsAlike: Itself [T: AsyncGenerator<Error = L::Error>] &&&&&&&&&&Source<T, L>;
    /// A generator that raises no errors.
    IsErrorless: Errorless [T: AsyncGenerator<Error = Infallible>] &&&&&&&&&Source<T, L>;
    /// A generator whose error converts into the body's.
    IsConverted: Converted [T: AsyncGenerator<Error: Into<L::Error>>] &&&&&&&&Source<T, L>;
    /// The same three, of the generator in a stream.
    IsAlikeInside: WithItself [T: IntoGenerator<Generator: AsyncGenerator<Yield = L::Yield, Error = L::Error>>] &&&&&&&Source<T, L>;
    IsErrorlessInside: WithErrorless [T: IntoGenerator<Generator: AsyncGenerator<Yield = L::Yield, Error = Infallible>>] &&&&&&Source<T, L>;
    IsConvertedInside: WithConverted [T: IntoGenerator<Generator: AsyncGenerator<Yield = L::Yield, Error: Into<L::Error>>>] &&&&&Source<T, L>;
    /// A stream of what the body yields, that can be closed, and any other.
    IsClosableOfItems: ItemsOfClosable [T: Closable<Item = L::Yield>] &&&&Source<T, L>;
    IsOfItems: Items [T: Stream<Item = L::Yield>] &&&Source<T, L>;
    /// The same, of `Result`s.
    IsClosableOfResults: ResultsOfClosable [T: Closable<Item = Result<L::Yield, R>>, R: Into<L::Error>] &&Source<T, L>;
    IsOfResults: Results [T: Stream<Item = Result<L::Yield, R>>, R: Into<L::Error>] &Source<T, L>;
    /// Anything else: what it is not is said where it is delegated to.
    IsNothingKnown: Itself [T] Source<T, L>;
}

macro_rules! kinds {
    ($($kind:ident [$($generics:tt)*] |$value:ident: $type:ty| -> $generator:ty { $($body:tt)* })+) => {
        $(
            /// See [`Source`].
            #[derive(Debug)]
            pub struct $kind<Y, E>(PhantomData<(Y, E)>);

            impl<Y, E> $kind<Y, E> {
                /// The generator to delegate to.
                #[inline]
                pub fn __asyncgen_generator<$($generics)*>(self, $value: $type) -> $generator {
                    $($body)*
                }
            }
        )+
    };
}

kinds! {
    Itself [T] |generator: T| -> T { generator }
    Errorless [T: AsyncGenerator<Error = Infallible>] |generator: T| -> Converting<T, E> { errorless(generator) }
    Converted [T: AsyncGenerator<Error: Into<E>>] |generator: T| -> Converting<T, E> { converted(generator) }
    WithItself [T: IntoGenerator] |stream: T| -> GeneratorIn<T> { stream.into_generator() }
    WithErrorless [T: IntoGenerator<Generator: AsyncGenerator<Error = Infallible>>] |stream: T|
        -> Converting<GeneratorIn<T>, E> { errorless(stream.into_generator()) }
    WithConverted [T: IntoGenerator<Generator: AsyncGenerator<Error: Into<E>>>] |stream: T|
        -> Converting<GeneratorIn<T>, E> { converted(stream.into_generator()) }
    ItemsOfClosable [T: Closable<Item = Y>] |stream: T| -> impl AsyncGenerator<Yield = Y, Sent = (), Error = E> {
        async_gen! { for await item in stream { yield item; } }
    }
    Items [T: Stream<Item = Y>] |stream: T| -> impl AsyncGenerator<Yield = Y, Sent = (), Error = E> {
        from_stream(stream)
    }
    ResultsOfClosable [T: Closable<Item = Result<Y, R>>, R: Into<E>] |stream: T|
        -> impl AsyncGenerator<Yield = Y, Sent = (), Error = E> {
        async_gen! { for await item in stream { yield item?; } }
    }
    Results [T: Stream<Item = Result<Y, R>>, R: Into<E>] |stream: T|
        -> impl AsyncGenerator<Yield = Y, Sent = (), Error = E> {
        async_gen! { for await item in stream { yield item?; } }
    }
}

type GeneratorIn<T> = <T as IntoGenerator>::Generator;
type ErrorOf<G> = <G as AsyncGenerator>::Error;
type Converting<G, E> = MapError<G, fn(ErrorOf<G>) -> E, fn(E) -> Result<ErrorOf<G>, E>, E>;

#[inline]
fn converted<G: AsyncGenerator<Error: Into<E>>, E>(generator: G) -> Converting<G, E> {
    MapError::new(generator, Into::into, Err)
}

#[inline]
fn errorless<G: AsyncGenerator<Error = Infallible>, E>(generator: G) -> Converting<G, E> {
    MapError::new(generator, |never| match never {}, Err)
}
