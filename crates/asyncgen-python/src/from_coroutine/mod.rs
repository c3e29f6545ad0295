//! Generators that are written in Python: the body is a coroutine that awaits `yield_(value)`.

pub(crate) mod yield_;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use asyncgen::{AsyncGenerator, Exception, Yielder, generator};
use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{PyTraverseError, PyVisit};

use crate::drive::bridge::HandUp;
use crate::process::swap::Swap;
use crate::process::{gate, trash};
use crate::protocol::Resumed;
use crate::protocol::coroutine::{Answer, iterator_of, step};
use yield_::{GENERATOR_RAISED, Yield};

/// The coroutine of a generator. The generator object and its body share it, so that the garbage collector sees the
/// one reference there is.
pub(crate) struct SharedCoroutine {
    coroutine: Swap<Option<Py<PyAny>>>,
    started: AtomicBool,
    returned: Swap<Option<Py<PyAny>>>,
}

impl SharedCoroutine {
    /// Without its coroutine, which is [`set`](Self::set) later: the garbage collector finalizes what is older first, and
    /// a generator's finalizer must come before that of its coroutine, which would warn that it was never awaited.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { coroutine: Swap::new(None), started: AtomicBool::new(false), returned: Swap::new(None) })
    }

    pub(crate) fn set(&self, coroutine: &Bound<'_, PyAny>) -> PyResult<()> {
        let coroutine = iterator_of(coroutine).map_err(|_| not_a_coroutine(coroutine))?;
        drop(self.coroutine.replace(Some(coroutine)));
        Ok(())
    }

    fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.coroutine.with(|coroutine| coroutine.as_ref().map(|coroutine| coroutine.clone_ref(py)))
    }

    /// What the coroutine returned, if it has.
    pub(crate) fn take_returned(&self) -> Option<Py<PyAny>> {
        self.returned.take()
    }

    /// An attribute of the coroutine, if it has it.
    pub(crate) fn attribute(&self, py: Python<'_>, name: &Bound<'_, PyString>) -> PyResult<Option<Py<PyAny>>> {
        match self.get(py) {
            Some(coroutine) => Ok(coroutine.bind(py).getattr_opt(name)?.map(Bound::unbind)),
            None => Ok(None),
        }
    }

    pub(crate) fn has_ended(&self, py: Python<'_>) -> PyResult<bool> {
        let Some(coroutine) = self.get(py) else { return Ok(true) };
        // One that does not say, of Cython for example, may stand anywhere.
        Ok(coroutine.bind(py).getattr_opt(intern!(py, "cr_frame"))?.is_some_and(|frame| frame.is_none()))
    }

    fn resume(&self, answer: Answer) -> Resumed {
        Python::attach(|py| {
            let Some(coroutine) = self.get(py) else {
                return Resumed::raised(PyRuntimeError::new_err("the generator was collected as garbage"));
            };
            self.started.store(true, Ordering::Relaxed);
            match step(coroutine.bind(py), answer) {
                Resumed::Await(object) => match object.bind(py).cast_exact::<Yield>() {
                    Ok(marker) => Resumed::Yielded(marker.get().take(py)),
                    Err(_) => Resumed::Await(object),
                },
                Resumed::Yielded(object) => Resumed::Await(object),
                Resumed::Returned(value) => {
                    drop(self.returned.replace(Some(value)));
                    Resumed::Returned(py.None())
                }
                Resumed::Raised(error) => Resumed::raised(as_of_a_generator(py, *error)),
            }
        })
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.coroutine.try_with(|coroutine| visit.call(coroutine)).transpose()?;
        self.returned.try_with(|returned| visit.call(returned)).unwrap_or(Ok(()))
    }

    /// Closes a coroutine that was never started: a generator that was never started is not worth a warning.
    pub(crate) fn close_unless_started(&self) {
        if self.started.load(Ordering::Relaxed) {
            return;
        }
        let _interpreter_is_there = Python::try_attach(|py| {
            let Some(coroutine) = self.get(py) else { return };
            gate::keeping_exception(py, || {
                let _closed = coroutine.call_method0(py, intern!(py, "close"));
            });
        });
    }

    /// Lets the coroutine go.
    pub(crate) fn clear(&self) {
        self.close_unless_started();
        let coroutine = self.coroutine.take();
        trash::discard(move || drop(coroutine));
        drop(self.returned.take());
    }
}

impl Drop for SharedCoroutine {
    fn drop(&mut self) {
        self.clear();
    }
}

const COROUTINE_RAISED: &str = "coroutine raised StopIteration";

/// A coroutine can't raise `StopIteration`; nor can a generator, which has a message of its own for it.
fn as_of_a_generator(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyRuntimeError>(py) {
        return error;
    }
    match error.cause(py) {
        Some(cause)
            if cause.is_instance_of::<PyStopIteration>(py)
                && [GENERATOR_RAISED, COROUTINE_RAISED].contains(&&*error.value(py).to_string()) =>
        {
            cause
        }
        _ => error,
    }
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method is not general enough")]
fn none() -> Py<PyAny> {
    Python::attach(|py| py.None())
}

/// The generator whose body is this coroutine.
pub(crate) fn body(
    held: Arc<SharedCoroutine>,
) -> impl AsyncGenerator<Yield = Py<PyAny>, Sent = Option<Py<PyAny>>, Error = PyErr> + Send {
    generator!(|y: Yielder<'_, Py<PyAny>, Option<Py<PyAny>>, PyErr>| {
        let mut answer: Answer = Ok(none());
        loop {
            answer = match held.resume(answer) {
                Resumed::Yielded(value) => match y.try_yield(value).await {
                    Ok(Some(value)) => Ok(value),
                    Ok(None) => Ok(none()),
                    Err(Exception::Error(error)) => Err(error),
                    Err(Exception::GeneratorExit) => Err(PyGeneratorExit::new_err(())),
                },
                Resumed::Await(object) => HandUp::new(object).await,
                Resumed::Returned(_) => return Ok(()),
                Resumed::Raised(error) => return Err(*error),
            };
        }
    })
}

/// A `TypeError` if the decorated function did not return a coroutine.
pub(crate) fn not_a_coroutine(object: &Bound<'_, PyAny>) -> PyErr {
    match object.get_type().name() {
        Ok(name) if name == "async_generator" => PyTypeError::new_err(
            "expected a coroutine as the generator's body, not async_generator: \
             use 'await yield_(value)' instead of 'yield value'",
        ),
        Ok(name) => PyTypeError::new_err(format!("expected a coroutine as the generator's body, not {name}")),
        Err(error) => error,
    }
}
