//! Waiting under asyncio and uvloop: for a future of the loop.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;
use pyo3::{PyTraverseError, PyVisit};

use super::wake_state::{Alarm, WakeState};
use crate::process::gate;
use crate::process::modules::{self, Attribute};
use crate::protocol::Resumed;
use crate::protocol::coroutine::Answer;

/// A future of the loop, which the waker completes.
pub(crate) struct Future {
    future: Py<PyAny>,
    shield: Option<Shield>,
}

impl Future {
    pub(super) fn new(running: &Bound<'_, PyAny>, wake_state: &WakeState, shielded: bool) -> PyResult<Self> {
        let py = running.py();
        let future = running.call_method0(intern!(py, "create_future"))?;
        let callback = Py::new(py, Complete { future: future.clone().unbind() })?.into_any();
        let schedule = running.getattr(intern!(py, "call_soon_threadsafe"))?.unbind();
        wake_state.wait(py, Alarm { schedule, callback });
        claim(&future)?;
        let shield = if shielded { Shield::enter(py)? } else { None };
        Ok(Self { future: future.unbind(), shield })
    }

    pub(super) fn object(&self, py: Python<'_>) -> Py<PyAny> {
        self.future.clone_ref(py)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.future)?;
        self.shield.as_ref().map_or(Ok(()), |shield| visit.call(&shield.0))
    }

    pub(super) fn resume(&self, py: Python<'_>, answer: Answer) -> Resumed {
        if let Some(shield) = &self.shield
            && let Err(error) = shield.exit(py)
        {
            return Resumed::raised(error);
        }
        match answer {
            Ok(woken) => Resumed::Returned(woken),
            Err(error) => {
                // Usually it is cancelled already: that is how the task was cancelled.
                let _closed = self.future.call_method0(py, intern!(py, "cancel"));
                Resumed::raised(error)
            }
        }
    }
}

/// A scope of anyio's around a wait of clean-up.
///
/// anyio cancels a task again at every turn of the loop for as long as its scope is cancelled. Clean-up is not interrupted,
/// so that the loop would turn without end until it is done. A shielded scope inside is left alone.
struct Shield(Py<PyAny>);

impl Shield {
    fn enter(py: Python<'_>) -> PyResult<Option<Self>> {
        let Some(anyio) = modules::loaded(intern!(py, "anyio"))? else { return Ok(None) };
        // Minus infinity says that the task is cancelled. It fails in a task in which anyio knows no scope.
        let deadline = anyio.call_method0(intern!(py, "current_effective_deadline"));
        if !deadline.and_then(|deadline| deadline.extract::<f64>()).is_ok_and(|deadline| deadline == f64::NEG_INFINITY)
        {
            return Ok(None);
        }
        let shielded = [("shield", true)].into_py_dict(py)?;
        let scope = anyio.getattr(intern!(py, "CancelScope"))?.call((), Some(&shielded))?;
        scope.call_method0(intern!(py, "__enter__"))?;
        Ok(Some(Self(scope.unbind())))
    }

    fn exit(&self, py: Python<'_>) -> PyResult<()> {
        self.0.call_method1(py, intern!(py, "__exit__"), (py.None(), py.None(), py.None())).map(drop)
    }
}

/// Says to asyncio's task that the future it is handed comes from an `await`, as `Future.__await__` does.
pub(crate) fn claim(future: &Bound<'_, PyAny>) -> PyResult<()> {
    future.setattr(intern!(future.py(), "_asyncio_future_blocking"), true)
}

pub(super) fn current_task<'py>(running: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    static CURRENT: Attribute = Attribute::new(c"asyncio", "current_task");
    let task = CURRENT.get(running.py())?.call1((running,))?;
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
        let _in_step = gate::begin_step(py);
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
