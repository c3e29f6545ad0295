//! The same with keywords: bodies whose errors are Python's own, or of a type of theirs.

use std::time::Duration;

use asyncgen::async_gen;
use pyo3::exceptions::{PyException, PyKeyError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::{append, operate_on_a_thread};
use asyncgen_python::{IntoPython, PythonError, await_python, from_python};

/// Yields numbers, each again for as long as something is thrown in meanwhile, and catches all that it is. After each
/// yield it sleeps for so many seconds.
#[pyfunction]
pub(crate) fn catches_all(pause: f64, log: Py<PyList>) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = PyErr;

        let mut n = 0;
        loop {
            try {
                yield n;
                tokio::time::sleep(Duration::from_secs_f64(pause)).await;
                n += 1;
            } catch error {
                append(&log, &format!("caught {error}"))?;
            } finally {
                append(&log, "finally")?;
            }
        }
    })
    .named("catches_all")
}

/// The same, but it lets out what is no `Exception`, as `except Exception` does.
#[pyfunction]
pub(crate) fn catches_exceptions(pause: f64, log: Py<PyList>) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = PyErr;

        for n in 0.. {
            try {
                yield n;
                tokio::time::sleep(Duration::from_secs_f64(pause)).await;
            } catch error if Python::attach(|py| error.is_instance_of::<PyException>(py)) {
                append(&log, &format!("caught {error}"))?;
            }
        }
    })
    .named("catches_exceptions")
}

/// Sees that it is closed, and raises that again; or, if it is `stubborn`, goes on to its next value.
#[pyfunction]
pub(crate) fn catches_exit(stubborn: bool, log: Py<PyList>) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = PyErr;

        try {
            yield 1;
        } catch _ {
            append(&log, "an error")?;
        } catch GeneratorExit {
            append(&log, "closed")?;
            tokio::time::sleep(Duration::from_millis(1)).await;
            if !stubborn {
                raise!(GeneratorExit);
            }
        }
        yield 2;
    })
    .named("catches_exit")
}

/// Errors that Python knows nothing of.
enum Failure {
    Lost { key: String },
    Python(PyErr),
}

impl PythonError for Failure {
    fn from_python(error: PyErr) -> Result<Self, PyErr> {
        Ok(error.into())
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Python::attach(|py| {
            if error.is_instance_of::<PyKeyError>(py) {
                Self::Lost { key: error.value(py).to_string() }
            } else {
                Self::Python(error)
            }
        })
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Lost { key } => PyRuntimeError::new_err(format!("lost {key}")),
            Failure::Python(error) => error,
        }
    }
}

/// Yields what it has lost; its errors are of a type of its own. What is no `KeyError` ends it.
#[pyfunction]
pub(crate) fn catches_its_own(log: Py<PyList>) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = String;
        type Sent = ();
        type Error = Failure;

        let mut lost = String::from("nothing");
        try {
            loop {
                lost = try {
                    yield lost;
                    String::from("nothing")
                } catch Failure::Lost { key } if key == "'all'" {
                    raise!(Failure::Lost { key })
                } catch Failure::Lost { key } {
                    key
                };
            }
        } finally {
            tokio::time::sleep(Duration::from_millis(1)).await;
            append(&log, "cleaned up")?;
        }
    })
    .named("catches_its_own")
}

/// Awaits what `make()` returns before each value, and yields the result, or what the awaitable has raised.
#[pyfunction]
pub(crate) fn catches_of_awaitables(make: Py<PyAny>, n: u32) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = String;
        type Sent = ();
        type Error = PyErr;

        for _ in 0..n {
            let said = try {
                await_python(Python::attach(|py| make.call0(py))?).await?.to_string()
            };
            match said {
                Ok(said) => yield said,
                Err(error) => yield format!("raised {error}"),
            }
        }
    })
    .named("catches_of_awaitables")
}

/// Sums of what a Python generator yields, up to that which reaches the limit; then "after the loop" is logged.
#[pyfunction]
pub(crate) fn sums_of(numbers: &Bound<'_, PyAny>, limit: i64, log: Py<PyList>) -> PyResult<IntoPython> {
    let numbers = from_python(numbers)?;
    Ok(IntoPython::new(async_gen! {
        type Yield = i64;
        type Sent = ();
        type Error = PyErr;

        let mut sum = 0;
        for await number in numbers {
            sum += Python::attach(|py| number.extract::<i64>(py))?;
            if sum >= limit {
                break;
            }
            yield sum;
        }
        append(&log, "after the loop")?;
        yield sum;
    })
    .named("sums_of"))
}

/// Yields the first `n` items of a Python generator that it only borrows, then "between", then the others.
#[pyfunction]
pub(crate) fn in_two_loops(py: Python<'_>, items: &Bound<'_, PyAny>, n: usize) -> PyResult<IntoPython> {
    let mut items = from_python(items)?;
    let between = "between".into_pyobject(py)?.into_any().unbind();
    Ok(IntoPython::new(async_gen! {
        type Yield = Py<PyAny>;
        type Sent = ();
        type Error = PyErr;

        let mut taken = 0;
        for await item in &mut items {
            yield item;
            taken += 1;
            if taken == n {
                break;
            }
        }
        yield between;
        for await item in items {
            yield item;
        }
    })
    .named("in_two_loops"))
}

/// Yields from a Python generator, catches its errors, and yields their words.
#[pyfunction]
pub(crate) fn delegates_and_catches(inner: &Bound<'_, PyAny>, log: Py<PyList>) -> PyResult<IntoPython> {
    let inner = from_python(inner)?;
    Ok(IntoPython::new(async_gen! {
        type Yield = Py<PyAny>;
        type Sent = Option<Py<PyAny>>;
        type Error = PyErr;

        try {
            yield from inner;
            append(&log, "the inner one has ended")?;
        } catch error {
            append(&log, &format!("caught {error}"))?;
            let words = Python::attach(|py| error.value(py).str().map(|words| words.into_any().unbind()))?;
            yield words;
        } finally {
            append(&log, "finally")?;
        }
    })
    .named("delegates_and_catches"))
}

/// Yields from a Python generator, then the string "end".
#[pyfunction]
pub(crate) fn delegates_by_keyword(inner: &Bound<'_, PyAny>) -> PyResult<IntoPython> {
    let inner = from_python(inner)?;
    Ok(IntoPython::new(async_gen! {
        type Yield = Py<PyAny>;
        type Sent = Option<Py<PyAny>>;
        type Error = PyErr;

        yield from inner;
        yield Python::attach(|py| "end".into_pyobject(py).map(|end| end.into_any().unbind()))?;
    })
    .named("delegates_by_keyword"))
}

/// Raises in a `try`, in its `catch` and in its `finally`, in this order, where it is told to: the last one counts.
#[pyfunction]
pub(crate) fn raises_in(parts: Vec<String>) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = PyErr;

        let is_told = |part: &str| parts.iter().any(|told| told == part);
        try {
            yield 1;
            if is_told("try") {
                raise!(PyValueError::new_err("try"));
            }
        } catch error {
            if is_told("catch") {
                Err(PyValueError::new_err("catch"))?;
            }
            drop(error);
        } finally {
            if is_told("finally") {
                return Err(PyValueError::new_err("finally"));
            }
        }
        yield 2;
    })
    .named("raises_in")
}

/// Cleans up by awaiting what `make()` returns, and then for so many seconds; logs how far it has come.
#[pyfunction]
pub(crate) fn cleans_up(make: Py<PyAny>, pause: f64, log: Py<PyList>) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = PyErr;

        try {
            yield 1;
        } finally {
            append(&log, "cleaning up")?;
            let cleaned = try {
                await_python(Python::attach(|py| make.call0(py))?).await?;
            };
            append(&log, if cleaned.is_ok() { "Python's part is done" } else { "Python's part failed" })?;
            tokio::time::sleep(Duration::from_secs_f64(pause)).await;
            append(&log, "cleaned up")?;
        }
    })
    .named("cleans_up")
}

/// As `drive`, but what it drives is a loop over the Python generator, which owns that.
#[pyfunction]
pub(crate) fn drive_a_loop(
    py: Python<'_>,
    generator: &Bound<'_, PyAny>,
    event_loop: Py<PyAny>,
    operations: Vec<(String, Option<Py<PyAny>>)>,
) -> PyResult<Vec<String>> {
    let items = from_python(generator)?.on(event_loop);
    let generator = Box::pin(async_gen! {
        type Yield = Py<PyAny>;
        type Sent = Option<Py<PyAny>>;
        type Error = PyErr;

        for await item in items {
            yield item;
        }
    });
    operate_on_a_thread(py, generator, operations)
}

/// 0, 1, .. n - 1, and n as its value at the end.
#[pyfunction]
pub(crate) fn counted(n: u32) -> IntoPython {
    IntoPython::returning(async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = PyErr;
        type Return = u32;

        try {
            for i in 0..n { yield i; }
        } catch _ {
            return n + 1;
        } catch GeneratorExit {
            return n + 2;
        }
        n
    })
    .named("counted")
}

/// What Python generators yield, and then the values that they have ended with, or `None`.
#[pyfunction]
pub(crate) fn with_their_values(generators: Vec<Py<PyAny>>) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = Option<Py<PyAny>>;
        type Sent = Option<Py<PyAny>>;
        type Error = PyErr;

        for generator in generators {
            let inner = Python::attach(|py| from_python(generator.bind(py)))?;
            let value = yield from async_gen! {
                type Yield = Option<Py<PyAny>>;
                type Sent = Option<Py<PyAny>>;
                type Error = PyErr;
                type Return = Option<Py<PyAny>>;

                let mut inner = std::pin::pin!(inner);
                for await item in inner.as_mut() { yield Some(item); }
                asyncgen::AsyncGeneratorExt::return_value(&mut inner)
            };
            yield value.flatten();
        }
    })
    .named("with_their_values")
}
