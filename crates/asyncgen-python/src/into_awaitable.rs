//! Rust futures as Python coroutines.

use std::fmt;

use pyo3::prelude::*;

use crate::drive::body::{Body, Gil};
use crate::drive::driver::Driver;
use crate::drive::future::FutureBody;
use crate::object::coroutine::RustCoroutine;
use crate::process::gate;

/// A Rust future on its way to Python, as which a `#[pyfunction]` returns it: it becomes a coroutine, to be awaited once.
///
/// It runs as generators do: in the task that awaits it, under asyncio, uvloop and trio, polled in the context of the
/// shared tokio runtime and without the interpreter lock. A cancellation of the task drops the future.
///
/// ```ignore
/// #[pyfunction]
/// fn fetch(url: String) -> IntoAwaitable {
///     IntoAwaitable::new(async move { Ok::<_, FetchError>(client().get(url).await?.bytes().await?) }).named("fetch")
/// }
/// ```
///
/// ```python
/// page = await fetch("https://example.org")
/// ```
#[must_use = "a coroutine does nothing until Python awaits it"]
pub struct IntoAwaitable {
    body: Box<dyn Body>,
    name: String,
}

impl IntoAwaitable {
    /// The future, for Python: its value becomes a Python object, its error an exception.
    pub fn new<T, E>(future: impl Future<Output = Result<T, E>> + Send + 'static) -> Self
    where
        T: for<'py> IntoPyObject<'py> + Send + 'static,
        E: Into<PyErr> + Send + 'static,
    {
        Self { body: Box::new(FutureBody::new(future, Gil::Released)), name: "coroutine".to_owned() }
    }

    /// With this `__name__`.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl fmt::Debug for IntoAwaitable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoAwaitable").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'py> IntoPyObject<'py> for IntoAwaitable {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        gate::open(py)?;
        Ok(RustCoroutine::new(py, Driver::new(self.body), &self.name)?.into_bound(py).into_any())
    }
}
