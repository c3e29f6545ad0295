//! The extension module of the Python package.

use std::time::Duration;

use asyncgen::{Yielder, generator};
use pyo3::prelude::*;

use crate::IntoPython;
use crate::from_coroutine::yield_::Yield;
use crate::object::function::GeneratorFunction;

/// yield_(value=None)
///
/// Yields a value from the generator around it; awaits what is sent in.
#[pyfunction]
#[pyo3(signature = (value = None))]
fn yield_(py: Python<'_>, value: Option<Py<PyAny>>) -> Yield {
    Yield::new(value.unwrap_or_else(|| py.None()))
}

/// Makes an asynchronous generator function of a coroutine function that awaits `yield_(value)`.
#[pyfunction]
fn async_generator(function: Bound<'_, PyAny>) -> PyResult<GeneratorFunction> {
    GeneratorFunction::of_coroutines(function)
}

/// count(n): 0, 1, .. n - 1, each ready at once
#[pyfunction]
fn count(n: u64) -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u64, (), PyErr>| {
        for i in 0..n {
            y.yield_(i).await;
        }
    }))
    .named("count")
}

/// ticks(n, seconds): 0, 1, .. n - 1, each after a pause that tokio's timer makes
#[pyfunction]
fn ticks(n: u64, seconds: f64) -> PyResult<IntoPython> {
    let pause = Duration::try_from_secs_f64(seconds)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(IntoPython::new(generator!(|y: Yielder<'_, u64, (), PyErr>| {
        for i in 0..n {
            tokio::time::sleep(pause).await;
            y.yield_(i).await;
        }
    }))
    .named("ticks"))
}

#[pymodule(name = "_native", gil_used = true)]
pub(crate) mod native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::{async_generator, count, ticks, yield_};

    #[pymodule_export]
    use crate::elsewhere::{RemoteError, remote_open, remote_serve};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // As early as can be, for the functions that are registered with `atexit` later may use generators.
        crate::object::class::class(module.py())?;
        crate::generator_functions(module.as_any(), &["count", "ticks"])?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
