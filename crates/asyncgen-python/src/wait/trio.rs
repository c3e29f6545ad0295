//! Waiting under trio: in `wait_task_rescheduled`.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::Resumed;
use crate::bridge::Answer;
use crate::signal::{Alarm, Signal};
use crate::step::{Stepped, step};

/// trio's own coroutine that waits until the task is rescheduled.
pub(crate) struct Wait(Py<PyAny>);

impl Wait {
    pub(super) fn new(lowlevel: &Bound<'_, PyAny>, signal: &Signal, shielded: bool) -> PyResult<(Self, Py<PyAny>)> {
        let py = lowlevel.py();
        let parked = Parked {
            task: lowlevel.call_method0(intern!(py, "current_task"))?.unbind(),
            lowlevel: lowlevel.clone().unbind(),
            shielded,
            rescheduled: AtomicBool::new(false),
        };
        let parked = Bound::new(py, parked)?;
        let abort = parked.getattr(intern!(py, "abort"))?;
        let coroutine = lowlevel.call_method1(intern!(py, "wait_task_rescheduled"), (abort,))?;
        let token = lowlevel.call_method0(intern!(py, "current_trio_token"))?;
        let schedule = token.getattr(intern!(py, "run_sync_soon"))?.unbind();
        let object = match step(&coroutine, Ok(py.None())) {
            Stepped::Suspended(object) => object,
            Stepped::Returned(_) => py.None(),
            Stepped::Raised(error) => return Err(error),
        };
        signal.wait(py, Alarm { schedule, callback: parked.into_any().unbind() });
        Ok((Self(coroutine.unbind()), object))
    }

    pub(super) fn object(&self, py: Python<'_>) -> Py<PyAny> {
        self.0.clone_ref(py)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }

    pub(super) fn resume(&self, py: Python<'_>, answer: Answer) -> Resumed {
        match step(self.0.bind(py), answer) {
            Stepped::Returned(_) => Resumed::Woken,
            Stepped::Suspended(object) => Resumed::Await(object),
            Stepped::Raised(error) => Resumed::Thrown(error),
        }
    }
}

/// A task of trio that waits. It must be rescheduled exactly once: by the waker, or by a cancellation.
#[pyclass(frozen, module = "asyncgen")]
struct Parked {
    lowlevel: Py<PyAny>,
    task: Py<PyAny>,
    /// trio cancels again at every wait, for as long as its scope is cancelled. A body that is cleaning up is not
    /// interrupted (contract clause C25).
    shielded: bool,
    rescheduled: AtomicBool,
}

#[pymethods]
impl Parked {
    /// The waker was called.
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        if !self.rescheduled.swap(true, Ordering::Relaxed) {
            self.lowlevel.call_method1(py, intern!(py, "reschedule"), (&self.task,))?;
        }
        Ok(())
    }

    /// trio wants to cancel the task.
    fn abort(&self, py: Python<'_>, _raise_cancel: Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let abort = self.lowlevel.getattr(py, intern!(py, "Abort"))?;
        if self.shielded || self.rescheduled.swap(true, Ordering::Relaxed) {
            abort.getattr(py, intern!(py, "FAILED"))
        } else {
            abort.getattr(py, intern!(py, "SUCCEEDED"))
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.lowlevel)?;
        visit.call(&self.task)
    }
}
