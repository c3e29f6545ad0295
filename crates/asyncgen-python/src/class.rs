//! The class of generator objects, and how they are made.

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::coroutine::Held;
use crate::driver::Driver;
use crate::object::{Object, lock};
use crate::version;

/// What a new object is made from. Python code can't make one, and so no generator object either.
#[pyclass(frozen, module = "asyncgen")]
pub(crate) struct Seed(Mutex<Option<Parts>>);

pub(crate) struct Parts {
    pub(crate) driver: Driver,
    pub(crate) name: Py<PyString>,
    pub(crate) qualname: Py<PyString>,
    pub(crate) coroutine: Option<Arc<Held>>,
}

impl Parts {
    /// Those of the seed that these arguments are, which can be used once.
    pub(crate) fn of(args: &Bound<'_, PyTuple>) -> Option<Self> {
        let seed = args.get_item(0).ok()?;
        lock(&seed.cast::<Seed>().ok()?.get().0).take()
    }
}

/// A generator object.
pub(crate) fn new<'py>(
    py: Python<'py>,
    driver: Driver,
    name: Bound<'py, PyString>,
    qualname: Bound<'py, PyString>,
    coroutine: Option<Arc<Held>>,
) -> PyResult<Bound<'py, PyAny>> {
    let parts = Parts { driver, name: name.unbind(), qualname: qualname.unbind(), coroutine };
    class(py)?.call1((Seed(Mutex::new(Some(parts))),))
}

/// The class of generator objects: a subclass of [`Object`] with a `__del__`, which Rust classes can't have. It may
/// bring the object back to life, for the event loop to close it.
pub(crate) fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = CLASS.get_or_try_init(py, || {
        version::require_lock(py)?;
        let base = py.get_type::<Object>();
        let members = PyDict::new(py);
        members.set_item("__slots__", PyTuple::empty(py))?;
        members.set_item("__module__", "asyncgen")?;
        members.set_item("__del__", base.getattr("_finalize")?)?;
        let class = py.get_type::<PyType>().call1(("async_generator", (base,), members))?;
        PyResult::Ok(class.cast_into::<PyType>()?.unbind())
    })?;
    Ok(class.bind(py))
}
