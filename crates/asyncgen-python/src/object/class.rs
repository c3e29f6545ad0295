//! The class of generator objects, and how they are made.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::seed::{ObjectParts, ObjectSeed};
use super::{GeneratorObject, Origin};
use crate::drive::driver::Driver;
use crate::process::gate;
use crate::process::modules::{self, Attribute};
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

/// The class of generator objects: a subclass of [`GeneratorObject`] with a `__del__`, which Rust classes can't have. It
/// may bring the object back to life, for the event loop to close it.
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
        let builtins = modules::import(py, c"builtins")?;
        let members = PyDict::new(py);
        members.set_item("__slots__", PyTuple::empty(py))?;
        members.set_item("__module__", "asyncgen")?;
        members
            .set_item("__doc__", "An asynchronous generator whose body is Rust, or a coroutine on Rust's engine.")?;
        members.set_item("__del__", base.getattr("_finalize")?)?;
        members.set_item("__class__", builtins.getattr("property")?.call1((wrap_pyfunction!(seen_as, py)?,))?)?;
        let no_base = wrap_pyfunction!(refuse_subclass, py)?;
        members.set_item("__init_subclass__", builtins.getattr("classmethod")?.call1((no_base,))?)?;
        let class = py.get_type::<PyType>().call1(("async_generator", (&base,), members))?;
        base.delattr("_finalize")?;
        class.delattr("__slots__")?;
        PyResult::Ok(class.cast_into::<PyType>()?.unbind())
    })?;
    Ok(class.bind(py))
}

#[pyfunction]
fn seen_as<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static NATIVE: Attribute = Attribute::new(c"types", "AsyncGeneratorType");
    NATIVE.get(object.py()).cloned()
}

#[pyfunction]
#[pyo3(signature = (*_args, **_named))]
fn refuse_subclass(_args: &Bound<'_, PyTuple>, _named: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    Err(PyTypeError::new_err("type 'async_generator' is not an acceptable base type"))
}
