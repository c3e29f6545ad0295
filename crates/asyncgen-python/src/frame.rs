//! What stands for the frame and the code of a body that is written in Rust.
//!
//! Event loops and debuggers look at them: trio names a generator by its frame's module and by its code's file.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyString};

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
    fn f_lineno(&self) -> u32 {
        1
    }

    #[getter]
    fn f_back(&self) -> Option<Py<PyAny>> {
        None
    }
}

pub(crate) fn frame(py: Python<'_>, name: &Bound<'_, PyString>) -> PyResult<Py<PyAny>> {
    Ok(Py::new(py, RustFrame { code: code(py, name)? })?.into_any())
}

/// A real code object, of no code: it is named as the generator, and its file is `<rust>`.
pub(crate) fn code(py: Python<'_>, name: &Bound<'_, PyString>) -> PyResult<Py<PyAny>> {
    static EMPTY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let empty = EMPTY.get_or_try_init(py, || {
        PyResult::Ok(py.import("builtins")?.call_method1("compile", ("", "<rust>", "exec"))?.unbind())
    })?;
    empty.call_method(py, "replace", (), Some(&[("co_name", name)].into_py_dict(py)?))
}
