//! Python's asynchronous generators as Rust generators.

pub(crate) mod event_loop;
pub(crate) mod local;
mod operation;
pub(crate) mod remote;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use asyncgen::{AsyncGenerator, Exception, Refused, Resume, ReturningGenerator, State, Step};
use pyo3::exceptions::{PyException, PyGeneratorExit, PyRuntimeError, PyStopAsyncIteration, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyNone;

use crate::drive::bridge;
use crate::process::gate;
use crate::protocol::Resumed;
use crate::protocol::coroutine::{Answer, anext, iterator_of, send};
use event_loop::{EventLoop, context};
use local::LocalStep;
use operation::{Begun, awaitable};
use remote::Remote;

/// A Python asynchronous generator, or any other asynchronous iterator, as an [`AsyncGenerator`].
///
/// In the body of a generator that Python drives, its steps run in the task that awaits that generator's step.
/// Anywhere else, a tokio task on another thread for example, they run as tasks of the event loop it belongs to, of
/// asyncio, uvloop or trio: the one that ran when it was made, or the one it was given with [`on`](Self::on).
///
/// Dropping it gives it to that loop's finalizer, which closes it, as if Python code had dropped it.
pub struct FromPython {
    iterator: Option<Py<PyAny>>,
    event_loop: Option<EventLoop>,
    /// The context of where it was made, for the task in which it runs.
    context: Py<PyAny>,
    /// Its task, if it runs in one of its own.
    remote: Option<Remote>,
    state: State,
    begun: Option<Begun>,
    step: Option<StepInFlight>,
    /// The step in flight closes the generator.
    closing: bool,
    /// The value that it has ended with (C26), until it is taken.
    returned: Option<Py<PyAny>>,
}

enum StepInFlight {
    Local(Box<LocalStep>),
    Remote,
}

/// A Python asynchronous generator as a Rust one: see [`FromPython`].
///
/// ```ignore
/// /// Running sums of what a Python generator yields.
/// #[pyfunction]
/// fn sums(numbers: &Bound<'_, PyAny>) -> PyResult<IntoPython> {
///     let numbers = from_python(numbers)?;
///     Ok(IntoPython::new(running(numbers)).named("sums"))
/// }
///
/// fn running(numbers: FromPython) -> impl AsyncGenerator<Yield = i64, Sent = (), Error = PyErr> + Send {
///     async_gen! {
///         let mut sum = 0;
///         for await number in numbers {
///             sum += Python::attach(|py| number.extract::<i64>(py))?;
///             yield sum;
///         }
///     }
/// }
/// ```
///
/// # Errors
///
/// `TypeError` if the object is no asynchronous iterator.
pub fn from_python(generator: &Bound<'_, PyAny>) -> PyResult<FromPython> {
    let py = generator.py();
    let class = generator.get_type();
    gate::open(py)?;
    let not_iterable = || {
        let name = class.name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!("'{name}' is not an asynchronous generator, nor any asynchronous iterator"))
    };
    let aiter = class.getattr_opt(intern!(py, "__aiter__"))?.ok_or_else(not_iterable)?;
    let iterator = aiter.call1((generator,))?;
    if !iterator.hasattr(intern!(py, "__anext__"))? {
        return Err(not_iterable());
    }
    Ok(FromPython {
        iterator: Some(iterator.unbind()),
        event_loop: EventLoop::here(py)?,
        context: context(py)?,
        remote: None,
        state: State::Created,
        begun: None,
        step: None,
        closing: false,
        returned: None,
    })
}

impl FromPython {
    /// The same generator, whose steps run in this event loop: a loop of asyncio or uvloop, or the `TrioToken` of a trio
    /// that runs.
    ///
    /// ```ignore
    /// let rows = from_python(rows)?.on(event_loop.unbind());
    /// ```
    #[must_use]
    pub fn on(mut self, event_loop: Py<PyAny>) -> Self {
        self.event_loop = Some(EventLoop::of(event_loop));
        self
    }

    /// As [`on`](Self::on), of a loop that was found before.
    #[cfg(feature = "remote")]
    pub(crate) fn at(mut self, event_loop: EventLoop) -> Self {
        self.event_loop = Some(event_loop);
        self
    }

    /// Begins a step: here is how it has ended, if it is one of this thread's and does not wait.
    fn start(&mut self, py: Python<'_>, begun: Begun) -> PyResult<Option<Answer>> {
        if let Some(remote) = &self.remote {
            remote.begin(py, begun)?;
            self.step = Some(StepInFlight::Remote);
            return Ok(None);
        }
        let Some(iterator) = &self.iterator else { return Err(PyStopAsyncIteration::new_err(())) };
        if bridge::is_there() {
            let step = iterator_of(&awaitable(iterator.bind(py), begun)?)?;
            return Ok(match send(step.bind(py), &PyNone::get(py)) {
                Resumed::Returned(value) => Some(Ok(value)),
                Resumed::Raised(error) => Some(Err(*error)),
                Resumed::Await(object) | Resumed::Yielded(object) => {
                    self.step = Some(StepInFlight::Local(Box::new(LocalStep::waiting(step, object))));
                    None
                }
            });
        }
        let Some(event_loop) = &self.event_loop else {
            return Err(PyRuntimeError::new_err(
                "this Python generator has no event loop to run in: make it where one runs, or say which with on()",
            ));
        };
        let context = self.context.clone_ref(py);
        let remote = Remote::new(py, Some(iterator.clone_ref(py)), event_loop, context)?;
        remote.begin(py, begun)?;
        // The task has it now, and closes it there when nobody else has it.
        self.remote = Some(remote);
        self.iterator = None;
        self.step = Some(StepInFlight::Remote);
        Ok(None)
    }

    fn poll_attached(&mut self, py: Python<'_>, cx: &mut Context<'_>) -> Poll<Step<Py<PyAny>, PyErr>> {
        let at_once = match self.begun.take() {
            None => None,
            Some(Begun::Raised(error)) => Some(Err(error)),
            Some(begun) => match self.start(py, begun) {
                Ok(at_once) => at_once,
                Err(error) => return Poll::Ready(self.ended(py, Err(error), false)),
            },
        };
        let (result, is_local) = match (at_once, &mut self.step, &self.remote) {
            (Some(result), ..) => (result, true),
            (None, Some(StepInFlight::Local(step)), _) => (ready!(Pin::new(&mut **step).poll(cx)), true),
            (None, Some(StepInFlight::Remote), Some(remote)) => (ready!(remote.poll(cx)), false),
            _ => return Poll::Pending,
        };
        Poll::Ready(self.ended(py, result, is_local))
    }

    fn ended(&mut self, py: Python<'_>, result: Answer, is_local: bool) -> Step<Py<PyAny>, PyErr> {
        self.step = None;
        let closing = std::mem::take(&mut self.closing);
        match result {
            // `aclose` evaluates to nothing; a value is one that a body yields that ignores `GeneratorExit`.
            Ok(value) if closing && value.is_none(py) => self.closed(Step::Returned),
            Ok(value) => {
                self.state = State::Suspended;
                Step::Yielded(value)
            }
            Err(error) if error.is_instance_of::<PyStopAsyncIteration>(py) => {
                self.returned = value_of(py, &error).filter(|_| !closing);
                self.closed(Step::Returned)
            }
            Err(error) if closing && error.is_instance_of::<PyGeneratorExit>(py) => self.closed(Step::Returned),
            // It goes through the body to which the generator belongs as closing does, and comes out as it is.
            Err(error) if is_local && !error.is_instance_of::<PyException>(py) => {
                let exception =
                    bridge::remember_exit(error).map_or_else(Exception::Error, |()| Exception::GeneratorExit);
                self.closed(Step::Raised(exception))
            }
            Err(error) if error.is_instance_of::<PyGeneratorExit>(py) => {
                self.closed(Step::Raised(Exception::GeneratorExit))
            }
            Err(error) => self.closed(Step::Raised(Exception::Error(error))),
        }
    }

    fn closed(&mut self, step: Step<Py<PyAny>, PyErr>) -> Step<Py<PyAny>, PyErr> {
        self.state = State::Closed;
        self.iterator = None;
        self.remote = None;
        step
    }
}

/// The value of a `StopAsyncIteration`: its `value`, as from CPython 3.16 on, or its first argument.
fn value_of(py: Python<'_>, stop: &PyErr) -> Option<Py<PyAny>> {
    let stop = stop.value(py);
    let value = stop.getattr(intern!(py, "value")).or_else(|_| stop.getattr(intern!(py, "args"))?.get_item(0)).ok()?;
    (!value.is_none()).then(|| value.unbind())
}

type Sent = Option<Py<PyAny>>;

impl AsyncGenerator for FromPython {
    type Yield = Py<PyAny>;
    type Sent = Sent;
    type Error = PyErr;

    fn begin(mut self: Pin<&mut Self>, resume: Resume<Sent, PyErr>) -> Result<(), Refused<Sent, PyErr>> {
        let in_flight = self.state == State::Running;
        let begun = match (self.state, resume) {
            (State::Closed, Resume::Close) | (State::Running, Resume::Next | Resume::Send(None)) => return Ok(()),
            (State::Closed, resume) => return Err(Refused::Closed(resume)),
            (State::Running, resume @ Resume::Send(_)) => return Err(Refused::AlreadyRunning(resume)),
            (State::Running, Resume::Close) if self.closing => return Ok(()),
            (State::Created, Resume::Send(Some(value))) => return Err(Refused::JustStarted(Some(value))),
            (_, Resume::Next | Resume::Send(None)) => Begun::Anext,
            (_, Resume::Send(Some(value))) => Begun::Asend(value),
            (_, Resume::Throw(Exception::Error(error))) => Begun::Athrow(error),
            (_, Resume::Throw(Exception::GeneratorExit)) => Begun::Athrow(PyGeneratorExit::new_err(())),
            (_, Resume::Close) => Begun::Aclose,
        };
        self.closing = matches!(begun, Begun::Aclose);
        self.state = State::Running;
        let Self { step, remote, begun: next, .. } = &mut *self;
        match step {
            // C19: raised at the await where the Python body stands.
            Some(step) if in_flight => {
                let error = match begun {
                    Begun::Athrow(error) => error,
                    Begun::Anext
                    | Begun::Asend(_)
                    | Begun::Aclose
                    | Begun::Await(_)
                    | Begun::Failed(_)
                    | Begun::Raised(_) => PyGeneratorExit::new_err(()),
                };
                match (step, remote) {
                    (StepInFlight::Local(step), _) => step.throw(error),
                    (StepInFlight::Remote, Some(remote)) => remote.throw(error),
                    (StepInFlight::Remote, None) => {}
                }
            }
            _ => *next = Some(begun),
        }
        Ok(())
    }

    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Py<PyAny>, PyErr>> {
        match self.state {
            State::Running => {}
            State::Closed => return Poll::Ready(Step::Returned),
            State::Created | State::Suspended => return Poll::Pending,
        }
        // Attached once for all that it takes. Where the interpreter shuts down, nothing goes on any more.
        if let (None, Some(StepInFlight::Remote), Some(remote)) = (&self.begun, &self.step, &self.remote) {
            let result = ready!(remote.poll(cx));
            return gate::attach(|py| self.ended(py, result, false)).map_or(Poll::Pending, Poll::Ready);
        }
        gate::attach(|py| self.poll_attached(py, cx)).unwrap_or(Poll::Pending)
    }

    /// A step that does not wait, in the thread of who delegates, is one of Python's from beginning to end.
    fn send_at_once(mut self: Pin<&mut Self>, sent: Sent) -> Result<Py<PyAny>, Sent> {
        let this = &mut *self;
        let (None, State::Suspended, Some(iterator)) = (&sent, this.state, &this.iterator) else { return Err(sent) };
        let value = Python::try_attach(|py| {
            let step = match anext(iterator.bind(py)).and_then(|awaitable| iterator_of(&awaitable)) {
                Ok(step) => step,
                Err(error) => {
                    this.begun = Some(Begun::Failed(error));
                    return None;
                }
            };
            match send(step.bind(py), &PyNone::get(py)) {
                Resumed::Returned(value) => return Some(value),
                Resumed::Raised(error) => this.begun = Some(Begun::Raised(*error)),
                Resumed::Await(object) | Resumed::Yielded(object) => {
                    this.step = Some(StepInFlight::Local(Box::new(LocalStep::waiting(step, object))));
                }
            }
            None
        });
        value.flatten().ok_or_else(|| {
            // The step is in flight. Whoever begins one carries on with it.
            if this.step.is_some() || this.begun.is_some() {
                this.state = State::Running;
            }
            sent
        })
    }

    fn state(&self) -> State {
        self.state
    }
}

/// Python's generators have values, from CPython 3.16 on, and those that the decorator makes; `None` is no value.
impl ReturningGenerator for FromPython {
    type Return = Py<PyAny>;

    fn take_return(mut self: Pin<&mut Self>) -> Option<Py<PyAny>> {
        self.returned.take()
    }
}

impl Drop for FromPython {
    /// Lets the iterator go while the interpreter is at hand, for its finalizer to run now and not some time later.
    fn drop(&mut self) {
        drop(self.remote.take());
        let step = self.step.take();
        let iterator = self.iterator.take();
        if step.is_some() || iterator.is_some() {
            let cell = std::sync::Mutex::new(Some((step, iterator)));
            let _interpreter_is_there = gate::attach(|_| drop(cell.lock().map(|mut held| held.take())));
        }
    }
}

impl fmt::Debug for FromPython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromPython").field("state", &self.state).finish_non_exhaustive()
    }
}
