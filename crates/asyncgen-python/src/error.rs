//! Errors of a body, as Python's.

use std::convert::Infallible;
use std::io;

use pyo3::PyErr;

/// An error type of a generator that Python drives.
///
/// Errors go out as Python exceptions: `Into<PyErr>`. What Python throws in becomes an error of the body if
/// [`from_python`](Self::from_python) says so. By default it says no: the body is asked to end, as by closing, and the
/// exception goes on when it has ended.
///
/// ```ignore
/// impl From<Failure> for PyErr {
///     fn from(failure: Failure) -> Self {
///         PyRuntimeError::new_err(failure.to_string())
///     }
/// }
///
/// impl PythonError for Failure {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error of a generator that Python drives",
    label = "the generator's `Error` must implement `PythonError`",
    note = "`PyErr`, `std::io::Error` and `Infallible` do; for a type of your own, say how it becomes an exception \
            (`impl From<{Self}> for PyErr`), and `impl PythonError for {Self} {{}}`"
)]
pub trait PythonError: Into<PyErr> + Send + 'static {
    /// The error for an exception that Python has thrown in; `Err` if there is none.
    ///
    /// It is only asked about instances of `Exception`: cancellations, `KeyboardInterrupt` and the like are no errors.
    ///
    /// # Errors
    ///
    /// The exception that was given.
    fn from_python(error: PyErr) -> Result<Self, PyErr> {
        Err(error)
    }
}

impl PythonError for PyErr {
    fn from_python(error: PyErr) -> Result<Self, PyErr> {
        Ok(error)
    }
}

impl PythonError for io::Error {
    fn from_python(error: PyErr) -> Result<Self, PyErr> {
        Ok(error.into())
    }
}

impl PythonError for Infallible {}
