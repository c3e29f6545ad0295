//! The driver: runs a body step by step, and keeps the contract's states.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::generator::Generator;
use super::mailbox::{RawYielder, Signal};
use crate::{AsyncGenerator, Exception, Refused, Resume, SentValue, State, Step};

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
        // C5: to go on is to send nothing, where there is a nothing.
        let resume = match resume {
            Resume::Next => S::nothing().map_or(Resume::Next, Resume::Send),
            resume => resume,
        };
        match (self.mailbox().signal(), resume) {
            (Signal::Suspended, Resume::Send(value)) => {
                self.mailbox().send(value);
                Ok(())
            }
            (_, resume) => self.begin_otherwise(resume),
        }
    }

    #[inline]
    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>> {
        let signal = self.mailbox().signal();
        if signal < Signal::Running {
            return if signal == Signal::Closed { Poll::Ready(Step::Returned) } else { Poll::Pending };
        }
        #[cfg(feature = "tracing")]
        let _in_span = self.as_mut().trace().step(core::any::type_name::<Fut>()).entered();
        // C19: with no scope around the point where the body stands, the exception comes straight out.
        if signal >= Signal::Thrown
            && self.mailbox().depth() == 0
            && let Some(exception) = self.mailbox().take_exception()
        {
            return Poll::Ready(self.raised(exception));
        }
        match self.as_mut().poll_body(cx) {
            Poll::Pending => {
                if let Some(value) = self.mailbox().take_yielded() {
                    #[cfg(feature = "tracing")]
                    self.trace().step_ended();
                    return Poll::Ready(Step::Yielded(value));
                }
                // The body raised it outside of every scope, or no scope was polled that could have taken it.
                match self.mailbox().take_exception() {
                    Some(exception) => Poll::Ready(self.raised(exception)),
                    None => Poll::Pending,
                }
            }
            Poll::Ready(output) => Poll::Ready(self.ended(output.into_result())),
        }
    }

    #[inline]
    fn state(&self) -> State {
        self.mailbox().state()
    }
}

impl<Y, S, E, F, Fut> Generator<Y, S, E, F, Fut> {
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
        match result.map_or_else(|error| Some(Exception::Error(error)), |()| self.mailbox().take_any_exception()) {
            Some(exception) => self.raised(exception),
            None => {
                self.close();
                Step::Returned
            }
        }
    }

    /// Every resumption but the usual one.
    #[cold]
    fn begin_otherwise(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>>
    where
        S: SentValue,
        F: FnOnce(RawYielder<Y, S, E>) -> Fut,
    {
        let mailbox = self.mailbox();
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

            (State::Suspended, Resume::Send(value)) => mailbox.send(value),
            (State::Suspended, Resume::Next) => return Err(Refused::AlreadyStarted),
            // C9, C12: at a yield, an exception is raised even if the yield is in clean-up (C25).
            (State::Suspended, Resume::Throw(exception)) => mailbox.raise(exception),
            (State::Suspended, Resume::Close) => {
                mailbox.set_closing(true);
                mailbox.raise(Exception::GeneratorExit);
            }

            // C18: the step in flight is carried on with, or an exception is raised where it stands.
            (State::Running, Resume::Next) => {}
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

            // C6, C11, C13, C17
            (State::Closed, Resume::Close) => {}
            (State::Closed, resume) => return Err(Refused::Closed(resume)),
        }
        Ok(())
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

/// Names the type `!`, that of a body which never ends.
#[doc(hidden)]
pub trait Returns {
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

impl<E> BodyOutput<E> for <fn() -> ! as Returns>::Output {
    fn into_result(self) -> Result<(), E> {
        self
    }
}
