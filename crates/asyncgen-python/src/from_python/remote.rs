//! A Python generator as a task of an event loop, which other threads tell what to do.
//!
//! One task runs all steps of a generator, in one context: those of where it was handed over. What its body opens in one
//! step it may close in another one (a time limit, a task group, a context variable's token), and that asks for the same
//! task.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use asyncgen::State;
use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;

use super::event_loop::{EventLoop, Task, context};
use super::local::LocalStep;
use super::operation::{Begun, awaitable};
use crate::drive::body::{Body, Command};
use crate::drive::bridge::{self, Bridge};
use crate::drive::driver::Driver;
use crate::object::coroutine::RustCoroutine;
use crate::process::gate;
use crate::process::swap::Swap;
use crate::protocol::coroutine::{Answer, is_only_reference};
use crate::protocol::{Resumed, ending};

/// The task, as the thread sees it that drives the generator.
pub(crate) struct Remote {
    shared: Arc<Shared>,
    event_loop: EventLoop,
}

/// What the two threads share.
struct Shared(Swap<Inner>);

#[derive(Default)]
struct Inner {
    /// What the task is to do next.
    begun: Option<Begun>,
    /// The task is in the middle of it.
    in_step: bool,
    result: Option<Answer>,
    /// Wakes who waits for the result.
    consumer: Option<Waker>,
    /// Wakes the task, when it has nothing to do.
    idle: Option<Waker>,
    /// An exception that is to be raised where the Python body stands.
    throw: Option<PyErr>,
    task: Option<Arc<Task>>,
    /// Nobody drives the generator any more.
    left: bool,
    /// The task has ended.
    ended: bool,
}

impl Shared {
    fn with<R>(&self, f: impl FnOnce(&mut Inner) -> R) -> R {
        self.0.with(f)
    }

    fn finish(&self, py: Python<'_>, result: Answer) {
        let waker = self.with(|inner| {
            inner.in_step = false;
            inner.result = Some(result);
            inner.consumer.take()
        });
        if let Some(waker) = waker {
            // It may wait for a thread that wants the interpreter lock.
            py.detach(|| waker.wake());
        }
    }
}

impl Remote {
    /// The task of this iterator, in this context. It is made with the first step.
    pub(crate) fn new(
        py: Python<'_>,
        iterator: Option<Py<PyAny>>,
        event_loop: &EventLoop,
        context: Py<PyAny>,
    ) -> PyResult<Self> {
        let shared = Arc::new(Shared(Swap::new(Inner::default())));
        let body = TaskBody {
            shared: Arc::clone(&shared),
            iterator,
            step: None,
            thrown: None,
            is_last: false,
            started: false,
            is_turn_due: false,
        };
        let body = Swap::new(Some(body));
        let start = Start { shared: Arc::clone(&shared), event_loop: event_loop.clone_ref(py), body, context };
        event_loop.call_soon(py, Bound::new(py, start)?.as_any())?;
        Ok(Self { shared, event_loop: event_loop.clone_ref(py) })
    }

    /// Begins a step.
    ///
    /// # Errors
    ///
    /// The loop is closed, or has ended the task.
    pub(crate) fn begin(&self, py: Python<'_>, begun: Begun) -> PyResult<()> {
        self.event_loop.check(py)?;
        let idle = self.shared.with(|inner| {
            if inner.ended {
                // It has ended between two steps, by a time limit in its body for example: that is what this step gives.
                return if inner.result.is_some() { Ok(None) } else { Err(gone()) };
            }
            inner.begun = Some(begun);
            Ok(inner.idle.take())
        })?;
        if let Some(idle) = idle {
            py.detach(|| idle.wake());
        }
        Ok(())
    }

    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Answer> {
        let (result, before) = self.shared.with(|inner| match inner.result.take() {
            Some(result) => (Some(result), inner.consumer.take()),
            None => (None, inner.consumer.replace(cx.waker().clone())),
        });
        drop(before);
        result.map_or(Poll::Pending, Poll::Ready)
    }

    /// Raises an exception where the Python body stands: the task is interrupted, and its coroutine throws this instead of
    /// what the loop throws.
    pub(crate) fn throw(&self, error: PyErr) {
        let before = self.shared.with(|inner| inner.throw.replace(error));
        if before.is_none() {
            self.interrupt();
        }
        drop(before);
    }

    fn interrupt(&self) {
        let _interpreter_is_there = gate::attach(|py| {
            let interrupt = Bound::new(py, Interrupt { shared: Arc::clone(&self.shared) });
            let _closed = interrupt.and_then(|interrupt| self.event_loop.call_soon(py, interrupt.as_any()));
        });
    }
}

fn gone() -> PyErr {
    PyRuntimeError::new_err("the event loop was closed before the step of the generator has ended")
}

impl Drop for Remote {
    /// Nobody drives the generator any more: it is closed where it stands, in its task.
    fn drop(&mut self) {
        let (in_step, idle, consumer) = self.shared.with(|inner| {
            inner.left = true;
            (inner.in_step || inner.begun.is_some(), inner.idle.take(), inner.consumer.take())
        });
        drop(consumer);
        if in_step {
            self.throw(PyGeneratorExit::new_err(()));
        }
        if let Some(idle) = idle {
            idle.wake();
        }
    }
}

/// Makes the task, in the loop's thread.
#[pyclass(frozen, module = "asyncgen")]
struct Start {
    shared: Arc<Shared>,
    event_loop: EventLoop,
    body: Swap<Option<TaskBody>>,
    context: Py<PyAny>,
}

#[pymethods]
impl Start {
    fn __call__(&self, py: Python<'_>) {
        let _in_step = gate::begin_step(py);
        let Some(body) = self.body.take() else { return };
        let task = RustCoroutine::new(py, Driver::new(Box::new(body)), "async_generator_task")
            .and_then(|coroutine| self.event_loop.spawn(py, coroutine.bind(py).as_any(), &self.context));
        match task {
            Ok(task) => {
                let task = Arc::new(task);
                // Dropped outside of the lock, if the task was that fast.
                let _ended = self.shared.with(|inner| if inner.ended { Some(task) } else { inner.task.replace(task) });
            }
            // The loop is about to end.
            Err(error) => {
                self.shared.with(|inner| inner.ended = true);
                self.shared.finish(py, Err(error));
            }
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
        let _in_step = gate::begin_step(py);
        // A task that has not begun the step, or that goes on just now, finds the exception by itself.
        let task = self.shared.with(|inner| inner.task.clone().filter(|_| inner.throw.is_some() && inner.in_step));
        task.map_or(Ok(()), |task| task.interrupt(py))
    }
}

/// What the task runs.
struct TaskBody {
    shared: Arc<Shared>,
    iterator: Option<Py<PyAny>>,
    step: Option<LocalStep>,
    /// What the loop has thrown in while the task had nothing to do.
    thrown: Option<PyErr>,
    /// The task ends with this step: the loop wants it to, or the generator has ended.
    is_last: bool,
    started: bool,
    /// A step has just ended: before the next one the loop gets a turn.
    is_turn_due: bool,
}

impl TaskBody {
    /// What to do next; `None`: nothing yet.
    fn next(&mut self, py: Python<'_>, waker: &Waker) -> Option<Next> {
        if let Some(error) = self.thrown.take() {
            // A cancellation finds the body at its `yield`, as it does where a generator is driven by its own task.
            self.is_last = true;
            let begun = if self.started { Begun::Athrow(error) } else { return Some(Next::End) };
            return Some(Next::Step(begun));
        }
        let is_turn_due = std::mem::take(&mut self.is_turn_due);
        let (begun, left, before) = self.shared.with(|inner| match inner.begun.take() {
            Some(begun) if is_turn_due => {
                inner.begun = Some(begun);
                (None, false, Some(waker.clone()))
            }
            Some(begun) => {
                inner.in_step = true;
                (Some(begun), inner.left, None)
            }
            None if inner.left => (None, true, None),
            None => (None, false, inner.idle.replace(waker.clone())),
        });
        if is_turn_due && let Some(waker) = &before {
            // Woken while it is polled, the task gets on with the next turn of the loop.
            waker.wake_by_ref();
        }
        drop(before);
        match begun {
            // Thrown in before the step has begun: it is raised at the `yield` at which the body still stands.
            Some(begun) => Some(Next::Step(match self.take_throw(py) {
                Some(error) if self.iterator.is_some() => Begun::Athrow(error),
                _ => begun,
            })),
            None if left => {
                self.is_last = true;
                let ours =
                    self.iterator.as_ref().is_some_and(|iterator| self.started && is_only_reference(py, iterator));
                // As by its finalizer, but in its own task. If others have it, it is theirs.
                Some(if ours { Next::Step(Begun::Aclose) } else { Next::End })
            }
            None => None,
        }
    }

    fn take_throw(&self, py: Python<'_>) -> Option<PyErr> {
        let (error, task) = self.shared.with(|inner| (inner.throw.take(), inner.task.clone()));
        let error = error?;
        if let Some(task) = task {
            let _uncancelled = task.interrupted(py);
        }
        Some(error)
    }

    fn begin_step(&mut self, py: Python<'_>, begun: Begun) -> PyResult<LocalStep> {
        self.started = true;
        match (&self.iterator, begun) {
            (_, Begun::Await(awaitable)) => LocalStep::new(awaitable.bind(py)),
            (Some(iterator), begun) => LocalStep::new(&awaitable(iterator.bind(py), begun)?),
            (None, _) => Err(gone()),
        }
    }
}

impl TaskBody {
    /// Nobody drives the generator any more who could be told.
    fn report(&self, py: Python<'_>, error: &PyErr) {
        if !ending::is_end(py, error) {
            error.clone_ref(py).write_unraisable(py, self.iterator.as_ref().map(|iterator| iterator.bind(py)));
        }
    }
}

enum Next {
    Step(Begun),
    End,
}

impl Body for TaskBody {
    fn step(&mut self, py: Python<'_>, command: Option<Command>, waker: &Waker, bridge: &mut Bridge) -> Poll<Resumed> {
        if let Some(Err(error)) = command.map(|command| command.into_answer(py)) {
            drop(self.thrown.replace(error));
        }
        loop {
            let result = match self.step.take() {
                None => match self.next(py, waker) {
                    None => return Poll::Pending,
                    Some(Next::End) => return Poll::Ready(Resumed::Returned(py.None())),
                    Some(Next::Step(begun)) => match self.begin_step(py, begun) {
                        Ok(step) => {
                            self.step = Some(step);
                            continue;
                        }
                        Err(error) => Err(error),
                    },
                },
                Some(mut step) => {
                    let throw = self.take_throw(py);
                    let ours = throw.is_some();
                    let polled = bridge::enter(bridge, || {
                        if let Some(error) = throw {
                            step.throw(error);
                        }
                        Pin::new(&mut step).poll(&mut Context::from_waker(waker))
                    });
                    self.is_last |= !ours && step.was_thrown_into();
                    match polled {
                        Poll::Pending => {
                            self.step = Some(step);
                            return Poll::Pending;
                        }
                        Poll::Ready(result) => result,
                    }
                }
            };
            self.is_last |= result.is_err();
            if self.is_last {
                if let Err(error) = &result
                    && self.shared.with(|inner| inner.left)
                {
                    self.report(py, error);
                }
                // Whoever waits for the step gets its exception; the loop need not know of it.
                self.iterator = None;
                self.shared.with(|inner| inner.ended = true);
                self.shared.finish(py, result);
                return Poll::Ready(Resumed::Returned(py.None()));
            }
            self.is_turn_due = true;
            self.shared.finish(py, result);
        }
    }

    fn state(&self) -> State {
        State::Running
    }

    fn gives_turns(&self) -> bool {
        false
    }
}

impl Drop for TaskBody {
    /// The task has ended, or the loop was closed before.
    fn drop(&mut self) {
        let (task, waits, idle) = self.shared.with(|inner| {
            inner.ended = true;
            let waits = inner.in_step || inner.begun.is_some();
            (inner.task.take(), waits && inner.result.is_none(), inner.idle.take())
        });
        drop((task, idle));
        if waits {
            let _interpreter_is_there = Python::try_attach(|py| self.shared.finish(py, Err(gone())));
        }
    }
}

/// Runs a Python awaitable as a task of the event loop that runs here, and awaits it from Rust.
///
/// Other than with [`await_python`](crate::await_python), several can wait at once, in a `join!` or a `select!`, and a time
/// limit around one holds. The result can be awaited anywhere, by a tokio task too. Dropping it ends the awaitable, by
/// `GeneratorExit`.
///
/// ```ignore
/// let (page, stock) = tokio::join!(
///     Python::attach(|py| spawn_python(fetch_page.bind(py)))?,
///     Python::attach(|py| spawn_python(fetch_stock.bind(py)))?,
/// );
/// ```
///
/// # Errors
///
/// `RuntimeError` if no event loop runs in this thread. The future fails with what the awaitable raises.
pub fn spawn_python(
    awaitable: &Bound<'_, PyAny>,
) -> PyResult<impl Future<Output = PyResult<Py<PyAny>>> + Send + 'static + use<>> {
    let py = awaitable.py();
    gate::open(py)?;
    let Some(event_loop) = EventLoop::here(py)? else {
        return Err(PyRuntimeError::new_err("no running event loop: a Python awaitable needs one to run in"));
    };
    // What can't be awaited says so here.
    if awaitable.get_type().getattr_opt(intern!(py, "__await__"))?.is_none() {
        drop(crate::protocol::coroutine::iterator_of(awaitable)?);
    }
    let remote = Remote::new(py, None, &event_loop, context(py)?)?;
    remote.begin(py, Begun::Await(awaitable.clone().unbind()))?;
    Ok(std::future::poll_fn(move |cx| remote.poll(cx)))
}
