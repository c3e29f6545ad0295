//! Adaptors that stay generators: values, errors and closing still go both ways.

mod map_error;
mod map_sent;
mod map_yielded;
#[cfg(feature = "tokio")]
mod time_limit;

pub use map_error::{ErrorInto, MapError};
pub use map_sent::MapSent;
pub use map_yielded::MapYielded;
#[cfg(feature = "tokio")]
pub use time_limit::TimeLimit;

use crate::{AsyncGenerator, SentValue};

/// Adaptors that stay generators: `asend`, `athrow` and `aclose` go through them, and nothing is allocated.
///
/// A stream's adaptors ([`IntoStreamExt`](crate::IntoStreamExt)) go one way. Whatever takes more than one step for a step,
/// filtering, chunking, merging, is a few lines of [`async_gen!`](crate::async_gen): see [`guide`](crate::guide).
///
/// What a body ends with (contract clause C26) is given on as it is.
pub trait AdaptExt: AsyncGenerator + Sized {
    /// Each value that is yielded, mapped.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{async_gen, AdaptExt, AsyncGeneratorExt};
    /// # async_io::block_on(async {
    ///
    /// let echo = async_gen! {
    ///     type Sent = Option<u32>; type Error = std::convert::Infallible;
    ///     let mut sent = None;
    ///     loop { sent = yield sent; }
    /// };
    /// let mut texts = pin!(echo.map_yielded(|sent| format!("{sent:?}")));
    /// assert_eq!(texts.anext().await.unwrap(), "None");
    /// assert_eq!(texts.asend(Some(7)).await.unwrap(), "Some(7)");
    /// # });
    /// ```
    fn map_yielded<F, Y>(self, map: F) -> MapYielded<Self, F>
    where
        F: FnMut(Self::Yield) -> Y,
    {
        MapYielded::new(self, map)
    }

    /// Takes other values in, and sends what they are mapped to. A generator that is started, or goes on, with "nothing" gets
    /// what that is mapped to at its `yield`s.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{async_gen, AdaptExt, AsyncGeneratorExt};
    /// # async_io::block_on(async {
    ///
    /// let lengths = async_gen! {
    ///     type Sent = Option<usize>; type Error = std::convert::Infallible;
    ///     let mut sum = 0;
    ///     loop { sum += (yield sum).unwrap_or(0); }
    /// };
    /// let mut texts = pin!(lengths.map_sent(|text: Option<&str>| text.map(str::len)));
    /// assert_eq!(texts.anext().await, Ok(0));
    /// assert_eq!(texts.asend(Some("twas")).await, Ok(4));
    /// assert_eq!(texts.asend(Some("brillig")).await, Ok(11));
    /// # });
    /// ```
    fn map_sent<F, S>(self, map: F) -> MapSent<Self, F, S>
    where
        S: SentValue,
        F: FnMut(S) -> Self::Sent,
    {
        MapSent::new(self, map)
    }

    /// Each error that is raised, mapped. What is thrown in is of the new type: `back` says what that is in the generator's own
    /// type, `Ok`, or that it is nothing there, `Err`. Then the generator is closed, as by a `for await` loop that an error
    /// leaves, and the error raised.
    ///
    /// If the closing raises an error, that one comes out, as in Python. A generator that yields while it is closed is reported
    /// to the [hook](crate::hooks).
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{async_gen, AdaptExt, AsyncGeneratorExt, Exception, StepError};
    /// # async_io::block_on(async {
    ///
    /// let pages = async_gen! {
    ///     type Sent = (); type Error = u16;
    ///     let mut wait = 0;
    ///     loop { try { yield wait; } catch 429 { wait += 1; } }
    /// };
    /// let mut pages = pin!(pages.map_error(|status| format!("status {status}"), |text: String| text.parse().map_err(|_| text)));
    /// assert_eq!(pages.anext().await, Ok(0));
    /// assert_eq!(pages.athrow("429".to_owned()).await, Ok(Some(1)));
    /// let lost = || "no network".to_owned();
    /// assert_eq!(pages.athrow(lost()).await, Err(StepError::Raised(Exception::Error(lost()))));
    /// assert_eq!(pages.anext().await, Err(StepError::StopAsyncIteration));
    /// # });
    /// ```
    fn map_error<F, B, E>(self, map: F, back: B) -> MapError<Self, F, B, E>
    where
        F: FnMut(Self::Error) -> E,
        B: FnMut(E) -> Result<Self::Error, E>,
    {
        MapError::new(self, map, back)
    }

    /// Each error that is raised, converted by `From`, as `?` does: for a `yield from` to a generator of another layer.
    ///
    /// What is thrown in is of the new type, and goes by the generator: it is closed, and the error raised (as by
    /// [`map_error`](Self::map_error) without a way back).
    ///
    /// ```
    /// use std::{num::ParseIntError, pin::pin};
    /// use asyncgen::{async_gen, AdaptExt, AsyncGenerator, AsyncGeneratorExt};
    ///
    /// fn numbers(text: &str) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = ParseIntError> {
    ///     async_gen! { for word in text.split(' ') { yield word.parse()?; } }
    /// }
    ///
    /// fn all(texts: [&str; 2]) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Box<dyn std::error::Error>> {
    ///     async_gen! { for text in texts { yield from numbers(text).error_into(); } }
    /// }
    /// # async_io::block_on(async {
    ///
    /// let mut all = pin!(all(["1 2", "3 x"]));
    /// for n in 1..=3 { assert_eq!(all.anext().await.unwrap(), n); }
    /// assert_eq!(all.try_anext().await.unwrap_err().to_string(), "invalid digit found in string");
    /// # });
    /// ```
    fn error_into<E>(self) -> ErrorInto<Self, E>
    where
        E: From<Self::Error>,
    {
        map_error::error_into(self)
    }

    /// A time limit for each step, which leaves the step in flight: where it takes longer, `None` is yielded, and the next step
    /// carries on with it. For heartbeats between events.
    ///
    /// An exception that is thrown in then is raised at the await where the body stands, and so is a closing (contract clauses
    /// C18, C19); a value that is sent is refused, with [`StepError::AlreadyRunning`](crate::StepError::AlreadyRunning). Closing
    /// has no limit.
    ///
    /// ```
    /// use std::{pin::pin, time::Duration};
    /// use asyncgen::{stream, AdaptExt, AsyncGeneratorExt};
    /// use tokio::time::sleep;
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    ///
    /// let events = asyncgen::async_gen! {
    ///     type Sent = (); type Error = std::convert::Infallible;
    ///     sleep(Duration::from_secs(40)).await;
    ///     yield "event";
    /// };
    /// let mut events = pin!(events.time_limit(Duration::from_secs(15)));
    /// assert_eq!(events.anext().await, Ok(None)); // a heartbeat
    /// assert_eq!(events.anext().await, Ok(None));
    /// assert_eq!(events.anext().await, Ok(Some("event")));
    /// # });
    /// ```
    #[cfg(feature = "tokio")]
    fn time_limit(self, limit: core::time::Duration) -> TimeLimit<Self> {
        TimeLimit::new(self, limit)
    }
}

impl<G: AsyncGenerator> AdaptExt for G {}

/// What all adaptors have: the generator in them, and its value at the end.
macro_rules! adaptor {
    ($name:ident<G $(, $parameter:ident)*>) => {
        impl<G $(, $parameter)*> $name<G $(, $parameter)*> {
            /// The generator in it.
            pub fn get_mut(&mut self) -> &mut G {
                &mut self.generator
            }

            /// The generator in it.
            pub fn get_pin_mut(self: core::pin::Pin<&mut Self>) -> core::pin::Pin<&mut G> {
                self.project().generator
            }

            /// The generator back.
            pub fn into_inner(self) -> G {
                self.generator
            }
        }

        impl<G: core::fmt::Debug $(, $parameter)*> core::fmt::Debug for $name<G $(, $parameter)*> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name)).field("generator", &self.generator).finish_non_exhaustive()
            }
        }

        #[diagnostic::do_not_recommend] // to who has no value at the end
        impl<G $(, $parameter)*> crate::ReturningGenerator for $name<G $(, $parameter)*>
        where
            G: crate::ReturningGenerator,
            Self: crate::AsyncGenerator,
        {
            type Return = G::Return;

            fn take_return(self: core::pin::Pin<&mut Self>) -> Option<G::Return> {
                self.project().generator.take_return()
            }
        }
    };
}
use adaptor;

/// The method of [`AsyncGenerator`] that says whose body it is: an adaptor drops its generator along with itself.
macro_rules! owns_what_its_generator_owns {
    () => {
        #[allow(unsafe_code, reason = "it is unsafe to implement; nothing in it is")]
        unsafe fn owns_its_body(&self) -> bool {
            // SAFETY: it can be called at any time.
            unsafe { self.generator.owns_its_body() }
        }
    };
}
use owns_what_its_generator_owns;
