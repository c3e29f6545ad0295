//! Rust generators as Python objects.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::panic::Location;

use asyncgen::{AsyncGenerator, ReturningGenerator, Yielder, generator};
use futures_core::Stream;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::drive::body::{Body, Erased, Gil};
use crate::drive::driver::Driver;
use crate::object::{Origin, class};
use crate::{FromSent, PythonError};

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
    location: &'static Location<'static>,
}

impl IntoPython {
    /// The generator, for Python.
    ///
    /// Its values become Python objects when they are yielded; what Python sends and throws in becomes its `Sent` and
    /// its `Error`. Its body is polled in the context of a tokio runtime, and without the interpreter lock.
    ///
    /// What Python throws in that is no `Exception` (`asyncio.CancelledError`, `KeyboardInterrupt`) is `GeneratorExit` to
    /// the body, and goes on when that has ended: `catch` is `except Exception`.
    #[track_caller]
    pub fn new<G>(generator: G) -> Self
    where
        G: AsyncGenerator + Send + 'static,
        G::Yield: for<'py> IntoPyObject<'py> + Send,
        G::Sent: FromSent,
        G::Error: PythonError,
    {
        Self::of(Erased::new(generator, Gil::Released))
    }

    /// A generator that ends with a value (contract clause C26), for Python: the value arrives in the `StopAsyncIteration`, as its
    /// `value` and its first argument, as PEP 828 says. ([`new`](Self::new) hides it.)
    ///
    /// ```ignore
    /// #[pyfunction]
    /// fn tokens(prompt: String) -> IntoPython {
    ///     IntoPython::returning(async_gen! {
    ///         type Yield = String; type Sent = (); type Error = PyErr; type Return = usize;
    ///         let mut usage = 0;
    ///         for word in prompt.split(' ') { usage += 1; yield word.to_owned(); }
    ///         usage
    ///     })
    /// }
    /// ```
    #[track_caller]
    pub fn returning<G>(generator: G) -> Self
    where
        G: ReturningGenerator<Return: for<'py> IntoPyObject<'py>> + Send + 'static,
        G::Yield: for<'py> IntoPyObject<'py> + Send,
        G::Sent: FromSent,
        G::Error: PythonError,
    {
        Self::of(Erased::returning(generator, Gil::Released))
    }

    /// The generator, for Python; its body keeps the interpreter lock while it is polled.
    ///
    /// For bodies that never block, and compute little between two awaits: an item then costs little more than one of a
    /// native generator. Other threads of Python's wait meanwhile. A body that waits for a thread which wants the lock,
    /// for a mutex that such a thread holds for example, waits for ever.
    ///
    /// It may be polled in a thread that has the lock anyway, and so `Python::attach` in it costs little.
    #[track_caller]
    pub fn keeping_the_lock<G>(generator: G) -> Self
    where
        G: AsyncGenerator + Send + 'static,
        G::Yield: for<'py> IntoPyObject<'py> + Send,
        G::Sent: FromSent,
        G::Error: PythonError,
    {
        Self::of(Erased::new(generator, Gil::Kept))
    }

    /// A stream, for Python, as an asynchronous generator of its items.
    ///
    /// ```ignore
    /// #[pyfunction]
    /// fn events() -> IntoPython {
    ///     IntoPython::from_stream(receiver())
    /// }
    /// ```
    #[track_caller]
    pub fn from_stream<S>(stream: S) -> Self
    where
        S: Stream + Send + 'static,
        S::Item: for<'py> IntoPyObject<'py> + Send,
    {
        Self::new(asyncgen::from_stream::<S, Infallible>(stream))
    }

    /// A stream of results, for Python, as an asynchronous generator of its values; the first error is raised, and ends it.
    ///
    /// ```ignore
    /// #[pyfunction]
    /// fn download(url: String) -> IntoPython {
    ///     IntoPython::from_try_stream(get(url).bytes_stream())
    /// }
    /// ```
    #[track_caller]
    pub fn from_try_stream<S, T, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<T, E>> + Send + 'static,
        T: for<'py> IntoPyObject<'py> + Send + 'static,
        E: Into<PyErr> + Send,
    {
        Self::new(generator!(|y: Yielder<'_, T, (), PyErr>| {
            let mut stream = Box::pin(stream);
            while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
                y.yield_(item.map_err(Into::into)?).await;
            }
            Ok(())
        }))
    }

    #[track_caller]
    fn of(body: impl Body + 'static) -> Self {
        let location = Location::caller();
        Self { body: Box::new(body), name: "generator".to_owned(), qualname: None, location }
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
        class::new(py, Driver::new(self.body), name, qualname, Origin::Rust(self.location))
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
#[track_caller]
pub fn into_python<G>(py: Python<'_>, generator: G) -> PyResult<Bound<'_, PyAny>>
where
    G: AsyncGenerator + Send + 'static,
    G::Yield: for<'p> IntoPyObject<'p> + Send,
    G::Sent: FromSent,
    G::Error: PythonError,
{
    IntoPython::new(generator).into_pyobject(py)
}
