//! Waiting in the event loop until the body's waker is called.

pub(crate) mod asyncio;
mod trio;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::{PyTraverseError, PyVisit};

use crate::signal::Signal;

/// A wait in progress.
pub(crate) enum Wait {
    Asyncio(asyncio::Future),
    Trio(trio::Wait),
}

/// How a wait goes on when the loop resumes the task.
pub(crate) enum Resumed {
    /// The task was woken: the body is to be polled.
    Woken,
    /// The loop has more to do first: this is for it.
    Await(Py<PyAny>),
    /// The loop threw this in: the task is cancelled.
    Thrown(PyErr),
}

impl Wait {
    /// Starts to wait in the loop that runs in this thread. `shielded`: a cancellation was delivered already, and the
    /// body is cleaning up.
    pub(crate) fn start(py: Python<'_>, signal: &Signal, shielded: bool) -> PyResult<(Self, Py<PyAny>)> {
        match running(py)? {
            Some(Loop::Asyncio(running)) => {
                let future = asyncio::Future::new(&running, signal)?;
                let object = future.object(py);
                Ok((Self::Asyncio(future), object))
            }
            Some(Loop::Trio(lowlevel)) => {
                let (wait, object) = trio::Wait::new(&lowlevel, signal, shielded)?;
                Ok((Self::Trio(wait), object))
            }
            None => Err(PyRuntimeError::new_err(
                "no running event loop: this asynchronous generator waits for something outside of Python, \
                 and needs asyncio (or uvloop) or trio to wait in",
            )),
        }
    }

    /// The loop resumes the task that waits.
    pub(crate) fn resume(&self, py: Python<'_>, answer: crate::bridge::Answer) -> Resumed {
        match self {
            Self::Asyncio(future) => future.resume(py, answer),
            Self::Trio(wait) => wait.resume(py, answer),
        }
    }

    /// What the task waits for, as `ag_await` shows it.
    pub(crate) fn object(&self, py: Python<'_>) -> Py<PyAny> {
        match self {
            Self::Asyncio(future) => future.object(py),
            Self::Trio(wait) => wait.object(py),
        }
    }
}

impl Wait {
    /// For the garbage collector.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Asyncio(future) => future.traverse(visit),
            Self::Trio(wait) => wait.traverse(visit),
        }
    }
}

/// The loop that runs in this thread.
pub(crate) enum Loop<'py> {
    /// asyncio's, or uvloop's.
    Asyncio(Bound<'py, PyAny>),
    /// The module `trio.lowlevel`.
    Trio(Bound<'py, PyAny>),
}

pub(crate) fn running(py: Python<'_>) -> PyResult<Option<Loop<'_>>> {
    if let Some(running) = asyncio_loop(py)? {
        // Under trio's guest mode, asyncio's loop runs, but the task is trio's.
        return Ok(Some(match trio_lowlevel(py)? {
            Some(lowlevel) if asyncio::current_task(&running)?.is_none() => Loop::Trio(lowlevel),
            _ => Loop::Asyncio(running),
        }));
    }
    Ok(trio_lowlevel(py)?.map(Loop::Trio))
}

/// asyncio's (or uvloop's) loop that runs in this thread.
fn asyncio_loop(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    static GET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let get = GET.import(py, "asyncio", "_get_running_loop")?;
    let running = get.call0()?;
    Ok((!running.is_none()).then_some(running))
}

/// `trio.lowlevel`, if this is called in a task of trio. Never the first to import it.
fn trio_lowlevel(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    static MODULES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let modules = MODULES.import(py, "sys", "modules")?;
    let Ok(lowlevel) = modules.get_item("trio.lowlevel") else { return Ok(None) };
    match lowlevel.call_method0("current_task") {
        Ok(_) => Ok(Some(lowlevel)),
        Err(error) if error.is_instance_of::<PyRuntimeError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}
