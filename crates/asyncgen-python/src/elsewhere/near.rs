//! A Python generator that a consumer elsewhere drives.

use std::pin::Pin;
use std::task::{Context, Poll};

use asyncgen::{AsyncGenerator, Refused, Resume, ReturningGenerator, State, Step};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::error::WireError;
use super::value::Plain;
use crate::from_python::event_loop::EventLoop;
use crate::process::gate;
use crate::{FromPython, from_python};

/// It runs in the event loop of whoever serves.
pub(super) struct Near {
    /// The generator, or what was raised instead of one, or by a value that can't be sent.
    generator: Result<FromPython, Option<WireError>>,
    /// The value that it has ended with (C26), until it is taken.
    returned: Option<Plain>,
}

impl Near {
    /// Calls the function that makes it.
    pub(super) fn make(function: &Py<PyAny>, home: &EventLoop, argument: Plain) -> Self {
        let made = attached(|py| {
            let object = function.call1(py, (argument,))?;
            Ok(from_python(object.bind(py))?.at(home.clone_ref(py)))
        });
        Self { generator: made.map_err(|error| Some(error.into())), returned: None }
    }
}

/// Runs `f` with the interpreter; where that is shutting down, it is an error.
fn attached<T>(f: impl FnOnce(Python<'_>) -> PyResult<T>) -> PyResult<T> {
    gate::attach(f).unwrap_or_else(|| Err(PyRuntimeError::new_err("the interpreter is shutting down")))
}

fn to_python(resume: Resume<Option<Plain>, WireError>) -> PyResult<Resume<Option<Py<PyAny>>, PyErr>> {
    Ok(match resume {
        Resume::Next | Resume::Send(None) => Resume::Next,
        Resume::Send(Some(value)) => Resume::Send(Some(attached(|py| value.into_pyobject(py).map(Bound::unbind))?)),
        Resume::Throw(exception) => Resume::Throw(exception.map(PyErr::from)),
        Resume::Close => Resume::Close,
    })
}

impl AsyncGenerator for Near {
    type Yield = Plain;
    type Sent = Option<Plain>;
    type Error = WireError;

    fn begin(
        mut self: Pin<&mut Self>,
        resume: Resume<Option<Plain>, WireError>,
    ) -> Result<(), Refused<Option<Plain>, WireError>> {
        let this = &mut *self;
        let generator = match &mut this.generator {
            Ok(generator) => generator,
            Err(Some(_)) => return Ok(()),
            Err(None) if matches!(resume, Resume::Close) => return Ok(()),
            Err(None) => return Err(Refused::Closed(resume)),
        };
        let back = resume.clone();
        match to_python(resume) {
            Ok(resume) => Pin::new(generator).begin(resume).map_err(|refused| match refused {
                Refused::AlreadyStarted => Refused::AlreadyStarted,
                Refused::JustStarted(_) | Refused::AlreadyRunning(_) => Refused::AlreadyRunning(back),
                Refused::Closed(_) => Refused::Closed(back),
            }),
            Err(error) => {
                this.generator = Err(Some(error.into()));
                Ok(())
            }
        }
    }

    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Plain, WireError>> {
        let this = &mut *self;
        let generator = match &mut this.generator {
            Ok(generator) => generator,
            Err(error) => {
                return Poll::Ready(error.take().map_or(Step::Returned, |error| Step::Raised(error.into())));
            }
        };
        let mut generator = Pin::new(generator);
        let step = std::task::ready!(generator.as_mut().poll_step(cx));
        let sent = match step {
            Step::Yielded(value) => plain(&value).map(Step::Yielded),
            Step::Returned => match generator.take_return().map(|value| plain(&value)).transpose() {
                Ok(value) => {
                    this.returned = value;
                    Ok(Step::Returned)
                }
                Err(error) => Err(error),
            },
            Step::Raised(exception) => Ok(Step::Raised(exception.map(WireError::from))),
        };
        Poll::Ready(sent.unwrap_or_else(|error| {
            // Dropped: its event loop closes it.
            this.generator = Err(None);
            Step::Raised(error.into())
        }))
    }

    fn state(&self) -> State {
        match &self.generator {
            Ok(generator) => generator.state(),
            Err(Some(_)) => State::Running,
            Err(None) => State::Closed,
        }
    }
}

impl ReturningGenerator for Near {
    type Return = Plain;

    fn take_return(mut self: Pin<&mut Self>) -> Option<Plain> {
        self.returned.take()
    }
}

/// What goes over the wire of a value, if it is plain.
fn plain(value: &Py<PyAny>) -> Result<Plain, WireError> {
    attached(|py| Plain::of(value.bind(py))).map_err(WireError::from)
}
