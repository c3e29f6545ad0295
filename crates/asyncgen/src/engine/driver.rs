//! The driver: runs a body step by step, and keeps the contract's states.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::delegation::DelegatedStep;
use super::generator::Generator;
use super::mailbox::{RawYielder, Signal};
use crate::{AsyncGenerator, Exception, Nothing, Refused, Resume, SentValue, State, Step};

impl<Y, S, E, F, Fut> AsyncGenerator for Generator<Y, S, E, F, Fut>
where
    S: SentValue,
    F: FnOnce(RawYielder<Y, S, E>) -> Fut,
    Fut: Future<Output: BodyOutput<E>>,
{
    type Yield = Y;
    type Sent = S;
    type Error = E;

    #[inline]
    fn begin(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        match self.mailbox().send_if_suspended(resume) {
            Ok(()) => Ok(()),
            Err(resume) => self.begin_unusual(resume),
        }
    }

    #[inline]
    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>> {
        if self.mailbox().is_usual() { self.poll_usual(cx) } else { self.poll_unusual(None, cx) }
    }

    #[inline]
    fn poll_anext(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>>
    where
        S: Nothing,
    {
        match self.mailbox().send_if_suspended(Resume::Next) {
            Ok(()) => self.poll_usual(cx),
            Err(resume) => self.poll_resume(resume, cx),
        }
    }

    #[inline]
    fn poll_value(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Y>>
    where
        S: Nothing,
    {
        if self.mailbox().send_if_suspended(Resume::Next).is_err() {
            return self.poll_value_unusual(cx, false);
        }
        match self.as_mut().poll_body(cx) {
            Poll::Pending => match self.mailbox().take_yielded() {
                Some(value) => Poll::Ready(Some(value)),
                None if self.mailbox().is_usual() => Poll::Pending,
                None => self.poll_value_unusual(cx, true),
            },
            Poll::Ready(output) => {
                self.ended(output.into_result());
                Poll::Ready(None)
            }
        }
    }

    #[allow(unsafe_code, reason = "the trait's method is unsafe to call; nothing in it is")]
    #[inline]
    unsafe fn poll_delegated(
        self: Pin<&mut Self>,
        sent: Option<S>,
        cx: &mut Context<'_>,
    ) -> Poll<DelegatedStep<Y, S, E>> {
        self.run(sent, cx)
    }

    #[inline]
    fn state(&self) -> State {
        self.mailbox().state()
    }
}

impl<Y, S, E, F, Fut> Generator<Y, S, E, F, Fut> {
    /// What is usual stays in line: a body that runs, and then yields, waits or ends.
    #[inline]
    fn poll_usual(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>>
    where
        Fut: Future<Output: BodyOutput<E>>,
    {
        match self.as_mut().poll_body(cx) {
            Poll::Pending => {
                if let Some(value) = self.mailbox().take_yielded() {
                    return Poll::Ready(Step::Yielded(value));
                }
                if self.mailbox().is_usual() {
                    return Poll::Pending;
                }
                self.poll_unfinished(cx)
            }
            Poll::Ready(output) => Poll::Ready(self.ended(output.into_result())),
        }
    }

    /// Any step but one that resumes the body at a yield of its own: apart, so that the usual one stays small.
    #[inline(never)]
    fn poll_resume(mut self: Pin<&mut Self>, resume: Resume<S, E>, cx: &mut Context<'_>) -> Poll<Step<Y, E>>
    where
        S: SentValue,
        F: FnOnce(RawYielder<Y, S, E>) -> Fut,
        Fut: Future<Output: BodyOutput<E>>,
    {
        match (self.mailbox().signal(), resume) {
            // C2: starts, or C18: carries on with a step in flight.
            (Signal::Created, _) => self.as_mut().make_body(),
            _ if self.mailbox().is_usual() => {}
            (Signal::SuspendedInside, Resume::Send(value)) => return self.poll_unusual(Some(value), cx),
            (_, resume) => match self.as_mut().begin_unusual(resume) {
                Ok(()) => return self.poll_unusual(None, cx),
                Err(_) => return Poll::Ready(Step::Returned),
            },
        }
        self.poll_usual(cx)
    }

    /// As [`poll_resume`](Self::poll_resume), or, where the body was polled, [`poll_unfinished`](Self::poll_unfinished).
    #[cold]
    #[inline(never)]
    fn poll_value_unusual(self: Pin<&mut Self>, cx: &mut Context<'_>, polled: bool) -> Poll<Option<Y>>
    where
        S: Nothing,
        F: FnOnce(RawYielder<Y, S, E>) -> Fut,
        Fut: Future<Output: BodyOutput<E>>,
    {
        let poll = if polled {
            self.poll_unfinished(cx)
        } else {
            let resume = S::nothing().map_or(Resume::Next, Resume::Send);
            self.poll_resume(resume, cx)
        };
        poll.map(Step::value)
    }

    /// A step that does not begin with a poll of the body.
    #[cold]
    #[inline(never)]
    fn poll_unusual(self: Pin<&mut Self>, sent: Option<S>, cx: &mut Context<'_>) -> Poll<Step<Y, E>>
    where
        Fut: Future<Output: BodyOutput<E>>,
    {
        let mut this = self;
        let run = this.as_mut().run(sent, cx);
        this.finish(run, cx)
    }

    /// A step that is not over after one poll of the body.
    #[cold]
    #[inline(never)]
    fn poll_unfinished(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>>
    where
        Fut: Future<Output: BodyOutput<E>>,
    {
        let run = self.as_mut().after_poll();
        self.finish(run, cx)
    }

    /// Goes on until a step is over, as the root of all delegates.
    #[inline]
    fn finish(mut self: Pin<&mut Self>, mut run: Poll<DelegatedStep<Y, S, E>>, cx: &mut Context<'_>) -> Poll<Step<Y, E>>
    where
        Fut: Future<Output: BodyOutput<E>>,
    {
        loop {
            match ready!(run).split() {
                Ok(step) => return Poll::Ready(step),
                Err(frame) => self.mailbox().push(frame),
            }
            run = self.as_mut().run(None, cx);
        }
    }

    /// Runs the step in flight, be it in this generator's own body or in its delegates', or resumes it with a value. It
    /// is over when the body delegates, too.
    #[inline(never)]
    fn run(mut self: Pin<&mut Self>, sent: Option<S>, cx: &mut Context<'_>) -> Poll<DelegatedStep<Y, S, E>>
    where
        Fut: Future<Output: BodyOutput<E>>,
    {
        let mut sent = sent;
        match self.mailbox().signal() {
            Signal::Suspended => {
                if let Some(value) = sent.take() {
                    self.mailbox().send(value);
                }
            }
            // It delegated before it was delegated to, and goes on as the root of that.
            Signal::SuspendedInside if sent.is_some() => self.mailbox().set_inside(false),
            _ => {}
        }
        if !self.mailbox().is_usual() {
            if let Some(poll) = self.as_mut().before_poll(sent, cx) {
                return poll.map(DelegatedStep::step);
            }
        }
        match self.as_mut().poll_body(cx) {
            Poll::Pending => self.after_poll(),
            Poll::Ready(output) => Poll::Ready(DelegatedStep::step(self.ended(output.into_result()))),
        }
    }

    /// What there is to do before the body is polled, or instead (`Some`).
    fn before_poll(mut self: Pin<&mut Self>, sent: Option<S>, cx: &mut Context<'_>) -> Option<Poll<Step<Y, E>>> {
        match self.mailbox().signal() {
            Signal::RunningInside => match self.as_mut().poll_inside(sent, cx) {
                Poll::Pending => Some(Poll::Pending),
                Poll::Ready(Some(value)) => {
                    self.mailbox().set_inside(true);
                    self.mailbox().set_closing(false);
                    Some(Poll::Ready(Step::Yielded(value)))
                }
                Poll::Ready(None) => None,
            },
            Signal::Closed => Some(Poll::Ready(Step::Returned)),
            // No step was begun, or somebody else runs it.
            Signal::Created | Signal::Suspended | Signal::SuspendedInside | Signal::Lent => Some(Poll::Pending),
            // C19: with no scope around the point where the body stands, the exception comes straight out.
            _ if self.mailbox().depth() == 0 => {
                let exception = self.mailbox().take_exception()?;
                Some(Poll::Ready(self.raised(exception)))
            }
            _ => None,
        }
    }

    /// What became of a body that is pending.
    #[inline]
    fn after_poll(self: Pin<&mut Self>) -> Poll<DelegatedStep<Y, S, E>> {
        if let Some(value) = self.mailbox().take_yielded() {
            return Poll::Ready(DelegatedStep::step(Step::Yielded(value)));
        }
        if let Some(frame) = self.mailbox().take_frame() {
            return Poll::Ready(DelegatedStep::delegated(frame));
        }
        // The body raised it outside of every scope, or no scope was polled that could have taken it.
        match self.mailbox().take_exception() {
            Some(exception) => Poll::Ready(DelegatedStep::step(self.raised(exception))),
            None => Poll::Pending,
        }
    }

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

    /// Ends a step whose body has ended. An exception that was still waiting is not lost.
    #[cold]
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

    /// Every resumption but the usual one.
    #[cold]
    fn begin_unusual(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>>
    where
        S: SentValue,
        F: FnOnce(RawYielder<Y, S, E>) -> Fut,
    {
        let mailbox = self.mailbox();
        if mailbox.innermost().is_some() {
            match resume {
                Resume::Next | Resume::Send(_) => return self.begin_inside(resume),
                Resume::Throw(_) | Resume::Close => mailbox.unwind_all(),
            }
        }
        match (mailbox.state(), resume) {
            // C2, C3
            (State::Created, Resume::Next) => self.make_body(),
            (State::Created, Resume::Send(value)) if value.is_nothing() => self.make_body(),
            (State::Created, Resume::Send(value)) => return Err(Refused::JustStarted(value)),
            // C10: raised before the body is polled for the first time, which therefore never runs.
            (State::Created, Resume::Throw(exception)) => {
                let mut this = self;
                this.as_mut().make_body();
                this.mailbox().raise(exception);
            }
            // C13
            (State::Created, Resume::Close) => self.close(),

            (State::Suspended, Resume::Next | Resume::Send(_)) => return Err(Refused::AlreadyStarted),
            // C9, C12: at a yield, an exception is raised even if the yield is in clean-up (C25).
            (State::Suspended, Resume::Throw(exception)) => mailbox.raise(exception),
            (State::Suspended, Resume::Close) => {
                mailbox.set_closing(true);
                mailbox.raise(Exception::GeneratorExit);
            }

            // C18: the step in flight is carried on with, or an exception is raised where it stands.
            (State::Running, Resume::Send(value)) if value.is_nothing() => {}
            (State::Running, resume @ Resume::Send(_)) => return Err(Refused::AlreadyRunning(resume)),
            (State::Running, resume @ Resume::Throw(Exception::Error(_))) if mailbox.has_error() => {
                return Err(Refused::AlreadyRunning(resume));
            }
            (State::Running, Resume::Throw(exception)) => {
                // Whoever closes the generator after this does not carry on with an earlier closing.
                mailbox.set_closing(mailbox.is_closing() && mailbox.exit_waits());
                mailbox.throw(exception);
            }
            // C20: a closing in flight is not begun a second time.
            (State::Running, Resume::Close) if mailbox.is_closing() => {}
            (State::Running, Resume::Close) => {
                mailbox.set_closing(true);
                mailbox.throw(Exception::GeneratorExit);
            }

            (State::Running, Resume::Next) | (State::Closed, Resume::Close) => {}
            // C6, C11, C13, C17
            (State::Closed, resume) => return Err(Refused::Closed(resume)),
        }
        Ok(())
    }
}

impl<Y, S: SentValue, E, F, Fut> Generator<Y, S, E, F, Fut> {
    /// What is sent goes to the innermost delegate (C23), by the same rules.
    fn begin_inside(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        let mailbox = self.mailbox();
        match (mailbox.state(), &resume) {
            (State::Suspended, Resume::Next) => Err(Refused::AlreadyStarted),
            (State::Suspended, _) => {
                mailbox.begin_innermost(resume)?;
                mailbox.set_inside(false);
                Ok(())
            }
            (_, Resume::Send(value)) if !value.is_nothing() => Err(Refused::AlreadyRunning(resume)),
            _ => Ok(()),
        }
    }
}

/// What a body may evaluate to: nothing, or a `Result` whose error it raises.
#[diagnostic::on_unimplemented(
    message = "the body of a generator ends with `()` or `Result<(), {E}>`, not with `{Self}`",
    label = "this body ends with `{Self}`",
    note = "a generator hands values out with `yield`; end its body with `;`, or with `Ok(())` if it uses `?`"
)]
#[doc(hidden)]
pub trait BodyOutput<E> {
    fn into_result(self) -> Result<(), E>;
}

impl<E> BodyOutput<E> for () {
    #[inline]
    fn into_result(self) -> Result<(), E> {
        Ok(())
    }
}

impl<E> BodyOutput<E> for Result<(), E> {
    #[inline]
    fn into_result(self) -> Result<(), E> {
        self
    }
}

/// What the body of the keyword form ends with if it may end with an error.
#[doc(hidden)]
#[inline]
#[cfg(feature = "macros")]
pub fn into_result<E>(output: impl BodyOutput<E>) -> Result<(), E> {
    output.into_result()
}

/// Names the type `!`, that of a body which never ends.
#[doc(hidden)]
pub trait Returns {
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

#[diagnostic::do_not_recommend]
impl<E> BodyOutput<E> for <fn() -> ! as Returns>::Output {
    fn into_result(self) -> Result<(), E> {
        self
    }
}
