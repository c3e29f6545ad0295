//! What a `for await` loop goes over is told by its type.
//!
//! Streams and generators have no trait in common, and a type that isn't known to be either may still become one, so
//! that no trait could be implemented for both. Method resolution can choose, though: it takes the first that
//! applies, with fewer references first. The macro calls `(&&&&&&Probe::of(&iterated)).__asyncgen_kind()`; that it was one of
//! these methods is seen to by whatever takes a [`Kind`].

use core::marker::PhantomData;
use core::pin::Pin;

use futures_core::Stream;

use super::for_await::{Kind, OfBorrowed, OfClosable, OfGenerator, OfMutelyClosable, OfStream};
use super::stream::Closable;
use crate::{AsyncGenerator, IntoStream, IntoTryStream};

/// Stands for a value of type `T` in the choice.
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    #[inline]
    #[must_use]
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $([$($generics:tt)*] $probe:ty $(where $bounded:ty: $bound:path)? => $kind:ident,)+ }) => {
        $(#[$doc])*
        pub trait $name {
            type Kind: Kind;
            fn __asyncgen_kind(&self) -> Self::Kind;
        }

        $(impl<$($generics)*> $name for $probe $(where $bounded: $bound)? {
            type Kind = $kind;

            #[inline]
            fn __asyncgen_kind(&self) -> $kind {
                $kind
            }
        })+
    };
}

choice! {
    /// What is only borrowed: it is left where it stands (contract clause C24). The streams among these are streams as any.
    IsBorrowed {
        ['a, T: ?Sized] &&&&&Probe<&'a mut T> where &'a mut T: AsyncGenerator => OfBorrowed,
        ['a, T: ?Sized] &&&&&Probe<Pin<&'a mut T>> where T: AsyncGenerator => OfBorrowed,
        ['a, T: ?Sized] &&&&&Probe<IntoStream<&'a mut T>> where IntoStream<&'a mut T>: Stream => OfStream,
        ['a, T: ?Sized] &&&&&Probe<IntoStream<Pin<&'a mut T>>> where IntoStream<Pin<&'a mut T>>: Stream => OfStream,
        ['a, T: ?Sized] &&&&&Probe<IntoTryStream<&'a mut T>> where IntoTryStream<&'a mut T>: Stream => OfStream,
        ['a, T: ?Sized] &&&&&Probe<IntoTryStream<Pin<&'a mut T>>> where IntoTryStream<Pin<&'a mut T>>: Stream => OfStream,
    }
}
choice! {
    /// A stream that is a generator inside, and can be closed.
    IsClosable { [T: Closable<Error: core::fmt::Debug>] &&&&Probe<T> => OfClosable, }
}
choice! {
    /// The same, whose errors say nothing.
    IsMutelyClosable { [T: Closable] &&&Probe<T> => OfMutelyClosable, }
}
choice! {
    /// A generator.
    IsGenerator { [T: AsyncGenerator] &&Probe<T> => OfGenerator, }
}
choice! {
    /// Any other stream.
    IsStream { [T: Stream] &Probe<T> => OfStream, }
}
choice! {
    /// Neither: as a stream, whose methods then say what is missing.
    IsNothing { [T] Probe<T> => OfStream, }
}
