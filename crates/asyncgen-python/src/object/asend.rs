//! The awaitable of `__anext__` and `asend`: CPython's `async_generator_asend`, state by state.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::GeneratorObject;
use super::awaitable::{Awaitable, abandon};
use crate::protocol::ending::{Outcome, Progress};
use crate::protocol::stage::{Stage, StageCell};
use crate::protocol::version;

/// The awaitable; [`asend_type`](super::asend_type) makes a Python object of it.
pub(crate) struct Asend {
    object: Py<GeneratorObject>,
    /// What is sent; `None` is nothing.
    value: Cell<Option<Py<PyAny>>>,
    stage: StageCell,
}

const RUNNING: &str = "anext(): asynchronous generator is already running";

impl Asend {
    pub(crate) fn new(object: Py<GeneratorObject>, value: Option<Py<PyAny>>) -> Self {
        Self { object, value: Cell::new(value), stage: StageCell::new() }
    }

    pub(crate) fn step(&self, py: Python<'_>, argument: Option<Py<PyAny>>) -> Outcome {
        if version::misses_signals(py) {
            py.check_signals()?;
        }
        let object = self.object.get();
        let (value, first) = match self.stage.get() {
            Stage::Closed => return Err(Self::reused().into()),
            Stage::Init => {
                if !object.claim() {
                    if version::is_strict(py) {
                        self.stage.set(Stage::Closed);
                    }
                    return Err(PyRuntimeError::new_err(RUNNING).into());
                }
                self.stage.set(Stage::Iter);
                let own = self.value.take();
                (argument.or(own), true)
            }
            Stage::Iter => (argument, false),
        };
        object.set_running(true);
        let resumed = object.send(py, value, first);
        self.end(object.unwrap(py, resumed))
    }

    fn end(&self, outcome: Outcome) -> Outcome {
        if !matches!(outcome, Ok(Progress::Await(_))) {
            self.stage.set(Stage::Closed);
        }
        outcome
    }

    /// The end of the awaitable. If there is nothing to be said about it, nothing but its reference to the generator is
    /// left: here it is.
    pub(crate) fn into_finished(self) -> Result<*mut pyo3::ffi::PyObject, Self> {
        let value = self.value.take();
        if value.is_some() || self.stage.get() != Stage::Closed {
            self.value.set(value);
            return Err(self);
        }
        Ok(ManuallyDrop::new(self).object.as_ptr())
    }

    /// For the garbage collector.
    pub(crate) fn object_ptr(&self) -> *mut pyo3::ffi::PyObject {
        self.object.as_ptr()
    }

    /// For the garbage collector: null if nothing is sent.
    pub(crate) fn value_ptr(&self) -> *mut pyo3::ffi::PyObject {
        let value = self.value.take();
        let pointer = value.as_ref().map_or(std::ptr::null_mut(), Py::as_ptr);
        self.value.set(value);
        pointer
    }
}

impl Awaitable for Asend {
    const METHODS: &'static str = "__anext__()/asend()";

    fn parts(&self) -> (&GeneratorObject, &StageCell) {
        (self.object.get(), &self.stage)
    }

    fn raise(&self, py: Python<'_>, error: PyErr) -> Outcome {
        let object = self.object.get();
        let stage = self.stage.get();
        match stage {
            Stage::Closed => return Err(Self::reused().into()),
            Stage::Init if version::is_strict(py) => {
                if !object.claim() {
                    self.stage.set(Stage::Closed);
                    return Err(PyRuntimeError::new_err(RUNNING).into());
                }
                self.stage.set(Stage::Iter);
            }
            Stage::Init | Stage::Iter => {}
        }
        let abandoned = stage == Stage::Init && !object.is_running();
        let resumed = object.throw(py, error, abandoned || (stage == Stage::Init && version::is_strict(py)));
        self.end(object.unwrap(py, resumed))
    }
}

impl Drop for Asend {
    fn drop(&mut self) {
        abandon(&self.object, self.stage.get(), "asend");
    }
}
