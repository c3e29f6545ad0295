//! Drives a body as a Python frame is driven: it is sent a value, or an exception is thrown in, and it runs to its next
//! `yield`, to its end, or to the next point where it waits for the event loop.

use std::sync::Arc;
use std::task::{Poll, Waker};

use asyncgen::State;
use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;

use crate::body::{Body, Command, Outcome};
use crate::bridge::{Answer, Bridge};
use crate::signal::Signal;
use crate::wait::{self, Wait};

/// What a resumption led to.
pub(crate) enum Resumed {
    /// The task waits: this is for the event loop.
    Await(Py<PyAny>),
    Yielded(Py<PyAny>),
    Returned,
    Raised(PyErr),
}

/// How far a generator was closed without an event loop.
pub(crate) enum Closed {
    Gracefully,
    /// It yielded instead.
    Yielded,
    /// Its clean-up waits for something.
    Awaited,
}

/// What the step in flight waits for.
enum Waiting {
    Nothing,
    /// A Python awaitable in the body: the bridge holds what it handed up.
    Python,
    /// The body's waker.
    Waker(Wait),
}

pub(crate) struct Driver {
    body: Box<dyn Body>,
    /// Always there between polls.
    bridge: Option<Box<Bridge>>,
    waiting: Waiting,
    /// An exception was thrown into this step: it is on its way out, and what is awaited now is clean-up.
    thrown: bool,
    /// This step closes the generator (contract clause C20).
    closing: bool,
    signal: Arc<Signal>,
    waker: Waker,
}

impl Driver {
    pub(crate) fn new(body: Box<dyn Body>) -> Self {
        let signal = Signal::new();
        let waker = Waker::from(Arc::clone(&signal));
        Self {
            body,
            bridge: Some(Box::default()),
            waiting: Waiting::Nothing,
            thrown: false,
            closing: false,
            signal,
            waker,
        }
    }

    /// What a Python awaitable in the body handed up.
    fn up(&self) -> Option<&Py<PyAny>> {
        self.bridge.as_ref().and_then(|bridge| bridge.up.as_ref())
    }

    fn send_down(&mut self, answer: Answer) {
        self.bridge.get_or_insert_default().down = Some(answer);
    }

    pub(crate) fn state(&self) -> State {
        self.body.state()
    }

    /// What the step in flight waits for, as `ag_await` shows it.
    pub(crate) fn awaited(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match &self.waiting {
            Waiting::Nothing => None,
            Waiting::Python => self.up().map(|object| object.clone_ref(py)),
            Waiting::Waker(wait) => Some(wait.object(py)),
        }
    }

    /// Begins a step, or goes on with the one in flight.
    pub(crate) fn resume(&mut self, py: Python<'_>, command: Command) -> Resumed {
        match (&command, &self.waiting) {
            // What comes out of an awaitable is the body's own: a closing goes on.
            (Command::Send(_), _) | (Command::Throw(_), Waiting::Python) => {}
            (Command::Throw(_), _) => self.closing = false,
            (Command::Close, _) => self.closing = true,
        }
        let begun = match std::mem::replace(&mut self.waiting, Waiting::Nothing) {
            Waiting::Python => {
                self.send_down(command.into_answer());
                Ok(())
            }
            Waiting::Waker(wait) => match wait.resume(py, command.into_answer()) {
                wait::Resumed::Woken => Ok(()),
                wait::Resumed::Await(object) => {
                    self.waiting = Waiting::Waker(wait);
                    return Resumed::Await(object);
                }
                wait::Resumed::Thrown(error) => self.begin(py, Command::Throw(error)),
            },
            Waiting::Nothing => self.begin(py, command),
        };
        match begun {
            Ok(()) => self.run(py),
            Err(error) => Resumed::Raised(error),
        }
    }

    /// Goes on with a step whose awaitable was dropped half-way (contract clause C18): whoever awaits now waits for
    /// what that one waited for; an exception is raised where the body stands (C19).
    pub(crate) fn carry_on(&mut self, py: Python<'_>, command: Command) -> Resumed {
        match (&self.waiting, command) {
            // Closing it once more throws nothing in a second time.
            (Waiting::Python, command) if matches!(command, Command::Send(_)) || self.is_repeated(&command) => {
                match self.hand_up_again(py) {
                    Ok(object) => Resumed::Await(object),
                    Err(error) => Resumed::Raised(error),
                }
            }
            (Waiting::Python, command) => self.resume(py, command),
            (Waiting::Waker(_) | Waiting::Nothing, command) => {
                // The wait belonged to the task that is gone.
                self.waiting = Waiting::Nothing;
                self.resume(py, command)
            }
        }
    }

    fn is_repeated(&self, command: &Command) -> bool {
        self.closing && matches!(command, Command::Close)
    }

    fn hand_up_again(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Some(object) = self.up() else {
            return Err(PyRuntimeError::new_err("the step that was abandoned can't be carried on with"));
        };
        let object = object.bind(py);
        if object.hasattr(intern!(py, "_asyncio_future_blocking"))? {
            wait::asyncio::claim(object)?;
        }
        Ok(object.clone().unbind())
    }

    fn begin(&mut self, py: Python<'_>, command: Command) -> PyResult<()> {
        self.thrown |= matches!(command, Command::Throw(_) | Command::Close);
        self.body.begin(py, command)
    }

    /// Polls the body.
    fn run(&mut self, py: Python<'_>) -> Resumed {
        self.signal.reset();
        match self.body.poll(py, &self.waker, &mut self.bridge) {
            Poll::Ready(outcome) => {
                self.thrown = false;
                let closing = std::mem::take(&mut self.closing);
                match outcome {
                    // Whoever carries on with a closing sees the generator end.
                    Outcome::Raised(error) if closing && error.is_instance_of::<PyGeneratorExit>(py) => {
                        Resumed::Returned
                    }
                    Outcome::Yielded(value) => Resumed::Yielded(value),
                    Outcome::Returned => Resumed::Returned,
                    Outcome::Raised(error) => Resumed::Raised(error),
                }
            }
            Poll::Pending => match self.up() {
                Some(object) => {
                    let object = object.clone_ref(py);
                    self.waiting = Waiting::Python;
                    Resumed::Await(object)
                }
                None => match Wait::start(py, &self.signal, self.thrown) {
                    Ok((wait, object)) => {
                        self.waiting = Waiting::Waker(wait);
                        Resumed::Await(object)
                    }
                    // The step stays in flight: it can be carried on with where a loop runs.
                    Err(error) => Resumed::Raised(error),
                },
            },
        }
    }

    /// Closes the generator as far as that goes without an event loop.
    pub(crate) fn close_at_once(&mut self, py: Python<'_>) -> PyResult<Closed> {
        let in_python = matches!(self.waiting, Waiting::Python);
        self.waiting = Waiting::Nothing;
        if in_python {
            self.send_down(Command::Close.into_answer());
        } else {
            self.begin(py, Command::Close)?;
        }
        match self.body.poll(py, &self.waker, &mut self.bridge) {
            Poll::Pending => {
                if self.up().is_some() {
                    self.waiting = Waiting::Python;
                }
                Ok(Closed::Awaited)
            }
            Poll::Ready(Outcome::Yielded(_)) => Ok(Closed::Yielded),
            Poll::Ready(Outcome::Returned) => Ok(Closed::Gracefully),
            Poll::Ready(Outcome::Raised(error)) if error.is_instance_of::<PyGeneratorExit>(py) => {
                Ok(Closed::Gracefully)
            }
            Poll::Ready(Outcome::Raised(error)) => Err(error),
        }
    }

    /// Python objects that the garbage collector is to know of.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        if let Some(bridge) = &self.bridge {
            visit.call(&bridge.up)?;
        }
        if let Waiting::Waker(wait) = &self.waiting {
            wait.traverse(visit)?;
        }
        // As long as somebody else has the waker, a timer maybe, the task that waits is to be woken: it is no garbage.
        let ours = 2; // `signal`, and `waker`
        if Arc::strong_count(&self.signal) == ours { self.signal.traverse(visit) } else { Ok(()) }
    }
}
