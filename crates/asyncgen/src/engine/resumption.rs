//! How a step begins: the contract's table of states and resumptions.

use core::pin::Pin;

use super::generator::Generator;
use super::mailbox::RawYielder;
use crate::{Exception, Refused, Resume, SentValue, State};

impl<Y, S: SentValue, E, F, Fut> Generator<Y, S, E, F, Fut> {
    /// Every resumption but the usual one.
    #[cold]
    pub(super) fn begin_unusual(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>>
    where
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
