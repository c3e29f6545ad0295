//! The operations of the consumer.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use crate::{
    AsyncGenerator, CloseError, Exception, Nothing, Refused, Resume, ReturningGenerator, StartError, State, Step,
    StepError,
};

/// The operations that drive a generator.
///
/// They need the generator to be pinned: with [`core::pin::pin!`] on the stack, or with `Box::pin`.
///
/// Each returns a future that runs one step. Nothing happens before it is polled. If it is dropped half-way, nothing
/// is lost: the step stays in flight (contract clause C18), and the next operation carries on with it, or raises its
/// exception at the await where the body stands.
pub trait AsyncGeneratorExt: AsyncGenerator {
    /// The next value: starts the generator, or resumes it with "nothing" (contract clauses C2, C5, PEP 525
    /// `__anext__`).
    ///
    /// # Errors
    ///
    /// [`StepError::StopAsyncIteration`] if the body returned, now or earlier (C6); [`StepError::Raised`] if it let an
    /// exception out (C7). (So `while let Ok(value) = g.anext().await` takes an error for the end. Where there may be errors,
    /// [`try_anext`](Self::try_anext) tells them apart.)
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, StepError, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut g = pin!(generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }));
    /// assert_eq!(g.anext().await, Ok(1));
    /// assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    /// # });
    /// ```
    fn anext(&mut self) -> Anext<'_, Self>
    where
        Self: Unpin,
        Self::Sent: Nothing,
    {
        Anext { step: StepFuture::new(self, Next) }
    }

    /// The next value, or `None` at the end: as [`anext`](Self::anext), for loops and for `?`.
    ///
    /// # Errors
    ///
    /// The body's error itself, if it raised one (contract clause C7): `?` converts it as any other, into `anyhow::Error`, say. A
    /// body that lets `GeneratorExit` out has ended.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{async_gen, AsyncGenerator, AsyncGeneratorExt};
    ///
    /// fn numbers(text: &str) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::num::ParseIntError> {
    ///     async_gen! { for word in text.split(' ') { yield word.parse()?; } }
    /// }
    ///
    /// async fn sum(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
    ///     let mut numbers = pin!(numbers(text));
    ///     let mut sum = 0;
    ///     while let Some(number) = numbers.try_anext().await? {
    ///         sum += number;
    ///     }
    ///     Ok(sum)
    /// }
    ///
    /// # async_io::block_on(async {
    /// assert_eq!(sum("1 2 3").await.unwrap(), 6);
    /// assert_eq!(sum("1 two").await.unwrap_err().to_string(), "invalid digit found in string");
    /// # });
    /// ```
    fn try_anext(&mut self) -> TryAnext<'_, Self>
    where
        Self: Unpin,
        Self::Sent: Nothing,
    {
        TryAnext { step: StepFuture::new(self, Next) }
    }

    /// Starts the generator, whatever its `Sent` is: runs it to its first `yield` (contract clause C2). If the future
    /// of an earlier step was dropped half-way, carries on with that step (C18).
    ///
    /// # Errors
    ///
    /// As [`anext`](Self::anext), and [`StartError::AlreadyStarted`] for a generator that waits for a value.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, StartError, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut sums = pin!(generator!(|y: Yielder<'_, u32, u32>| {
    ///     let mut sum = 0;
    ///     loop { sum += y.yield_(sum).await; }
    /// }));
    /// assert_eq!(sums.start().await, Ok(0));
    /// assert_eq!(sums.asend(5).await, Ok(5));
    /// assert_eq!(sums.start().await, Err(StartError::AlreadyStarted));
    /// # });
    /// ```
    fn start(&mut self) -> Start<'_, Self>
    where
        Self: Unpin,
    {
        let mut step = StepFuture::new(self, Next);
        if step.generator.state() == State::Suspended {
            step.stage = Stage::Refused;
        }
        Start { step }
    }

    /// Resumes the generator: its `yield` evaluates to `value` (contract clause C4, PEP 525 `asend`).
    ///
    /// # Errors
    ///
    /// As [`anext`](Self::anext), and, with `value` given back, [`StepError::JustStarted`] for a generator that was
    /// not started yet (C3; nothing, that is `()` or `None`, starts it instead) and [`StepError::AlreadyRunning`] while
    /// a step is in flight whose future was dropped (C18; nothing carries on with it).
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, StepError, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut echo = pin!(generator!(|y: Yielder<'_, u32, Option<u32>>| {
    ///     let mut last = 0;
    ///     loop { last = y.yield_(last).await.unwrap_or(0); }
    /// }));
    /// assert_eq!(echo.asend(Some(7)).await, Err(StepError::JustStarted(Some(7))));
    /// assert_eq!(echo.asend(None).await, Ok(0));
    /// assert_eq!(echo.asend(Some(7)).await, Ok(7));
    /// # });
    /// ```
    fn asend(&mut self, value: Self::Sent) -> Asend<'_, Self>
    where
        Self: Unpin,
    {
        Asend { step: StepFuture::new(self, Send(value)) }
    }

    /// Raises an exception in the generator, at the point where its body stands: at its `yield` (contract clause C9,
    /// PEP 525 `athrow`), or at the await of a step in flight (C18, C19).
    ///
    /// Evaluates to the value that the body yields next if it catches the exception, or to `None` if the generator was
    /// closed already, so that nothing happened (C11).
    ///
    /// # Errors
    ///
    /// [`StepError::Raised`] with the exception itself if the body does not catch it (or was not started yet: C10), or
    /// with another that it raised instead; [`StepError::StopAsyncIteration`] if it caught the exception and returned;
    /// [`StepError::AlreadyRunning`], with the exception given back, if an earlier error is still waiting to be raised
    /// (C25).
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGeneratorExt, Exception, StepError, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut g = pin!(generator!(|y: Yielder<'_, u32, (), &'static str>| {
    ///     if y.try_yield(1).await == Err(Exception::Error("again")) {
    ///         y.yield_(2).await;
    ///     }
    /// }));
    /// assert_eq!(g.anext().await, Ok(1));
    /// assert_eq!(g.athrow("again").await, Ok(Some(2)));
    /// assert_eq!(g.athrow("again").await, Err(StepError::Raised(Exception::Error("again"))));
    /// assert_eq!(g.athrow("again").await, Ok(None));
    /// # });
    /// ```
    fn athrow(&mut self, exception: impl Into<Exception<Self::Error>>) -> Athrow<'_, Self>
    where
        Self: Unpin,
    {
        Athrow { step: StepFuture::new(self, Throw(exception.into())) }
    }

    /// Closes the generator: raises `GeneratorExit` in its body, and runs the body's clean-up (contract clauses C12 and
    /// C19, PEP 525 `aclose`). It is always safe to call (C13), and may be dropped and called again (C20).
    ///
    /// # Errors
    ///
    /// [`CloseError::Raised`] if the body raised an error meanwhile (C14); [`CloseError::IgnoredGeneratorExit`] if it
    /// yielded a value, which is given back (C15).
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{generator, AsyncGenerator, AsyncGeneratorExt, State, Yielder};
    /// # async_io::block_on(async {
    ///
    /// let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
    ///     loop { y.yield_(1).await; }
    /// }));
    /// assert_eq!(g.anext().await, Ok(1));
    /// assert_eq!(g.aclose().await, Ok(()));
    /// assert_eq!(g.state(), State::Closed);
    /// # });
    /// ```
    fn aclose(&mut self) -> Aclose<'_, Self>
    where
        Self: Unpin,
    {
        Aclose { step: StepFuture::new(self, Close) }
    }

    /// Takes the value that the body has ended with (contract clause C26). `None` before the body has ended, if it ended with
    /// an exception or was closed, and if the value was taken already.
    ///
    /// ```
    /// use std::pin::pin;
    /// use asyncgen::{async_gen, AsyncGeneratorExt, StepError};
    /// # async_io::block_on(async {
    ///
    /// let mut tokens = pin!(async_gen! {
    ///     type Sent = (); type Error = String; type Return = u32;
    ///     yield "to"; yield "ken";
    ///     2
    /// });
    /// while let Ok(token) = tokens.anext().await { print!("{token}"); }
    /// assert_eq!(tokens.return_value(), Some(2));
    /// assert_eq!(tokens.return_value(), None);
    /// # });
    /// ```
    fn return_value(&mut self) -> Option<Self::Return>
    where
        Self: ReturningGenerator + Unpin,
    {
        Pin::new(self).take_return()
    }
}

impl<G: AsyncGenerator + ?Sized> AsyncGeneratorExt for G {}

/// One step: begins at the first poll, and ends once.
struct StepFuture<'g, G: AsyncGenerator + ?Sized, B> {
    generator: Pin<&'g mut G>,
    stage: Stage<B>,
}

enum Stage<B> {
    Begin(B),
    /// `start` of a generator that was started before.
    Refused,
    Run,
    Done,
}

/// What a step begins with. Each has a type of its own, so that each operation is compiled to no more than it needs.
trait Begin<S, E> {
    fn resume(self) -> Resume<S, E>;
}

struct Next;
struct Send<S>(S);
struct Throw<E>(Exception<E>);
struct Close;

macro_rules! begin {
    ($($type:ty: |$this:pat_param| $resume:expr;)*) => {
        $(impl<S, E> Begin<S, E> for $type {
            #[inline]
            fn resume(self) -> Resume<S, E> {
                let $this = self;
                $resume
            }
        })*
    };
}

begin! {
    Next: |Self| Resume::Next;
    Send<S>: |Self(value)| Resume::Send(value);
    Throw<E>: |Self(exception)| Resume::Throw(exception);
    Close: |Self| Resume::Close;
}

/// What the step of such a generator comes to.
type Outcome<G> =
    crate::generator::Outcome<<G as AsyncGenerator>::Yield, <G as AsyncGenerator>::Sent, <G as AsyncGenerator>::Error>;

impl<'g, G: AsyncGenerator + Unpin + ?Sized, B> StepFuture<'g, G, B> {
    #[inline]
    fn new(generator: &'g mut G, begin: B) -> Self {
        Self { generator: Pin::new(generator), stage: Stage::Begin(begin) }
    }
}

impl<G: AsyncGenerator + ?Sized, B: Begin<G::Sent, G::Error>> StepFuture<'_, G, B> {
    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<G>> {
        let outcome = match core::mem::replace(&mut self.stage, Stage::Run) {
            Stage::Begin(begin) => ready!(self.generator.as_mut().poll_begin(begin.resume(), cx)),
            Stage::Run => Ok(ready!(self.carry_on(cx))),
            Stage::Refused => Err(Refused::AlreadyStarted),
            Stage::Done => {
                self.stage = Stage::Done;
                return Poll::Pending;
            }
        };
        self.stage = Stage::Done;
        Poll::Ready(outcome)
    }

    /// Apart, so that a step that is ready at once can be inlined as a whole.
    #[inline(never)]
    fn carry_on(&mut self, cx: &mut Context<'_>) -> Poll<Step<G::Yield, G::Error>> {
        self.generator.as_mut().poll_step(cx)
    }
}

macro_rules! operation {
    ($name:ident($begin:ty) $method:literal -> $output:ty, |$generator:ident| $outcome:expr) => {
        #[doc = concat!("The future of [`", $method, "`](AsyncGeneratorExt::", $method, ").")]
        ///
        /// Once it is ready, it stays pending for ever.
        #[must_use = "a generator does nothing until this is awaited"]
        pub struct $name<'g, G: AsyncGenerator + ?Sized> {
            step: StepFuture<'g, G, $begin>,
        }

        // Nothing in it is pinned but the generator, which is elsewhere.
        impl<G: AsyncGenerator + ?Sized> Unpin for $name<'_, G> {}

        impl<$generator: AsyncGenerator + ?Sized> Future for $name<'_, $generator> {
            type Output = $output;

            #[inline]
            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.step.poll(cx).map($outcome)
            }
        }

        impl<G: AsyncGenerator + ?Sized> FusedFuture for $name<'_, G> {
            fn is_terminated(&self) -> bool {
                matches!(self.step.stage, Stage::Done)
            }
        }

        impl<G: AsyncGenerator + ?Sized> fmt::Debug for $name<'_, G> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("state", &self.step.generator.state()).finish_non_exhaustive()
            }
        }
    };
}

operation!(Anext(Next) "anext" -> Result<G::Yield, StepError<G::Error>>, |G| |outcome: Outcome<G>| match outcome {
    Ok(Step::Yielded(value)) => Ok(value),
    Ok(Step::Raised(exception)) => Err(StepError::Raised(exception)),
    // Going on without a value is refused by nobody but a closed generator.
    Ok(Step::Returned) | Err(_) => Err(StepError::StopAsyncIteration),
});

operation!(TryAnext(Next) "try_anext" -> Result<Option<G::Yield>, G::Error>, |G| |outcome: Outcome<G>| match outcome {
    Ok(Step::Yielded(value)) => Ok(Some(value)),
    Ok(Step::Raised(Exception::Error(error))) => Err(error),
    Ok(Step::Raised(Exception::GeneratorExit) | Step::Returned) | Err(_) => Ok(None),
});

operation!(Start(Next) "start" -> Result<G::Yield, StartError<G::Error>>, |G| |outcome: Outcome<G>| match outcome {
    Ok(Step::Yielded(value)) => Ok(value),
    Ok(Step::Raised(exception)) => Err(StartError::Raised(exception)),
    Err(Refused::AlreadyStarted) => Err(StartError::AlreadyStarted),
    Ok(Step::Returned) | Err(_) => Err(StartError::StopAsyncIteration),
});

operation!(Asend(Send<G::Sent>) "asend" -> Result<G::Yield, StepError<G::Error, G::Sent>>, |G| |outcome: Outcome<G>| match outcome {
    Ok(Step::Yielded(value)) => Ok(value),
    Ok(Step::Raised(exception)) => Err(StepError::Raised(exception)),
    Err(Refused::JustStarted(value)) => Err(StepError::JustStarted(value)),
    Err(Refused::AlreadyRunning(Resume::Send(value))) => Err(StepError::AlreadyRunning(value)),
    Ok(Step::Returned) | Err(_) => Err(StepError::StopAsyncIteration),
});

operation!(Athrow(Throw<G::Error>) "athrow" -> Result<Option<G::Yield>, StepError<G::Error, Exception<G::Error>>>, |G| |outcome: Outcome<G>| match outcome {
    Ok(Step::Yielded(value)) => Ok(Some(value)),
    Ok(Step::Raised(exception)) => Err(StepError::Raised(exception)),
    Err(Refused::AlreadyRunning(Resume::Throw(exception))) => Err(StepError::AlreadyRunning(exception)),
    Ok(Step::Returned) => Err(StepError::StopAsyncIteration),
    Err(_) => Ok(None),
});

operation!(Aclose(Close) "aclose" -> Result<(), CloseError<G::Yield, G::Error>>, |G| |outcome: Outcome<G>| match outcome {
    Ok(Step::Yielded(value)) => Err(CloseError::IgnoredGeneratorExit(value)),
    Ok(Step::Raised(Exception::Error(error))) => Err(CloseError::Raised(error)),
    Ok(Step::Raised(Exception::GeneratorExit) | Step::Returned) | Err(_) => Ok(()),
});
