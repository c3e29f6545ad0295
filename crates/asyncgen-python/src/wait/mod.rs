//! Waiting in the event loop until the body's waker is called.

pub(crate) mod asyncio;
mod trio;
pub(crate) mod wake_state;

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::process::modules::{self, Attribute};
use crate::protocol::Resumed;
use crate::protocol::coroutine::Answer;
use wake_state::WakeState;

/// A wait in progress.
pub(crate) enum Wait {
    Asyncio(asyncio::Future),
    Trio(trio::Wait),
    /// A turn of asyncio's loop, which resumes the task in its next one.
    Turn,
}

impl Wait {
    /// Starts to wait in the loop that runs in this thread. `shielded`: a cancellation was delivered already, and the
    /// body is cleaning up.
    pub(crate) fn start(py: Python<'_>, wake_state: &WakeState, shielded: bool) -> PyResult<(Self, Py<PyAny>)> {
        match running(py)? {
            Some(Loop::Asyncio(running)) => {
                let future = asyncio::Future::new(&running, wake_state, shielded)?;
                let object = future.object(py);
                Ok((Self::Asyncio(future), object))
            }
            Some(Loop::Trio(lowlevel)) => {
                let (wait, object) = trio::Wait::new(&lowlevel, wake_state, shielded)?;
                Ok((Self::Trio(wait), object))
            }
            None => Err(PyRuntimeError::new_err(
                "no running event loop: this asynchronous generator waits for something outside of Python, \
                 and needs asyncio (or uvloop) or trio to wait in",
            )),
        }
    }

    /// Gives the loop a turn, if a task of it runs here.
    pub(crate) fn turn(py: Python<'_>, shielded: bool) -> PyResult<Option<(Self, Py<PyAny>)>> {
        Ok(match running(py)? {
            Some(Loop::Asyncio(running)) => match asyncio::current_task(&running)? {
                Some(_) if !shielded => Some((Self::Turn, py.None())),
                // Clean-up must not be cancelled: that takes a future.
                _ => None,
            },
            Some(Loop::Trio(lowlevel)) => {
                let (wait, object) = trio::Wait::turn(&lowlevel, shielded)?;
                Some((Self::Trio(wait), object))
            }
            None => None,
        })
    }

    /// The loop resumes the task that waits: it was woken (`Returned`), or the loop has more to do first (`Await`), or
    /// the task is cancelled (`Raised`).
    pub(crate) fn resume(&self, py: Python<'_>, answer: Answer) -> Resumed {
        match self {
            Self::Asyncio(future) => future.resume(py, answer),
            Self::Turn => answer.map_or_else(Resumed::raised, Resumed::Returned),
            Self::Trio(wait) => wait.resume(py, answer),
        }
    }

    /// What the task waits for, as `ag_await` shows it.
    pub(crate) fn object(&self, py: Python<'_>) -> Py<PyAny> {
        match self {
            Self::Asyncio(future) => future.object(py),
            Self::Turn => py.None(),
            Self::Trio(wait) => wait.object(py),
        }
    }

    /// For the garbage collector.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Asyncio(future) => future.traverse(visit),
            Self::Turn => Ok(()),
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
    static GET: Attribute = Attribute::new(c"asyncio", "_get_running_loop");
    let running = GET.get(py)?.call0()?;
    Ok((!running.is_none()).then_some(running))
}

/// `trio.lowlevel`, if this is called in a task of trio. Never the first to import it.
fn trio_lowlevel(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    let Some(lowlevel) = modules::loaded(intern!(py, "trio.lowlevel"))? else { return Ok(None) };
    match lowlevel.call_method0("current_task") {
        Ok(_) => Ok(Some(lowlevel)),
        Err(error) if error.is_instance_of::<PyRuntimeError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}
