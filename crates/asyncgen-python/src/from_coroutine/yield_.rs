//! `yield_(value)`.

use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use crate::process::swap::Swap;
use crate::protocol::ending::{self, Progress, finish};
use crate::protocol::stage::{Stage, StageCell};
use crate::protocol::throwing;

/// What CPython says of a generator whose body raises `StopIteration`.
pub(super) const GENERATOR_RAISED: &str = "generator raised StopIteration";

/// What `yield_(value)` makes: its await reaches the generator, which yields the value.
#[pyclass(frozen, name = "yield_", module = "asyncgen")]
pub(crate) struct Yield {
    value: Swap<Option<Py<PyAny>>>,
    stage: StageCell,
}

impl Yield {
    pub(crate) fn new(value: Py<PyAny>) -> Self {
        Self { value: Swap::new(Some(value)), stage: StageCell::new() }
    }

    pub(super) fn take(&self, py: Python<'_>) -> Py<PyAny> {
        self.value.take().unwrap_or_else(|| py.None())
    }
}

#[pymethods]
impl Yield {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// `None` ends the await with nothing sent, as most do, and needs no `StopIteration` to be made for it.
    fn __next__(slf: Bound<'_, Self>) -> PyResult<Option<Bound<'_, Self>>> {
        let stage = &slf.get().stage;
        if stage.get() == Stage::Iter {
            stage.set(Stage::Closed);
            return Ok(None);
        }
        let none = slf.py().None();
        Self::send(slf, none).map(Some)
    }

    /// The first time the value goes out; then the sent value is what the await evaluates to.
    fn send(slf: Bound<'_, Self>, value: Py<PyAny>) -> PyResult<Bound<'_, Self>> {
        let py = slf.py();
        match slf.get().stage.get() {
            Stage::Init => {
                slf.get().stage.set(Stage::Iter);
                Ok(slf)
            }
            Stage::Iter => {
                slf.get().stage.set(Stage::Closed);
                Err(match finish(py, Ok(Progress::Done(value))) {
                    Err(stop) => stop,
                    Ok(_) => PyStopIteration::new_err(()),
                })
            }
            Stage::Closed => Err(PyRuntimeError::new_err("cannot reuse already awaited yield_()")),
        }
    }

    #[pyo3(signature = (*args))]
    fn throw(&self, args: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        let py = args.py();
        self.stage.set(Stage::Closed);
        let error = throwing::exception(args, "throw")?;
        if !error.is_instance_of::<PyStopIteration>(py) {
            return Err(error);
        }
        // The `await` around this would take it for the end of the await.
        let replacement = PyRuntimeError::new_err(GENERATOR_RAISED);
        replacement.set_cause(py, Some(error));
        Err(replacement)
    }

    fn close(&self) {
        self.stage.set(Stage::Closed);
    }

    /// An event loop shows it to whoever awaits it in a function that is no generator.
    #[expect(clippy::unused_self, reason = "Python calls it as a method")]
    fn __repr__(&self) -> &'static str {
        "<yield_(..), which must be awaited in the body of an asynchronous generator>"
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.value.try_with(|value| visit.call(value)).unwrap_or(Ok(()))
    }

    fn __clear__(&self) {
        drop(self.value.take());
    }
}

impl Drop for Yield {
    /// As for any coroutine that is not awaited: nothing was yielded.
    fn drop(&mut self) {
        ending::warn_if_never_awaited(self.stage.get(), "yield_");
    }
}
