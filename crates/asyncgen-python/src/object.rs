//! The asynchronous generator object that Python sees.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use asyncgen::State;
use pyo3::exceptions::{
    PyGeneratorExit, PyRuntimeError, PyStopAsyncIteration, PyStopIteration, PyTypeError, PyValueError,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit};

use crate::asend::Asend;
use crate::athrow::{Athrow, Mode};
use crate::body::Command;
use crate::class::Parts;
use crate::coroutine::Held;
use crate::driver::{Driver, Resumed};
use crate::slot::Slot;
use crate::{asend_type, hooks, version};

/// What an awaitable's `send` and `throw` lead to.
pub(crate) enum Progress {
    /// The task waits: this is for the event loop.
    Await(Py<PyAny>),
    /// The awaitable evaluates to this.
    Done(Py<PyAny>),
}

/// Everything of the object but its finalizer: see [`class`](crate::class).
#[pyclass(frozen, subclass, weakref, name = "_async_generator", module = "asyncgen")]
pub(crate) struct Object {
    /// Not there while it runs, and when the garbage collector has cleared it.
    pub(crate) driver: Slot<Driver>,
    /// As the driver was when it was last seen.
    state: AtomicU8,
    /// An awaitable is in the middle of a step (CPython's `ag_running_async`).
    running: AtomicBool,
    /// `aclose` was begun, or the end was seen (CPython's `ag_closed`).
    closed: AtomicBool,
    pub(crate) hooked: AtomicBool,
    pub(crate) finalizer: Mutex<Option<Py<PyAny>>>,
    names: Mutex<(Py<PyString>, Py<PyString>)>,
    /// The coroutine that is the body, for a generator that is written in Python.
    pub(crate) coroutine: Option<Arc<Held>>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the driver back where it belongs when a step ends, also if it panics.
pub(crate) struct Running<'o> {
    pub(crate) object: &'o Object,
    pub(crate) driver: Option<Box<Driver>>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let Some(driver) = self.driver.take() else { return };
        self.object.state.store(number(driver.state()), Ordering::Relaxed);
        self.object.driver.put(driver);
    }
}

fn number(state: State) -> u8 {
    match state {
        State::Created => 0,
        State::Running => 1,
        State::Suspended => 2,
        State::Closed => 3,
    }
}

impl Object {
    pub(crate) fn state(&self) -> State {
        match self.state.load(Ordering::Relaxed) {
            0 => State::Created,
            1 => State::Running,
            2 => State::Suspended,
            _ => State::Closed,
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::Relaxed)
    }

    pub(crate) fn set_running(&self, running: bool) {
        self.running.store(running, Ordering::Relaxed);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub(crate) fn set_closed(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Sends a value, as CPython's `gen_send`. `first`: the awaitable begins here.
    pub(crate) fn send(&self, py: Python<'_>, value: Py<PyAny>, first: bool) -> Resumed {
        match self.state() {
            State::Closed => return Resumed::Returned,
            State::Created if !value.is_none(py) => {
                return Resumed::Raised(PyTypeError::new_err(
                    "can't send non-None value to a just-started async generator",
                ));
            }
            // C18: a value has nowhere to go while the step that was abandoned is in flight.
            State::Running if first && !value.is_none(py) => {
                return Resumed::Raised(PyRuntimeError::new_err("anext(): asynchronous generator is already running"));
            }
            _ => {}
        }
        self.drive(py, Command::Send(value), first)
    }

    /// Throws an exception in, as CPython's `gen_throw`.
    pub(crate) fn throw(&self, py: Python<'_>, error: PyErr, first: bool) -> Resumed {
        if self.state() == State::Closed {
            return Resumed::Raised(error);
        }
        self.drive(py, Command::Throw(error), first)
    }

    pub(crate) fn drive(&self, py: Python<'_>, command: Command, first: bool) -> Resumed {
        let Some(driver) = self.driver.take() else {
            return Resumed::Raised(PyValueError::new_err("async generator already executing"));
        };
        let in_flight = self.state() == State::Running;
        self.state.store(number(State::Running), Ordering::Relaxed);
        let mut running = Running { object: self, driver: Some(driver) };
        let Some(driver) = &mut running.driver else { return Resumed::Returned };
        if first && in_flight { driver.carry_on(py, command) } else { driver.resume(py, command) }
    }

    /// CPython's `async_gen_unwrap_value`: ends the step, unless it waits.
    pub(crate) fn unwrap(&self, py: Python<'_>, resumed: Resumed) -> PyResult<Progress> {
        match resumed {
            Resumed::Await(object) => Ok(Progress::Await(object)),
            Resumed::Yielded(value) => {
                self.set_running(false);
                Ok(Progress::Done(value))
            }
            Resumed::Returned => {
                self.set_running(false);
                self.set_closed();
                Err(self.stop(py))
            }
            Resumed::Raised(error) => {
                self.set_running(false);
                let error = raised(py, error);
                if error.is_instance_of::<PyGeneratorExit>(py) {
                    self.set_closed();
                }
                Err(error)
            }
        }
    }

    /// The end. A generator that is written in Python may return a value, for who delegates to it (C26). The exception
    /// has it in its `value`, as from CPython 3.16 on, where it is the first of the arguments, too.
    fn stop(&self, py: Python<'_>) -> PyErr {
        match self.coroutine.as_ref().and_then(|held| held.take_returned()) {
            Some(value) if !value.is_none(py) => {
                let stop = PyStopAsyncIteration::new_err((value.clone_ref(py),));
                let _same: PyResult<()> = stop.value(py).setattr(intern!(py, "value"), value);
                stop
            }
            _ => PyStopAsyncIteration::new_err(()),
        }
    }

    fn name(&self, py: Python<'_>) -> Py<PyString> {
        lock(&self.names).0.clone_ref(py)
    }

    pub(crate) fn qualname(&self, py: Python<'_>) -> Py<PyString> {
        lock(&self.names).1.clone_ref(py)
    }
}

/// PEP 479: a body can't end its generator by raising `StopAsyncIteration`.
fn raised(py: Python<'_>, error: PyErr) -> PyErr {
    let what = if error.is_instance_of::<PyStopAsyncIteration>(py) {
        "StopAsyncIteration"
    } else if error.is_instance_of::<PyStopIteration>(py) {
        "StopIteration"
    } else {
        return error;
    };
    let replacement = PyRuntimeError::new_err(format!("async generator raised {what}"));
    let _same: PyResult<()> = replacement.value(py).setattr(intern!(py, "__context__"), error.value(py));
    replacement.set_cause(py, Some(error));
    replacement
}

#[pymethods]
#[expect(clippy::doc_markdown, reason = "these are Python's docstrings")]
#[expect(clippy::unused_self, reason = "Python calls them as methods")]
impl Object {
    #[new]
    #[pyo3(signature = (*args, **_named))]
    fn from_seed(args: &Bound<'_, PyTuple>, _named: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let parts = Parts::of(args).ok_or_else(|| PyTypeError::new_err("cannot create 'async_generator' instances"))?;
        Ok(Self {
            state: AtomicU8::new(number(parts.driver.state())),
            driver: Slot::new(Box::new(parts.driver)),
            running: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            hooked: AtomicBool::new(false),
            finalizer: Mutex::new(None),
            names: Mutex::new((parts.name, parts.qualname)),
            coroutine: parts.coroutine,
        })
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        static ALIAS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        ALIAS.import(class.py(), "types", "GenericAlias")?.call1((class, item))
    }

    fn __aiter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __anext__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        hooks::init(slf)?;
        asend_type::create(slf.py(), Asend::new(slf.clone().unbind(), None))
    }

    /// asend(v) -> send 'v' in generator.
    #[pyo3(signature = (value, /))]
    fn asend(slf: &Bound<'_, Self>, value: Py<PyAny>) -> PyResult<Py<PyAny>> {
        hooks::init(slf)?;
        let value = (!value.is_none(slf.py())).then_some(value);
        asend_type::create(slf.py(), Asend::new(slf.clone().unbind(), value))
    }

    /// athrow(value)
    /// athrow(type[,value[,tb]])
    ///
    /// raise exception in generator.
    /// the (type, val, tb) signature is deprecated,
    /// and may be removed in a future version of Python.
    #[pyo3(signature = (*args))]
    fn athrow(slf: &Bound<'_, Self>, args: Bound<'_, PyTuple>) -> PyResult<Athrow> {
        version::warn_of_three_arguments(&args, "athrow")?;
        hooks::init(slf)?;
        Ok(Athrow::new(slf.clone().unbind(), Mode::Throw(args.unbind())))
    }

    /// aclose() -> raise GeneratorExit inside generator.
    fn aclose(slf: &Bound<'_, Self>) -> PyResult<Athrow> {
        hooks::init(slf)?;
        Ok(Athrow::new(slf.clone().unbind(), Mode::Close))
    }

    /// true if a step is in flight
    #[getter]
    fn ag_running(&self) -> bool {
        self.is_running()
    }

    /// true if the generator stands at a yield, or at an await
    #[getter]
    fn ag_suspended(&self) -> bool {
        match self.state() {
            State::Suspended => true,
            State::Running => !self.driver.is_empty(),
            State::Created | State::Closed => false,
        }
    }

    /// object being awaited on, or None
    #[getter]
    fn ag_await(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.state() != State::Running {
            return Ok(None);
        }
        if let Some(held) = &self.coroutine {
            return held.attribute(py, intern!(py, "cr_await"));
        }
        let Some(driver) = self.driver.take() else { return Ok(None) };
        let awaited = driver.awaited(py);
        self.driver.put(driver);
        Ok(awaited)
    }

    /// the frame of the body, or None if it has ended
    #[getter]
    fn ag_frame(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        let py = slf.py();
        let this = slf.get();
        if this.state() == State::Closed {
            return Ok(None);
        }
        match &this.coroutine {
            Some(held) => held.attribute(py, intern!(py, "cr_frame")),
            None => crate::frame::frame(py, this.name(py).bind(py)).map(Some),
        }
    }

    /// the code of the body
    #[getter]
    fn ag_code(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        match &self.coroutine {
            Some(held) => held.attribute(py, intern!(py, "cr_code")),
            None => crate::frame::code(py, self.name(py).bind(py)).map(Some),
        }
    }

    /// name of the async generator
    #[getter(__name__)]
    fn get_name(&self, py: Python<'_>) -> Py<PyString> {
        self.name(py)
    }

    #[setter(__name__)]
    fn set_name(&self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = name.cast::<PyString>().map_err(|_| must_be_string("__name__"))?;
        lock(&self.names).0 = name.clone().unbind();
        Ok(())
    }

    #[deleter(__name__)]
    fn delete_name(&self) -> PyResult<()> {
        Err(must_be_string("__name__"))
    }

    /// qualified name of the async generator
    #[getter(__qualname__)]
    fn get_qualname(&self, py: Python<'_>) -> Py<PyString> {
        self.qualname(py)
    }

    #[setter(__qualname__)]
    fn set_qualname(&self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = name.cast::<PyString>().map_err(|_| must_be_string("__qualname__"))?;
        lock(&self.names).1 = name.clone().unbind();
        Ok(())
    }

    #[deleter(__qualname__)]
    fn delete_qualname(&self) -> PyResult<()> {
        Err(must_be_string("__qualname__"))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        let py = slf.py();
        format!("<async_generator object {} at {:p}>", slf.get().qualname(py).bind(py), slf.as_ptr())
    }

    /// CPython's `_PyGen_Finalize`: a generator that was not closed is given to the event loop, which closes it; where
    /// there was none, it is closed as far as that goes without waiting.
    fn _finalize(slf: &Bound<'_, Self>) -> PyResult<()> {
        hooks::finalize(slf)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Ok(finalizer) = self.finalizer.try_lock() {
            visit.call(&*finalizer)?;
        }
        if let Some(driver) = self.driver.take() {
            let traversed = driver.traverse(&visit);
            self.driver.put(driver);
            traversed?;
        }
        match &self.coroutine {
            Some(held) => held.traverse(&visit),
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        let finalizer = lock(&self.finalizer).take();
        let driver = self.driver.take();
        if driver.is_some() {
            self.state.store(number(State::Closed), Ordering::Relaxed);
        }
        drop((finalizer, driver));
        if let Some(held) = &self.coroutine {
            held.clear();
        }
    }
}

fn must_be_string(attribute: &str) -> PyErr {
    PyTypeError::new_err(format!("{attribute} must be set to a string object"))
}
