//! Waiting under asyncio and uvloop: for a future of the loop.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::{PyTraverseError, PyVisit};

use super::Resumed;
use crate::bridge::Answer;
use crate::signal::{Alarm, Signal};

/// A future of the loop, which the waker completes.
pub(crate) struct Future(Py<PyAny>);

impl Future {
    pub(super) fn new(running: &Bound<'_, PyAny>, signal: &Signal) -> PyResult<Self> {
        let py = running.py();
        let future = running.call_method0(intern!(py, "create_future"))?;
        let callback = Py::new(py, Complete { future: future.clone().unbind() })?.into_any();
        let schedule = running.getattr(intern!(py, "call_soon_threadsafe"))?.unbind();
        signal.wait(py, Alarm { schedule, callback });
        claim(&future)?;
        Ok(Self(future.unbind()))
    }

    pub(super) fn object(&self, py: Python<'_>) -> Py<PyAny> {
        self.0.clone_ref(py)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }

    pub(super) fn resume(&self, py: Python<'_>, answer: Answer) -> Resumed {
        match answer {
            Ok(_) => Resumed::Woken,
            Err(error) => {
                // Usually it is cancelled already: that is how the task was cancelled.
                let _closed = self.0.call_method0(py, intern!(py, "cancel"));
                Resumed::Thrown(error)
            }
        }
    }
}

/// Says to asyncio's task that the future it is handed comes from an `await`, as `Future.__await__` does.
pub(crate) fn claim(future: &Bound<'_, PyAny>) -> PyResult<()> {
    future.setattr(intern!(future.py(), "_asyncio_future_blocking"), true)
}

pub(super) fn current_task<'py>(running: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    static CURRENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let current = CURRENT.import(running.py(), "asyncio", "current_task")?;
    let task = current.call1((running,))?;
    Ok((!task.is_none()).then_some(task))
}

/// Completes a future, in the loop's thread.
#[pyclass(frozen, module = "asyncgen")]
struct Complete {
    future: Py<PyAny>,
}

#[pymethods]
impl Complete {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let future = self.future.bind(py);
        if !future.call_method0(intern!(py, "done"))?.is_truthy()? {
            future.call_method1(intern!(py, "set_result"), (py.None(),))?;
        }
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.future)
    }
}
