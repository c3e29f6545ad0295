//! The asynchronous generator object that Python sees.

mod asend;
mod asend_type;
mod athrow;
mod awaitable;
pub(crate) mod class;
pub(crate) mod coroutine;
mod door;
mod frame;
pub(crate) mod function;
mod hooks;
mod methods;
mod seed;
mod slot;
mod spec;

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use asyncgen::State;
use pyo3::exceptions::{
    PyGeneratorExit, PyRuntimeError, PyStopAsyncIteration, PyStopIteration, PyTypeError, PyValueError,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::drive::body::Command;
use crate::drive::driver::Driver;
use crate::from_coroutine::SharedCoroutine;
use crate::process::swap::Swap;
use crate::protocol::ending::{Outcome, Progress};
use crate::protocol::{Resumed, version};
use slot::Slot;

/// Everything of the object but its finalizer: see [`class`].
#[pyclass(frozen, subclass, weakref, name = "async_generator", module = "asyncgen")]
pub(crate) struct GeneratorObject {
    /// Not there while it runs, and when the garbage collector has cleared it.
    pub(crate) driver: Slot<Driver>,
    /// As the driver was when it was last seen.
    state: AtomicU8,
    /// An awaitable is in the middle of a step (CPython's `ag_running_async`).
    running: AtomicBool,
    /// `aclose` was begun, or the end was seen (CPython's `ag_closed`).
    closed: AtomicBool,
    pub(crate) hooked: AtomicBool,
    finalizer: Swap<Option<Py<PyAny>>>,
    name: Swap<Py<PyString>>,
    qualname: Swap<Py<PyString>>,
    origin: Origin,
}

/// What the body is.
#[derive(Clone)]
pub(crate) enum Origin {
    /// Rust, at this place.
    Rust(&'static Location<'static>),
    /// A coroutine.
    Python(Arc<SharedCoroutine>),
}

impl Origin {
    fn coroutine(&self) -> Option<&Arc<SharedCoroutine>> {
        match self {
            Self::Rust(_) => None,
            Self::Python(coroutine) => Some(coroutine),
        }
    }
}

/// Puts the driver back where it belongs when a step ends, also if it panics.
pub(crate) struct PutBack<'o> {
    pub(crate) object: &'o GeneratorObject,
    pub(crate) driver: Option<Box<Driver>>,
}

impl Drop for PutBack<'_> {
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

#[allow(clippy::inline_always, reason = "each is called by the one before, for every item")]
impl GeneratorObject {
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

    /// Claims the generator for a step: one at a time has it, whatever keeps threads apart.
    pub(crate) fn claim(&self) -> bool {
        !self.running.swap(true, Ordering::AcqRel)
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
    #[inline(always)]
    pub(crate) fn send(&self, py: Python<'_>, value: Option<Py<PyAny>>, first: bool) -> Resumed {
        match (self.state(), &value) {
            (State::Closed, _) => Resumed::Returned(py.None()),
            (State::Created, Some(_)) => just_started(),
            // C18: a value has nowhere to go while the step that was abandoned is in flight.
            (State::Running, Some(_)) if first => already_running(),
            _ => self.drive(py, Command::Send(value), first),
        }
    }

    /// Throws an exception in, as CPython's `gen_throw`.
    pub(crate) fn throw(&self, py: Python<'_>, error: PyErr, first: bool) -> Resumed {
        match self.state() {
            State::Closed => Resumed::raised(error),
            // Nothing of the body has run that could have raised it.
            State::Created if version::lets_through_what_is_thrown_in_first(py) => {
                self.drive_body(py, Command::Throw(Box::new(error)), first)
            }
            _ => self.drive(py, Command::Throw(Box::new(error)), first),
        }
    }

    #[inline(always)]
    pub(crate) fn drive(&self, py: Python<'_>, command: Command, first: bool) -> Resumed {
        match self.drive_body(py, command, first) {
            Resumed::Raised(error) => Resumed::raised(raised(py, *error)),
            resumed => resumed,
        }
    }

    #[inline(always)]
    fn drive_body(&self, py: Python<'_>, command: Command, first: bool) -> Resumed {
        let Some(driver) = self.driver.take() else {
            return already_executing();
        };
        let in_flight = self.state() == State::Running;
        self.state.store(number(State::Running), Ordering::Relaxed);
        let mut running = PutBack { object: self, driver: Some(driver) };
        let Some(driver) = &mut running.driver else { return Resumed::Returned(py.None()) };
        if first {
            if in_flight {
                return driver.carry_on(py, command);
            }
            driver.forget_turn();
        }
        driver.resume(py, command)
    }

    /// CPython's `async_gen_unwrap_value`: ends the step, unless it waits.
    #[inline(always)]
    pub(crate) fn unwrap(&self, py: Python<'_>, resumed: Resumed) -> Outcome {
        match resumed {
            Resumed::Await(object) => Ok(Progress::Await(object)),
            Resumed::Yielded(value) => {
                self.set_running(false);
                Ok(Progress::Done(value))
            }
            Resumed::Returned(value) => {
                self.set_running(false);
                self.set_closed();
                Err(Box::new(self.stop(py, value)))
            }
            Resumed::Raised(error) => {
                self.set_running(false);
                Err(Box::new(self.failed(py, *error)))
            }
        }
    }

    #[cold]
    fn failed(&self, py: Python<'_>, mut error: PyErr) -> PyErr {
        if let Origin::Rust(location) = self.origin {
            error = frame::with_entry(py, error, self.name(py).bind(py), location);
        }
        if error.is_instance_of::<PyGeneratorExit>(py) {
            self.set_closed();
        }
        error
    }

    /// The end. A body may have returned a value, for who delegates to it (C26). The exception
    /// has it in its `value`, as from CPython 3.16 on, where it is the first of the arguments, too.
    #[cold]
    fn stop(&self, py: Python<'_>, returned: Py<PyAny>) -> PyErr {
        match self.origin.coroutine().and_then(|held| held.take_returned()).unwrap_or(returned) {
            value if !value.is_none(py) => {
                let stop = PyStopAsyncIteration::new_err((value.clone_ref(py),));
                let _same: PyResult<()> = stop.value(py).setattr(intern!(py, "value"), value);
                stop
            }
            _ => PyStopAsyncIteration::new_err(()),
        }
    }

    /// What stands for the code of a body in Rust.
    fn code(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        match self.origin {
            Origin::Rust(place) => Ok(Some(frame::code(py, self.name(py).bind(py), place)?.unbind())),
            Origin::Python(_) => Ok(None),
        }
    }

    /// What stands for the frame of a body in Rust.
    fn frame(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        match self.origin {
            Origin::Rust(place) => frame::frame(py, self.name(py).bind(py), place).map(Some),
            Origin::Python(_) => Ok(None),
        }
    }

    fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.name.with(|name| name.clone_ref(py))
    }

    pub(crate) fn qualname(&self, py: Python<'_>) -> Py<PyString> {
        self.qualname.with(|qualname| qualname.clone_ref(py))
    }
}

#[cold]
fn just_started() -> Resumed {
    Resumed::raised(PyTypeError::new_err("can't send non-None value to a just-started async generator"))
}

#[cold]
fn already_running() -> Resumed {
    Resumed::raised(PyRuntimeError::new_err("anext(): asynchronous generator is already running"))
}

#[cold]
fn already_executing() -> Resumed {
    Resumed::raised(PyValueError::new_err("async generator already executing"))
}

/// PEP 479: a body can't end its generator by raising `StopAsyncIteration`.
#[cold]
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
