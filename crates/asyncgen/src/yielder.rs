//! What a body does: yield, catch, clean up, raise, delegate.

use core::convert::Infallible;
use core::fmt;

use crate::engine::MailboxRef;
use crate::scope::{Catch, Finally, ScopeBody, YieldFrom};
use crate::yield_::{TryYield, Yield};
use crate::{AsyncGenerator, Raise};

/// A body's handle to its generator: what it yields with.
///
/// It is lent to the body, and cannot leave it. All its methods take `&mut self`, so that a body can't be in two of
/// them at once. A scope ([`catch`](Self::catch), [`finally`](Self::finally)) lends the code inside it a yielder of
/// its own.
///
/// A future that one of the methods returns must be polled whenever the body is: awaited, or in `select!`, `join!` or a
/// timeout. A collection that polls only the futures that were woken (`FuturesUnordered`) would not notice that the
/// generator was resumed: a debug build reports that ([`Unraisable::YieldNotPolled`](crate::hooks::Unraisable::YieldNotPolled)).
///
/// ```
/// use std::pin::pin;
/// use asyncgen::{generator, AsyncGeneratorExt, Yielder};
/// # async_io::block_on(async {
///
/// // Yields `u32`s, and is sent `Option<u32>`s.
/// let mut g = pin!(generator!(|y: Yielder<'_, u32, Option<u32>>| {
///     let mut n = 0;
///     loop {
///         n = y.yield_(n).await.unwrap_or(n + 1);
///     }
/// }));
/// assert_eq!(g.anext().await, Ok(0));
/// assert_eq!(g.anext().await, Ok(1));
/// assert_eq!(g.asend(Some(7)).await, Ok(7));
/// # });
/// ```
pub struct Yielder<'a, Y, S = (), E = Infallible> {
    pub(crate) mailbox: MailboxRef<'a, Y, S, E>,
}

impl<'a, Y, S, E> Yielder<'a, Y, S, E> {
    pub(crate) fn new(mailbox: MailboxRef<'a, Y, S, E>) -> Self {
        Self { mailbox }
    }

    /// Yields `value`; evaluates to what the consumer sends (contract clauses C2, C4).
    ///
    /// If an exception is thrown in meanwhile, the future is dropped with the scope that it is in, and never ready
    /// (C9). If it is dropped by the body (in a `select!`, when another branch wins) before the value was taken, the
    /// value is not yielded; if later, what was sent meanwhile is dropped with it.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut g = pin!(generator!(|y: Yielder<'_, &str, u32>| {
    ///     let sent = y.yield_("give me a number").await;
    ///     y.yield_(if sent > 9 { "large" } else { "small" }).await;
    /// }));
    /// assert_eq!(g.start().await, Ok("give me a number"));
    /// assert_eq!(g.asend(12).await, Ok("large"));
    /// # });
    /// ```
    #[inline]
    pub fn yield_(&mut self, value: Y) -> Yield<'_, Y, S, E> {
        Yield::new(self.mailbox.reborrow(), value)
    }

    /// Yields `value`; evaluates to what the consumer sends, or to the exception that it throws in (contract clause
    /// C9): a [`catch`](Self::catch) around one yield.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, Exception, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut g = pin!(generator!(|y: Yielder<'_, String, (), &'static str>| {
    ///     let caught = y.try_yield("first".into()).await;
    ///     y.yield_(format!("{caught:?}")).await;
    /// }));
    /// assert_eq!(g.anext().await, Ok("first".into()));
    /// assert_eq!(g.athrow("stop").await, Ok(Some("Err(Error(\"stop\"))".into())));
    /// # });
    /// ```
    #[inline]
    pub fn try_yield(&mut self, value: Y) -> TryYield<'_, Y, S, E> {
        TryYield::new(self.mailbox.reborrow(), value)
    }

    /// Runs `body`; evaluates to its value, to the error that it ends with, or to the exception that was raised inside
    /// it: thrown in by the consumer, at a yield or at any other await (contract clause C19), or by
    /// [`raise`](Self::raise). Python's `try` and `except`.
    ///
    /// An exception drops `body` at the point where it stands.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, Exception, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut g = pin!(generator!(|y: Yielder<'_, u32, (), String>| {
    ///     let parsed = y.catch(async |mut y| {
    ///         y.yield_(1).await;
    ///         Ok("2".parse::<u32>().map_err(|error| error.to_string())?)
    ///     }).await;
    ///     match parsed {
    ///         Ok(n) => { y.yield_(n).await; }
    ///         Err(Exception::Error(_)) => { y.yield_(404).await; }
    ///         Err(Exception::GeneratorExit) => {}
    ///     }
    /// }));
    /// assert_eq!(g.anext().await, Ok(1));
    /// assert_eq!(g.athrow("no".to_owned()).await, Ok(Some(404)));
    /// # });
    /// ```
    pub fn catch<'b, T, F>(&'b mut self, body: F) -> Catch<'b, Y, S, E, F::Future>
    where
        F: for<'c> AsyncFnOnce(Yielder<'c, Y, S, E>) -> Result<T, E>
            + ScopeBody<Yielder<'b, Y, S, E>, Value = Result<T, E>>,
    {
        let mailbox = self.mailbox.reborrow();
        let body = body(Yielder::new(mailbox.share()));
        Catch::new(mailbox, body)
    }

    /// Runs `body`, then `clean_up`, whichever way `body` ended; evaluates to its value. Python's `try` and `finally`.
    ///
    /// An error that `body` ends with, or an exception that was raised inside it, goes on when `clean_up` has ended. An
    /// error of `clean_up` replaces it. `clean_up` is not interrupted at its awaits: see contract clause C25.
    ///
    /// It cannot run if the future is dropped by the body itself, in a `select!` or a timeout, nor if the generator is
    /// dropped by somebody who has not closed it.
    ///
    /// ```
    /// use std::{cell::RefCell, pin::pin};
    /// use asyncgen::{generator, AsyncGeneratorExt, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let log = &RefCell::new(Vec::new());
    /// let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
    ///     y.finally(
    ///         async |mut y| { y.yield_(1).await; Ok(()) },
    ///         async |_| { async_io::Timer::after(std::time::Duration::ZERO).await; log.borrow_mut().push("cleaned up"); Ok(()) },
    ///     ).await;
    /// }));
    /// g.anext().await.unwrap();
    /// g.aclose().await.unwrap();
    /// assert_eq!(*log.borrow(), ["cleaned up"]);
    /// # });
    /// ```
    pub fn finally<'b, T, F, C>(&'b mut self, body: F, clean_up: C) -> Finally<'b, Y, S, E, T, F::Future, C, C::Future>
    where
        F: for<'c> AsyncFnOnce(Yielder<'c, Y, S, E>) -> Result<T, E>
            + ScopeBody<Yielder<'b, Y, S, E>, Value = Result<T, E>>,
        C: for<'c> AsyncFnOnce(Yielder<'c, Y, S, E>) -> Result<(), E>
            + ScopeBody<Yielder<'b, Y, S, E>, Value = Result<(), E>>,
    {
        let mailbox = self.mailbox.reborrow();
        let body = body(Yielder::new(mailbox.share()));
        Finally::new(mailbox, body, clean_up)
    }

    /// Raises an exception: it goes to the innermost scope around this point, or, where there is none, to the consumer
    /// (contract clause C7). Python's `raise`.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, Exception, StepError, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut g = pin!(generator!(|y: Yielder<'_, u32, (), &'static str>| {
    ///     let Ok(n) = "x".parse() else { y.raise("not a number").await };
    ///     y.yield_(n).await;
    /// }));
    /// assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error("not a number"))));
    /// # });
    /// ```
    pub async fn raise(&mut self, exception: impl Raise<E>) -> ! {
        match crate::raise::Raising::new(self.mailbox.reborrow(), exception.into_exception()).await {}
    }

    /// Yields what `generator` yields until it ends; everything that the consumer sends and throws meanwhile goes to
    /// it, and closing closes it first (contract clause C23). Python's `yield from` (PEP 380).
    ///
    /// An error that it lets out is raised here. It may have been started before, by `&mut`, and goes on with nothing; if
    /// its `Sent` has no nothing, and it waits for a value, the delegation ends at once and leaves it as it is.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, StepError, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
    ///     y.yield_from(generator!(|y| { y.yield_(1).await; y.yield_(2).await; })).await;
    ///     y.yield_(3).await;
    /// }));
    /// assert_eq!(g.anext().await, Ok(1));
    /// assert_eq!(g.anext().await, Ok(2));
    /// assert_eq!(g.anext().await, Ok(3));
    /// assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    /// # });
    /// ```
    pub fn yield_from<G>(&mut self, generator: G) -> YieldFrom<'_, G>
    where
        G: AsyncGenerator<Yield = Y, Sent = S, Error = E>,
    {
        YieldFrom::new(self.mailbox.reborrow(), generator)
    }
}

impl<Y, S, E> fmt::Debug for Yielder<'_, Y, S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yielder").finish_non_exhaustive()
    }
}
