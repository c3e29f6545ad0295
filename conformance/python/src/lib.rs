//! The oracle's programs as asynchronous generators of Python's, whose bodies are Rust: the same interpreter that plays
//! them natively, inside of Python objects.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};

use asyncgen::{AsyncGenerator, Refused, Resume, State, Step};
use asyncgen_python::{IntoPython, PythonError, await_python};
use conformance::fuzz;
use conformance::interpret::{Delegation, Host, World};
use conformance::program::{Case, Kind};
use conformance::script::{Boxed, Made, Pause};
use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The exceptions that the programs raise.
static KINDS: PyOnceLock<[Py<PyType>; 3]> = PyOnceLock::new();

/// Tells which exceptions the programs raise.
#[pyfunction]
fn set_kinds(py: Python<'_>, a: Py<PyType>, b: Py<PyType>, c: Py<PyType>) -> PyResult<()> {
    KINDS.set(py, [a, b, c]).map_err(|_| PyRuntimeError::new_err("they are known already"))
}

fn with_kinds<T>(f: impl FnOnce(Python<'_>, &[Py<PyType>; 3]) -> T) -> T {
    Python::attach(|py| f(py, KINDS.get(py).expect("set_kinds was called")))
}

fn raised(kind: Option<Kind>, message: String) -> PyErr {
    with_kinds(|py, [a, b, c]| {
        let class = match kind {
            Some(Kind::A) => a,
            Some(Kind::B) => b,
            Some(Kind::C) => c,
            Some(Kind::Exit) | None => return PyRuntimeError::new_err(message),
        };
        PyErr::from_type(class.bind(py).clone(), message)
    })
}

fn kind_of(error: &PyErr) -> Option<Kind> {
    with_kinds(|py, [a, b, c]| {
        [(a, Kind::A), (b, Kind::B), (c, Kind::C)]
            .into_iter()
            .find_map(|(class, kind)| error.is_instance(py, class.bind(py)).then_some(kind))
            .or_else(|| error.is_instance_of::<PyGeneratorExit>(py).then_some(Kind::Exit))
    })
}

fn message_of(error: &PyErr) -> String {
    Python::attach(|py| error.value(py).to_string())
}

/// What the bodies' awaits wait for.
enum Awaits {
    /// What this returns when it is called with the await's word.
    Python(Py<PyAny>),
    /// The waker.
    Rust,
}

impl Awaits {
    async fn pause(&self, word: &str) -> PyResult<()> {
        match self {
            Self::Python(make) => await_python(Python::attach(|py| make.call1(py, (word,)))?).await.map(drop),
            Self::Rust => {
                Pause::default().await;
                Ok(())
            }
        }
    }
}

/// Bodies whose errors are Python's own.
struct WithPythonErrors(Awaits);

impl Host for WithPythonErrors {
    type Error = PyErr;

    fn error(kind: Option<Kind>, message: String) -> PyErr {
        raised(kind, message)
    }

    fn kind(error: &PyErr) -> Option<Kind> {
        kind_of(error)
    }

    fn message(error: &PyErr) -> String {
        message_of(error)
    }

    fn copy(error: &PyErr) -> PyErr {
        Python::attach(|py| error.clone_ref(py))
    }

    fn pause(&self, word: &str) -> impl Future<Output = PyResult<()>> {
        self.0.pause(word)
    }
}

/// Bodies that have a type of errors of their own.
struct WithOwnErrors(Awaits);

#[derive(Clone)]
struct OwnError {
    kind: Option<Kind>,
    message: String,
}

impl PythonError for OwnError {
    fn from_python(error: PyErr) -> Result<Self, PyErr> {
        Ok(error.into())
    }
}

impl From<PyErr> for OwnError {
    fn from(error: PyErr) -> Self {
        Self { kind: kind_of(&error), message: message_of(&error) }
    }
}

impl From<OwnError> for PyErr {
    fn from(OwnError { kind, message }: OwnError) -> PyErr {
        match kind {
            Some(Kind::Exit) => PyGeneratorExit::new_err(message),
            kind => raised(kind, message),
        }
    }
}

impl Host for WithOwnErrors {
    type Error = OwnError;

    fn error(kind: Option<Kind>, message: String) -> OwnError {
        OwnError { kind, message }
    }

    fn kind(error: &OwnError) -> Option<Kind> {
        error.kind
    }

    fn message(error: &OwnError) -> String {
        error.message.clone()
    }

    fn copy(error: &OwnError) -> OwnError {
        error.clone()
    }

    async fn pause(&self, word: &str) -> Result<(), OwnError> {
        Ok(self.0.pause(word).await?)
    }
}

/// A generator that never leaves its thread: the interpreter of programs is made of cells.
struct OneThread<E: 'static> {
    generator: Boxed<'static, E>,
    thread: ThreadId,
}

// SAFETY: whoever touches the generator is the thread that made it: `generator` sees to it, and `Drop`.
#[expect(unsafe_code, reason = "the interpreter is not `Send`")]
unsafe impl<E: 'static> Send for OneThread<E> {}

impl<E: 'static> OneThread<E> {
    fn new(generator: Boxed<'static, E>) -> Self {
        Self { generator, thread: thread::current().id() }
    }

    fn check(&self) {
        if thread::current().id() != self.thread {
            // A panic would drop it here.
            std::process::abort();
        }
    }

    fn generator(self: Pin<&mut Self>) -> Pin<&mut impl AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = E>> {
        self.check();
        Pin::new(&mut Pin::get_mut(self).generator)
    }
}

impl<E: 'static> Drop for OneThread<E> {
    fn drop(&mut self) {
        self.check();
    }
}

impl<E: 'static> AsyncGenerator for OneThread<E> {
    type Yield = i64;
    type Sent = Option<i64>;
    type Error = E;

    fn begin(self: Pin<&mut Self>, resume: Resume<Option<i64>, E>) -> Result<(), Refused<Option<i64>, E>> {
        self.generator().begin(resume)
    }

    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<i64, E>> {
        self.generator().poll_step(cx)
    }

    fn state(&self) -> State {
        self.check();
        self.generator.state()
    }
}

/// A run of a program.
#[pyclass(unsendable)]
struct Run {
    words: Box<dyn Fn() -> String>,
    generator: Option<IntoPython>,
}

#[pymethods]
impl Run {
    /// The generator; it can be had once.
    fn generator(&mut self) -> PyResult<IntoPython> {
        self.generator.take().ok_or_else(|| PyRuntimeError::new_err("it was taken already"))
    }

    /// What the body has done since this was last asked.
    fn words(&self) -> String {
        (self.words)()
    }
}

/// Begins to run the program of a case.
///
/// `pause` makes what the bodies await; without it, they wait for their waker. `own_errors`: their errors are of a type
/// of their own.
#[pyfunction]
fn run(case: &str, pause: Option<Py<PyAny>>, own_errors: bool, direct: bool) -> PyResult<Run> {
    let case: Case = serde_json::from_str(case).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let delegation = if direct { Delegation::Direct } else { Delegation::ByLevels };
    let awaits = pause.map_or(Awaits::Rust, Awaits::Python);
    // They are small, and this process plays some thousands of them.
    let program = Box::leak(Box::new(case.program));
    Ok(if own_errors {
        let world: &'static _ = Box::leak(Box::new(World::new(program, delegation, WithOwnErrors(awaits))));
        Run {
            words: Box::new(|| world.words()),
            generator: Some(IntoPython::new(OneThread::new(plain(world.generator())?)).named("gen0")),
        }
    } else {
        let world: &'static _ = Box::leak(Box::new(World::new(program, delegation, WithPythonErrors(awaits))));
        Run {
            words: Box::new(|| world.words()),
            generator: Some(IntoPython::new(OneThread::new(plain(world.generator())?)).named("gen0")),
        }
    })
}

/// Programs whose generators end with values are not compared through Python's objects yet.
fn plain<E>(generator: Made<'_, E>) -> PyResult<Boxed<'_, E>> {
    match generator {
        Made::Plain(generator) => Ok(generator),
        _ => Err(PyValueError::new_err("a program with values at the end")),
    }
}

/// The random case of this number in the `fuzz` run with this seed, without values.
#[pyfunction]
fn random_case(seed: u64, number: u64) -> PyResult<String> {
    serde_json::to_string(&fuzz::case_without_values(seed, number)).map_err(|error| PyValueError::new_err(error.to_string()))
}

#[pymodule]
mod conformance_python {
    #[pymodule_export]
    use super::{random_case, run, set_kinds};
}
