//! A block at whose end a generator is closed.

use core::error::Error;
use core::fmt;
use core::pin::{Pin, pin};

use crate::{AsyncGenerator, AsyncGeneratorExt, CloseError};

/// Runs `block` with `generator`, which is pinned on the stack, then closes it: Python's `contextlib.aclosing`.
///
/// The generator is closed on every way out of the block: its end, `return`, `?`. It is not closed
///
/// - if the block panics;
/// - if the future of this function is dropped half-way: then nobody is left who could await. A generator that may be
///   dropped needs an owner: [`OwnedExt`](crate::OwnedExt).
///
/// # Errors
///
/// [`NotClosed`] if closing it failed (contract clauses C14, C15). The block's own value is in it.
///
/// ```
/// use std::cell::RefCell;
/// use asyncgen::{aclosing, generator, AsyncGeneratorExt, Yielder};
/// # async_io::block_on(async {
///
/// let log = &RefCell::new(Vec::new());
/// let numbers = generator!(|y: Yielder<'_, u32>| {
///     y.finally(
///         async |mut y| { for n in 1.. { y.yield_(n).await; } Ok(()) },
///         async |_| { log.borrow_mut().push("cleaned up"); Ok(()) },
///     ).await;
/// });
/// let found = aclosing(numbers, async |mut numbers| {
///     loop {
///         let n = numbers.anext().await?;
///         if n % 7 == 0 {
///             return Ok::<_, asyncgen::StepError<_>>(n);
///         }
///     }
/// })
/// .await
/// .unwrap();
/// assert_eq!(found, Ok(7));
/// assert_eq!(*log.borrow(), ["cleaned up"]);
/// # });
/// ```
pub async fn aclosing<G, B, T>(generator: G, block: B) -> Result<T, NotClosed<T, G::Yield, G::Error>>
where
    G: AsyncGenerator,
    B: AsyncFnOnce(Pin<&mut G>) -> T,
{
    let mut generator = pin!(generator);
    let value = block(generator.as_mut()).await;
    match generator.aclose().await {
        Ok(()) => Ok(value),
        Err(error) => Err(NotClosed { value, error }),
    }
}

/// A generator could not be closed at the end of its block: see [`aclosing`](aclosing()).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NotClosed<T, Y, E> {
    /// The block's value.
    pub value: T,
    /// Why the generator could not be closed.
    pub error: CloseError<Y, E>,
}

impl<T, Y, E: fmt::Debug> fmt::Debug for NotClosed<T, Y, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error: CloseError<(), &E> = match &self.error {
            CloseError::IgnoredGeneratorExit(_) => CloseError::IgnoredGeneratorExit(()),
            CloseError::Raised(error) => CloseError::Raised(error),
        };
        f.debug_struct("NotClosed").field("error", &error).finish_non_exhaustive()
    }
}

impl<T, Y, E: fmt::Display> fmt::Display for NotClosed<T, Y, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T, Y, E: Error> Error for NotClosed<T, Y, E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.error {
            CloseError::IgnoredGeneratorExit(_) => None,
            CloseError::Raised(error) => error.source(),
        }
    }
}
