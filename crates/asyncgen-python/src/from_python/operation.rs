//! What a step of a Python generator begins with.

use pyo3::exceptions::{PyAttributeError, PyStopAsyncIteration, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;

use crate::protocol::coroutine::anext;

/// What a step begins with.
pub(crate) enum Begun {
    Anext,
    Asend(Py<PyAny>),
    Athrow(PyErr),
    Aclose,
    /// No generator at all: an awaitable.
    Await(Py<PyAny>),
    /// It was begun already, and there is no awaitable.
    Failed(PyErr),
    /// It was begun already, and its awaitable has raised this.
    Raised(PyErr),
}

/// The awaitable of a step. An iterator that is no generator has no `athrow` and no `aclose`: an exception just comes
/// out of it.
pub(crate) fn awaitable<'py>(iterator: &Bound<'py, PyAny>, begun: Begun) -> PyResult<Bound<'py, PyAny>> {
    let py = iterator.py();
    let missing = |error: PyErr, instead: PyErr| {
        if error.is_instance_of::<PyAttributeError>(py) { instead } else { error }
    };
    match begun {
        Begun::Anext => anext(iterator),
        Begun::Asend(value) => {
            let instead = PyTypeError::new_err("an asynchronous iterator that is no generator can't be sent a value");
            iterator.getattr(intern!(py, "asend")).map_err(|error| missing(error, instead))?.call1((value,))
        }
        Begun::Athrow(error) => {
            let value = error.clone_ref(py).into_value(py);
            iterator.getattr(intern!(py, "athrow")).map_err(|missed| missing(missed, error))?.call1((value,))
        }
        Begun::Aclose => {
            let instead = PyStopAsyncIteration::new_err(());
            iterator.getattr(intern!(py, "aclose")).map_err(|error| missing(error, instead))?.call0()
        }
        Begun::Failed(error) | Begun::Raised(error) => Err(error),
        Begun::Await(awaitable) => Ok(awaitable.into_bound(py)),
    }
}
