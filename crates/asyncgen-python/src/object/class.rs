//! The class of generator objects, and how they are made.

use std::ffi::c_void;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};

use super::asend_type::am_anext;
use super::seed::{ObjectParts, ObjectSeed};
use super::spec::{make_type, slot};
use super::{GeneratorObject, Origin};
use crate::drive::driver::Driver;
use crate::process::gate;
use crate::process::swap::Swap;
use crate::protocol::version;

/// A generator object.
pub(crate) fn new<'py>(
    py: Python<'py>,
    driver: Driver,
    name: Bound<'py, PyString>,
    qualname: Bound<'py, PyString>,
    origin: Origin,
) -> PyResult<Bound<'py, PyAny>> {
    let parts = ObjectParts { driver, name: name.unbind(), qualname: qualname.unbind(), origin };
    class(py)?.call1((ObjectSeed(Swap::new(Some(parts))),))
}

/// The class of generator objects: a subclass of [`GeneratorObject`] with what Rust classes can't have. There is an
/// `__anext__` that costs less, as it is called for each item, and a `__del__`, which may bring the object back to life, for
/// the event loop to close it.
///
/// To whoever asks, it is CPython's own: `isinstance(.., types.AsyncGeneratorType)` looks at the type first, and then at
/// `__class__`. (The interpreter itself, which looks into the memory of its own generators, looks at the type alone.)
pub(crate) fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = CLASS.get_or_try_init(py, || {
        version::require_main_interpreter(py)?;
        // PyO3 looks once whether there is an interpreter. When it shuts down, it would find none.
        py.detach(|| Python::attach(|_| ()));
        version::require_lock(py)?;
        gate::open(py)?;
        let base = py.get_type::<GeneratorObject>();
        let class = derived(&base)?;
        // Messages have the name without its module.
        class.setattr("__name__", "async_generator")?;
        class.setattr("__del__", base.getattr("_finalize")?)?;
        base.delattr("_finalize")?;
        PyResult::Ok(class.unbind())
    })?;
    Ok(class.bind(py))
}

#[allow(unsafe_code)]
fn derived<'py>(base: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyType>> {
    let doc = c"An asynchronous generator whose body is Rust, or a coroutine on Rust's engine.";
    let slots = [
        slot(ffi::Py_am_anext, am_anext as ffi::unaryfunc as *mut c_void),
        slot(ffi::Py_tp_doc, doc.as_ptr().cast_mut().cast()),
    ];
    // SAFETY: the function is written for objects of this type, and the text is never written to.
    unsafe { make_type(base.py(), c"asyncgen.async_generator", 0, ffi::Py_TPFLAGS_DEFAULT, slots, Some(base)) }
}
