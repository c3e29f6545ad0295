//! What `asend` and `athrow` awaitables have in common.

use std::ffi::CString;
use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::exceptions::{
    PyBaseException, PyGeneratorExit, PyRuntimeError, PyRuntimeWarning, PyStopAsyncIteration, PyStopIteration,
};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::object::{Object, Progress};
use crate::{throwing, version};

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

/// What both awaitables do, whatever their step is.
pub(crate) trait Awaitable {
    /// Whose awaitable it is, for messages.
    const METHODS: &'static str;

    /// The generator, and where the awaitable stands.
    fn parts(&self) -> (&Object, &StageCell);
    /// Raises an exception in the step.
    fn raise(&self, py: Python<'_>, error: PyErr) -> PyResult<Progress>;

    fn reused() -> PyErr {
        PyRuntimeError::new_err(format!("cannot reuse already awaited {}", Self::METHODS))
    }

    /// `throw(value)`, `throw(type[, value[, traceback]])`
    fn throw(&self, args: &Bound<'_, PyTuple>) -> PyResult<Progress> {
        version::warn_of_three_arguments(args, "throw")?;
        if self.parts().1.get() == Stage::Closed {
            return Err(Self::reused());
        }
        self.raise(args.py(), throwing::exception(args, "throw")?)
    }

    /// `close()`
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let (object, stage) = self.parts();
        if stage.get() == Stage::Closed {
            return Ok(());
        }
        if !version::is_strict(py) {
            if stage.get() == Stage::Iter {
                object.set_running(false);
            }
            stage.set(Stage::Closed);
            return Ok(());
        }
        match self.raise(py, PyGeneratorExit::new_err(())) {
            Ok(Progress::Done(_)) => Ok(()),
            Ok(Progress::Await(_)) => Err(PyRuntimeError::new_err("coroutine ignored GeneratorExit")),
            Err(error) if is_end(py, &error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Is this one of the exceptions with which a generator, or an awaitable, ends as it should?
pub(crate) fn is_end(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyStopIteration>(py)
        || error.is_instance_of::<PyStopAsyncIteration>(py)
        || error.is_instance_of::<PyGeneratorExit>(py)
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
    let warned = match py.import("warnings") {
        Ok(warnings) => {
            warnings.call_method1("warn", (message, py.get_type::<PyRuntimeWarning>(), 1, source)).map(drop)
        }
        // The interpreter is shutting down.
        Err(_) => CString::new(message)
            .map_err(PyErr::from)
            .and_then(|message| PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &message, 1)),
    };
    if let Err(error) = warned {
        error.write_unraisable(py, source.map(Bound::as_any));
    }
    if let Some(error) = on_its_way {
        error.restore(py);
    }
}
