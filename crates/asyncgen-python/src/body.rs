//! A Rust generator with its types erased: its values and errors are Python objects.

use std::any::TypeId;
use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use asyncgen::{AsyncGenerator, Exception, Refused, Resume, State, Step};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyException, PyGeneratorExit, PyTypeError};
use pyo3::prelude::*;

use crate::bridge::{self, Answer, Bridge};
use crate::level::Level;
use crate::{FromSent, runtime};

/// What a step begins with.
pub(crate) enum Command {
    /// `asend`; `None` also goes on with a step in flight.
    Send(Py<PyAny>),
    Throw(PyErr),
    Close,
}

impl Command {
    /// What a Python awaitable gets of it.
    pub(crate) fn into_answer(self) -> Answer {
        match self {
            Self::Send(value) => Ok(value),
            Self::Throw(error) => Err(error),
            Self::Close => Err(PyGeneratorExit::new_err(())),
        }
    }
}

/// How a step ended.
pub(crate) enum Outcome {
    Yielded(Py<PyAny>),
    Returned,
    Raised(PyErr),
}

/// What the driver needs of a generator.
pub(crate) trait Body: Send {
    /// Begins a step, or raises an exception in one that is in flight.
    fn begin(&mut self, py: Python<'_>, command: Command) -> PyResult<()>;
    /// Polls the step in flight.
    fn poll(&mut self, py: Python<'_>, waker: &Waker, bridge: &mut Option<Box<Bridge>>) -> Poll<Outcome>;
    /// Where the generator stands.
    fn state(&self) -> State;
}

/// Does the body itself work on Python objects, so that it needs the interpreter lock all the time?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    Released,
    Held,
}

pub(crate) struct Erased<G: Send> {
    /// `None` once it is dropped.
    generator: Option<Pin<Box<G>>>,
    lock: Lock,
    /// What Python threw in where the body saw `GeneratorExit`: it comes out again if the body lets that out.
    thrown: Option<PyErr>,
}

impl<G> Erased<G>
where
    G: AsyncGenerator + Send,
    G::Error: From<PyErr> + 'static,
{
    pub(crate) fn new(generator: G, lock: Lock) -> Self {
        Self { generator: Some(Box::pin(generator)), lock, thrown: None }
    }

    /// `GeneratorExit`, and other exceptions that are no errors (cancellations, `KeyboardInterrupt`), ask a body to
    /// end. A body whose errors are Python's sees them as they are; for any other they are `GeneratorExit`, as its
    /// error type can't tell them from errors.
    fn exception(&mut self, py: Python<'_>, error: PyErr) -> Exception<G::Error> {
        let is_exit = error.is_instance_of::<PyGeneratorExit>(py);
        let python = TypeId::of::<G::Error>() == TypeId::of::<PyErr>();
        let as_exit =
            if python { is_exit && self.lock == Lock::Released } else { !error.is_instance_of::<PyException>(py) };
        if as_exit {
            self.thrown = Some(error);
            Exception::GeneratorExit
        } else {
            Exception::Error(G::Error::from(error))
        }
    }
}

impl<G> Body for Erased<G>
where
    G: AsyncGenerator + Send,
    G::Yield: for<'py> IntoPyObject<'py> + Send,
    G::Sent: FromSent,
    G::Error: Into<PyErr> + From<PyErr> + Send + 'static,
{
    fn begin(&mut self, py: Python<'_>, command: Command) -> PyResult<()> {
        let resume = match command {
            Command::Send(_) if self.state() != State::Suspended => Resume::Next,
            Command::Send(value) => Resume::Send(sent(value.bind(py))?),
            Command::Throw(error) => Resume::Throw(self.exception(py, error)),
            Command::Close => Resume::Close,
        };
        let Some(generator) = &mut self.generator else { return Ok(()) };
        match generator.as_mut().begin(resume) {
            // C25: an exception waits already until clean-up has ended; it is enough to end the generator.
            Ok(()) | Err(Refused::AlreadyRunning(_) | Refused::Closed(_)) => Ok(()),
            Err(Refused::JustStarted(_) | Refused::AlreadyStarted) => Err(must_be_sent()),
        }
    }

    fn poll(&mut self, py: Python<'_>, waker: &Waker, bridge: &mut Option<Box<Bridge>>) -> Poll<Outcome> {
        let Some(generator) = &mut self.generator else { return Poll::Ready(Outcome::Returned) };
        let mut poll = || bridge::enter(bridge, || generator.as_mut().poll_step(&mut Context::from_waker(waker)));
        let step = match self.lock {
            Lock::Held => poll(),
            Lock::Released => match Level::enter().and_then(|level| runtime::enter(py).map(|()| level)) {
                Ok(_level) => py.detach(poll),
                Err(error) => return Poll::Ready(Outcome::Raised(error)),
            },
        };
        step.map(|step| match step {
            Step::Yielded(value) => {
                self.thrown = None;
                match value.into_py_any(py) {
                    Ok(value) => Outcome::Yielded(value),
                    Err(error) => Outcome::Raised(error),
                }
            }
            Step::Returned => Outcome::Returned,
            Step::Raised(Exception::Error(error)) => Outcome::Raised(error.into()),
            Step::Raised(Exception::GeneratorExit) => {
                Outcome::Raised(self.thrown.take().unwrap_or_else(|| PyGeneratorExit::new_err(())))
            }
        })
    }

    fn state(&self) -> State {
        self.generator.as_ref().map_or(State::Closed, AsyncGenerator::state)
    }
}

/// What Python sent.
fn sent<S: FromSent>(value: &Bound<'_, PyAny>) -> PyResult<S> {
    S::from_sent(value).map_err(|error| {
        if !value.is_none() {
            return error;
        }
        // `async for` sends `None`.
        let refused = must_be_sent();
        refused.set_cause(value.py(), Some(error));
        refused
    })
}

fn must_be_sent() -> PyErr {
    PyTypeError::new_err("this asynchronous generator must be sent a value")
}

impl<G: Send> Drop for Erased<G> {
    /// Drops the generator as it is polled: without the interpreter lock, for a destructor may wait for a thread that
    /// wants it, and in the context of the runtime.
    fn drop(&mut self) {
        let Some(generator) = self.generator.take() else { return };
        if self.lock == Lock::Held {
            return drop(generator);
        }
        let slot = Cell::new(Some(generator));
        let _interpreter_is_there = Python::try_attach(|py| {
            // Without a runtime it is dropped as it is.
            let _entered = runtime::enter(py);
            let generator = slot.take();
            py.detach(move || drop(generator));
        });
    }
}
