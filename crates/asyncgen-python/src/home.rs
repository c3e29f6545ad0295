//! The event loop, in another thread, to which a Python generator belongs.

use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::wait::{Loop, running};

/// How the loop is reached from any thread.
pub(crate) enum Home {
    /// A loop of asyncio, or uvloop.
    Asyncio(Py<PyAny>),
    /// A `TrioToken`.
    Trio(Py<PyAny>),
}

impl Home {
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

    /// Runs this coroutine as a task. In the loop's thread.
    pub(crate) fn spawn(&self, py: Python<'_>, coroutine: &Bound<'_, PyAny>) -> PyResult<Task> {
        match self {
            Self::Asyncio(running) => {
                Ok(Task::Asyncio(running.call_method1(py, intern!(py, "create_task"), (coroutine,))?))
            }
            Self::Trio(_) => {
                let scopes = Scopes::new(py)?;
                let run = coroutine.getattr(intern!(py, "_itself"))?;
                py.import("trio.lowlevel")?.call_method1(intern!(py, "spawn_system_task"), (run,))?;
                Ok(Task::Trio(scopes))
            }
        }
    }
}

/// A task that can be interrupted: the loop throws something into its coroutine, once.
pub(crate) enum Task {
    Asyncio(Py<PyAny>),
    Trio(Scopes),
}

impl Task {
    /// In the loop's thread, as the others.
    pub(crate) fn interrupt(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Asyncio(task) => task.call_method0(py, intern!(py, "cancel")).map(drop),
            Self::Trio(scopes) => scopes.interrupt(py),
        }
    }

    /// The coroutine begins.
    pub(crate) fn enter(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Asyncio(_) => Ok(()),
            Self::Trio(scopes) => scopes.enter(py),
        }
    }

    /// The interruption has come.
    pub(crate) fn interrupted(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Asyncio(_) => Ok(()),
            Self::Trio(scopes) => scopes.interrupted(py),
        }
    }

    /// The coroutine ends.
    pub(crate) fn exit(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Asyncio(_) => Ok(()),
            Self::Trio(scopes) => scopes.exit(py),
        }
    }
}

/// How often a task of trio's can be interrupted in one step. An exception that comes later is raised when what the
/// body awaits is done.
const INTERRUPTIONS: usize = 3;

/// trio cancels a scope, and goes on to cancel at every await in it. To interrupt just one await, a task is in several
/// scopes, one inside of the other: one of them is cancelled, and when that has been delivered, the next one inside is
/// shielded from it.
pub(crate) struct Scopes {
    /// The outermost first.
    scopes: Vec<Py<PyAny>>,
    delivered: AtomicUsize,
}

impl Scopes {
    fn new(py: Python<'_>) -> PyResult<Self> {
        let make = py.import("trio")?.getattr(intern!(py, "CancelScope"))?;
        let scopes = (0..=INTERRUPTIONS).map(|_| Ok(make.call0()?.unbind())).collect::<PyResult<_>>()?;
        Ok(Self { scopes, delivered: AtomicUsize::new(0) })
    }

    fn enter(&self, py: Python<'_>) -> PyResult<()> {
        self.scopes.iter().try_for_each(|scope| scope.call_method0(py, intern!(py, "__enter__")).map(drop))
    }

    fn interrupt(&self, py: Python<'_>) -> PyResult<()> {
        match self.delivered.load(Ordering::Relaxed) {
            INTERRUPTIONS.. => Ok(()),
            delivered => self.scopes[delivered].call_method0(py, intern!(py, "cancel")).map(drop),
        }
    }

    fn interrupted(&self, py: Python<'_>) -> PyResult<()> {
        let delivered = self.delivered.load(Ordering::Relaxed);
        if delivered < INTERRUPTIONS {
            self.delivered.store(delivered + 1, Ordering::Relaxed);
            self.scopes[delivered + 1].setattr(py, intern!(py, "shield"), true)?;
        }
        Ok(())
    }

    fn exit(&self, py: Python<'_>) -> PyResult<()> {
        let nothing = PyTuple::new(py, [py.None(), py.None(), py.None()])?;
        let exit = |scope: &Py<PyAny>| scope.call_method1(py, intern!(py, "__exit__"), &nothing).map(drop);
        self.scopes.iter().rev().try_for_each(exit)
    }
}
