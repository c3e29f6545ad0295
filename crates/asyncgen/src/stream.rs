//! Generators as streams, and streams as generators.

use core::convert::Infallible;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::{AsyncGenerator, Exception, Nothing, Refused, Resume, State, Step};

/// Conversions from generators to streams.
///
/// A stream goes one way: it is driven by "nothing" alone, so that the generator's `Sent` must have one. Dropping a
/// stream drops the generator without closing it: its clean-up does not run, other than destructors. If the generator
/// has an [owner](crate::OwnedExt), that sees to it. A stream has no place for a value at the end (contract clause C26), which is
/// dropped with the generator.
pub trait IntoStreamExt: AsyncGenerator + Sized {
    /// The generator's values as a stream, for a generator that raises no errors.
    ///
    /// ```
    /// use asyncgen::{generator, IntoStreamExt, Yielder};
    /// use futures::StreamExt;
    /// # async_io::block_on(async {
    ///
    /// let numbers = generator!(|y: Yielder<'_, u32>| { for i in 0..3 { y.yield_(i).await; } });
    /// assert_eq!(numbers.into_stream().map(|n| n * 2).collect::<Vec<_>>().await, [0, 2, 4]);
    /// # });
    /// ```
    fn into_stream(self) -> IntoStream<Self>
    where
        Self: AsyncGenerator<Error = Infallible>,
        Self::Sent: Nothing,
    {
        IntoStream { generator: self }
    }

    /// The generator's values as a stream of `Result`s. An error is the last item.
    ///
    /// ```
    /// use asyncgen::{generator, IntoStreamExt, Yielder};
    /// use futures::TryStreamExt;
    /// # async_io::block_on(async {
    ///
    /// let numbers = generator!(|y: Yielder<'_, u32, (), std::num::ParseIntError>| {
    ///     for text in ["1", "2", "three"] { y.yield_(text.parse()?).await; }
    ///     Ok(())
    /// });
    /// let mut stream = std::pin::pin!(numbers.into_try_stream());
    /// assert_eq!(stream.try_next().await, Ok(Some(1)));
    /// assert_eq!(stream.try_next().await, Ok(Some(2)));
    /// assert!(stream.try_next().await.is_err());
    /// assert_eq!(stream.try_next().await, Ok(None));
    /// # });
    /// ```
    fn into_try_stream(self) -> IntoTryStream<Self>
    where
        Self::Sent: Nothing,
    {
        IntoTryStream { generator: self }
    }
}

impl<G: AsyncGenerator> IntoStreamExt for G {}

/// A stream that is made of a generator.
macro_rules! stream_of_generator {
    ($(#[$attribute:meta])* $name:ident: $item:ty, |$generator:ident: $bound:path, $pinned:ident, $cx:ident| $poll:expr) => {
        pin_project_lite::pin_project! {
            $(#[$attribute])*
            #[derive(Debug)]
            #[must_use = "a stream does nothing until it is polled"]
            pub struct $name<G> {
                #[pin]
                pub(crate) generator: G,
            }
        }

        impl<G> $name<G> {
            /// The generator, to drive it with its own operations.
            pub fn get_mut(&mut self) -> &mut G {
                &mut self.generator
            }

            /// The generator, to drive it with its own operations.
            pub fn get_pin_mut(self: core::pin::Pin<&mut Self>) -> core::pin::Pin<&mut G> {
                self.project().generator
            }

            /// The generator back.
            pub fn into_inner(self) -> G {
                self.generator
            }

            /// The stream, with an owner: when it is dropped half-way, somebody else closes its generator, whose clean-up runs.
            /// See [`OwnedExt`](crate::OwnedExt), whose [`owned`](crate::OwnedExt::owned) does the same for generators.
            ///
            /// ```
            /// use asyncgen::stream;
            /// use futures::{Stream, StreamExt};
            /// use tokio::time::{sleep, Duration};
            ///
            /// # static LOG: std::sync::Mutex<Vec<&str>> = std::sync::Mutex::new(Vec::new());
            /// # async fn unsubscribe() { LOG.lock().unwrap().push("unsubscribed"); }
            /// fn events() -> impl Stream<Item = u32> + Unpin {
            ///     stream! {
            ///         try {
            ///             for n in 0.. { yield n; sleep(Duration::from_millis(1)).await; }
            ///         } finally {
            ///             unsubscribe().await;
            ///         }
            ///     }
            ///     .with_owner()
            /// }
            /// # #[cfg(feature = "tokio")]
            /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
            /// let (first, report) = asyncgen::tokio::scope(async { events().next().await }).await;
            /// assert_eq!(first, Some(0));
            /// assert!(report.is_clean());
            /// assert_eq!(*LOG.lock().unwrap(), ["unsubscribed"]);
            /// # });
            /// ```
            #[cfg(feature = "std")]
            #[track_caller]
            pub fn with_owner(self) -> $name<crate::Owned<G>>
            where
                G: crate::AsyncGenerator<Error: core::fmt::Debug + Send> + Send + 'static,
            {
                $name { generator: crate::OwnedExt::owned(self.generator) }
            }
        }

        impl<$generator: $bound> futures_core::Stream for $name<$generator> {
            type Item = $item;

            #[inline]
            fn poll_next(
                self: core::pin::Pin<&mut Self>,
                $cx: &mut core::task::Context<'_>,
            ) -> core::task::Poll<Option<Self::Item>> {
                let $pinned = self.project().generator;
                $poll
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                // A closed generator has no more items; nothing is known of any other.
                (0, (self.generator.state() == crate::State::Closed).then_some(0))
            }
        }

        impl<$generator: $bound> futures_core::FusedStream for $name<$generator> {
            fn is_terminated(&self) -> bool {
                self.generator.state() == crate::State::Closed
            }
        }
    };
}
#[cfg(feature = "macros")]
pub(crate) use stream_of_generator;

stream_of_generator! {
    /// A generator as a stream: see [`IntoStreamExt::into_stream`].
    IntoStream: G::Yield, |G: AsyncGenerator<Sent: Nothing, Error = Infallible>, generator, cx| generator.poll_value(cx)
}

stream_of_generator! {
    /// A generator as a stream of `Result`s: see [`IntoStreamExt::into_try_stream`].
    IntoTryStream: Result<G::Yield, G::Error>, |G: AsyncGenerator<Sent: Nothing>, generator, cx| {
        match generator.poll_anext(cx) {
            Poll::Ready(step) => Poll::Ready(step.result()),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// A stream's items as a generator's values.
///
/// The generator takes no values; its error type is whatever is needed, so that it can be delegated to. An exception
/// thrown in, and closing, drop the stream.
///
/// ```
/// use std::{convert::Infallible, pin::pin};
/// use asyncgen::{from_stream, AsyncGeneratorExt, StepError};
/// # async_io::block_on(async {
///
/// let mut g = pin!(from_stream::<_, Infallible>(futures::stream::iter([1, 2])));
/// assert_eq!(g.anext().await, Ok(1));
/// assert_eq!(g.anext().await, Ok(2));
/// assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
/// # });
/// ```
pub fn from_stream<T, E>(stream: T) -> FromStream<T, E>
where
    T: Stream,
{
    FromStream { stream: Some(stream), state: State::Created, thrown: None, error: PhantomData }
}

pin_project! {
    /// A stream as a generator: see [`from_stream`].
    #[must_use = "a generator does nothing until it is driven"]
    pub struct FromStream<T, E> {
        // Dropped when the generator is closed.
        #[pin]
        stream: Option<T>,
        state: State,
        thrown: Option<Exception<E>>,
        error: PhantomData<fn(E)>,
    }
}

impl<T: Stream, E> AsyncGenerator for FromStream<T, E> {
    type Yield = T::Item;
    type Sent = ();
    type Error = E;

    fn begin(self: Pin<&mut Self>, resume: Resume<(), E>) -> Result<(), Refused<(), E>> {
        let mut this = self.project();
        match (*this.state, resume) {
            (State::Closed, Resume::Close) => {}
            (State::Closed, resume) => return Err(Refused::Closed(resume)),
            // An error that was to be raised goes first, and is then the closing's.
            (_, Resume::Close) if matches!(this.thrown, Some(Exception::Error(_))) => {}
            (_, Resume::Close) => {
                this.stream.set(None);
                *this.state = State::Closed;
            }
            (_, resume @ Resume::Throw(_)) if this.thrown.is_some() => return Err(Refused::AlreadyRunning(resume)),
            (_, Resume::Throw(exception)) => {
                *this.thrown = Some(exception);
                *this.state = State::Running;
            }
            (_, Resume::Next | Resume::Send(())) => *this.state = State::Running,
        }
        Ok(())
    }

    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<T::Item, E>> {
        let mut this = self.project();
        match *this.state {
            State::Closed => return Poll::Ready(Step::Returned),
            State::Created | State::Suspended => return Poll::Pending,
            State::Running => {}
        }
        // C21: which it stays if the stream panics.
        *this.state = State::Closed;
        let step = match (this.thrown.take(), this.stream.as_mut().as_pin_mut()) {
            (Some(exception), _) => Step::Raised(exception),
            (None, Some(stream)) => {
                let Poll::Ready(item) = stream.poll_next(cx) else {
                    *this.state = State::Running;
                    return Poll::Pending;
                };
                item.map_or(Step::Returned, Step::Yielded)
            }
            (None, None) => Step::Returned,
        };
        if let Step::Yielded(_) = step {
            *this.state = State::Suspended;
        } else {
            this.stream.set(None);
        }
        Poll::Ready(step)
    }

    fn state(&self) -> State {
        self.state
    }
}

impl<T, E> fmt::Debug for FromStream<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromStream").field("state", &self.state).finish_non_exhaustive()
    }
}
