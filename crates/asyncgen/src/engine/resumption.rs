//! How a step begins: the contract's table of states and resumptions.

use core::pin::Pin;

use super::generator::AnyGenerator;
use crate::{Exception, Refused, Resume, SentValue, State};

impl<Y, S: SentValue, E> AnyGenerator<'_, Y, S, E> {
    /// Every resumption but the usual one.
    #[cold]
    pub(super) fn begin_unusual(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        let mut this = self;
        let mut resume = resume;
        if this.mailbox().is_root() {
            resume = match this.as_mut().begin_inside(resume)? {
                None => return Ok(()),
                Some(resume) => resume,
            };
            this.mailbox().unwind_all();
        }
        if this.mailbox().reclaim() {
            resume = match this.mailbox().send_if_suspended(resume) {
                Ok(()) => return Ok(()),
                Err(resume) => resume,
            };
        }
        let mailbox = this.mailbox();
        match (mailbox.state(), resume) {
            // C2, C3
            (State::Created, Resume::Next) => this.make_body(),
            (State::Created, Resume::Send(value)) if value.is_nothing() => this.make_body(),
            (State::Created, Resume::Send(value)) => return Err(Refused::JustStarted(value)),
            // C10: raised before the body is polled for the first time, which therefore never runs.
            (State::Created, Resume::Throw(exception)) => {
                this.as_mut().make_body();
                this.mailbox().raise(exception);
            }
            // C13
            (State::Created, Resume::Close) => this.close(),

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

    /// What is sent, and an error that is thrown in, go to the innermost delegate (C23), by the same rules. Gives back
    /// what has to take its way from level to level.
    fn begin_inside(mut self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<Option<Resume<S, E>>, Refused<S, E>> {
        match (self.mailbox().state(), resume) {
            (State::Suspended, Resume::Next) => return Err(Refused::AlreadyStarted),
            (State::Suspended, resume @ Resume::Send(_)) => self.as_mut().begin_innermost(resume)?,
            (_, Resume::Send(value)) if !value.is_nothing() => {
                return Err(Refused::AlreadyRunning(Resume::Send(value)));
            }
            (_, Resume::Next | Resume::Send(_)) => return Ok(None),
            // No level between would do anything with an error but pass it on.
            (_, resume @ Resume::Throw(Exception::Error(_))) if self.mailbox().all_pass_errors_on() => {
                match self.as_mut().begin_innermost(resume) {
                    Ok(()) => {}
                    // An error waits there already: this one waits outside.
                    Err(Refused::AlreadyRunning(resume)) => return Ok(Some(resume)),
                    Err(refused) => return Err(refused),
                }
            }
            (_, resume) => return Ok(Some(resume)),
        }
        self.mailbox().set_inside(false);
        Ok(None)
    }
}
