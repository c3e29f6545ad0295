//! Generators for the tests of this package: each shows one corner of the contract.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, StepError, Yielder, generator};
use pyo3::exceptions::{PyBaseException, PyValueError, PyZeroDivisionError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use asyncgen_python::{
    IntoAwaitable, IntoPython, await_python, configure_runtime, from_python, runtime, spawn_python, use_runtime,
};

mod keywords;

/// What is driven: all that goes in and comes out is Python's.
pub(crate) trait FromAndToPython:
    AsyncGenerator<Yield = Py<PyAny>, Sent = Option<Py<PyAny>>, Error = PyErr> + Unpin + Send
{
}

impl<G> FromAndToPython for G where
    G: AsyncGenerator<Yield = Py<PyAny>, Sent = Option<Py<PyAny>>, Error = PyErr> + Unpin + Send
{
}

fn append(log: &Py<PyList>, what: &str) -> PyResult<()> {
    Python::attach(|py| log.bind(py).append(what))
}

/// Yields numbers, each after a pause; cleans up with an await, on every way out, and logs that.
#[pyfunction]
fn tidy(n: u64, pause: f64, clean_up: f64, log: Py<PyList>) -> IntoPython {
    let log = Arc::new(log);
    IntoPython::new(generator!(|y: Yielder<'_, u64, (), PyErr>| {
        y.finally(
            async |mut y| {
                for i in 0..n {
                    if pause > 0.0 {
                        tokio::time::sleep(Duration::from_secs_f64(pause)).await;
                    }
                    y.yield_(i).await;
                }
                Ok(())
            },
            async |_| {
                append(&log, "cleaning up")?;
                if clean_up > 0.0 {
                    tokio::time::sleep(Duration::from_secs_f64(clean_up)).await;
                }
                append(&log, "cleaned up")
            },
        )
        .await;
        append(&log, "ended")
    }))
    .named("tidy")
}

/// Yields what it is sent.
#[pyfunction]
fn echo() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, Option<Py<PyAny>>, Option<Py<PyAny>>, PyErr>| {
        let mut sent = None;
        loop {
            sent = y.yield_(sent).await;
        }
    }))
    .named("echo")
}

/// Yields the sum of the numbers that it is sent, which must be numbers.
#[pyfunction]
fn sums() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, u32, PyErr>| {
        let mut sum = 0;
        loop {
            sum += y.yield_(sum).await;
        }
    }))
    .named("sums")
}

/// Yields descriptions of the exceptions that it catches.
#[pyfunction]
fn catches() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, String, (), PyErr>| {
        let mut caught = "nothing".to_owned();
        loop {
            match y.try_yield(caught).await {
                Ok(()) => caught = String::from("nothing"),
                Err(Exception::GeneratorExit) => return,
                Err(Exception::Error(error)) => caught = error.to_string(),
            }
        }
    }))
    .named("catches")
}

/// Yields once more when it is closed.
#[pyfunction]
fn ignores_exit() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), PyErr>| {
        let _ignored = y.try_yield(1).await;
        y.yield_(2).await;
    }))
    .named("ignores_exit")
}

/// Raises an error of its own type, or lets one out that was thrown in.
#[pyfunction]
fn io_errors(log: Py<PyList>) -> IntoPython {
    let log = Arc::new(log);
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), io::Error>| {
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err::<(), _>(io::Error::new(io::ErrorKind::NotFound, "no such thing"))
            },
            async |_| append(&log, "cleaned up").map_err(Into::into),
        )
        .await;
    }))
    .named("io_errors")
}

/// Panics at its second step.
#[pyfunction]
fn panics() -> IntoPython {
    #[expect(clippy::panic, reason = "that is what it is for")]
    let generator = generator!(|y: Yielder<'_, u32, (), PyErr>| {
        y.yield_(1).await;
        panic!("as it was told");
    });
    IntoPython::new(generator).named("panics")
}

/// Raises an exception of its own.
#[pyfunction]
fn raises() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), PyErr>| {
        y.yield_(1).await;
        Err(PyZeroDivisionError::new_err("of its own"))
    }))
    .named("raises")
}

/// Awaits what `make()` returns before each value, which is the result.
#[pyfunction]
fn awaits(make: Py<PyAny>, n: u32) -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, Py<PyAny>, (), PyErr>| {
        for _ in 0..n {
            let awaitable = Python::attach(|py| make.call0(py))?;
            let value = await_python(awaitable).await?;
            y.yield_(value).await;
        }
        Ok(())
    }))
    .named("awaits")
}

/// Yields from a Python generator, then the string "end".
#[pyfunction]
fn delegates(py: Python<'_>, inner: &Bound<'_, PyAny>) -> PyResult<IntoPython> {
    let inner = from_python(inner)?;
    let end = "end".into_pyobject(py)?.into_any().unbind();
    Ok(IntoPython::new(generator!(|y: Yielder<'_, Py<PyAny>, Option<Py<PyAny>>, PyErr>| {
        y.yield_from(inner).await;
        y.yield_(end).await;
    }))
    .named("delegates"))
}

/// Holds an object that the garbage collector can't see inside of.
#[pyfunction]
fn wakes_from_a_thread(n: u32) -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), PyErr>| {
        for i in 0..n {
            let (send, receive) = tokio::sync::oneshot::channel();
            let _detached = std::thread::spawn(move || send.send(i));
            let received = receive.await.map_err(|error| PyValueError::new_err(error.to_string()))?;
            y.yield_(received).await;
        }
        Ok(())
    }))
    .named("wakes_from_a_thread")
}

/// Waits for what nobody will wake it for.
#[pyfunction]
fn waits() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), PyErr>| {
        std::future::pending::<()>().await;
        y.yield_(1).await;
    }))
    .named("waits")
}

/// Catches what is thrown at its first yield, yields again, and raises `GeneratorExit` by itself.
#[pyfunction]
fn gives_up() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), io::Error>| {
        let _caught = y.try_yield(1).await;
        y.yield_(2).await;
        y.raise(Exception::GeneratorExit).await;
    }))
    .named("gives_up")
}

/// Calls a function again and again, in a task on the shared runtime.
#[pyfunction]
fn keeps_calling(py: Python<'_>, function: Py<PyAny>) -> PyResult<()> {
    let _detached = runtime(py)?.spawn(async move {
        while Python::attach(|py| function.call0(py)).is_ok() {
            tokio::task::yield_now().await;
        }
    });
    Ok(())
}

/// Gives way to the scheduler before each value, without waiting for anything.
#[pyfunction]
fn gives_way(n: u32) -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), PyErr>| {
        for i in 0..n {
            tokio::task::yield_now().await;
            y.yield_(i).await;
        }
    }))
    .named("gives_way")
}

/// Drives a Python generator from a task on a thread of tokio's, and waits for it; returns what every operation gave.
///
/// An operation is a tuple: `("anext",)`, `("asend", value)`, `("athrow", exception)`, `("aclose",)`, or
/// `("timeout", seconds)`, an `anext` that is given up, or `("give up on athrow", exception)`.
#[pyfunction]
fn drive(
    py: Python<'_>,
    generator: &Bound<'_, PyAny>,
    event_loop: Py<PyAny>,
    operations: Vec<(String, Option<Py<PyAny>>)>,
) -> PyResult<Vec<String>> {
    operate_on_a_thread(py, from_python(generator)?.on(event_loop), operations)
}

pub(crate) fn operate_on_a_thread(
    py: Python<'_>,
    generator: impl FromAndToPython + 'static,
    operations: Vec<(String, Option<Py<PyAny>>)>,
) -> PyResult<Vec<String>> {
    let handle = runtime(py)?;
    py.detach(|| {
        let task = handle.spawn(operate(generator, operations));
        handle.block_on(task).map_err(|error| PyValueError::new_err(error.to_string()))
    })
}

/// Drives a Python generator from a tokio task, in the loop where this is called, and yields what its first step gave.
#[pyfunction]
fn drive_here(generator: &Bound<'_, PyAny>) -> PyResult<IntoPython> {
    let mut generator = from_python(generator)?;
    Ok(IntoPython::new(generator!(|y: Yielder<'_, String, (), PyErr>| {
        let task = tokio::spawn(async move { said(generator.anext().await) });
        let said = task.await.map_err(|error| PyValueError::new_err(error.to_string()))?;
        y.yield_(said).await;
        Ok(())
    }))
    .named("drive_here"))
}

/// Drives a Python generator from a tokio task to its end, with a pause before each step but the first, and yields what
/// each step gave.
#[pyfunction]
fn drives_with_a_pause(generator: &Bound<'_, PyAny>, pause: f64) -> PyResult<IntoPython> {
    let mut generator = from_python(generator)?;
    Ok(IntoPython::new(generator!(|y: Yielder<'_, String, (), PyErr>| {
        let (send, mut receive) = tokio::sync::mpsc::channel(1);
        let _detached = tokio::spawn(async move {
            loop {
                let result = generator.anext().await;
                let is_end = result.is_err();
                if matches!(result, Err(StepError::StopAsyncIteration))
                    || send.send(said(result)).await.is_err()
                    || is_end
                {
                    break;
                }
                tokio::time::sleep(Duration::from_secs_f64(pause)).await;
            }
        });
        while let Some(said) = receive.recv().await {
            y.yield_(said).await;
        }
        Ok(())
    }))
    .named("drives_with_a_pause"))
}

async fn operate(mut generator: impl FromAndToPython, operations: Vec<(String, Option<Py<PyAny>>)>) -> Vec<String> {
    let mut trace = Vec::new();
    for (operation, argument) in operations {
        let said = match (&*operation, argument) {
            ("anext", _) => said(generator.anext().await),
            ("asend", value) => said(generator.asend(value).await),
            ("athrow", Some(exception)) => {
                let error = Python::attach(|py| PyErr::from_value(exception.into_bound(py)));
                match generator.athrow(error).await {
                    Ok(Some(value)) => said::<()>(Ok(value)),
                    Ok(None) => "nothing".to_owned(),
                    Err(StepError::StopAsyncIteration) => "StopAsyncIteration".to_owned(),
                    Err(error) => error.to_string(),
                }
            }
            ("aclose", _) => match generator.aclose().await {
                Ok(()) => "closed".to_owned(),
                Err(CloseError::IgnoredGeneratorExit(_)) => "ignored".to_owned(),
                Err(CloseError::Raised(error)) => error.to_string(),
            },
            ("timeout", Some(seconds)) => {
                let seconds = Python::attach(|py| seconds.extract::<f64>(py)).unwrap_or(0.0);
                match tokio::time::timeout(Duration::from_secs_f64(seconds), generator.anext()).await {
                    Ok(result) => said(result),
                    Err(_) => "timeout".to_owned(),
                }
            }
            ("give up on athrow", Some(exception)) => {
                let error = Python::attach(|py| PyErr::from_value(exception.into_bound(py)));
                match tokio::time::timeout(Duration::from_millis(20), generator.athrow(error)).await {
                    Ok(_) => "not in time".to_owned(),
                    Err(_) => "timeout".to_owned(),
                }
            }
            (other, _) => format!("no such operation: {other}"),
        };
        trace.push(said);
    }
    trace
}

fn said<R>(result: Result<Py<PyAny>, StepError<PyErr, R>>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(StepError::StopAsyncIteration) => "StopAsyncIteration".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// A stream of numbers, as a generator in one line.
#[pyfunction]
fn numbers(n: u32) -> IntoPython {
    IntoPython::from_stream(futures_util::stream::iter(0..n)).named("numbers")
}

/// Yields one number: a dependency of FastAPI, a fixture of pytest.
#[pyfunction]
fn one() -> IntoPython {
    IntoPython::from_stream(futures_util::stream::iter([1])).named("one")
}

/// A stream of results: numbers, and then an error.
#[pyfunction]
fn numbers_and_an_error(n: u32) -> IntoPython {
    let error = io::Error::new(io::ErrorKind::NotFound, "no more numbers");
    let items = (0..n).map(Ok).chain([Err(error), Ok(99)]);
    IntoPython::from_try_stream(futures_util::stream::iter(items.collect::<Vec<_>>())).named("numbers_and_an_error")
}

/// A body with no errors of its own: what is thrown in ends it.
#[pyfunction]
fn without_errors() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32>| {
        y.yield_(1).await;
        y.yield_(2).await;
    }))
}

/// Keeps the interpreter lock.
#[pyfunction]
fn keeps_the_lock(n: u64, pause: f64) -> IntoPython {
    IntoPython::keeping_the_lock(generator!(|y: Yielder<'_, u64, (), PyErr>| {
        for i in 0..n {
            if pause > 0.0 {
                tokio::time::sleep(Duration::from_secs_f64(pause)).await;
            }
            y.yield_(i).await;
        }
    }))
    .named("keeps_the_lock")
}

/// Says when it is dropped.
struct Logged(Py<PyList>);

impl Drop for Logged {
    fn drop(&mut self) {
        let _logged = append(&self.0, "dropped");
    }
}

/// A plain awaitable: a pause that tokio's timer makes; then the value comes back, or is raised if it is an exception.
#[pyfunction]
fn after(seconds: f64, value: Py<PyAny>, log: Py<PyList>) -> IntoAwaitable {
    let logged = Logged(log);
    IntoAwaitable::new(async move {
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        append(&logged.0, "slept")?;
        Python::attach(|py| match value.bind(py).cast::<PyBaseException>() {
            Ok(error) => Err(PyErr::from_value(error.clone().into_any())),
            Err(_) => Ok(value),
        })
    })
    .named("after")
}

/// Awaits what both functions return at once, and yields both results; or what comes first within a time limit.
#[pyfunction]
fn joins(left: Py<PyAny>, right: Py<PyAny>) -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, (Py<PyAny>, Py<PyAny>), (), PyErr>| {
        let (left, right) = Python::attach(|py| {
            PyResult::Ok((spawn_python(&left.bind(py).call0()?)?, spawn_python(&right.bind(py).call0()?)?))
        })?;
        let (left, right) = tokio::join!(left, right);
        y.yield_((left?, right?)).await;
        Ok(())
    }))
    .named("joins")
}

/// Awaits what the function returns for at most so many seconds; yields the result, or "too late".
#[pyfunction]
fn at_most(seconds: f64, make: Py<PyAny>) -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, Py<PyAny>, (), PyErr>| {
        let awaited = Python::attach(|py| spawn_python(&make.bind(py).call0()?))?;
        let value = match tokio::time::timeout(Duration::from_secs_f64(seconds), awaited).await {
            Ok(value) => value?,
            Err(_) => Python::attach(|py| "too late".into_pyobject(py).map(|text| text.into_any().unbind()))?,
        };
        y.yield_(value).await;
        Ok(())
    }))
    .named("at_most")
}

/// Pages of a site: a method whose generator knows its object no more.
#[pyclass]
struct Site {
    pages: u32,
}

#[pymethods]
impl Site {
    #[new]
    fn new(pages: u32) -> Self {
        Self { pages }
    }

    /// The pages, from this one on.
    #[pyo3(signature = (first = 0, *, step = 1))]
    fn listing(&self, first: u32, step: usize) -> IntoPython {
        IntoPython::from_stream(futures_util::stream::iter((first..self.pages).step_by(step))).named("listing")
    }
}

/// Starts the runtime with threads of this name; what is said of it when it is too late.
#[pyfunction]
fn configure(name: String) -> PyResult<()> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().worker_threads(1).thread_name(name);
    Ok(configure_runtime(builder)?)
}

/// Hands a runtime in: with threads of its own, or without.
#[pyfunction]
fn hand_in(threads: usize) -> PyResult<()> {
    let runtime = match threads {
        0 => tokio::runtime::Builder::new_current_thread().enable_all().build(),
        n => {
            tokio::runtime::Builder::new_multi_thread().worker_threads(n).thread_name("handed-in").enable_all().build()
        }
    }?;
    let chosen = use_runtime(runtime.handle().clone());
    // An application's lives as long as that.
    std::mem::forget(runtime);
    Ok(chosen?)
}

/// Yields the names of the threads in which two tasks of the runtime ran.
#[pyfunction]
fn thread_names() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, Option<String>, (), PyErr>| {
        for _ in 0..2 {
            let name = tokio::spawn(async { std::thread::current().name().map(str::to_owned) }).await;
            y.yield_(name.map_err(|error| PyValueError::new_err(error.to_string()))?).await;
        }
        Ok(())
    }))
}

#[pymodule(gil_used = true)]
mod asyncgen_testing {
    #[pymodule_export]
    use super::keywords::{
        catches_all, catches_exceptions, catches_exit, catches_its_own, catches_of_awaitables, cleans_up, counted,
        delegates_and_catches, delegates_by_keyword, drive_a_loop, in_two_loops, raises_in, sums_of, with_their_values,
    };
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::{
        Site, after, at_most, configure, drives_with_a_pause, hand_in, joins, keeps_the_lock, numbers,
        numbers_and_an_error, one, thread_names, without_errors,
    };
    #[pymodule_export]
    use super::{
        awaits, catches, delegates, drive, drive_here, echo, gives_up, gives_way, ignores_exit, io_errors,
        keeps_calling, panics, raises, sums, tidy, waits, wakes_from_a_thread,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        asyncgen_python::generator_functions(module.as_any(), &["numbers", "one", "tidy"])?;
        asyncgen_python::generator_functions(&module.getattr("Site")?, &["listing"])
    }
}
