//! The event loop to which a Python generator belongs, and a task of it, as other threads see them.

use std::ffi::CStr;

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

use crate::process::modules::{self, Attribute};
use crate::wait::{Loop, running};

/// How the loop is reached from any thread.
pub(crate) enum EventLoop {
    /// A loop of asyncio, or uvloop.
    Asyncio(Py<PyAny>),
    /// A `TrioToken`.
    Trio(Py<PyAny>),
}

const TRIO: &CStr = c"trio.lowlevel";

impl EventLoop {
    /// The loop that runs in this thread.
    pub(crate) fn here(py: Python<'_>) -> PyResult<Option<Self>> {
        Ok(match running(py)? {
            Some(Loop::Asyncio(running)) => Some(Self::Asyncio(running.unbind())),
            Some(Loop::Trio(lowlevel)) => {
                Some(Self::Trio(lowlevel.call_method0(intern!(py, "current_trio_token"))?.unbind()))
            }
            None => None,
        })
    }

    /// A loop of asyncio, or a token of trio's.
    pub(crate) fn of(object: Py<PyAny>) -> Self {
        let is_token = Python::attach(|py| object.bind(py).hasattr(intern!(py, "run_sync_soon")).unwrap_or(false));
        if is_token { Self::Trio(object) } else { Self::Asyncio(object) }
    }

    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Asyncio(running) => Self::Asyncio(running.clone_ref(py)),
            Self::Trio(token) => Self::Trio(token.clone_ref(py)),
        }
    }

    /// Calls this in the loop's thread.
    ///
    /// # Errors
    ///
    /// The loop is closed.
    pub(crate) fn call_soon(&self, py: Python<'_>, callback: &Bound<'_, PyAny>) -> PyResult<()> {
        match self {
            Self::Asyncio(running) => running.call_method1(py, intern!(py, "call_soon_threadsafe"), (callback,)),
            Self::Trio(token) => token.call_method1(py, intern!(py, "run_sync_soon"), (callback,)),
        }
        .map(drop)
    }

    /// # Errors
    ///
    /// The loop is closed. (A trio that has ended has ended its tasks, which say so themselves.)
    pub(crate) fn check(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Asyncio(running) if running.call_method0(py, intern!(py, "is_closed"))?.is_truthy(py)? => {
                Err(PyRuntimeError::new_err("Event loop is closed"))
            }
            Self::Asyncio(_) | Self::Trio(_) => Ok(()),
        }
    }

    /// Runs this coroutine as a task, in this context. In the loop's thread.
    pub(crate) fn spawn(&self, py: Python<'_>, coroutine: &Bound<'_, PyAny>, context: &Py<PyAny>) -> PyResult<Task> {
        match self {
            Self::Asyncio(running) => {
                let create = running.getattr(py, intern!(py, "create_task"))?;
                Ok(Task::Asyncio(context.call_method1(py, intern!(py, "run"), (create, coroutine))?))
            }
            Self::Trio(_) => {
                let run = coroutine.getattr(intern!(py, "_itself"))?;
                let named = [("context", context)].into_py_dict(py)?;
                let lowlevel = modules::import(py, TRIO)?;
                let task = lowlevel.call_method(intern!(py, "spawn_system_task"), (run,), Some(&named))?;
                Ok(Task::Trio(task.unbind()))
            }
        }
    }
}

/// A copy of this thread's context, for a task.
pub(crate) fn context(py: Python<'_>) -> PyResult<Py<PyAny>> {
    static COPY: Attribute = Attribute::new(c"contextvars", "copy_context");
    COPY.get(py)?.call0().map(Bound::unbind)
}

/// A task of the loop, in the loop's thread.
pub(crate) enum Task {
    Asyncio(Py<PyAny>),
    Trio(Py<PyAny>),
}

impl Task {
    /// Interrupts the await at which the task stands: something is thrown into its coroutine, once.
    pub(crate) fn interrupt(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Asyncio(task) => task.call_method0(py, intern!(py, "cancel")).map(drop),
            Self::Trio(task) => interrupt_trio(task.bind(py)),
        }
    }

    /// The interruption has come: the task is not cancelled by that, and must not be taken for cancelled later.
    pub(crate) fn interrupted(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Asyncio(task) => match task.bind(py).getattr_opt(intern!(py, "uncancel"))? {
                Some(uncancel) => uncancel.call0().map(drop),
                None => Ok(()),
            },
            Self::Trio(_) => Ok(()),
        }
    }
}

/// trio only cancels scopes, and goes on to cancel at every await in them. A single await is interrupted as trio itself does
/// it for Ctrl-C, by a method that is not public. Where that is not there, the exception comes when the await is done.
fn interrupt_trio(task: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = task.py();
    let waits = task.getattr_opt(intern!(py, "_abort_func"))?.is_some_and(|abort| !abort.is_none());
    match task.getattr_opt(intern!(py, "_attempt_abort"))? {
        Some(attempt) if waits => attempt.call1((wrap_pyfunction!(raise_interruption, py)?,)).map(drop),
        _ => Ok(()),
    }
}

/// Raised at the await of a task that is interrupted. It is replaced by what interrupts it before the body sees it.
#[pyfunction]
fn raise_interruption() -> PyResult<()> {
    Err(pyo3::exceptions::PyGeneratorExit::new_err(()))
}
