//! Importing modules, whatever the Python code that runs may do.
//!
//! Python's `import`, and `PyImport_Import` with it, which PyO3 uses, ask the globals of the current frame for
//! `__builtins__`. Code that runs in a sandbox has none, or empty ones.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The module of this name.
pub(crate) fn import<'py>(py: Python<'py>, name: &CStr) -> PyResult<Bound<'py, PyAny>> {
    let key = unsafe {
        // SAFETY: attached; the string ends with a zero. A new reference, or null and an exception.
        Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_FromString(name.as_ptr()))
    }?;
    if let Some(module) = loaded(&key)? {
        return Ok(module);
    }
    // SAFETY: attached; without globals, and not relative, it asks nobody. A new reference, or null and an exception.
    drop(unsafe {
        let imported =
            ffi::PyImport_ImportModuleLevel(name.as_ptr(), ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), 0);
        Bound::from_owned_ptr_or_err(py, imported)
    }?);
    // That was the outermost package.
    loaded(&key)?.ok_or_else(|| pyo3::exceptions::PyImportError::new_err(format!("no module named {key}")))
}

/// The module of this name, if somebody has imported it.
pub(crate) fn loaded<'py>(name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = name.py();
    // SAFETY: attached; a new reference, or null, with an exception if it failed.
    let module = unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyImport_GetModule(name.as_ptr())) };
    match (module, PyErr::take(py)) {
        (_, Some(error)) => Err(error),
        (module, None) => Ok(module),
    }
}

/// An attribute of a module, which is looked up once.
pub(crate) struct Attribute {
    module: &'static CStr,
    name: &'static str,
    value: PyOnceLock<Py<PyAny>>,
}

impl Attribute {
    pub(crate) const fn new(module: &'static CStr, name: &'static str) -> Self {
        Self { module, name, value: PyOnceLock::new() }
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let value =
            self.value.get_or_try_init(py, || import(py, self.module)?.getattr(self.name).map(Bound::unbind))?;
        Ok(value.bind(py))
    }
}
