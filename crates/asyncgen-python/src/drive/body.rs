//! A Rust generator with its types erased: its values and errors are Python objects.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use asyncgen::{AsyncGenerator, Exception, Refused, Resume, ReturningGenerator, State, Step};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyException, PyGeneratorExit, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyNone;

use super::bridge::{self, Bridge};
use crate::process::{gate, runtime, trash};
use crate::protocol::Resumed;
use crate::protocol::coroutine::Answer;
use crate::{FromSent, PythonError};

/// What a step begins with.
pub(crate) enum Command {
    /// `asend`; `None`, which is Python's, also goes on with a step in flight.
    Send(Option<Py<PyAny>>),
    Throw(Box<PyErr>),
    Close,
}

impl Command {
    /// What a Python awaitable gets of it.
    pub(crate) fn into_answer(self, py: Python<'_>) -> Answer {
        match self {
            Self::Send(value) => Ok(value.unwrap_or_else(|| py.None())),
            Self::Throw(error) => Err(*error),
            Self::Close => Err(PyGeneratorExit::new_err(())),
        }
    }
}

/// What the driver needs of a generator, or of a future.
pub(crate) trait Body: Send {
    /// Begins a step, or raises an exception in one that is in flight, if there is a command. Polls the step in flight,
    /// which is never led to an `Await` by that: where it waits, it is pending.
    fn step(&mut self, py: Python<'_>, command: Option<Command>, waker: &Waker, bridge: &mut Bridge) -> Poll<Resumed>;
    /// Where the generator stands.
    fn state(&self) -> State;
    /// Does it give the event loop a turn now and then, if it is always ready?
    fn gives_turns(&self) -> bool {
        true
    }
}

/// Is the interpreter lock let go while a body is polled?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gil {
    Released,
    Kept,
}

/// Polls in the context of the runtime.
pub(crate) fn polled<T: Send>(py: Python<'_>, gil: Gil, poll: impl FnOnce() -> Poll<T> + Send) -> PyResult<Poll<T>> {
    runtime::enter(py)?;
    Ok(match gil {
        Gil::Kept => poll(),
        Gil::Released => gate::detach(py, poll),
    })
}

/// Drops a body as it is polled: without the interpreter lock, for a destructor may wait for a thread that wants it, and in
/// the context of the runtime.
pub(crate) fn dropped<T: Send + 'static>(gil: Gil, body: T) {
    trash::discard(move || drop_now(gil, body));
}

fn drop_now<T: Send>(gil: Gil, body: T) {
    let slot = Cell::new(Some(body));
    let _interpreter_is_there = Python::try_attach(|py| {
        // It lets the lock go, too.
        let _in_step = gate::begin_step(py);
        gate::keeping_exception(py, || {
            // Without a runtime it is dropped as it is.
            let _entered = runtime::enter(py);
            let body = slot.take();
            match gil {
                Gil::Kept => drop(body),
                Gil::Released => gate::detach(py, move || drop(body)),
            }
        });
    });
}

/// The value that a generator has ended with, as Python's.
type Value<G> = fn(Pin<&mut G>, Python<'_>) -> PyResult<Py<PyAny>>;

/// A generator in Rust with its types erased.
pub(crate) struct Erased<G: Send + 'static> {
    /// `None` once it is dropped.
    generator: Option<Pin<Box<G>>>,
    gil: Gil,
    /// Takes the value that the body has ended with (C26): for the many that have none, `None`.
    value: Value<G>,
    /// What Python threw in where the body saw `GeneratorExit`: it comes out again if the body lets that out.
    thrown: Option<PyErr>,
}

impl<G> Erased<G>
where
    G: AsyncGenerator + Send + 'static,
    G::Error: PythonError,
{
    pub(crate) fn new(generator: G, gil: Gil) -> Self {
        Self { generator: Some(Box::pin(generator)), gil, value: |_, py| Ok(py.None()), thrown: None }
    }

    /// The same, of a generator that ends with a value.
    pub(crate) fn returning(generator: G, gil: Gil) -> Self
    where
        G: ReturningGenerator<Return: for<'py> IntoPyObject<'py>>,
    {
        let mut erased = Self::new(generator, gil);
        erased.value = |generator, py| match generator.take_return() {
            Some(value) => value.into_py_any(py),
            None => Ok(py.None()),
        };
        erased
    }

    /// Begins a step. If a generator of Python's, to which the body delegates, yields at once, here is the value.
    fn begin(&mut self, py: Python<'_>, command: Command) -> PyResult<Option<G::Yield>>
    where
        G::Sent: FromSent,
    {
        let Some(generator) = self.generator.take() else { return Ok(None) };
        let resume = resume(&*generator, py, command, |error| self.exception(py, error));
        let generator = self.generator.insert(generator);
        let resume = match resume? {
            // It runs while this is attached, without the lock being let go for it to be taken again at once.
            Resume::Send(sent) if !gate::is_closed() => match generator.as_mut().send_at_once(sent) {
                Ok(value) => return Ok(Some(value)),
                Err(sent) => Resume::Send(sent),
            },
            resume => resume,
        };
        begin(generator.as_mut(), resume).map(|()| None)
    }

    /// What is no `Exception` of Python's (`GeneratorExit`, cancellations, `KeyboardInterrupt`) asks a body to end, and so
    /// does what its error type can't take in. It goes through the body as `GeneratorExit`, and comes out as it was.
    fn exception(&mut self, py: Python<'_>, error: PyErr) -> Exception<G::Error> {
        let error = if error.is_instance_of::<PyException>(py) { G::Error::from_python(error) } else { Err(error) };
        match error {
            Ok(error) => Exception::Error(error),
            Err(error) => {
                self.thrown = Some(error);
                Exception::GeneratorExit
            }
        }
    }
}

/// What a command means to a generator.
fn resume<G: AsyncGenerator>(
    generator: &G,
    py: Python<'_>,
    command: Command,
    exception: impl FnOnce(PyErr) -> Exception<G::Error>,
) -> PyResult<Resume<G::Sent, G::Error>>
where
    G::Sent: FromSent,
{
    Ok(match command {
        Command::Send(_) if generator.state() != State::Suspended => Resume::Next,
        Command::Send(None) => Resume::Send(sent(&PyNone::get(py))?),
        Command::Send(Some(value)) => Resume::Send(sent(value.bind(py))?),
        Command::Throw(error) => Resume::Throw(exception(*error)),
        Command::Close => Resume::Close,
    })
}

fn begin<G: AsyncGenerator>(generator: Pin<&mut G>, resume: Resume<G::Sent, G::Error>) -> PyResult<()> {
    match generator.begin(resume) {
        // C25: an exception waits already until clean-up has ended; it is enough to end the generator.
        Ok(()) | Err(Refused::AlreadyRunning(_) | Refused::Closed(_)) => Ok(()),
        Err(Refused::JustStarted(_) | Refused::AlreadyStarted) => Err(must_be_sent()),
    }
}

impl<G> Body for Erased<G>
where
    G: AsyncGenerator + Send + 'static,
    G::Yield: for<'py> IntoPyObject<'py> + Send,
    G::Sent: FromSent,
    G::Error: PythonError,
{
    fn step(&mut self, py: Python<'_>, command: Option<Command>, waker: &Waker, bridge: &mut Bridge) -> Poll<Resumed> {
        if let Some(command) = command {
            match self.begin(py, command) {
                Ok(None) => {}
                Ok(Some(value)) => return Poll::Ready(yielded(py, value)),
                Err(error) => return Poll::Ready(Resumed::raised(error)),
            }
        }
        let Some(generator) = &mut self.generator else { return Poll::Ready(Resumed::Returned(py.None())) };
        let poll = || bridge::enter(bridge, || generator.as_mut().poll_step(&mut Context::from_waker(waker)));
        let step = match polled(py, self.gil, poll) {
            Ok(step) => ready!(step),
            Err(error) => return Poll::Ready(Resumed::raised(error)),
        };
        Poll::Ready(match step {
            Step::Yielded(value) => {
                self.thrown = None;
                yielded(py, value)
            }
            Step::Returned => match (self.value)(generator.as_mut(), py) {
                Ok(value) => Resumed::Returned(value),
                Err(error) => Resumed::raised(error),
            },
            Step::Raised(Exception::Error(error)) => Resumed::raised(error.into()),
            Step::Raised(Exception::GeneratorExit) => {
                // Of two, the later one: that which came out of a Python generator to which the body delegated.
                let error = bridge.exit.take().or(self.thrown.take());
                Resumed::raised(error.unwrap_or_else(|| PyGeneratorExit::new_err(())))
            }
        })
    }

    fn state(&self) -> State {
        self.generator.as_ref().map_or(State::Closed, AsyncGenerator::state)
    }
}

impl<G: Send + 'static> Drop for Erased<G> {
    fn drop(&mut self) {
        if let Some(generator) = self.generator.take() {
            dropped(self.gil, generator);
        }
    }
}

/// A generator whose body is a coroutine of Python's: it sees every exception as it is, and needs no runtime.
pub(crate) struct OfCoroutine<G>(Pin<Box<G>>);

impl<G> OfCoroutine<G> {
    pub(crate) fn new(generator: G) -> Self {
        Self(Box::pin(generator))
    }
}

impl<G> Body for OfCoroutine<G>
where
    G: AsyncGenerator<Yield = Py<PyAny>, Sent = Option<Py<PyAny>>, Error = PyErr> + Send,
{
    fn step(&mut self, py: Python<'_>, command: Option<Command>, waker: &Waker, bridge: &mut Bridge) -> Poll<Resumed> {
        if let Some(command) = command {
            let begun = resume(&*self.0, py, command, Exception::Error);
            if let Err(error) = begun.and_then(|resume| begin(self.0.as_mut(), resume)) {
                return Poll::Ready(Resumed::raised(error));
            }
        }
        let step = bridge::enter(bridge, || self.0.as_mut().poll_step(&mut Context::from_waker(waker)));
        step.map(|step| match step {
            Step::Yielded(value) => Resumed::Yielded(value),
            Step::Returned => Resumed::Returned(py.None()),
            Step::Raised(Exception::Error(error)) => Resumed::raised(error),
            Step::Raised(Exception::GeneratorExit) => Resumed::raised(PyGeneratorExit::new_err(())),
        })
    }

    fn state(&self) -> State {
        self.0.state()
    }

    /// As a native generator, which does not either.
    fn gives_turns(&self) -> bool {
        false
    }
}

fn yielded<'py>(py: Python<'py>, value: impl IntoPyObject<'py>) -> Resumed {
    match value.into_py_any(py) {
        Ok(value) => Resumed::Yielded(value),
        Err(error) => Resumed::raised(error),
    }
}

/// What Python sent.
fn sent<S: FromSent>(value: &Bound<'_, PyAny>) -> PyResult<S> {
    S::from_sent(value).map_err(|error| {
        if !value.is_none() {
            return error;
        }
        // `async for` sends `None`.
        let refused = must_be_sent();
        refused.set_cause(value.py(), Some(error));
        refused
    })
}

fn must_be_sent() -> PyErr {
    PyTypeError::new_err("this asynchronous generator must be sent a value")
}
