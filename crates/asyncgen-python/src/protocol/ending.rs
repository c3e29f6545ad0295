//! How awaitables end, for Python.

use std::ffi::CString;

use pyo3::exceptions::{PyBaseException, PyGeneratorExit, PyRuntimeWarning, PyStopAsyncIteration, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::stage::Stage;
use crate::process::{gate, modules};

/// What an awaitable's `send` and `throw` lead to.
pub(crate) enum Progress {
    /// The task waits: this is for the event loop.
    Await(Py<PyAny>),
    /// The awaitable evaluates to this.
    Done(Py<PyAny>),
}

/// How a step of an awaitable ends. (In a box, so that values travel in registers.)
pub(crate) type Outcome = Result<Progress, Box<PyErr>>;

/// Is this one of the exceptions with which a generator, or an awaitable, ends as it should?
pub(crate) fn is_end(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyStopIteration>(py)
        || error.is_instance_of::<PyStopAsyncIteration>(py)
        || error.is_instance_of::<PyGeneratorExit>(py)
}

/// Tells the interpreter how a step of an iterator ended: by returning what it waits for, or by `StopIteration`.
pub(crate) fn finish(py: Python<'_>, outcome: Outcome) -> PyResult<Py<PyAny>> {
    match outcome.map_err(|error| *error)? {
        Progress::Await(object) => Ok(object),
        Progress::Done(value) => {
            if is_special(value.bind(py)) {
                Err(PyStopIteration::new_err((value,)))
            } else {
                Err(PyStopIteration::new_err(value))
            }
        }
    }
}

/// `StopIteration` would take a tuple for its arguments, and an exception for itself.
pub(crate) fn is_special(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyBaseException>()
}

/// A `RuntimeWarning` from a destructor: it may run Python code, while an exception may be on its way.
pub(crate) fn warn(py: Python<'_>, message: &str, source: Option<&Bound<'_, PyAny>>) {
    gate::keeping_exception(py, || {
        let warned = match modules::import(py, c"warnings") {
            Ok(warnings) => {
                warnings.call_method1("warn", (message, py.get_type::<PyRuntimeWarning>(), 1, source)).map(drop)
            }
            // The interpreter is shutting down.
            Err(_) => CString::new(message)
                .map_err(PyErr::from)
                .and_then(|message| PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &message, 1)),
        };
        if let Err(error) = warned {
            error.write_unraisable(py, source);
        }
    });
}

/// As for any coroutine that nobody has awaited: a warning, from its destructor.
pub(crate) fn warn_if_never_awaited(stage: Stage, name: &str) {
    if stage == Stage::Init {
        let _interpreter_is_there = Python::try_attach(|py| {
            warn(py, &format!("coroutine '{name}' was never awaited"), None);
        });
    }
}
