//! Generators for the tests of this package: each shows one corner of the contract.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, StepError, Yielder, generator};
use pyo3::exceptions::{PyValueError, PyZeroDivisionError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::{IntoPython, await_python, from_python, runtime};

pub(crate) mod keywords;

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
pub(crate) fn tidy(n: u64, pause: f64, clean_up: f64, log: Py<PyList>) -> IntoPython {
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
pub(crate) fn echo() -> IntoPython {
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
pub(crate) fn sums() -> IntoPython {
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
pub(crate) fn catches() -> IntoPython {
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
pub(crate) fn ignores_exit() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), PyErr>| {
        let _ignored = y.try_yield(1).await;
        y.yield_(2).await;
    }))
    .named("ignores_exit")
}

/// Raises an error of its own type, or lets one out that was thrown in.
#[pyfunction]
pub(crate) fn io_errors(log: Py<PyList>) -> IntoPython {
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
pub(crate) fn panics() -> IntoPython {
    #[expect(clippy::panic, reason = "that is what it is for")]
    let generator = generator!(|y: Yielder<'_, u32, (), PyErr>| {
        y.yield_(1).await;
        panic!("as it was told");
    });
    IntoPython::new(generator).named("panics")
}

/// Raises an exception of its own.
#[pyfunction]
pub(crate) fn raises() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), PyErr>| {
        y.yield_(1).await;
        Err(PyZeroDivisionError::new_err("of its own"))
    }))
    .named("raises")
}

/// Awaits what `make()` returns before each value, which is the result.
#[pyfunction]
pub(crate) fn awaits(make: Py<PyAny>, n: u32) -> IntoPython {
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
pub(crate) fn delegates(py: Python<'_>, inner: &Bound<'_, PyAny>) -> PyResult<IntoPython> {
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
pub(crate) fn wakes_from_a_thread(n: u32) -> IntoPython {
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
pub(crate) fn waits() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), PyErr>| {
        std::future::pending::<()>().await;
        y.yield_(1).await;
    }))
    .named("waits")
}

/// Catches what is thrown at its first yield, yields again, and raises `GeneratorExit` by itself.
#[pyfunction]
pub(crate) fn gives_up() -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u32, (), io::Error>| {
        let _caught = y.try_yield(1).await;
        y.yield_(2).await;
        y.raise(Exception::GeneratorExit).await;
    }))
    .named("gives_up")
}

/// Calls a function again and again, in a task on the shared runtime.
#[pyfunction]
pub(crate) fn keeps_calling(py: Python<'_>, function: Py<PyAny>) -> PyResult<()> {
    let _detached = runtime(py)?.spawn(async move {
        while Python::attach(|py| function.call0(py)).is_ok() {
            tokio::task::yield_now().await;
        }
    });
    Ok(())
}

/// Gives way to the scheduler before each value, without waiting for anything.
#[pyfunction]
pub(crate) fn gives_way(n: u32) -> IntoPython {
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
pub(crate) fn drive(
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
pub(crate) fn drive_here(generator: &Bound<'_, PyAny>) -> PyResult<IntoPython> {
    let mut generator = from_python(generator)?;
    Ok(IntoPython::new(generator!(|y: Yielder<'_, String, (), PyErr>| {
        let task = tokio::spawn(async move { said(generator.anext().await) });
        let said = task.await.map_err(|error| PyValueError::new_err(error.to_string()))?;
        y.yield_(said).await;
        Ok(())
    }))
    .named("drive_here"))
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
