//! What `asend` and `athrow` awaitables have in common.

use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::exceptions::{PyBaseException, PyRuntimeWarning, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::object::{Object, Progress};
use crate::version;

/// Where an awaitable stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not awaited yet.
    Init,
    /// In the middle of its step.
    Iter,
    Closed,
}

pub(crate) struct StageCell(AtomicU8);

impl StageCell {
    pub(crate) fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    pub(crate) fn get(&self) -> Stage {
        match self.0.load(Ordering::Relaxed) {
            0 => Stage::Init,
            1 => Stage::Iter,
            _ => Stage::Closed,
        }
    }

    pub(crate) fn set(&self, stage: Stage) {
        self.0.store(
            match stage {
                Stage::Init => 0,
                Stage::Iter => 1,
                Stage::Closed => 2,
            },
            Ordering::Relaxed,
        );
    }
}

/// Tells the interpreter how a step of an iterator ended: by returning what it waits for, or by `StopIteration`.
pub(crate) fn finish(py: Python<'_>, progress: PyResult<Progress>) -> PyResult<Py<PyAny>> {
    match progress? {
        Progress::Await(object) => Ok(object),
        Progress::Done(value) => {
            if is_special(value.bind(py)) {
                Err(PyStopIteration::new_err((value,)))
            } else {
                Err(PyStopIteration::new_err(value))
            }
        }
    }
}

/// `StopIteration` would take a tuple for its arguments, and an exception for itself.
pub(crate) fn is_special(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyBaseException>()
}

/// The end of an awaitable: it was never awaited, or its step is left in flight (contract clause C18).
pub(crate) fn abandon(object: &Py<Object>, stage: Stage, method: &str) {
    match stage {
        Stage::Init => {
            let _interpreter_is_there = Python::try_attach(|py| {
                if version::warns_of_never_awaited(py) {
                    let qualname = object.get().qualname(py);
                    let qualname = qualname.bind(py).repr().map_or_else(|_| "?".to_owned(), |name| name.to_string());
                    let message = format!("coroutine method '{method}' of {qualname} was never awaited");
                    warn(py, &message, Some(object.bind(py)));
                }
            });
        }
        Stage::Iter => object.get().set_running(false),
        Stage::Closed => {}
    }
}

/// A `RuntimeWarning` from a destructor: it may run Python code, while an exception may be on its way.
pub(crate) fn warn(py: Python<'_>, message: &str, source: Option<&Bound<'_, Object>>) {
    let on_its_way = PyErr::take(py);
    let warned = py
        .import("warnings")
        .and_then(|warnings| warnings.call_method1("warn", (message, py.get_type::<PyRuntimeWarning>(), 1, source)));
    if let Err(error) = warned {
        error.write_unraisable(py, source.map(Bound::as_any));
    }
    if let Some(error) = on_its_way {
        error.restore(py);
    }
}
