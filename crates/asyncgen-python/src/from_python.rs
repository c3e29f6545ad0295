//! Python's asynchronous generators as Rust generators.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use asyncgen::{AsyncGenerator, Exception, Refused, Resume, State, Step};
use pyo3::exceptions::{PyAttributeError, PyGeneratorExit, PyRuntimeError, PyStopAsyncIteration, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;

use crate::home::Home;
use crate::local::LocalStep;
use crate::remote::RemoteStep;
use crate::{bridge, gate};

/// A Python asynchronous generator, or any other asynchronous iterator, as an [`AsyncGenerator`].
///
/// In the body of a generator that Python drives, its steps run in the task that awaits that generator's step.
/// Anywhere else, a tokio task on another thread for example, they run as tasks of the event loop it belongs to, of
/// asyncio, uvloop or trio: the one that ran when it was made, or the one it was given with [`on`](Self::on).
///
/// Dropping it gives it to that loop's finalizer, which closes it, as if Python code had dropped it.
pub struct FromPython {
    iterator: Option<Py<PyAny>>,
    home: Option<Home>,
    state: State,
    begun: Option<Begun>,
    step: Option<Box<Running>>,
    /// The step in flight closes the generator.
    closing: bool,
}

/// What a step begins with.
pub(crate) enum Begun {
    Anext,
    Asend(Py<PyAny>),
    Athrow(PyErr),
    Aclose,
}

enum Running {
    Local(LocalStep),
    Remote(RemoteStep),
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
        home: Home::here(py)?,
        state: State::Created,
        begun: None,
        step: None,
        closing: false,
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
        self.home = Some(Home::of(event_loop));
        self
    }

    fn start(&self, py: Python<'_>, begun: Begun) -> PyResult<Running> {
        let Some(iterator) = &self.iterator else { return Err(PyStopAsyncIteration::new_err(())) };
        if bridge::is_there() {
            return Ok(Running::Local(LocalStep::new(&awaitable(iterator.bind(py), begun)?)?));
        }
        let Some(home) = &self.home else {
            return Err(PyRuntimeError::new_err(
                "this Python generator has no event loop to run in: make it where one runs, or say which with on()",
            ));
        };
        RemoteStep::start(py, iterator.clone_ref(py), begun, home).map(Running::Remote)
    }

    fn ended(&mut self, py: Python<'_>, result: PyResult<Py<PyAny>>) -> Step<Py<PyAny>, PyErr> {
        self.step = None;
        let closing = std::mem::take(&mut self.closing);
        match result {
            // `aclose` evaluates to nothing; a value is one that a body yields that ignores `GeneratorExit`.
            Ok(value) if closing && value.is_none(py) => self.closed(Step::Returned),
            Ok(value) => {
                self.state = State::Suspended;
                Step::Yielded(value)
            }
            Err(error) if error.is_instance_of::<PyStopAsyncIteration>(py) => self.closed(Step::Returned),
            Err(error) if error.is_instance_of::<PyGeneratorExit>(py) => {
                self.closed(if closing { Step::Returned } else { Step::Raised(Exception::GeneratorExit) })
            }
            Err(error) => self.closed(Step::Raised(Exception::Error(error))),
        }
    }

    fn closed(&mut self, step: Step<Py<PyAny>, PyErr>) -> Step<Py<PyAny>, PyErr> {
        self.state = State::Closed;
        self.iterator = None;
        step
    }
}

/// The awaitable of a step. An iterator that is no generator has no `athrow` and no `aclose`: an exception just comes
/// out of it.
pub(crate) fn awaitable<'py>(iterator: &Bound<'py, PyAny>, begun: Begun) -> PyResult<Bound<'py, PyAny>> {
    let py = iterator.py();
    let missing = |error: PyErr, instead: PyErr| {
        if error.is_instance_of::<PyAttributeError>(py) { instead } else { error }
    };
    match begun {
        Begun::Anext => iterator.call_method0(intern!(py, "__anext__")),
        Begun::Asend(value) => {
            let instead = PyTypeError::new_err("an asynchronous iterator that is no generator can't be sent a value");
            iterator.getattr(intern!(py, "asend")).map_err(|error| missing(error, instead))?.call1((value,))
        }
        Begun::Athrow(error) => {
            let value = error.clone_ref(py).into_value(py);
            iterator.getattr(intern!(py, "athrow")).map_err(|missed| missing(missed, error))?.call1((value,))
        }
        Begun::Aclose => {
            let instead = PyStopAsyncIteration::new_err(());
            iterator.getattr(intern!(py, "aclose")).map_err(|error| missing(error, instead))?.call0()
        }
    }
}

fn ready_if<T>(there: Option<T>) -> Poll<T> {
    there.map_or(Poll::Pending, Poll::Ready)
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
        match &mut self.step {
            // C19: raised at the await where the Python body stands.
            Some(step) if in_flight => {
                let error = match begun {
                    Begun::Athrow(error) => error,
                    Begun::Anext | Begun::Asend(_) | Begun::Aclose => PyGeneratorExit::new_err(()),
                };
                match &mut **step {
                    Running::Local(step) => step.throw(error),
                    Running::Remote(step) => step.throw(error),
                }
            }
            _ => self.begun = Some(begun),
        }
        Ok(())
    }

    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Py<PyAny>, PyErr>> {
        match self.state {
            State::Running => {}
            State::Closed => return Poll::Ready(Step::Returned),
            State::Created | State::Suspended => return Poll::Pending,
        }
        if let Some(begun) = self.begun.take() {
            // Where the interpreter shuts down, nothing goes on any more.
            match ready_if(gate::attach(|py| self.start(py, begun))) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(step)) => self.step = Some(Box::new(step)),
                Poll::Ready(Err(error)) => return ready_if(gate::attach(|py| self.ended(py, Err(error)))),
            }
        }
        let Some(step) = &mut self.step else { return Poll::Pending };
        let result = ready!(match &mut **step {
            Running::Local(step) => Pin::new(step).poll(cx),
            Running::Remote(step) => Pin::new(step).poll(cx),
        });
        ready_if(gate::attach(|py| self.ended(py, result)))
    }

    fn state(&self) -> State {
        self.state
    }
}

impl Drop for FromPython {
    /// Lets the iterator go while the interpreter is at hand, for its finalizer to run now and not some time later.
    fn drop(&mut self) {
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
