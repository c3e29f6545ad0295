//! A coroutine whose body is Rust: what a plain future is for Python.

use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use super::slot::Slot;
use crate::drive::body::Command;
use crate::drive::driver::Driver;
use crate::process::gate;
use crate::protocol::ending::{self, Progress, finish};
use crate::protocol::stage::{Stage, StageCell};
use crate::protocol::{Resumed, throwing};

#[pyclass(frozen, weakref, name = "coroutine", module = "asyncgen")]
pub(crate) struct RustCoroutine {
    driver: Slot<Driver>,
    stage: StageCell,
    name: String,
}

impl RustCoroutine {
    pub(crate) fn new(py: Python<'_>, driver: Driver, name: &str) -> PyResult<Py<Self>> {
        Py::new(py, Self { driver: Slot::new(Box::new(driver)), stage: StageCell::new(), name: name.to_owned() })
    }

    fn resume(&self, py: Python<'_>, command: Command) -> PyResult<Py<PyAny>> {
        let _in_step = gate::begin_step(py);
        let Some(driver) = self.driver.take() else {
            return Err(match self.stage.get() {
                Stage::Closed => PyRuntimeError::new_err("cannot reuse already awaited coroutine"),
                Stage::Init | Stage::Iter => pyo3::exceptions::PyValueError::new_err("coroutine already executing"),
            });
        };
        let first = self.stage.get() == Stage::Init;
        self.stage.set(Stage::Iter);
        let mut running = PutBack { slot: &self.driver, driver: Some(driver) };
        let Some(driver) = &mut running.driver else { return Ok(py.None()) };
        let resumed = match command {
            Command::Send(Some(_)) if first => {
                self.stage.set(Stage::Init);
                return Err(PyTypeError::new_err("can't send non-None value to a just-started coroutine"));
            }
            command => driver.resume(py, command),
        };
        let result = match resumed {
            Resumed::Await(object) => return Ok(object),
            Resumed::Returned(value) | Resumed::Yielded(value) => Ok(Progress::Done(value)),
            Resumed::Raised(error) => Err(error),
        };
        self.stage.set(Stage::Closed);
        let driver = running.driver.take();
        drop(running);
        drop(driver);
        finish(py, result.map_err(|error| no_stop_iteration(py, *error).into()))
    }
}

/// PEP 479: what a coroutine raises must not be taken for its end.
fn no_stop_iteration(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyStopIteration>(py) {
        return error;
    }
    let replacement = PyRuntimeError::new_err("coroutine raised StopIteration");
    replacement.set_cause(py, Some(error));
    replacement
}

/// Puts the driver back when a step ends, also if it panics.
struct PutBack<'s> {
    slot: &'s Slot<Driver>,
    driver: Option<Box<Driver>>,
}

impl Drop for PutBack<'_> {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            self.slot.put(driver);
        }
    }
}

#[pymethods]
impl RustCoroutine {
    /// What trio calls for a coroutine.
    fn _itself(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.resume(py, Command::Send(None))
    }

    fn send(&self, py: Python<'_>, value: Py<PyAny>) -> PyResult<Py<PyAny>> {
        self.resume(py, Command::Send((!value.is_none(py)).then_some(value)))
    }

    #[pyo3(signature = (*args))]
    fn throw(&self, args: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        self.resume(args.py(), Command::Throw(throwing::exception(args, "throw")?.into()))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.stage.get() == Stage::Closed {
            return Ok(());
        }
        match self.resume(py, Command::Throw(PyGeneratorExit::new_err(()).into())) {
            Ok(_) => Err(PyRuntimeError::new_err("coroutine ignored GeneratorExit")),
            Err(error) if ending::is_end(py, &error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    #[getter(__name__)]
    fn name(&self) -> &str {
        &self.name
    }

    #[getter(__qualname__)]
    fn qualname(&self) -> &str {
        &self.name
    }

    /// object being awaited on, or None
    #[getter]
    fn cr_await(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let driver = self.driver.take()?;
        let awaited = driver.awaited(py);
        self.driver.put(driver);
        awaited
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        format!("<coroutine object {} at {:p}>", slf.get().name, slf.as_ptr())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(driver) = self.driver.take() else { return Ok(()) };
        let traversed = driver.traverse(&visit);
        self.driver.put(driver);
        traversed
    }

    fn __clear__(&self) {
        drop(self.driver.take());
    }
}

impl Drop for RustCoroutine {
    /// As for any coroutine that is not awaited: nothing was done.
    fn drop(&mut self) {
        ending::warn_if_never_awaited(self.stage.get(), &self.name);
    }
}
