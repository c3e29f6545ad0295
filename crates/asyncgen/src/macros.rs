//! The closure form.

/// A generator from a closure that takes a [`Yielder`](crate::Yielder).
///
/// The body is an `async move` block: it may await, use `?` (and then ends with `Ok(())`), and `return`. What its
/// function returns tells the types; where nothing does, they are named by the yielder's type:
/// `|y: Yielder<'_, Yield, Sent, Error>|`, in which `Sent` is `()`, and `Error` is [`Infallible`], unless given.
///
/// [`Infallible`]: core::convert::Infallible
///
/// ```
/// use std::pin::pin;
/// use asyncgen::{generator, AsyncGenerator, AsyncGeneratorExt};
/// # async_io::block_on(async {
///
/// fn countdown(from: u32) -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> {
///     generator!(|y| {
///         let mut n = from;
///         while n > 0 {
///             n = match y.yield_(n).await {
///                 Some(sent) => sent,
///                 None => n - 1,
///             };
///         }
///     })
/// }
///
/// let mut g = pin!(countdown(3));
/// assert_eq!(g.anext().await, Ok(3));
/// assert_eq!(g.asend(Some(10)).await, Ok(10));
/// assert_eq!(g.anext().await, Ok(9));
/// # });
/// ```
///
/// A body that ends with a value (contract clause C26) says its type, as a closure does, and ends with it, or with a `Result` of
/// it: see [`ReturningGenerator`](crate::ReturningGenerator).
///
/// ```
/// use std::pin::pin;
/// use asyncgen::{generator, AsyncGeneratorExt, StepError, Yielder};
/// # async_io::block_on(async {
///
/// let mut g = pin!(generator!(|y: Yielder<'_, u32>| -> String {
///     y.yield_(1).await;
///     "the end".to_owned()
/// }));
/// assert_eq!(g.anext().await, Ok(1));
/// assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
/// assert_eq!(g.return_value(), Some("the end".to_owned()));
/// # });
/// ```
#[macro_export]
macro_rules! generator {
    (|$yielder:ident $(: $type:ty)?| -> $return:ty $body:block) => {
        $crate::__private::generator(move |raw| $crate::__private::with_value::<$return, _, _, _>(async move {
            let anchor = ();
            // SAFETY: as below.
            #[allow(unused_mut, unused_variables)]
            let mut $yielder $(: $type)? = unsafe { $crate::__private::RawYielder::lend(raw, &anchor) };
            $body
        }))
    };
    (|mut $yielder:ident $(: $type:ty)?| -> $($rest:tt)*) => {
        $crate::generator!(|$yielder $(: $type)?| -> $($rest)*)
    };
    (|$yielder:ident $(: $type:ty)?| $body:expr) => {
        $crate::__private::generator(move |raw| async move {
            let anchor = ();
            // SAFETY: `raw` comes from `generator`, and `anchor` is a local variable of the body.
            #[allow(unused_mut, unused_variables)]
            let mut $yielder $(: $type)? = unsafe { $crate::__private::RawYielder::lend(raw, &anchor) };
            $body
        })
    };
    // The `async` block is `move`, and the yielder `mut`, in any case.
    (move |$($closure:tt)*) => {
        $crate::generator!(|$($closure)*)
    };
    (|mut $yielder:ident $(: $type:ty)?| $body:expr) => {
        $crate::generator!(|$yielder $(: $type)?| $body)
    };
}
