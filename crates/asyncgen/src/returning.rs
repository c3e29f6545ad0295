//! A value at the end.

use core::pin::Pin;

use crate::engine::{BodyOutput, Generator, RawYielder};
use crate::{AsyncGenerator, SentValue};

/// A generator whose body ends with a value (contract clause C26, PEP 828).
///
/// A body names the value's type at its head, `type Return = Usage;`, and ends with `return usage`, or with the value as
/// its last expression; if it uses `?`, with `Ok(usage)` or with the value alone. (In the closure form the closure says the type:
/// `generator!(|y| -> Usage { .. })`.) The step that runs it to its end gives
/// [`StopAsyncIteration`](crate::StepError::StopAsyncIteration) as that of any generator. The value is then with the generator,
/// until it is taken, by [`return_value`](crate::AsyncGeneratorExt::return_value), or the generator is dropped. `yield from`
/// evaluates to it.
///
/// Whoever says no more of such a generator than `impl AsyncGenerator` hides the value. A stream has no place for one.
///
/// ```
/// use std::pin::pin;
/// use asyncgen::{async_gen, AsyncGeneratorExt, ReturningGenerator, StepError};
/// # async_io::block_on(async {
///
/// /// The text's words; at the end, how many there were.
/// fn words(text: &str) -> impl ReturningGenerator<Yield = &str, Sent = (), Error = String, Return = usize> {
///     async_gen! {
///         type Return = usize;
///         let mut count = 0;
///         for word in text.split(' ') {
///             yield word;
///             count += 1;
///         }
///         count
///     }
/// }
///
/// let mut g = pin!(words("twas brillig"));
/// assert_eq!(g.anext().await, Ok("twas"));
/// assert_eq!(g.anext().await, Ok("brillig"));
/// assert_eq!(g.return_value(), None);
/// assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
/// assert_eq!(g.return_value(), Some(2));
/// assert_eq!(g.return_value(), None);
/// # });
/// ```
#[must_use = "a generator does nothing until it is driven"]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a generator that ends with a value",
    label = "has no value at its end",
    note = "its body names the value's type at its head, `type Return = ..;`, and the function that makes it returns \
            `impl ReturningGenerator<Return = .., ..>`"
)]
pub trait ReturningGenerator: AsyncGenerator {
    /// What the body ends with.
    type Return;

    /// Takes the value that the body has ended with. `None` before the body has ended, if it ended with an exception or was
    /// closed, and if the value was taken already.
    ///
    /// On a pinned generator, [`return_value`](crate::AsyncGeneratorExt::return_value) is the same, and shorter.
    fn take_return(self: Pin<&mut Self>) -> Option<Self::Return>;
}

impl<Y, S, E, F, Fut, R> ReturningGenerator for Generator<Y, S, E, F, Fut, Option<R>>
where
    S: SentValue,
    F: FnOnce(RawYielder<Y, S, E>) -> Fut,
    Fut: Future<Output: BodyOutput<E, Kept = Option<R>>>,
{
    type Return = R;

    #[inline]
    fn take_return(self: Pin<&mut Self>) -> Option<R> {
        self.take_kept()
    }
}

macro_rules! pointer {
    ($pointer:ty $(, $unpin:ident)?; |$this:ident| $inner:expr) => {
        impl<G: ReturningGenerator + ?Sized $(+ $unpin)?> ReturningGenerator for $pointer {
            type Return = G::Return;

            #[inline]
            fn take_return(self: Pin<&mut Self>) -> Option<G::Return> {
                let $this = self.get_mut();
                $inner.take_return()
            }
        }
    };
}

pointer!(&mut G, Unpin; |this| Pin::new(&mut **this));
pointer!(Pin<&mut G>; |this| this.as_mut());
#[cfg(feature = "std")]
pointer!(std::boxed::Box<G>, Unpin; |this| Pin::new(&mut **this));
#[cfg(feature = "std")]
pointer!(Pin<std::boxed::Box<G>>; |this| this.as_mut());
