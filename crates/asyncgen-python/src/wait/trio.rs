//! Waiting under trio: in `wait_task_rescheduled`.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::wake_state::{Alarm, WakeState};
use crate::process::gate;
use crate::protocol::Resumed;
use crate::protocol::coroutine::{Answer, step};

/// trio's own coroutine that waits until the task is rescheduled.
pub(crate) struct Wait(Py<PyAny>);

impl Wait {
    pub(super) fn new(
        lowlevel: &Bound<'_, PyAny>,
        wake_state: &WakeState,
        shielded: bool,
    ) -> PyResult<(Self, Py<PyAny>)> {
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
            Resumed::Await(object) | Resumed::Yielded(object) | Resumed::Returned(object) => object,
            Resumed::Raised(error) => return Err(*error),
        };
        wake_state.wait(py, Alarm { schedule, callback: parked.into_any().unbind() });
        Ok((Self(coroutine.unbind()), object))
    }

    /// A checkpoint: the other tasks run, and a cancellation is delivered.
    pub(super) fn turn(lowlevel: &Bound<'_, PyAny>, shielded: bool) -> PyResult<(Self, Py<PyAny>)> {
        let py = lowlevel.py();
        let checkpoint = if shielded { intern!(py, "cancel_shielded_checkpoint") } else { intern!(py, "checkpoint") };
        let coroutine = lowlevel.call_method0(checkpoint)?;
        match step(&coroutine, Ok(py.None())) {
            Resumed::Await(object) | Resumed::Yielded(object) | Resumed::Returned(object) => {
                Ok((Self(coroutine.unbind()), object))
            }
            Resumed::Raised(error) => Err(*error),
        }
    }

    pub(super) fn object(&self, py: Python<'_>) -> Py<PyAny> {
        self.0.clone_ref(py)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }

    pub(super) fn resume(&self, py: Python<'_>, answer: Answer) -> Resumed {
        step(self.0.bind(py), answer)
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
        let _in_step = gate::begin_step(py);
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
