//! What `asend` and `athrow` awaitables have in common.

use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::GeneratorObject;
use crate::protocol::ending::{Outcome, Progress, is_end, warn};
use crate::protocol::stage::{Stage, StageCell};
use crate::protocol::{throwing, version};

/// What both awaitables do, whatever their step is.
pub(crate) trait Awaitable {
    /// Whose awaitable it is, for messages.
    const METHODS: &'static str;

    /// The generator, and where the awaitable stands.
    fn parts(&self) -> (&GeneratorObject, &StageCell);
    /// Raises an exception in the step.
    fn raise(&self, py: Python<'_>, error: PyErr) -> Outcome;

    fn reused() -> PyErr {
        PyRuntimeError::new_err(format!("cannot reuse already awaited {}", Self::METHODS))
    }

    /// `throw(value)`, `throw(type[, value[, traceback]])`
    fn throw(&self, args: &Bound<'_, PyTuple>) -> Outcome {
        version::warn_of_three_arguments(args, "throw")?;
        if self.parts().1.get() == Stage::Closed {
            return Err(Self::reused().into());
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
            Err(error) => Err(*error),
        }
    }
}

/// The end of an awaitable: it was never awaited, or its step is left in flight (contract clause C18).
pub(crate) fn abandon(object: &Py<GeneratorObject>, stage: Stage, method: &str) {
    match stage {
        Stage::Init => {
            let _interpreter_is_there = Python::try_attach(|py| {
                if version::warns_of_never_awaited(py) {
                    let qualname = object.get().qualname(py);
                    let qualname = qualname.bind(py).repr().map_or_else(|_| "?".to_owned(), |name| name.to_string());
                    let message = format!("coroutine method '{method}' of {qualname} was never awaited");
                    warn(py, &message, Some(object.bind(py).as_any()));
                }
            });
        }
        Stage::Iter => object.get().set_running(false),
        Stage::Closed => {}
    }
}
