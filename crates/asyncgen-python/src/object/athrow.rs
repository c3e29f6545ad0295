//! The awaitable of `athrow` and `aclose`: CPython's `async_generator_athrow`, state by state.

use asyncgen::State;
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use super::GeneratorObject;
use super::awaitable::{Awaitable, abandon};
use crate::drive::body::Command;
use crate::process::gate;
use crate::protocol::ending::{Outcome, Progress, finish, is_end};
use crate::protocol::stage::{Stage, StageCell};
use crate::protocol::{Resumed, throwing, version};

#[pyclass(frozen, name = "async_generator_athrow", module = "asyncgen")]
pub(crate) struct Athrow {
    object: Py<GeneratorObject>,
    mode: Mode,
    stage: StageCell,
}

pub(crate) enum Mode {
    Close,
    /// The arguments of `athrow`, which nobody looks at before it is awaited.
    Throw(Py<PyTuple>),
}

impl Mode {
    fn method(&self) -> &'static str {
        match self {
            Self::Close => "aclose",
            Self::Throw(_) => "athrow",
        }
    }
}

impl Athrow {
    pub(crate) fn new(object: Py<GeneratorObject>, mode: Mode) -> Self {
        Self { object, mode, stage: StageCell::new() }
    }

    fn step(&self, py: Python<'_>, argument: Option<Py<PyAny>>) -> Outcome {
        let _in_step = gate::begin_step(py);
        let object = self.object.get();
        if self.stage.get() == Stage::Closed {
            return Err(Self::reused().into());
        }
        if object.state() == State::Closed {
            self.stage.set(Stage::Closed);
            // C11, C13
            return Ok(Progress::Done(py.None()));
        }
        if self.stage.get() == Stage::Iter {
            let resumed = object.send(py, argument, false);
            return self.end(py, resumed);
        }
        self.claim()?;
        // A step that was abandoned can be interrupted, and a closing be carried on with (C18, C20).
        if object.is_closed() && object.state() != State::Running {
            object.set_running(false);
            self.stage.set(Stage::Closed);
            return Err(PyStopAsyncIteration::new_err(()).into());
        }
        if argument.is_some() {
            object.set_running(false);
            return Err(PyRuntimeError::new_err("can't send non-None value to a just-started coroutine").into());
        }
        self.stage.set(Stage::Iter);
        let resumed = match &self.mode {
            Mode::Close => {
                object.set_closed();
                object.drive(py, Command::Close, true)
            }
            Mode::Throw(args) => match throwing::exception(args.bind(py), "athrow") {
                Ok(error) => object.throw(py, error, true),
                Err(error) => Resumed::raised(error),
            },
        };
        self.end(py, resumed)
    }

    fn claim(&self) -> PyResult<()> {
        if self.object.get().claim() {
            return Ok(());
        }
        self.stage.set(Stage::Closed);
        let method = self.mode.method();
        Err(PyRuntimeError::new_err(format!("{method}(): asynchronous generator is already running")))
    }

    /// Ends the awaitable, unless the step waits.
    fn end(&self, py: Python<'_>, resumed: Resumed) -> Outcome {
        let ignored = matches!((&self.mode, &resumed), (Mode::Close, Resumed::Yielded(_)));
        let progress = self.object.get().unwrap(py, resumed);
        if matches!(progress, Ok(Progress::Await(_))) {
            return progress;
        }
        self.stage.set(Stage::Closed);
        match (&self.mode, progress) {
            // C15
            (Mode::Close, Ok(_)) if ignored => {
                Err(PyRuntimeError::new_err("async generator ignored GeneratorExit").into())
            }
            // C12: letting `GeneratorExit` out, or returning, is a graceful end.
            (Mode::Close, Err(error)) if is_end(py, &error) => Ok(Progress::Done(py.None())),
            (_, progress) => progress,
        }
    }
}

impl Awaitable for Athrow {
    const METHODS: &'static str = "aclose()/athrow()";

    fn parts(&self) -> (&GeneratorObject, &StageCell) {
        (self.object.get(), &self.stage)
    }

    fn raise(&self, py: Python<'_>, error: PyErr) -> Outcome {
        let _in_step = gate::begin_step(py);
        let object = self.object.get();
        let mut first = false;
        match self.stage.get() {
            Stage::Closed => return Err(Self::reused().into()),
            Stage::Init => {
                first = !object.is_running();
                if version::is_strict(py) {
                    self.claim()?;
                    self.stage.set(Stage::Iter);
                }
            }
            Stage::Iter => {}
        }
        let resumed = object.throw(py, error, first);
        self.end(py, resumed)
    }
}

#[pymethods]
#[expect(clippy::doc_markdown, reason = "these are Python's docstrings")]
impl Athrow {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        finish(py, self.step(py, None))
    }

    /// send(value) -> resume the awaitable, raise StopIteration when it is done.
    fn send(&self, py: Python<'_>, value: Py<PyAny>) -> PyResult<Py<PyAny>> {
        let value = (!value.is_none(py)).then_some(value);
        finish(py, self.step(py, value))
    }

    /// throw(value)
    /// throw(type[,value[,tb]])
    ///
    /// Raise exception in the awaitable.
    #[pyo3(signature = (*args))]
    fn throw(&self, args: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        finish(args.py(), Awaitable::throw(self, args))
    }

    /// close() -> raise GeneratorExit inside the awaitable.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        Awaitable::close(self, py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.object)?;
        match &self.mode {
            Mode::Close => Ok(()),
            Mode::Throw(args) => visit.call(args),
        }
    }
}

impl Drop for Athrow {
    fn drop(&mut self) {
        abandon(&self.object, self.stage.get(), self.mode.method());
    }
}
