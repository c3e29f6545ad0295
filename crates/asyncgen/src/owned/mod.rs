//! Generators that own themselves, and are closed also when they are dropped.

mod clean_up_error;
mod owner;
mod unfinished;
mod unshared;

use core::convert::Infallible;
use core::fmt;
use std::boxed::Box;

pub use clean_up_error::{CleanUpError, CleanUpErrorKind};
pub use owner::Owned;
pub use unfinished::{Closing, LocalClosing, LocalUnfinished, Unfinished};

use crate::hooks::LocalFinalizer;
use crate::{AsyncGenerator, ReturningGenerator};

/// An owned generator of whatever body, which may change threads: see [`OwnedExt::boxed`].
pub type BoxGenerator<Y, S = (), E = Infallible> = Owned<dyn AsyncGenerator<Yield = Y, Sent = S, Error = E> + Send>;

/// An owned generator of whatever body, which stays on its thread: see [`OwnedExt::boxed_local`].
pub type LocalBoxGenerator<Y, S = (), E = Infallible> =
    Owned<dyn AsyncGenerator<Yield = Y, Sent = S, Error = E>, LocalFinalizer>;

/// An owned generator of whatever body that ends with an `R`, which may change threads: see [`OwnedExt::boxed_returning`].
pub type BoxReturningGenerator<Y, R, S = (), E = Infallible> =
    Owned<dyn ReturningGenerator<Yield = Y, Sent = S, Error = E, Return = R> + Send>;

/// Puts a generator on the heap, with an owner who sees to its end.
///
/// An [`Owned`] generator that is dropped while it is suspended, or in the middle of a step, is given to the finalizer
/// that was there when it made its first step, which closes it: its clean-up runs, awaits included (contract clause
/// C22). With the feature `tokio` that is a task on the runtime of the first step; else see [`hooks`](crate::hooks).
/// One that was never started, or has ended, is just dropped: there is nothing to clean up.
///
/// It can be handed to anybody: it is [`Unpin`], a generator, and a [`Stream`](futures_core::Stream) if it raises no
/// errors. (One that does has [`into_try_stream`](crate::IntoStreamExt::into_try_stream).)
///
/// The generator can't borrow, since it may be closed later than its owner is dropped. For one that borrows, there is
/// [`aclosing`](crate::aclosing()).
pub trait OwnedExt: AsyncGenerator + Sized + 'static {
    /// The generator on the heap, its body's type forgotten.
    ///
    /// ```
    /// use asyncgen::{generator, AsyncGeneratorExt, BoxGenerator, OwnedExt};
    /// use futures::StreamExt;
    ///
    /// fn numbers(even: bool) -> BoxGenerator<u32> {
    ///     if even {
    ///         generator!(|y| { y.yield_(2).await; y.yield_(4).await; }).boxed()
    ///     } else {
    ///         generator!(|y| { y.yield_(1).await; }).boxed()
    ///     }
    /// }
    /// # async_io::block_on(async {
    /// assert_eq!(numbers(false).anext().await, Ok(1));
    /// assert_eq!(numbers(true).map(|n| n * 10).collect::<Vec<_>>().await, [20, 40]);
    /// # });
    /// ```
    #[track_caller]
    fn boxed(self) -> BoxGenerator<Self::Yield, Self::Sent, Self::Error>
    where
        Self: Send,
        Self::Error: fmt::Debug + Send,
    {
        let generator: Box<dyn AsyncGenerator<Yield = Self::Yield, Sent = Self::Sent, Error = Self::Error> + Send> =
            Box::new(self);
        Owned::new(Box::into_pin(generator))
    }

    /// As [`boxed`](Self::boxed), for a generator that can't leave its thread. It is given to the thread's
    /// [`LocalFinalizer`].
    ///
    /// ```
    /// use std::rc::Rc;
    /// use asyncgen::{generator, AsyncGeneratorExt, LocalBoxGenerator, OwnedExt};
    ///
    /// fn words(text: Rc<str>) -> LocalBoxGenerator<String> {
    ///     generator!(|y| { for word in text.split(' ') { y.yield_(word.to_owned()).await; } }).boxed_local()
    /// }
    /// # async_io::block_on(async {
    /// let mut words = words("to be".into());
    /// assert_eq!(words.anext().await.unwrap(), "to");
    /// assert_eq!(words.anext().await.unwrap(), "be");
    /// # });
    /// ```
    #[track_caller]
    fn boxed_local(self) -> LocalBoxGenerator<Self::Yield, Self::Sent, Self::Error>
    where
        Self::Error: fmt::Debug,
    {
        let generator: Box<dyn AsyncGenerator<Yield = Self::Yield, Sent = Self::Sent, Error = Self::Error>> =
            Box::new(self);
        Owned::new_local(Box::into_pin(generator))
    }

    /// As [`boxed`](Self::boxed), with the value at its end (contract clause C26), which `boxed` hides.
    ///
    /// ```
    /// use asyncgen::{async_gen, AsyncGeneratorExt, BoxReturningGenerator, OwnedExt, StepError};
    /// # async_io::block_on(async {
    ///
    /// let mut tokens: BoxReturningGenerator<&str, u32> = async_gen! { type Return = u32; yield "token"; 1 }.boxed_returning();
    /// assert_eq!(tokens.anext().await, Ok("token"));
    /// assert_eq!(tokens.anext().await, Err(StepError::StopAsyncIteration));
    /// assert_eq!(tokens.return_value(), Some(1));
    /// # });
    /// ```
    #[track_caller]
    fn boxed_returning(self) -> BoxReturningGenerator<Self::Yield, Self::Return, Self::Sent, Self::Error>
    where
        Self: ReturningGenerator + Send,
        Self::Error: fmt::Debug + Send,
    {
        Owned::new(Box::pin(self) as _)
    }

    /// The generator on the heap as itself: calls to it can be inlined.
    ///
    /// ```
    /// use asyncgen::{generator, AsyncGeneratorExt, OwnedExt, Yielder};
    ///
    /// # async_io::block_on(async {
    /// let mut numbers = generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }).owned();
    /// assert_eq!(numbers.anext().await, Ok(1));
    /// # });
    /// ```
    #[track_caller]
    fn owned(self) -> Owned<Self>
    where
        Self: Send,
        Self::Error: fmt::Debug + Send,
    {
        Owned::new(Box::pin(self))
    }

    /// As [`owned`](Self::owned), for a generator that can't leave its thread.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use asyncgen::{generator, AsyncGeneratorExt, OwnedExt, Yielder};
    ///
    /// # async_io::block_on(async {
    /// let not_send = Rc::new(1);
    /// let mut numbers = generator!(|y: Yielder<'_, u32>| { y.yield_(*not_send).await; }).owned_local();
    /// assert_eq!(numbers.anext().await, Ok(1));
    /// # });
    /// ```
    #[track_caller]
    fn owned_local(self) -> Owned<Self, LocalFinalizer>
    where
        Self::Error: fmt::Debug,
    {
        Owned::new_local(Box::pin(self))
    }
}

impl<G: AsyncGenerator + 'static> OwnedExt for G {}
