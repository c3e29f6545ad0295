//! Rust generators as Python objects.

use std::fmt;

use asyncgen::AsyncGenerator;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::FromSent;
use crate::body::{Body, Erased, Lock};
use crate::class;
use crate::driver::Driver;

/// A Rust generator on its way to Python, as which a `#[pyfunction]` returns it: it becomes an asynchronous generator.
///
/// ```ignore
/// #[pyfunction]
/// fn countdown(from: u32) -> IntoPython {
///     IntoPython::new(generator!(|y: Yielder<'_, u32, (), PyErr>| {
///         for n in (1..=from).rev() {
///             tokio::time::sleep(Duration::from_secs(1)).await;
///             y.yield_(n).await;
///         }
///     }))
///     .named("countdown")
/// }
/// ```
///
/// ```python
/// async for n in countdown(3):
///     print(n)
/// ```
#[must_use = "a generator does nothing until Python drives it"]
pub struct IntoPython {
    body: Box<dyn Body>,
    name: String,
    qualname: Option<String>,
}

impl IntoPython {
    /// The generator, for Python.
    ///
    /// Its values become Python objects when they are yielded; what Python sends and throws in becomes its `Sent` and
    /// its `Error`. Its body is polled in the context of a tokio runtime, and without the interpreter lock.
    ///
    /// An error type other than `PyErr` can't tell `asyncio.CancelledError`, `KeyboardInterrupt` and the like from
    /// errors; such a body is asked to end by `GeneratorExit` instead, and the exception goes on when it has ended.
    pub fn new<G>(generator: G) -> Self
    where
        G: AsyncGenerator + Send + 'static,
        G::Yield: for<'py> IntoPyObject<'py> + Send,
        G::Sent: FromSent,
        G::Error: Into<PyErr> + From<PyErr> + Send + 'static,
    {
        Self { body: Box::new(Erased::new(generator, Lock::Released)), name: "generator".to_owned(), qualname: None }
    }

    /// With this `__name__`, and, unless it is given too, this `__qualname__`.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// With this `__qualname__`, which is what `repr` and warnings show.
    pub fn qualified(mut self, qualname: impl Into<String>) -> Self {
        self.qualname = Some(qualname.into());
        self
    }
}

impl fmt::Debug for IntoPython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoPython").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'py> IntoPyObject<'py> for IntoPython {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let name = PyString::new(py, &self.name);
        let qualname = self.qualname.map_or_else(|| name.clone(), |qualname| PyString::new(py, &qualname));
        class::new(py, Driver::new(self.body), name, qualname, None)
    }
}

/// A generator as an asynchronous generator of Python: [`IntoPython`] with no name of its own.
///
/// ```ignore
/// let generator = into_python(py, generator!(|y: Yielder<'_, u32, (), PyErr>| {
///     y.yield_(1).await;
/// }))?;
/// py_consumer.call1((generator,))?;
/// ```
///
/// # Errors
///
/// Only what Python raises when it has no memory left.
pub fn into_python<G>(py: Python<'_>, generator: G) -> PyResult<Bound<'_, PyAny>>
where
    G: AsyncGenerator + Send + 'static,
    G::Yield: for<'p> IntoPyObject<'p> + Send,
    G::Sent: FromSent,
    G::Error: Into<PyErr> + From<PyErr> + Send + 'static,
{
    IntoPython::new(generator).into_pyobject(py)
}
