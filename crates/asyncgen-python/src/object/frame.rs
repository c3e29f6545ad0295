//! What stands for the frame and the code of a body that is written in Rust.
//!
//! Event loops and debuggers look at them: trio names a generator by its frame's module and by its code's file.

use std::panic::Location;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyString};

use crate::process::modules::Attribute;

/// Where the body of a Rust generator stands: there is nothing in it to look at.
#[pyclass(frozen, module = "asyncgen")]
pub(crate) struct RustFrame {
    code: Py<PyAny>,
}

#[pymethods]
#[expect(clippy::unused_self, reason = "Python calls them as attributes")]
impl RustFrame {
    #[getter]
    fn f_code(&self, py: Python<'_>) -> Py<PyAny> {
        self.code.clone_ref(py)
    }

    #[getter]
    fn f_globals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        [("__name__", "rust")].into_py_dict(py)
    }

    #[getter]
    fn f_locals<'py>(&self, py: Python<'py>) -> Bound<'py, PyDict> {
        PyDict::new(py)
    }

    #[getter]
    fn f_lineno(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.code.getattr(py, "co_firstlineno")
    }

    #[getter]
    fn f_back(&self) -> Option<Py<PyAny>> {
        None
    }
}

pub(crate) fn frame(py: Python<'_>, name: &Bound<'_, PyString>, place: &Location<'_>) -> PyResult<Py<PyAny>> {
    Ok(Py::new(py, RustFrame { code: code(py, name, place)?.unbind() })?.into_any())
}

/// A real code object: it is named as the generator, and its file and line are those of the Rust body. All it does is to
/// raise `error`.
pub(crate) fn code<'py>(
    py: Python<'py>,
    name: &Bound<'py, PyString>,
    place: &Location<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    static RAISES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static COMPILE: Attribute = Attribute::new(c"builtins", "compile");
    let raises = RAISES
        .get_or_try_init(py, || PyResult::Ok(COMPILE.get(py)?.call1(("raise error", "<rust>", "exec"))?.unbind()))?;
    let named = PyDict::new(py);
    named.set_item("co_name", name)?;
    named.set_item("co_filename", place.file())?;
    named.set_item("co_firstlineno", place.line())?;
    if py.version_info() >= (3, 11) {
        named.set_item("co_qualname", name)?;
    }
    raises.bind(py).call_method("replace", (), Some(&named))
}

/// The same exception, in whose traceback the Rust body has an entry, as a native generator has.
pub(crate) fn with_entry(py: Python<'_>, error: PyErr, name: &Bound<'_, PyString>, place: &Location<'_>) -> PyErr {
    static EXEC: Attribute = Attribute::new(c"builtins", "exec");
    let raise = || -> PyResult<()> {
        // PyO3 keeps it apart.
        if let Some(traceback) = error.traceback(py) {
            error.value(py).setattr("__traceback__", traceback)?;
        }
        let globals = [("error", error.value(py))].into_py_dict(py)?;
        globals.set_item("__name__", "rust")?;
        EXEC.get(py)?.call1((code(py, name, place)?, globals))?;
        Ok(())
    };
    match raise() {
        Err(raised) if raised.value(py).is(error.value(py)) => raised,
        // Out of memory, for example: the exception matters more than its traceback.
        _ => error,
    }
}
