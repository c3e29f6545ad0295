//! The extension module of the Python package.

use std::time::Duration;

use asyncgen::{Yielder, generator};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::body::{Erased, Lock};
use crate::coroutine::{Held, Yield, body};
use crate::driver::Driver;
use crate::{IntoPython, class};

/// yield_(value=None)
///
/// Yields a value from the generator around it; awaits what is sent in.
#[pyfunction]
#[pyo3(signature = (value = None))]
fn yield_(py: Python<'_>, value: Option<Py<PyAny>>) -> Yield {
    Yield::new(value.unwrap_or_else(|| py.None()))
}

/// An asynchronous generator whose body is a coroutine.
#[pyfunction]
fn from_coroutine<'py>(
    coroutine: &Bound<'py, PyAny>,
    name: Bound<'py, PyString>,
    qualname: Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let held = Held::new(coroutine).map_err(|_| crate::coroutine::not_a_coroutine(coroutine))?;
    let driver = Driver::new(Box::new(Erased::new(body(held.clone()), Lock::Held)));
    class::new(coroutine.py(), driver, name, qualname, Some(held))
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
    use super::{count, from_coroutine, ticks, yield_};

    /// Generators for the tests of this package.
    #[pymodule]
    mod testing {
        #[pymodule_export]
        use crate::testing::keywords::{
            catches_all, catches_exceptions, catches_exit, catches_its_own, catches_of_awaitables, cleans_up,
            delegates_and_catches, drive_a_loop, in_two_loops, raises_in, sums_of,
        };
        #[pymodule_export]
        use crate::testing::{
            awaits, catches, delegates, drive, drive_here, echo, gives_up, gives_way, ignores_exit, io_errors,
            keeps_calling, panics, raises, sums, tidy, waits, wakes_from_a_thread,
        };
    }
}
