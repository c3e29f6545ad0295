//! A body's value at its end (contract clause C26).

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::output::{BodyOutput, Returns};

/// The end of a body with a value. `None` is that of a body which has raised an exception otherwise.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct Ended<R, E>(pub(crate) Result<Option<R>, E>);

#[diagnostic::do_not_recommend]
impl<R, E> BodyOutput<E> for Ended<R, E> {
    type Kept = Option<R>;

    #[inline]
    fn into_result(self) -> Result<Option<R>, E> {
        self.0
    }
}

/// What a body whose value is an `R` may return: that, or a `Result` of it. `K` says which.
#[diagnostic::on_unimplemented(
    message = "a body whose value at the end is of type `{R}` can't end with `{Self}`",
    label = "not the value at the end",
    note = "it ends with a value of that type, or with a `Result` of it and the generator's own error type"
)]
#[doc(hidden)]
pub trait EndsWith<R, E, K> {
    fn ended(self) -> Result<Option<R>, E>;
}

#[doc(hidden)]
#[derive(Debug)]
pub enum IsValue {}

#[doc(hidden)]
#[derive(Debug)]
pub enum IsResult {}

#[doc(hidden)]
#[derive(Debug)]
pub enum IsNever {}

impl<R, E> EndsWith<R, E, IsValue> for R {
    #[inline]
    fn ended(self) -> Result<Option<R>, E> {
        Ok(Some(self))
    }
}

impl<R, E> EndsWith<R, E, IsResult> for Result<R, E> {
    #[inline]
    fn ended(self) -> Result<Option<R>, E> {
        self.map(Some)
    }
}

#[diagnostic::do_not_recommend]
impl<R, E> EndsWith<R, E, IsNever> for <fn() -> ! as Returns>::Output {
    fn ended(self) -> Result<Option<R>, E> {
        self
    }
}

/// How the output of a body becomes its end.
#[doc(hidden)]
pub trait Conversion<O, R, E> {
    fn ended(output: O) -> Result<Option<R>, E>;
}

/// By [`EndsWith`].
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct By<K>(K);

impl<O: EndsWith<R, E, K>, R, E, K> Conversion<O, R, E> for By<K> {
    #[inline]
    fn ended(output: O) -> Result<Option<R>, E> {
        output.ended()
    }
}

/// It is one: each end was converted where it stands.
#[cfg(feature = "macros")]
#[doc(hidden)]
#[derive(Debug)]
pub enum AsItIs {}

#[cfg(feature = "macros")]
impl<R, E> Conversion<Result<Option<R>, E>, R, E> for AsItIs {
    #[inline]
    fn ended(output: Result<Option<R>, E>) -> Result<Option<R>, E> {
        output
    }
}

pin_project! {
    /// A body with a value at its end.
    #[doc(hidden)]
    pub struct WithValue<Fut, R, E, C> {
        #[pin]
        body: Fut,
        types: PhantomData<fn() -> (R, E, C)>,
    }
}

/// A body that ends with an `R`, or with a `Result` of it.
#[doc(hidden)]
#[inline]
pub fn with_value<R, E, K, Fut>(body: Fut) -> WithValue<Fut, R, E, By<K>>
where
    Fut: Future<Output: EndsWith<R, E, K>>,
{
    WithValue { body, types: PhantomData }
}

/// A body each of whose ends was converted where it stands.
#[cfg(feature = "macros")]
#[doc(hidden)]
#[inline]
pub fn with_ends<R, E, Fut>(body: Fut) -> WithValue<Fut, R, E, AsItIs>
where
    Fut: Future<Output = Result<Option<R>, E>>,
{
    WithValue { body, types: PhantomData }
}

impl<R, E, C, Fut> Future for WithValue<Fut, R, E, C>
where
    Fut: Future,
    C: Conversion<Fut::Output, R, E>,
{
    type Output = Ended<R, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<R, E>> {
        self.project().body.poll(cx).map(C::ended).map(Ended)
    }
}
