//! What a delegation evaluates to.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::YieldFrom;
use crate::{AsyncGenerator, ReturningGenerator};

mod sealed {
    pub trait Sealed {}
}

/// What becomes of the value that a delegation's generator has ended with (contract clause C26).
pub trait Ending<G>: sealed::Sealed {
    /// What the delegation evaluates to.
    type Value;

    fn value(generator: Pin<&mut G>) -> Self::Value;
}

/// The generator has no value at its end, or nobody wants it.
#[cfg(feature = "macros")]
#[derive(Clone, Copy, Debug)]
pub struct WithoutValue;

#[cfg(feature = "macros")]
impl sealed::Sealed for WithoutValue {}

#[cfg(feature = "macros")]
impl<G> Ending<G> for WithoutValue {
    type Value = ();

    #[inline]
    fn value(_: Pin<&mut G>) {}
}

/// The generator has one. It is not there if the generator had ended before, and its value was taken.
#[derive(Clone, Copy, Debug)]
pub struct WithValue;

impl sealed::Sealed for WithValue {}

impl<G: ReturningGenerator> Ending<G> for WithValue {
    type Value = Option<G::Return>;

    #[inline]
    fn value(generator: Pin<&mut G>) -> Option<G::Return> {
        generator.take_return()
    }
}

pin_project! {
    /// The future of [`YieldFrom::value`].
    #[must_use = "nothing runs until this is awaited"]
    pub struct Valued<'y, G, K>
    where
        G: AsyncGenerator,
    {
        #[pin]
        delegation: YieldFrom<'y, G>,
        ending: K,
    }
}

/// The future of [`YieldFrom::value`].
pub type YieldFromValue<'y, G> = Valued<'y, G, WithValue>;

impl<'y, G: AsyncGenerator, K> Valued<'y, G, K> {
    #[inline]
    pub(crate) fn new(delegation: YieldFrom<'y, G>, ending: K) -> Self {
        Self { delegation, ending }
    }
}

impl<'y, G: ReturningGenerator> YieldFrom<'y, G> {
    /// The same delegation, which evaluates to the value that the generator has ended with (contract clause C26): `None` only
    /// if that had ended before, and its value was taken.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
    ///     let inner = generator!(|y| -> u32 { y.yield_(1).await; 5 });
    ///     let value = y.yield_from(inner).value().await;
    ///     y.yield_(value.unwrap()).await;
    /// }));
    /// assert_eq!(g.anext().await, Ok(1));
    /// assert_eq!(g.anext().await, Ok(5));
    /// # });
    /// ```
    pub fn value(self) -> YieldFromValue<'y, G> {
        Valued::new(self, WithValue)
    }
}

impl<G: AsyncGenerator, K: Ending<G>> Future for Valued<'_, G, K> {
    type Output = K::Value;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<K::Value> {
        let mut delegation = self.project().delegation;
        delegation.as_mut().poll(cx).map(|()| K::value(delegation.generator()))
    }
}

impl<G: AsyncGenerator, K> fmt::Debug for Valued<'_, G, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("YieldFromValue").finish_non_exhaustive()
    }
}
