//! The trait of all generators.

use core::pin::Pin;
use core::task::{Context, Poll};

use crate::engine::{DelegatedStep, Go};
use crate::{Exception, Nothing};

/// An asynchronous generator: it yields values, takes values and exceptions in, and ends in an orderly way.
///
/// Drive it with the operations of [`AsyncGeneratorExt`](crate::AsyncGeneratorExt). This trait is what is below them:
/// a step is begun with [`begin`](Self::begin), then polled with [`poll_step`](Self::poll_step) until it is ready. Two
/// halves, as [`Sink`](https://docs.rs/futures-sink) has them, since a poll method alone could not be given a value
/// without being given it again at every poll.
///
/// The trait can be a trait object: `dyn AsyncGenerator<Yield = u32, Sent = (), Error = io::Error>`.
///
/// ```
/// use std::{pin::pin, task::{Context, Poll, Waker}};
/// use asyncgen::{generator, AsyncGenerator, Resume, State, Step, Yielder};
///
/// let mut g = pin!(generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }));
/// let cx = &mut Context::from_waker(Waker::noop());
///
/// assert_eq!(g.as_mut().begin(Resume::Send(())), Ok(()));
/// assert_eq!(g.state(), State::Running);
/// assert_eq!(g.as_mut().poll_step(cx), Poll::Ready(Step::Yielded(1)));
/// assert_eq!(g.state(), State::Suspended);
/// ```
#[must_use = "a generator does nothing until it is driven"]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an asynchronous generator",
    label = "not an `AsyncGenerator`",
    note = "a stream becomes one by `asyncgen::from_stream(stream)`; to yield what it, or an iterator, has in it, write a loop: \
            `for await item in stream {{ yield item; }}`",
    note = "a generator behind a reference must be pinned: `pin!(generator)`, or `generator.as_mut()` if it is"
)]
pub trait AsyncGenerator {
    /// What the generator yields.
    type Yield;
    /// What its `yield` evaluates to: the value that [`asend`](crate::AsyncGeneratorExt::asend) sends in.
    type Sent;
    /// The errors that it raises, and that can be thrown into it.
    type Error;

    /// Delivers a resumption to the generator: the first half of a step. Nothing of the body runs.
    ///
    /// A step may be in flight already, because the future of an earlier one was dropped half-way (contract clause
    /// C18). It then goes on if the resumption is [`Resume::Next`] or the sending of nothing; an exception is raised
    /// at the await where the body stands (C19).
    ///
    /// # Errors
    ///
    /// [`Refused`] says why the resumption can't be delivered, and gives it back. Nothing has happened then.
    fn begin(
        self: Pin<&mut Self>,
        resume: Resume<Self::Sent, Self::Error>,
    ) -> Result<(), Refused<Self::Sent, Self::Error>>;

    /// Runs the step in flight to its next `yield`, to the body's end, or to an exception that the body lets out.
    ///
    /// A closed generator returns [`Step::Returned`] at once. Where no step was begun there is nothing to wait for:
    /// the result is `Pending`, and nobody is woken.
    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Self::Yield, Self::Error>>;

    /// Both halves in one call: [`begin`](Self::begin), and the first [`poll_step`](Self::poll_step).
    #[doc(hidden)]
    #[inline]
    fn poll_begin(
        mut self: Pin<&mut Self>,
        resume: Resume<Self::Sent, Self::Error>,
        cx: &mut Context<'_>,
    ) -> Poll<Outcome<Self::Yield, Self::Sent, Self::Error>> {
        self.as_mut().begin(resume)?;
        self.poll_step(cx).map(Ok)
    }

    /// Both halves in one call, as [`Stream::poll_next`](futures_core::Stream::poll_next): carries on with the step in
    /// flight, or begins one with "nothing", and runs it. A closed generator returns [`Step::Returned`].
    #[inline]
    fn poll_anext(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Self::Yield, Self::Error>>
    where
        Self::Sent: Nothing,
    {
        match self.as_mut().begin(Resume::Next) {
            Ok(()) => self.poll_step(cx),
            Err(_) => Poll::Ready(Step::Returned),
        }
    }

    /// As [`poll_anext`](Self::poll_anext), for a stream that has no errors: of a step that ends otherwise than with a
    /// value, it says no more than that it has none.
    #[doc(hidden)]
    #[inline]
    fn poll_value(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Yield>>
    where
        Self::Sent: Nothing,
    {
        self.poll_anext(cx).map(Step::value)
    }

    /// Sends to a generator that stands at a yield, if the value that it yields then comes at once, without any body of this
    /// crate being polled. (A delegation in constant time leads to such a generator: one of another language.)
    ///
    /// # Errors
    ///
    /// What was sent, which is to be sent in the usual way: nothing has come yet, whatever has been done already.
    #[doc(hidden)]
    #[inline]
    fn send_at_once(self: Pin<&mut Self>, sent: Self::Sent) -> Result<Self::Yield, Self::Sent> {
        Err(sent)
    }

    /// Where the generator stands, as Python's `inspect.getasyncgenstate`.
    fn state(&self) -> State;

    /// Is the body of a generator dropped along with this: is this that generator, or owns it, and gives it to nobody?
    ///
    /// # Safety
    ///
    /// It can be called at any time. It is `unsafe` so that no other crate implements it.
    #[doc(hidden)]
    #[allow(unsafe_code, reason = "it is unsafe to implement; nothing in it is")]
    unsafe fn owns_its_body(&self) -> bool {
        false
    }

    /// As [`poll_step`](Self::poll_step), for a delegation in constant time; may begin the step, too. Where it can't
    /// begin, there is nothing to delegate to.
    ///
    /// # Safety
    ///
    /// The caller is the frame of a delegation that is on a root's stack, or about to be, and hands the frame that it
    /// may get to that root. It has the only way to this generator until then.
    #[doc(hidden)]
    #[allow(unsafe_code, reason = "it is unsafe to call; nothing in it is")]
    unsafe fn poll_delegated(
        mut self: Pin<&mut Self>,
        go: Go<Self::Sent>,
        cx: &mut Context<'_>,
    ) -> Poll<DelegatedStep<Self::Yield, Self::Sent, Self::Error>> {
        let begun = match go {
            Go::On => Ok(()),
            Go::Next => self.as_mut().begin(Resume::Next),
            Go::Send(value) => self.as_mut().begin(Resume::Send(value)),
        };
        match begun {
            Ok(()) => self.poll_step(cx).map(DelegatedStep::from),
            Err(_) => Poll::Ready(Step::Returned.into()),
        }
    }
}

/// What a suspended body is resumed with: see [`AsyncGenerator::begin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resume<S, E> {
    /// Goes on without a value: starts a generator that was not started yet, carries on with a step in flight, sends
    /// "nothing" to a suspended one ([`Refused::AlreadyStarted`] if its `Sent` has no nothing).
    Next,
    /// The `yield` evaluates to this value.
    Send(S),
    /// This exception is raised at the point where the body stands.
    Throw(Exception<E>),
    /// The generator is closed: as `Throw(GeneratorExit)`, but a generator that was not started is closed at once, a
    /// closing in flight is carried on with (contract clause C20), and if the body lets `GeneratorExit` out, the step
    /// ends with [`Step::Returned`] (C12).
    Close,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step<Y, E> {
    /// The body yielded this value, and is suspended.
    Yielded(Y),
    /// The body returned: Python's `StopAsyncIteration`. The generator is closed.
    Returned,
    /// The body let this exception out. The generator is closed.
    Raised(Exception<E>),
}

/// How a step ended, or that it never began.
pub(crate) type Outcome<Y, S, E> = Result<Step<Y, E>, Refused<S, E>>;

impl<Y, E> Step<Y, E> {
    /// As a stream's item.
    #[inline]
    pub(crate) fn result(self) -> Option<Result<Y, E>> {
        match self {
            Self::Yielded(value) => Some(Ok(value)),
            Self::Raised(Exception::Error(error)) => Some(Err(error)),
            Self::Returned | Self::Raised(Exception::GeneratorExit) => None,
        }
    }

    /// The value that was yielded, if one was.
    pub(crate) fn value(self) -> Option<Y> {
        match self {
            Self::Yielded(value) => Some(value),
            Self::Returned | Self::Raised(_) => None,
        }
    }
}

/// Why a step could not begin, and what it was to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused<S, E> {
    /// A value can't be sent to a generator that was not started yet (contract clause C3).
    JustStarted(S),
    /// The generator was started before, and waits for a value.
    AlreadyStarted,
    /// A step is in flight, and this can't be delivered while it is: a value (C16, C18), or a second error while a
    /// first one is waiting to be raised (C25).
    AlreadyRunning(Resume<S, E>),
    /// The generator is closed (C6, C11).
    Closed(Resume<S, E>),
}

/// Where a generator stands, as Python's `inspect.getasyncgenstate` says it.
///
/// ```
/// use std::pin::pin;
/// use asyncgen::{generator, AsyncGenerator, AsyncGeneratorExt, State, Yielder};
/// # async_io::block_on(async {
///
/// let mut g = pin!(generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }));
/// assert_eq!(g.state(), State::Created);
/// g.anext().await.unwrap();
/// assert_eq!(g.state(), State::Suspended);
/// g.aclose().await.unwrap();
/// assert_eq!(g.state(), State::Closed);
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing of the body has run (`AGEN_CREATED`).
    Created,
    /// A step is in flight (`AGEN_RUNNING`): it is being polled, or its future was dropped half-way.
    Running,
    /// The body stands at a `yield` (`AGEN_SUSPENDED`).
    Suspended,
    /// The body has ended (`AGEN_CLOSED`).
    Closed,
}
