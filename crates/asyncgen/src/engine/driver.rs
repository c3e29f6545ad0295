//! The driver: runs a body step by step, and keeps the contract's states.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::delegation::{DelegatedStep, Go, StepOfLevel};
use super::generator::{AnyGenerator, Driven, Generator};
use super::mailbox::{Begun, RawYielder, Signal};
use super::output::BodyOutput;
use crate::generator::Outcome;
use crate::{AsyncGenerator, Exception, Nothing, Refused, Resume, SentValue, State, Step};

impl<Y, S, E, F, Fut, K, const D: bool> AsyncGenerator for Generator<Y, S, E, F, Fut, K, D>
where
    S: SentValue,
    F: FnOnce(RawYielder<Y, S, E>) -> Fut,
    Fut: Future<Output: BodyOutput<E, Kept = K>>,
{
    type Yield = Y;
    type Sent = S;
    type Error = E;

    #[inline]
    fn begin(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        match self.mailbox.send_if_suspended(resume) {
            Ok(()) => Ok(()),
            Err(resume) => self.any().begin_unusual(resume),
        }
    }

    #[inline]
    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>> {
        if self.mailbox.go(Go::On).is_err() {
            if let Some(poll) = self.as_mut().any().before_root(Go::On, cx) {
                return poll;
            }
        }
        self.poll_usual(cx)
    }

    #[allow(clippy::inline_always, reason = "one operation begins with one kind of resumption, which is known then")]
    #[inline(always)]
    fn poll_begin(mut self: Pin<&mut Self>, resume: Resume<S, E>, cx: &mut Context<'_>) -> Poll<Outcome<Y, S, E>> {
        if let Err(resume) = self.mailbox.send_if_suspended(resume) {
            if let Err(resume) = self.mailbox.raise_if_suspended(resume) {
                // C12: no scope is there to see it.
                if matches!(resume, Resume::Close) && self.mailbox.is_suspended_outside() {
                    self.close();
                    return Poll::Ready(Ok(Step::Returned));
                }
                self.as_mut().any().begin_unusual(resume)?;
                if let Some(poll) = self.as_mut().any().before_root(Go::On, cx) {
                    return poll.map(Ok);
                }
            }
        }
        self.poll_usual(cx).map(Ok)
    }

    #[inline]
    fn poll_anext(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>>
    where
        S: Nothing,
    {
        match self.mailbox.begin_next() {
            Begun::Usual => {}
            Begun::First => self.as_mut().make_body(),
            Begun::Not => {
                if let Some(poll) = self.as_mut().any().before_next(cx) {
                    return poll;
                }
            }
        }
        self.poll_usual(cx)
    }

    #[inline]
    fn poll_value(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Y>>
    where
        S: Nothing,
    {
        match self.mailbox.begin_next() {
            Begun::Usual => {}
            Begun::First => self.as_mut().make_body(),
            Begun::Not => {
                if D {
                    // A step of the innermost delegate goes straight there.
                    if self.mailbox.signal() == Signal::SuspendedInside {
                        if let Some(nothing) = S::nothing() {
                            let poll = self.as_mut().any().poll_inside(Go::Send(nothing), cx);
                            if !matches!(poll, Poll::Ready(None)) {
                                return poll;
                            }
                        }
                    }
                }
                if let Some(poll) = self.as_mut().any().before_value(cx) {
                    return poll;
                }
            }
        }
        match self.as_mut().poll_body(cx) {
            Poll::Pending => match self.mailbox.take_yielded() {
                Some(value) => Poll::Ready(Some(value)),
                None if D => self.any().poll_value_on(cx),
                None => self.any().after_value(),
            },
            Poll::Ready(output) => {
                let result = self.as_mut().keep(output);
                self.any().ended_value(result)
            }
        }
    }

    #[allow(unsafe_code, reason = "the trait's method is unsafe to call; nothing in it is")]
    #[inline]
    unsafe fn poll_delegated(
        mut self: Pin<&mut Self>,
        go: Go<S>,
        cx: &mut Context<'_>,
    ) -> Poll<DelegatedStep<Y, S, E>> {
        if let Err(go) = self.mailbox.go(go) {
            // C2
            if self.mailbox.signal() == Signal::Created && matches!(&go, Go::Send(value) if value.is_nothing()) {
                self.as_mut().make_body();
            } else if let Some(poll) = self.as_mut().any().before_poll(go, cx) {
                return poll;
            }
        }
        match self.as_mut().poll_body(cx) {
            Poll::Pending => match self.mailbox.take_yielded() {
                Some(value) => Poll::Ready(Step::Yielded(value).into()),
                None => self.any().after_poll(),
            },
            Poll::Ready(output) => {
                let result = self.as_mut().keep(output);
                Poll::Ready(self.any().ended(result).into())
            }
        }
    }

    #[inline]
    fn send_at_once(self: Pin<&mut Self>, sent: S) -> Result<Y, S> {
        if D && self.mailbox.signal() == Signal::SuspendedInside {
            return self.any().send_inside_at_once(sent);
        }
        Err(sent)
    }

    #[allow(unsafe_code, reason = "the trait's method is unsafe to implement; nothing in it is")]
    #[inline]
    unsafe fn owns_its_body(&self) -> bool {
        true
    }

    #[inline]
    fn state(&self) -> State {
        self.mailbox.state()
    }
}

/// What is usual stays in line: a body that runs, and then yields, waits or ends.
impl<Y, S, E, F, Fut, K, const D: bool> Generator<Y, S, E, F, Fut, K, D>
where
    S: SentValue,
    F: FnOnce(RawYielder<Y, S, E>) -> Fut,
    Fut: Future<Output: BodyOutput<E, Kept = K>>,
{
    #[inline]
    fn any(self: Pin<&mut Self>) -> Pin<&mut AnyGenerator<'_, Y, S, E>> {
        self
    }

    #[inline]
    fn poll_usual(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>> {
        match self.as_mut().poll_body(cx) {
            Poll::Pending => match self.mailbox.take_yielded() {
                Some(value) => Poll::Ready(Step::Yielded(value)),
                None if D => self.any().poll_on(cx),
                None => self.any().after_step(),
            },
            Poll::Ready(output) => {
                let result = self.as_mut().keep(output);
                Poll::Ready(self.any().ended(result))
            }
        }
    }
}

/// The rest is compiled once for all bodies. It says what becomes of a step, or that the body is to be polled (`None`): so
/// that is done in as few places as can be, and the body is compiled as few times.
impl<Y, S: SentValue, E> AnyGenerator<'_, Y, S, E> {
    /// As [`before_poll`](Self::before_poll), as the root of all delegates.
    #[inline(never)]
    fn before_root(mut self: Pin<&mut Self>, go: Go<S>, cx: &mut Context<'_>) -> Option<Poll<Step<Y, E>>> {
        let poll = self.as_mut().before_poll(go, cx)?;
        self.drive_delegates(poll, cx)
    }

    /// The same, where the step begins with nothing.
    #[inline(never)]
    fn before_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Option<Poll<Step<Y, E>>> {
        self.before_root(S::nothing().map_or(Go::Next, Go::Send), cx)
    }

    /// The same, of which nothing but the value is wanted.
    #[inline(never)]
    fn before_value(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Option<Poll<Option<Y>>> {
        Some(self.before_next(cx)?.map(Step::value))
    }

    /// Goes on until a step is over that is not over after one poll of the body, which may delegate.
    #[inline(never)]
    fn poll_on(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>> {
        if self.mailbox().is_usual() {
            return Poll::Pending;
        }
        loop {
            let poll = self.as_mut().after_poll();
            if let Some(poll) = self.as_mut().drive_delegates(poll, cx) {
                return poll;
            }
            if let Poll::Ready(result) = self.as_mut().poll_again(cx) {
                return Poll::Ready(self.ended(result));
            }
        }
    }

    #[inline(never)]
    fn poll_value_on(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Y>> {
        self.poll_on(cx).map(Step::value)
    }

    /// What becomes of a step after a poll of a body that delegates to nobody.
    #[inline(never)]
    fn after_step(mut self: Pin<&mut Self>) -> Poll<Step<Y, E>> {
        debug_assert!(self.mailbox().signal() != Signal::Delegating);
        match self.mailbox().take_exception() {
            Some(exception) => Poll::Ready(self.as_mut().raised(exception)),
            None => Poll::Pending,
        }
    }

    #[inline(never)]
    fn after_value(self: Pin<&mut Self>) -> Poll<Option<Y>> {
        self.after_step().map(Step::value)
    }

    /// What there is to do before the body is polled, or instead (`Some`), where [`Mailbox::go`](super::Mailbox::go)
    /// could not see to it.
    #[inline(never)]
    fn before_poll(mut self: Pin<&mut Self>, go: Go<S>, cx: &mut Context<'_>) -> Option<Poll<DelegatedStep<Y, S, E>>> {
        let mut inside = Go::On;
        let go = if self.mailbox().reclaim() {
            match self.mailbox().go(go) {
                Ok(()) => return None,
                Err(go) => go,
            }
        } else {
            go
        };
        match (self.mailbox().signal(), go) {
            // C2
            (Signal::Created, Go::Send(value)) if value.is_nothing() => {
                self.make_body();
                return None;
            }
            (Signal::SuspendedInside, Go::Send(value)) => {
                self.mailbox().set_inside(false);
                inside = Go::Send(value);
            }
            (_, go) => {
                let resume = match go {
                    Go::On => None,
                    Go::Next => Some(Resume::Next),
                    Go::Send(value) => Some(Resume::Send(value)),
                };
                if resume.is_some_and(|resume| self.as_mut().begin_unusual(resume).is_err()) {
                    return Some(Poll::Ready(Step::Returned.into()));
                }
            }
        }
        match self.mailbox().signal() {
            Signal::RunningInside => match self.as_mut().poll_inside(inside, cx) {
                Poll::Pending => Some(Poll::Pending),
                Poll::Ready(Some(value)) => Some(Poll::Ready(Step::Yielded(value).into())),
                Poll::Ready(None) => None,
            },
            Signal::Closed => Some(Poll::Ready(Step::Returned.into())),
            // No step was begun.
            Signal::Created | Signal::Suspended | Signal::SuspendedInside => Some(Poll::Pending),
            // C21: while a delegate panicked.
            Signal::Panicked => {
                self.close();
                Some(Poll::Ready(Step::Returned.into()))
            }
            // C19: with no scope around the point where the body stands, the exception comes straight out.
            _ if self.mailbox().depth() == 0 => {
                let exception = self.mailbox().take_exception()?;
                Some(Poll::Ready(self.raised(exception).into()))
            }
            _ => None,
        }
    }

    /// What became of a body that is pending.
    fn after_poll(self: Pin<&mut Self>) -> Poll<DelegatedStep<Y, S, E>> {
        if let Some(value) = self.mailbox().take_yielded() {
            return Poll::Ready(Step::Yielded(value).into());
        }
        if let Some(frame) = self.mailbox().take_frame() {
            return Poll::Ready(DelegatedStep::delegated(frame));
        }
        // The body raised it outside of every scope, or no scope was polled that could have taken it.
        match self.mailbox().take_exception() {
            Some(exception) => Poll::Ready(self.raised(exception).into()),
            None => Poll::Pending,
        }
    }

    /// Goes on until a step is over, as the root of all delegates.
    #[cold]
    #[inline(never)]
    fn drive_delegates(
        mut self: Pin<&mut Self>,
        mut poll: Poll<DelegatedStep<Y, S, E>>,
        cx: &mut Context<'_>,
    ) -> Option<Poll<Step<Y, E>>> {
        loop {
            let Poll::Ready(step) = poll else { return Some(Poll::Pending) };
            return Some(Poll::Ready(match step.kind() {
                StepOfLevel::Yielded(value) => Step::Yielded(value),
                StepOfLevel::Returned => Step::Returned,
                StepOfLevel::Raised(exception) => Step::Raised(exception),
                StepOfLevel::Delegated(frame) => {
                    self.mailbox().push(frame);
                    poll = self.as_mut().before_poll(Go::On, cx)?;
                    continue;
                }
            }));
        }
    }
}

impl<Y, S, E> AnyGenerator<'_, Y, S, E> {
    /// Ends a step with an exception that the body did not catch.
    #[cold]
    fn raised(self: Pin<&mut Self>, exception: Exception<E>) -> Step<Y, E> {
        let closing = self.mailbox().is_closing();
        self.close();
        match exception {
            // C12: letting `GeneratorExit` out is a graceful end. C20: of whoever carries on with the closing.
            Exception::GeneratorExit if closing => Step::Returned,
            exception => Step::Raised(exception),
        }
    }

    fn ended_value(self: Pin<&mut Self>, result: Result<(), E>) -> Poll<Option<Y>> {
        self.ended(result);
        Poll::Ready(None)
    }

    /// Ends a step whose body has ended. An exception that was still waiting is not lost.
    fn ended(self: Pin<&mut Self>, result: Result<(), E>) -> Step<Y, E> {
        let exception = match result {
            Ok(()) => self.mailbox().take_any_exception(),
            Err(error) => Some(Exception::Error(error)),
        };
        if let Some(exception) = exception {
            return self.raised(exception);
        }
        self.close();
        Step::Returned
    }
}
