//! What a `for await` loop goes over is told by its type.
//!
//! Streams and generators have no trait in common, and a type that isn't known to be either may still become one, so
//! that no trait could be implemented for both. Method resolution can choose, though: it takes the first that
//! applies, with fewer references first. The macro calls `(&&&&Probe::of(&value)).kind()`.

use core::marker::PhantomData;

use futures_core::Stream;

use super::for_await::{OfClosable, OfGenerator, OfStream};
use super::stream::Closable;
use crate::AsyncGenerator;

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
    ($(#[$doc:meta])* $name:ident for $probe:ty, $($bound:path)? => $kind:ident) => {
        $(#[$doc])*
        pub trait $name {
            #[inline]
            fn kind(&self) -> $kind {
                $kind
            }
        }

        impl<T $(: $bound)?> $name for $probe {}
    };
}

choice! {
    /// A stream that is a generator inside, and can be closed.
    IsClosable for &&&Probe<T>, Closable => OfClosable
}
choice! {
    /// A generator.
    IsGenerator for &&Probe<T>, AsyncGenerator => OfGenerator
}
choice! {
    /// Any other stream.
    IsStream for &Probe<T>, Stream => OfStream
}
choice! {
    /// Neither: as a stream, whose methods then say what is missing.
    IsNothing for Probe<T>, => OfStream
}
