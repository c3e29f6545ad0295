//! The driver: runs a body step by step, and keeps the contract's states.

use core::fmt;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::mailbox::{Mailbox, Phase, RawYielder};
use crate::{AsyncGenerator, Exception, Refused, Resume, SentValue, State, Step};

pin_project! {
    #[project = BodyProjection]
    #[project_replace = BodyReplaced]
    enum Body<F, Fut> {
        Created { make: F },
        Live { #[pin] future: Fut },
        Closed,
    }
}

pin_project! {
    /// A generator whose body is an `async` block: what the macros of this crate make.
    ///
    /// Its type can't be written out; functions return it as `impl AsyncGenerator<..>`. It must be pinned before it
    /// can be driven, as any future: with [`core::pin::pin!`] on the stack, with `Box::pin` on the heap.
    #[must_use = "a generator does nothing until it is driven"]
    pub struct Generator<Y, S, E, F, Fut> {
        // Dropped before the mailbox, to which it has a pointer.
        #[pin]
        body: Body<F, Fut>,
        mailbox: Mailbox<Y, S, E>,
        #[pin]
        pinned: PhantomPinned,
    }
}

/// A generator with the body that `make` makes. Only the macros of this crate call it.
#[doc(hidden)]
pub const fn generator<Y, S, E, F, Fut>(make: F) -> Generator<Y, S, E, F, Fut>
where
    S: SentValue,
    F: FnOnce(RawYielder<Y, S, E>) -> Fut,
    Fut: Future<Output: BodyOutput<E>>,
{
    Generator { body: Body::Created { make }, mailbox: Mailbox::new(), pinned: PhantomPinned }
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

impl<E> BodyOutput<E> for <fn() -> ! as Returns>::Output {
    fn into_result(self) -> Result<(), E> {
        self
    }
}

impl<Y, S, E, F, Fut> Generator<Y, S, E, F, Fut> {
    /// Polls the body, which is there in every running phase.
    #[inline]
    fn poll_body(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>>
    where
        Fut: Future<Output: BodyOutput<E>>,
    {
        match self.project().body.project() {
            BodyProjection::Live { future } => future.poll(cx).map(BodyOutput::into_result),
            BodyProjection::Created { .. } | BodyProjection::Closed => Poll::Pending,
        }
    }

    /// Drops the body and what is left in the mailbox. Nothing of it can be reached any more when its destructors
    /// run.
    fn close(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.mailbox.set_phase(Phase::Closed);
        this.body.set(Body::Closed);
        this.mailbox.clear();
    }

    /// Ends a step with an exception that the body did not catch.
    #[cold]
    fn raised(self: Pin<&mut Self>, exception: Exception<E>) -> Step<Y, E> {
        let closing = self.mailbox.is_closing();
        self.close();
        match exception {
            // C12: letting `GeneratorExit` out is a graceful end. C20: of whoever carries on with the closing.
            Exception::GeneratorExit if closing => Step::Returned,
            exception => Step::Raised(exception),
        }
    }

    /// Ends a step whose body has ended. An exception that was still waiting is not lost.
    fn ended(self: Pin<&mut Self>, result: Result<(), E>) -> Step<Y, E> {
        match result.map_or_else(|error| Some(Exception::Error(error)), |()| self.mailbox.take_any_exception()) {
            Some(exception) => self.raised(exception),
            None => {
                self.close();
                Step::Returned
            }
        }
    }
}

impl<Y, S, E, F, Fut> Generator<Y, S, E, F, Fut>
where
    F: FnOnce(RawYielder<Y, S, E>) -> Fut,
{
    /// Makes the body, of which nothing runs yet.
    #[cold]
    fn start(self: Pin<&mut Self>) {
        let mut this = self.project();
        if let BodyReplaced::Created { make } = this.body.as_mut().project_replace(Body::Closed) {
            let future = make(RawYielder::new(this.mailbox));
            this.body.set(Body::Live { future });
        }
        this.mailbox.set_phase(Phase::Running);
    }

    /// Every resumption but the usual one.
    #[cold]
    fn begin_otherwise(self: Pin<&mut Self>, phase: Phase, resume: Resume<S, E>) -> Result<(), Refused<S, E>>
    where
        S: SentValue,
    {
        let mailbox = &self.mailbox;
        match (phase, resume) {
            // C2, C3
            (Phase::Created, Resume::Next) => self.start(),
            (Phase::Created, Resume::Send(value)) if value.is_nothing() => self.start(),
            (Phase::Created, Resume::Send(value)) => return Err(Refused::JustStarted(value)),
            // C10: raised before the body is polled for the first time, which therefore never runs.
            (Phase::Created, Resume::Throw(exception)) => {
                mailbox.raise(exception);
                self.start();
            }
            // C13
            (Phase::Created, Resume::Close) => self.close(),

            (Phase::Suspended, Resume::Send(value)) => {
                mailbox.set_phase(Phase::Running);
                mailbox.send(value);
            }
            (Phase::Suspended, Resume::Next) => return Err(Refused::AlreadyStarted),
            // C9, C12: at a yield, an exception is raised even if the yield is in clean-up (C25).
            (Phase::Suspended, Resume::Throw(exception)) => {
                mailbox.set_phase(Phase::Running);
                mailbox.raise(exception);
            }
            (Phase::Suspended, Resume::Close) => {
                mailbox.set_phase(Phase::Closing);
                mailbox.raise(Exception::GeneratorExit);
            }

            // C18: the step in flight is carried on with, or an exception is raised where it stands. C20: a closing
            // in flight is not begun a second time.
            (Phase::Running | Phase::Closing, Resume::Next) | (Phase::Closing, Resume::Close) => {}
            (Phase::Running | Phase::Closing, Resume::Send(value)) if value.is_nothing() => {}
            (Phase::Running | Phase::Closing, resume @ Resume::Send(_)) => return Err(Refused::AlreadyRunning(resume)),
            (Phase::Running | Phase::Closing, resume @ Resume::Throw(Exception::Error(_))) if mailbox.has_error() => {
                return Err(Refused::AlreadyRunning(resume));
            }
            (Phase::Running | Phase::Closing, Resume::Throw(exception)) => {
                if !mailbox.exit_waits() {
                    mailbox.set_phase(Phase::Running);
                }
                mailbox.throw(exception);
            }
            (Phase::Running, Resume::Close) => {
                mailbox.set_phase(Phase::Closing);
                mailbox.throw(Exception::GeneratorExit);
            }

            // C6, C11, C13, C17
            (Phase::Closed, Resume::Close) => {}
            (Phase::Closed, resume) => return Err(Refused::Closed(resume)),
        }
        Ok(())
    }
}

/// C21: closes the generator when its body panics.
struct CloseOnPanic<'g, Y, S, E, F, Fut>(Pin<&'g mut Generator<Y, S, E, F, Fut>>);

impl<Y, S, E, F, Fut> Drop for CloseOnPanic<'_, Y, S, E, F, Fut> {
    #[cold]
    fn drop(&mut self) {
        self.0.as_mut().close();
    }
}

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
        match (self.mailbox.phase(), resume) {
            (Phase::Suspended, Resume::Send(value)) => {
                self.mailbox.set_phase(Phase::Running);
                self.mailbox.send(value);
                Ok(())
            }
            (phase, resume) => self.begin_otherwise(phase, resume),
        }
    }

    #[inline]
    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>> {
        match self.mailbox.phase() {
            Phase::Running | Phase::Closing => {}
            Phase::Closed => return Poll::Ready(Step::Returned),
            Phase::Created | Phase::Suspended => return Poll::Pending,
        }
        // C19: with no scope around the point where the body stands, the exception comes straight out.
        if self.mailbox.depth() == 0
            && let Some(exception) = self.mailbox.take_exception()
        {
            return Poll::Ready(self.raised(exception));
        }
        let mut guard = CloseOnPanic(self.as_mut());
        let poll = guard.0.as_mut().poll_body(cx);
        core::mem::forget(guard);
        match poll {
            Poll::Ready(result) => Poll::Ready(self.ended(result)),
            Poll::Pending => {
                if let Some(value) = self.mailbox.take_yielded() {
                    self.mailbox.set_phase(Phase::Suspended);
                    return Poll::Ready(Step::Yielded(value));
                }
                // The body raised it outside of every scope, or no scope was polled that could have taken it.
                match self.mailbox.take_exception() {
                    Some(exception) => Poll::Ready(self.raised(exception)),
                    None => Poll::Pending,
                }
            }
        }
    }

    #[inline]
    fn state(&self) -> State {
        self.mailbox.phase().into()
    }
}

impl<Y, S, E, F, Fut> fmt::Debug for Generator<Y, S, E, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("state", &State::from(self.mailbox.phase())).finish_non_exhaustive()
    }
}

impl From<Phase> for State {
    #[inline]
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Created => Self::Created,
            Phase::Suspended => Self::Suspended,
            Phase::Running | Phase::Closing => Self::Running,
            Phase::Closed => Self::Closed,
        }
    }
}
