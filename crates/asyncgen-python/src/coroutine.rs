//! Generators that are written in Python: the body is a coroutine that awaits `yield_(value)`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use asyncgen::{AsyncGenerator, Exception, Yielder, generator};
use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{PyTraverseError, PyVisit};

use crate::awaitable::{self, Stage, StageCell, finish};
use crate::awaiting::iterator_of;
use crate::bridge::{Answer, Suspend};
use crate::step::{Stepped, step};

/// The coroutine of a generator. The generator object and its body share it, so that the garbage collector sees the
/// one reference there is.
pub(crate) struct Held {
    coroutine: Mutex<Option<Py<PyAny>>>,
    started: AtomicBool,
    returned: Mutex<Option<Py<PyAny>>>,
}

fn take<T>(mutex: &Mutex<Option<T>>) -> Option<T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Held {
    pub(crate) fn new(coroutine: &Bound<'_, PyAny>) -> PyResult<Arc<Self>> {
        let coroutine = iterator_of(coroutine)?;
        Ok(Arc::new(Self {
            coroutine: Mutex::new(Some(coroutine)),
            started: AtomicBool::new(false),
            returned: Mutex::new(None),
        }))
    }

    fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let coroutine = self.coroutine.lock().unwrap_or_else(PoisonError::into_inner);
        coroutine.as_ref().map(|coroutine| coroutine.clone_ref(py))
    }

    /// What the coroutine returned, if it has.
    pub(crate) fn take_returned(&self) -> Option<Py<PyAny>> {
        take(&self.returned)
    }

    /// An attribute of the coroutine, if it has it.
    pub(crate) fn attribute(&self, py: Python<'_>, name: &Bound<'_, PyString>) -> PyResult<Option<Py<PyAny>>> {
        match self.get(py) {
            Some(coroutine) => Ok(coroutine.bind(py).getattr_opt(name)?.map(Bound::unbind)),
            None => Ok(None),
        }
    }

    pub(crate) fn has_ended(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.attribute(py, intern!(py, "cr_frame"))?.is_none_or(|frame| frame.is_none(py)))
    }

    fn resume(&self, answer: Answer) -> Resumed {
        Python::attach(|py| {
            let Some(coroutine) = self.get(py) else {
                return Resumed::Raise(PyRuntimeError::new_err("the generator was collected as garbage"));
            };
            self.started.store(true, Ordering::Relaxed);
            match step(coroutine.bind(py), answer) {
                Stepped::Suspended(object) => match object.bind(py).cast_exact::<Yield>() {
                    Ok(marker) => Resumed::Yield(marker.get().take(py)),
                    Err(_) => Resumed::Await(object),
                },
                Stepped::Returned(value) => {
                    *self.returned.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                    Resumed::Return
                }
                Stepped::Raised(error) => Resumed::Raise(as_of_a_generator(py, error)),
            }
        })
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Ok(coroutine) = self.coroutine.try_lock() {
            visit.call(&*coroutine)?;
        }
        match self.returned.try_lock() {
            Ok(returned) => visit.call(&*returned),
            Err(_) => Ok(()),
        }
    }

    /// Lets the coroutine go. One that was never started is closed, as a generator that was never started is not
    /// worth a warning.
    pub(crate) fn clear(&self) {
        let coroutine = take(&self.coroutine);
        if !self.started.load(Ordering::Relaxed)
            && let Some(coroutine) = &coroutine
        {
            let _never_started = Python::try_attach(|py| {
                let on_its_way = PyErr::take(py);
                let _closed = coroutine.call_method0(py, intern!(py, "close"));
                if let Some(error) = on_its_way {
                    error.restore(py);
                }
            });
        }
        drop(coroutine);
        drop(take(&self.returned));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.clear();
    }
}

/// What the coroutine did.
enum Resumed {
    Yield(Py<PyAny>),
    Await(Py<PyAny>),
    Return,
    Raise(PyErr),
}

const GENERATOR_RAISED: &str = "generator raised StopIteration";
const COROUTINE_RAISED: &str = "coroutine raised StopIteration";

/// A coroutine can't raise `StopIteration`; nor can a generator, which has a message of its own for it.
fn as_of_a_generator(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyRuntimeError>(py) {
        return error;
    }
    match error.cause(py) {
        Some(cause)
            if cause.is_instance_of::<PyStopIteration>(py)
                && [GENERATOR_RAISED, COROUTINE_RAISED].contains(&&*error.value(py).to_string()) =>
        {
            cause
        }
        _ => error,
    }
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method is not general enough")]
fn none() -> Py<PyAny> {
    Python::attach(|py| py.None())
}

/// The generator whose body is this coroutine.
pub(crate) fn body(
    held: Arc<Held>,
) -> impl AsyncGenerator<Yield = Py<PyAny>, Sent = Option<Py<PyAny>>, Error = PyErr> + Send {
    generator!(|y: Yielder<'_, Py<PyAny>, Option<Py<PyAny>>, PyErr>| {
        let mut answer: Answer = Ok(none());
        loop {
            answer = match held.resume(answer) {
                Resumed::Yield(value) => match y.try_yield(value).await {
                    Ok(Some(value)) => Ok(value),
                    Ok(None) => Ok(none()),
                    Err(Exception::Error(error)) => Err(error),
                    Err(Exception::GeneratorExit) => Err(PyGeneratorExit::new_err(())),
                },
                Resumed::Await(object) => Suspend::new(object).await,
                Resumed::Return => return Ok(()),
                Resumed::Raise(error) => return Err(error),
            };
        }
    })
}

/// What `yield_(value)` makes: its await reaches the generator, which yields the value.
#[pyclass(frozen, name = "yield_", module = "asyncgen")]
pub(crate) struct Yield {
    value: Mutex<Option<Py<PyAny>>>,
    stage: StageCell,
}

impl Yield {
    pub(crate) fn new(value: Py<PyAny>) -> Self {
        Self { value: Mutex::new(Some(value)), stage: StageCell::new() }
    }

    fn take(&self, py: Python<'_>) -> Py<PyAny> {
        take(&self.value).unwrap_or_else(|| py.None())
    }
}

#[pymethods]
impl Yield {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// `None` ends the await with nothing sent, as most do, and needs no `StopIteration` to be made for it.
    fn __next__(slf: Bound<'_, Self>) -> PyResult<Option<Bound<'_, Self>>> {
        let stage = &slf.get().stage;
        if stage.get() == Stage::Iter {
            stage.set(Stage::Closed);
            return Ok(None);
        }
        let none = slf.py().None();
        Self::send(slf, none).map(Some)
    }

    /// The first time the value goes out; then the sent value is what the await evaluates to.
    fn send(slf: Bound<'_, Self>, value: Py<PyAny>) -> PyResult<Bound<'_, Self>> {
        let py = slf.py();
        match slf.get().stage.get() {
            Stage::Init => {
                slf.get().stage.set(Stage::Iter);
                Ok(slf)
            }
            Stage::Iter => {
                slf.get().stage.set(Stage::Closed);
                Err(match finish(py, Ok(crate::object::Progress::Done(value))) {
                    Err(stop) => stop,
                    Ok(_) => PyStopIteration::new_err(()),
                })
            }
            Stage::Closed => Err(PyRuntimeError::new_err("cannot reuse already awaited yield_()")),
        }
    }

    #[pyo3(signature = (*args))]
    fn throw(&self, args: &Bound<'_, pyo3::types::PyTuple>) -> PyResult<Py<PyAny>> {
        let py = args.py();
        self.stage.set(Stage::Closed);
        let error = crate::throwing::exception(args, "throw")?;
        if !error.is_instance_of::<PyStopIteration>(py) {
            return Err(error);
        }
        // The `await` around this would take it for the end of the await.
        let replacement = PyRuntimeError::new_err(GENERATOR_RAISED);
        replacement.set_cause(py, Some(error));
        Err(replacement)
    }

    fn close(&self) {
        self.stage.set(Stage::Closed);
    }

    /// An event loop shows it to whoever awaits it in a function that is no generator.
    #[expect(clippy::unused_self, reason = "Python calls it as a method")]
    fn __repr__(&self) -> &'static str {
        "<yield_(..), which must be awaited in the body of an asynchronous generator>"
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.value.try_lock() {
            Ok(value) => visit.call(&*value),
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self) {
        drop(take(&self.value));
    }
}

impl Drop for Yield {
    /// As for any coroutine that is not awaited: nothing was yielded.
    fn drop(&mut self) {
        if self.stage.get() == Stage::Init {
            let _interpreter_is_there = Python::try_attach(|py| {
                awaitable::warn(py, "coroutine 'yield_' was never awaited", None);
            });
        }
    }
}

/// A `TypeError` if the decorated function did not return a coroutine.
pub(crate) fn not_a_coroutine(object: &Bound<'_, PyAny>) -> PyErr {
    match object.get_type().name() {
        Ok(name) if name == "async_generator" => PyTypeError::new_err(
            "expected a coroutine as the generator's body, not async_generator: \
             use 'await yield_(value)' instead of 'yield value'",
        ),
        Ok(name) => PyTypeError::new_err(format!("expected a coroutine as the generator's body, not {name}")),
        Err(error) => error,
    }
}
