//! The same generators twice: with asyncgen-python, and as people write them without it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use asyncgen::{Yielder, async_gen, generator};
use asyncgen_python::{IntoPython, from_python};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

/// Values that are ready at once.
#[pyfunction]
fn ready(n: u64) -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u64, (), PyErr>| {
        for i in 0..n {
            y.yield_(i).await;
        }
    }))
}

/// The same, in a body that keeps the interpreter lock.
#[pyfunction]
fn keeping(n: u64) -> IntoPython {
    IntoPython::keeping_the_lock(generator!(|y: Yielder<'_, u64, (), PyErr>| {
        for i in 0..n {
            y.yield_(i).await;
        }
    }))
}

/// The body gives way to the other tasks before each value.
#[pyfunction]
fn giving_way(n: u64) -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u64, (), PyErr>| {
        for i in 0..n {
            tokio::task::yield_now().await;
            y.yield_(i).await;
        }
    }))
}

/// What a Python generator yields, by the keyword.
#[pyfunction]
fn delegating(inner: &Bound<'_, PyAny>) -> PyResult<IntoPython> {
    let inner = from_python(inner)?;
    Ok(IntoPython::new(async_gen! {
        type Yield = Py<PyAny>;
        type Sent = Option<Py<PyAny>>;
        type Error = PyErr;

        yield from inner;
    }))
}

/// The same in the closure form, where the body itself is polled for each value.
#[pyfunction]
fn delegating_by_method(inner: &Bound<'_, PyAny>) -> PyResult<IntoPython> {
    let inner = from_python(inner)?;
    Ok(IntoPython::new(generator!(|y: Yielder<'_, Py<PyAny>, Option<Py<PyAny>>, PyErr>| {
        y.yield_from(inner).await;
    })))
}

/// The same in a body that keeps the interpreter lock.
#[pyfunction]
fn delegating_by_method_keeping(inner: &Bound<'_, PyAny>) -> PyResult<IntoPython> {
    let inner = from_python(inner)?;
    Ok(IntoPython::keeping_the_lock(generator!(|y: Yielder<'_, Py<PyAny>, Option<Py<PyAny>>, PyErr>| {
        y.yield_from(inner).await;
    })))
}

/// Values that are pending once each: the body gives way to the scheduler.
#[pyfunction]
fn pending(n: u64) -> IntoPython {
    IntoPython::new(generator!(|y: Yielder<'_, u64, (), PyErr>| {
        for i in 0..n {
            from_a_worker().await;
            y.yield_(i).await;
        }
    }))
}

/// What a body usually waits for: something that a thread of the runtime does.
async fn from_a_worker() {
    let _done = tokio::task::spawn(async {}).await;
}

#[pyclass]
struct ByHand {
    next: Arc<AtomicU64>,
    n: u64,
    pending: bool,
}

#[pymethods]
impl ByHand {
    #[new]
    fn new(n: u64, pending: bool) -> Self {
        Self { next: Arc::new(AtomicU64::new(0)), n, pending }
    }

    fn __aiter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __anext__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (next, n, pending) = (self.next.clone(), self.n, self.pending);
        pyo3_async_runtimes::tokio::future_into_py(py, async move {
            if pending {
                from_a_worker().await;
            }
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i < n { Ok(i) } else { Err(PyStopAsyncIteration::new_err(())) }
        })
    }
}

#[pymodule]
mod asyncgen_bench {
    #[pymodule_export]
    use super::{
        ByHand, delegating, delegating_by_method, delegating_by_method_keeping, giving_way, keeping, pending, ready,
    };
}
