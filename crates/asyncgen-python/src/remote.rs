//! A step of a Python generator as a task of an event loop that runs in another thread.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::awaiting::iterator_of;
use crate::bridge::Answer;
use crate::from_python::{Begun, awaitable};
use crate::home::{Home, Task};
use crate::step::{Stepped, step};
use crate::{gate, throwing};

/// The Rust side of the step.
pub(crate) struct RemoteStep {
    shared: Arc<Shared>,
    /// How the loop is told of an exception that is to be raised.
    home: Home,
}

/// What the two threads share.
struct Shared(Mutex<Inner>);

struct Inner {
    result: Option<Answer>,
    waker: Option<Waker>,
    /// An exception that is to be raised where the Python body stands.
    throw: Option<PyErr>,
    task: Option<Arc<Task>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, py: Python<'_>, result: Answer) {
        let (waker, task) = {
            let mut inner = self.lock();
            if inner.result.is_none() {
                inner.result = Some(result);
            }
            (inner.waker.take(), inner.task.take())
        };
        if let Some(task) = task {
            // It fails if the body has left scopes of its own open, of which trio says more than this.
            let _misnested = task.exit(py);
        }
        if let Some(waker) = waker {
            // It may wait for a thread that wants the interpreter lock.
            py.detach(|| waker.wake());
        }
    }
}

impl RemoteStep {
    pub(crate) fn start(py: Python<'_>, iterator: Py<PyAny>, begun: Begun, home: &Home) -> PyResult<Self> {
        let shared = Arc::new(Shared(Mutex::new(Inner { result: None, waker: None, throw: None, task: None })));
        let coroutine = StepCoroutine {
            shared: Arc::clone(&shared),
            stage: Mutex::new(Stage::Begin(iterator, begun)),
            home: home.clone_ref(py),
        };
        let start = Bound::new(py, coroutine)?.getattr(intern!(py, "_start"))?;
        home.call_soon(py, &start)?;
        Ok(Self { shared, home: home.clone_ref(py) })
    }

    /// Raises an exception where the Python body stands: the task is interrupted, and the coroutine throws this instead
    /// of the loop's.
    pub(crate) fn throw(&mut self, error: PyErr) {
        let first = self.shared.lock().throw.replace(error).is_none();
        if first {
            let _interpreter_is_there = gate::attach(|py| self.interrupt(py));
        }
    }

    fn interrupt(&self, py: Python<'_>) {
        let interrupt = Bound::new(py, Interrupt { shared: Arc::clone(&self.shared) });
        let _closed = interrupt.and_then(|interrupt| self.home.call_soon(py, interrupt.as_any()));
    }
}

impl Future for RemoteStep {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        let mut inner = self.shared.lock();
        if let Some(result) = inner.result.take() {
            return Poll::Ready(result);
        }
        inner.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for RemoteStep {
    /// Nobody waits for the step any more: the generator is closed where it stands.
    fn drop(&mut self) {
        let unfinished = {
            let mut inner = self.shared.lock();
            inner.waker = None;
            inner.result.is_none() && inner.task.is_some()
        };
        if unfinished {
            self.throw(PyGeneratorExit::new_err(()));
        }
    }
}

/// Interrupts the task, in the loop's thread.
#[pyclass(frozen, module = "asyncgen")]
struct Interrupt {
    shared: Arc<Shared>,
}

#[pymethods]
impl Interrupt {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let task = {
            let inner = self.shared.lock();
            // A task that has not begun, or that goes on just now, finds the exception by itself.
            inner.task.clone().filter(|_| inner.throw.is_some())
        };
        task.map_or(Ok(()), |task| task.interrupt(py))
    }
}

enum Stage {
    Begin(Py<PyAny>, Begun),
    Run(Py<PyAny>),
    Done,
}

/// The coroutine that the loop runs as a task.
#[pyclass(frozen, name = "async_generator_step", module = "asyncgen")]
struct StepCoroutine {
    shared: Arc<Shared>,
    stage: Mutex<Stage>,
    home: Home,
}

impl StepCoroutine {
    fn resume(&self, py: Python<'_>, answer: Answer) -> PyResult<Py<PyAny>> {
        let (thrown, task) = {
            let mut inner = self.shared.lock();
            (inner.throw.take(), inner.task.clone())
        };
        let stage = std::mem::replace(&mut *self.stage.lock().unwrap_or_else(PoisonError::into_inner), Stage::Done);
        if let Some(task) = &task {
            if matches!(stage, Stage::Begin(..)) {
                task.enter(py)?;
            }
            if thrown.is_some() {
                task.interrupted(py)?;
            }
        }
        // Thrown in before the step has begun: it is raised at the `yield` at which the body still stands.
        let (stage, answer) = match (stage, thrown) {
            (Stage::Begin(iterator, _), Some(error)) => (Stage::Begin(iterator, Begun::Athrow(error)), Ok(py.None())),
            (stage, thrown) => (stage, thrown.map_or(answer, Err)),
        };
        let iterator = match (stage, &answer) {
            (Stage::Begin(iterator, begun), Ok(_)) => {
                awaitable(iterator.bind(py), begun).and_then(|awaitable| iterator_of(&awaitable))
            }
            // Cancelled by the loop before it has begun.
            (Stage::Begin(..), Err(error)) => Err(error.clone_ref(py)),
            (Stage::Run(iterator), _) => Ok(iterator),
            (Stage::Done, _) => return Err(PyRuntimeError::new_err("cannot reuse already awaited coroutine")),
        };
        let stepped = match iterator {
            Ok(iterator) => match step(iterator.bind(py), answer) {
                Stepped::Suspended(object) => {
                    *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = Stage::Run(iterator);
                    return Ok(object);
                }
                stepped => stepped,
            },
            Err(error) => Stepped::Raised(error),
        };
        self.shared.finish(
            py,
            match stepped {
                Stepped::Returned(value) | Stepped::Suspended(value) => Ok(value),
                Stepped::Raised(error) => Err(error),
            },
        );
        // Whoever waits for the step gets its exception; the loop need not know of it.
        Err(PyStopIteration::new_err(()))
    }
}

#[pymethods]
impl StepCoroutine {
    /// Called in the loop's thread.
    fn _start(slf: &Bound<'_, Self>) {
        let py = slf.py();
        let this = slf.get();
        match this.home.spawn(py, slf) {
            Ok(task) => this.shared.lock().task = Some(Arc::new(task)),
            // The loop is about to end.
            Err(error) => {
                *this.stage.lock().unwrap_or_else(PoisonError::into_inner) = Stage::Done;
                this.shared.finish(py, Err(error));
            }
        }
    }

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
        self.resume(py, Ok(py.None()))
    }

    fn send(&self, py: Python<'_>, value: Py<PyAny>) -> PyResult<Py<PyAny>> {
        self.resume(py, Ok(value))
    }

    #[pyo3(signature = (*args))]
    fn throw(&self, args: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        self.resume(args.py(), Err(throwing::exception(args, "throw")?))
    }

    fn close(&self, py: Python<'_>) {
        if !matches!(*self.stage.lock().unwrap_or_else(PoisonError::into_inner), Stage::Done) {
            let _ended = self.resume(py, Err(PyGeneratorExit::new_err(())));
        }
    }
}

impl Drop for StepCoroutine {
    /// The loop was closed before the step has ended.
    fn drop(&mut self) {
        let done = matches!(*self.stage.get_mut().unwrap_or_else(PoisonError::into_inner), Stage::Done);
        if !done {
            let error = PyRuntimeError::new_err("the event loop was closed before the step of the generator has ended");
            let _interpreter_is_there = Python::try_attach(|py| self.shared.finish(py, Err(error)));
        }
    }
}
