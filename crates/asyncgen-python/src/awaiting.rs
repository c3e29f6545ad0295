//! Awaiting Python's awaitables in a Rust body.

use pyo3::intern;
use pyo3::prelude::*;

use crate::local::LocalStep;

/// Awaits a Python awaitable in the body of a generator that Python code drives: a coroutine, a task, a future.
///
/// It runs in the Python task that awaits the generator's step, as if the body were a Python function: what it waits
/// for goes up to the event loop, whichever that is, and a cancellation of the task is raised inside it. While it
/// waits, the task waits for it alone: in a `select!` with a Rust future, that future is looked at when the awaitable
/// goes on. Two of them can't wait at once.
///
/// ```ignore
/// let sleep = Python::attach(|py| py.import("asyncio")?.call_method1("sleep", (1,)).map(Bound::unbind))?;
/// await_python(sleep).await?;
/// ```
///
/// # Errors
///
/// What the awaitable raises; `TypeError` if the object is not awaitable; `RuntimeError` outside of such a body.
pub async fn await_python(awaitable: Py<PyAny>) -> PyResult<Py<PyAny>> {
    Python::attach(|py| LocalStep::new(awaitable.bind(py)))?.await
}

/// A coroutine that is closed when the body is dropped at its await.
pub(crate) struct Coroutine {
    iterator: Py<PyAny>,
    ended: bool,
}

impl Coroutine {
    pub(crate) fn new(iterator: Py<PyAny>) -> Self {
        Self { iterator, ended: false }
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        self.iterator.bind(py)
    }

    pub(crate) fn ended(&mut self) {
        self.ended = true;
    }
}

impl Drop for Coroutine {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let _interpreter_is_there = Python::try_attach(|py| {
            let iterator = self.iterator.bind(py);
            if let Ok(Some(close)) = iterator.getattr_opt(intern!(py, "close"))
                && let Err(error) = close.call0()
            {
                error.write_unraisable(py, Some(iterator));
            }
        });
    }
}

/// The object that `await` would resume: a coroutine itself, the iterator of any other awaitable.
pub(crate) fn iterator_of(awaitable: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    let py = awaitable.py();
    if awaitable.hasattr(intern!(py, "cr_frame"))? {
        return Ok(awaitable.clone().unbind());
    }
    match awaitable.get_type().getattr_opt(intern!(py, "__await__"))? {
        Some(make) => Ok(make.call1((awaitable,))?.unbind()),
        None if awaitable.hasattr(intern!(py, "gi_frame"))? => Ok(awaitable.clone().unbind()),
        None => Err(pyo3::exceptions::PyTypeError::new_err(format!(
            "object {} can't be used in 'await' expression",
            awaitable.get_type().name()?
        ))),
    }
}
